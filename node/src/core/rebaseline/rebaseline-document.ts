import type { InventoryDifference } from "../inventory/diff-inventories.ts";

/** What another version of a factor set changes. Masses are kg CO2e with nine decimals. */
export interface RebaselineDocument {
  readonly v: 1;
  /** The versions of the set that the policy names now, and the one that is to take their place. */
  readonly from: readonly string[];
  readonly to: string;
  /** The policy that is in force once the plan is applied. */
  readonly policy: { readonly id: string; readonly version: string };
  readonly difference: InventoryDifference;
  readonly confidenceBefore: string;
  readonly confidenceAfter: string;
  /** SHA-256 of all of the above, base64. */
  readonly digest: string;
  readonly applied: boolean;
}
