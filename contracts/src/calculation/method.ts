import type { ActivityData } from "../ledger/ledger-line.ts";

/** One input of a method: an amount that is multiplied or divided by, or a share. */
export interface MethodInput {
  /** Name in `ActivityData.amounts` or `.shares`. */
  readonly name: string;
  readonly kind: "amount" | "share";
  readonly role: "times" | "divide";
  /** `formatDimension` texts of which the unit must have one; absent where any is right. Never for shares. */
  readonly measures?: readonly string[];
  readonly required: boolean;
  /** What it is, in a few words, for help and errors. */
  readonly about: string;
}

/**
 * A calculation method of the GHG Protocol's Scope 3 guidance (or of PCAF, or ISO 14083) as data: amounts times shares times a
 * factor. One evaluator computes them all.
 */
export interface Method {
  /** "distance-based". */
  readonly id: string;
  /** Scope 3 categories in which the guidance offers it. */
  readonly categories: readonly number[];
  readonly inputs: readonly MethodInput[];
  /** `none`: the amounts are emissions themselves ("5" "t CO2e"), as of an investee or of a site that is shared. */
  readonly factor: "required" | "none";
  /** Where it stands: document, section. */
  readonly source: string;
  /** Groups of inputs of which exactly one is given: mass or TEU. */
  readonly oneOf?: readonly (readonly string[])[];
}

/** What a method is applied to, whatever held it. */
export type MethodData = Required<Pick<ActivityData, "method">> & ActivityData;
