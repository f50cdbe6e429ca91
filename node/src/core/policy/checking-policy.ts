import type { Member } from "@tallystick/registry";
import { z } from "zod";
import { nodeError } from "../../errors.ts";

/** How a node checks what its suppliers attest. */
export interface CheckingPolicy {
  readonly v: 1;
  readonly id: string;
  readonly version: string;
  /**
   * Whose attestations may count before their signatures are checked, where the log covers them: nobody's, those of every member that
   * granted `attest-by-log`, or of these DIDs among them.
   */
  readonly covered: "never" | "granted" | readonly string[];
  /** Within how many seconds after an entry counted its signature is checked. */
  readonly deadlineSeconds: number;
}

/** Every signature before anything counts. */
export const DEFAULT_CHECKING_POLICY: CheckingPolicy = {
  v: 1,
  id: "every-signature",
  version: "1.0.0",
  covered: "never",
  deadlineSeconds: 3_600,
};

/** A DID by its form; whether it is a member shows in the registry. */
const did = z
  .string()
  .max(256)
  .regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._%-]$/, "not a DID");

export const checkingPolicySchema: z.ZodType<CheckingPolicy> = z.strictObject({
  v: z.literal(1),
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "not lower-case-words")
    .max(64),
  version: z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, "not a version"),
  covered: z.union([z.enum(["never", "granted"]), z.array(did).min(1).max(1_000)]),
  deadlineSeconds: z.int().min(60).max(604_800),
});

/** @throws CHECKING_POLICY_INVALID */
export function parseCheckingPolicy(value: unknown): CheckingPolicy {
  const parsed = checkingPolicySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
  throw nodeError("CHECKING_POLICY_INVALID", { issues });
}

/** Whether the policy and the member's own grant let its entries count by its log alone (docs/protocol.md, COV-1). */
export function mayBeCovered({ covered }: CheckingPolicy, { did: member, event }: Member): boolean {
  if (covered === "never" || !event.grants.includes("attest-by-log")) return false;
  return covered === "granted" || covered.includes(member);
}
