import { type FactorQuality, GWP_SETS, type GwpChoice } from "@tallystick/contracts";
import { FALLBACK_STEPS, type FallbackStep } from "@tallystick/registry";
import { z } from "zod";
import { inventoryError } from "./inventory-errors.ts";

export const METHODS_OF_EVIDENCE = [
  "supplier-specific",
  "hybrid",
  "reported-emissions",
  "average-data",
  "spend-based",
] as const;

const QUALITY_SCHEMES = [
  "pedigree",
  "epa-useeio",
  "ghg-protocol",
  "pact-2",
  "pact-3",
  "pcaf",
] as const satisfies readonly FactorQuality["scheme"][];

const setId = z.strictObject({ id: z.string().min(1).max(200), version: z.string().min(1).max(64) });
const policySet = z.strictObject({ id: z.string().min(1).max(200), version: z.string().min(1).max(64).optional() });
const share = z.string().regex(/^(0(\.\d{1,4})?|1(\.0{1,4})?)$/, "a share from 0 to 1 with at most four decimals");
const level = z.strictObject({ coverage: share, verified: share });

/**
 * What may count, and in which order: a document, so that it can be pinned in an evidence bundle.
 *
 * - `methods`: from the best down. A method that is not listed never counts. `hybrid` is a line of components; `reported-emissions` are
 *   emissions that the ledger itself states, such as an investee's.
 * - `provisional`: whether evidence that only its author's checkpoint covers may count.
 * - `factorSets`: by priority, for both factor methods. A set that is not listed never counts; one listed without a version has the
 *   version that is valid on the line's date.
 * - `factorValidity`: `inside` refuses a set that is not valid on the line's date, and data from after it; `any` is short for the fallbacks
 *   `time:older` and `time:later`.
 * - `fallbacks`: how far a factor may be from what was asked (docs/protocol.md, SEL-3), the steps that are preferred first; none unless named.
 *   `maxAgeYears` limits `time:older`.
 * - `worstQuality`: worst score, by scheme, that any indicator of a factor may have; a factor scored in no scheme named here does not count.
 * - `gwp`: the GWPs that figures are wanted under; `orPublished` lets a figure stay as its publisher converted it where it has no gases.
 *   Absent: every figure as published.
 * - `confidence`: least coverage (of lines and of spend) and least verified share of the total, for each level.
 */
export const inventoryPolicySchema: z.ZodType<InventoryPolicy> = z.strictObject({
  v: z.literal(1),
  id: z.string().min(1).max(200),
  version: z.string().min(1).max(64),
  methods: z
    .array(z.enum(METHODS_OF_EVIDENCE))
    .min(1)
    .refine((methods) => new Set(methods).size === methods.length, "a method is listed twice"),
  provisional: z.enum(["count", "refuse"]),
  factorSets: z.array(policySet).max(64),
  rates: setId.optional(),
  factorValidity: z.enum(["inside", "any"]),
  fallbacks: z
    .array(z.enum(FALLBACK_STEPS))
    .refine((steps) => new Set(steps).size === steps.length, "a step is listed twice")
    .optional(),
  maxAgeYears: z.int().min(0).max(200).optional(),
  worstQuality: z.partialRecord(z.enum(QUALITY_SCHEMES), z.number().min(1).max(5)).optional(),
  gwp: z.strictObject({ set: z.enum(GWP_SETS), orPublished: z.boolean() }).optional(),
  confidence: z.strictObject({ high: level, medium: level }),
}) as z.ZodType<InventoryPolicy>;

export type Method = (typeof METHODS_OF_EVIDENCE)[number];

export interface SetId {
  readonly id: string;
  readonly version: string;
}

/** A set that a policy names. */
export interface PolicySet {
  readonly id: string;
  readonly version?: string;
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
  readonly factorSets: readonly PolicySet[];
  readonly rates?: SetId;
  readonly factorValidity: "inside" | "any";
  readonly fallbacks?: readonly FallbackStep[];
  readonly maxAgeYears?: number;
  readonly worstQuality?: Readonly<Record<string, number>>;
  readonly gwp?: GwpChoice;
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
  methods: ["supplier-specific", "hybrid", "reported-emissions", "average-data", "spend-based"],
  provisional: "count",
  factorSets: [
    { id: "starter-activity", version: "2026.1.0" },
    { id: "starter-spend", version: "2026.1.0" },
  ],
  rates: { id: "starter-rates", version: "2026.1.0" },
  factorValidity: "inside",
  confidence: { high: { coverage: "0.95", verified: "0.6" }, medium: { coverage: "0.8", verified: "0.2" } },
};
