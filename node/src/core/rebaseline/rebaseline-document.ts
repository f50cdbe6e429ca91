import type { SplitCause } from "@tallystick/registry";
import type { DiffCause, LineDifference } from "../inventory/diff-inventories.ts";
import type { Confidence } from "../inventory/inventory.ts";
import type { GroupUncertainty } from "../inventory/uncertainty.ts";

/** Why figures change: what splits a factor's change, and the rounding of lines, which belongs to no cause. */
export type RebaselineCause = SplitCause | "rounding";

/** The lines that go from one factor to another. Masses are kg CO2e with nine decimals. */
export interface RebaselinedFactor {
  /** `set@version#key` */
  readonly from: string;
  readonly to: string;
  readonly lines: number;
  readonly beforeKgCo2e: string;
  readonly afterKgCo2e: string;
  readonly deltaKgCo2e: string;
  /** They add up to the delta exactly. */
  readonly byCause: Readonly<Partial<Record<RebaselineCause, string>>>;
  /** What each cause is, in words: "USD 2021 to USD 2022". */
  readonly how: readonly string[];
}

/** What another version of a factor set changes. Masses are kg CO2e with nine decimals. */
export interface RebaselineDocument {
  readonly v: 1;
  /** The versions of the set that the policy names now, and the one that is to take their place. */
  readonly from: readonly string[];
  readonly to: string;
  /** The policy that is in force once the plan is applied. */
  readonly policy: { readonly id: string; readonly version: string };
  readonly beforeKgCo2e: string;
  readonly afterKgCo2e: string;
  readonly deltaKgCo2e: string;
  readonly changedLines: number;
  readonly unchangedLines: number;
  /** Over all factors; with `otherLines` it adds up to the delta exactly. */
  readonly byCause: Readonly<Partial<Record<RebaselineCause, string>>>;
  /** Every pair of factors, the largest change first. */
  readonly factors: readonly RebaselinedFactor[];
  /** Lines that change for another reason than a factor's new figure: supported by nothing any more, or by other evidence. */
  readonly otherLines: Readonly<Partial<Record<DiffCause, { readonly lines: number; readonly deltaKgCo2e: string }>>>;
  /** The lines that change most. */
  readonly lines: readonly LineDifference[];
  readonly confidenceBefore: Confidence;
  readonly confidenceAfter: Confidence;
  readonly uncertaintyBefore: GroupUncertainty;
  readonly uncertaintyAfter: GroupUncertainty;
  /** SHA-256 of all of the above, base64. */
  readonly digest: string;
  readonly applied: boolean;
}
