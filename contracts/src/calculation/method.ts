/** One input of a method: an amount that is multiplied or divided by, or a share. */
export interface MethodInput {
  /** Name in `ActivityData.amounts` or `.shares`. */
  readonly name: string;
  readonly kind: "amount" | "share";
  readonly role: "times" | "divide";
  /** `formatDimension` texts of which the unit must have one; absent where any is right. Never for shares. */
  readonly measures?: readonly string[];
  readonly required: boolean;
  /** Whether it may be below 0: what is bought can be given back. */
  readonly signed?: true;
  /** Whether it is money of a named currency and year. */
  readonly money?: true;
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
  /** A share of the first input that must come to exactly 1 over the components that split it: a waste stream is split, not multiplied. */
  readonly splitBy?: string;
  /** The account that its figure is reported on: the guidance has it beside the total, so that a line must name one. */
  readonly apart?: string;
  /** What a factor's boundary must say. */
  readonly boundary?: {
    readonly says: RegExp;
    readonly reason: string;
    /** What it must not say where that share is given: it is taken there already. */
    readonly without?: { readonly share: string; readonly says: RegExp; readonly reason: string };
  };
}
