import { z } from "zod";
import { inventoryError } from "./inventory-errors.ts";

const setId = z.strictObject({ id: z.string().min(1).max(200), version: z.string().min(1).max(64) });
const share = z.string().regex(/^(0(\.\d{1,4})?|1(\.0{1,4})?)$/, "a share from 0 to 1 with at most four decimals");
const level = z.strictObject({ coverage: share, verified: share });

/**
 * What may count, and in which order: a document, so that it can be pinned in an evidence bundle.
 *
 * - `methods`: from the best down. A method that is not listed never counts.
 * - `provisional`: whether evidence that only its author's checkpoint covers may count.
 * - `factorSets`: searched in this order, for both factor methods. A set that is not listed never counts.
 * - `factorValidity`: `inside` refuses a set that is not valid on the line's date, and data from after it.
 * - `confidence`: least coverage (of lines and of spend) and least verified share of the total, for each level.
 */
export const inventoryPolicySchema: z.ZodType<InventoryPolicy> = z.strictObject({
  v: z.literal(1),
  id: z.string().min(1).max(200),
  version: z.string().min(1).max(64),
  methods: z
    .array(z.enum(["supplier-specific", "average-data", "spend-based"]))
    .min(1)
    .refine((methods) => new Set(methods).size === methods.length, "a method is listed twice"),
  provisional: z.enum(["count", "refuse"]),
  factorSets: z.array(setId).max(64),
  rates: setId.optional(),
  factorValidity: z.enum(["inside", "any"]),
  confidence: z.strictObject({ high: level, medium: level }),
}) as z.ZodType<InventoryPolicy>;

export type Method = "supplier-specific" | "average-data" | "spend-based";

export interface SetId {
  readonly id: string;
  readonly version: string;
}

export interface ConfidenceThreshold {
  readonly coverage: string;
  readonly verified: string;
}

/** See {@link inventoryPolicySchema}. */
export interface InventoryPolicy {
  readonly v: 1;
  readonly id: string;
  readonly version: string;
  readonly methods: readonly Method[];
  readonly provisional: "count" | "refuse";
  readonly factorSets: readonly SetId[];
  readonly rates?: SetId;
  readonly factorValidity: "inside" | "any";
  readonly confidence: { readonly high: ConfidenceThreshold; readonly medium: ConfidenceThreshold };
}

/** @throws INVENTORY_POLICY_INVALID */
export function parseInventoryPolicy(value: unknown): InventoryPolicy {
  const parsed = inventoryPolicySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw inventoryError("INVENTORY_POLICY_INVALID", { issues });
}

/** The policy of a node that was given no other: the registry's starter sets, every method, provisional figures shown. */
export const DEFAULT_INVENTORY_POLICY: InventoryPolicy = {
  v: 1,
  id: "default",
  version: "1.0.0",
  methods: ["supplier-specific", "average-data", "spend-based"],
  provisional: "count",
  factorSets: [
    { id: "starter-activity", version: "2026.1.0" },
    { id: "starter-spend", version: "2026.1.0" },
  ],
  rates: { id: "starter-rates", version: "2026.1.0" },
  factorValidity: "inside",
  confidence: { high: { coverage: "0.95", verified: "0.6" }, medium: { coverage: "0.8", verified: "0.2" } },
};
