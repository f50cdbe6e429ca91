import type { FactorGeography, FactorRow, FactorSet } from "@tallystick/contracts";

/** What a factor is wanted for. */
export interface FactorQuery {
  /** An activity or a key: see `FactorRow.activity`. A key names one factor, whatever else shares its activity. */
  readonly activity: string;
  /** Place of the activity; absent: none was stated, and only a factor for the whole world, or one named by its key, is EXACT. */
  readonly geography?: FactorGeography;
  /** The day of the activity, YYYY-MM-DD. */
  readonly date: string;
  /** Last day of the reporting period: data from after it never count unless policy says so. Absent: `date`. */
  readonly periodEnd?: string;
  /** What the factor must be per: a money factor of any currency, or a unit of this dimension (`Unit.measures`). */
  readonly per: { readonly kind: "money" } | { readonly kind: "unit"; readonly measures: string };
  readonly boundary?: string;
  readonly technology?: string;
}

/** The steps that a selection may be allowed to take beyond an exact match; each is named in the result. */
export const FALLBACK_STEPS = [
  "geography:subdivision",
  "geography:country",
  "geography:region",
  "geography:rest-of-world",
  "geography:world",
  "time:older",
  "time:later",
  "boundary:other",
  "technology:other",
] as const;
export type FallbackStep =
  /** The larger subdivision in which the subdivision lies: England, of a county. */
  | "geography:subdivision"
  /** The country in which the subdivision or grid region lies. */
  | "geography:country"
  /** The UN M49 region that contains the country, the nearest first. */
  | "geography:region"
  /** The computed complement: all places for which the set has no row of its own. */
  | "geography:rest-of-world"
  | "geography:world"
  /** The set is not valid on the date, but data from before it are taken. */
  | "time:older"
  /** Data from after the reporting period. */
  | "time:later"
  /** Another boundary, or another technology, than asked for. */
  | "boundary:other"
  | "technology:other";

/** What may be chosen, and how far from what was asked. A document: it can be pinned. */
export interface SelectionPolicy {
  /** Sets by priority, the best first; a set that is not listed never counts. A version may be left out: its validity then decides. */
  readonly sets: readonly { readonly id: string; readonly version?: string }[];
  /** Absent steps are refused. */
  readonly fallbacks: readonly FallbackStep[];
  /** With `time:older`: at most this many years from the end of the data, or of their validity, to the date. Absent: any age. */
  readonly maxAgeYears?: number;
  /** Worst score (1 is best) that any indicator may have, by scheme; a missing score counts as the worst. */
  readonly worstQuality?: Readonly<Record<string, number>>;
}

/** A row where it stands. */
export interface PlacedFactor {
  readonly set: FactorSet;
  readonly row: FactorRow;
  /** Index of the row in its set, which its inclusion proof is about. */
  readonly index: number;
}

/** A candidate and the rule that rejected it. */
export interface RejectedFactor {
  readonly factor: PlacedFactor;
  /** Stable id: "set-not-in-policy", "geography-elsewhere", "lower-priority", …; docs/protocol.md, SEL-11, has all of them. */
  readonly rule: string;
  readonly detail?: string;
}

/** The factor, EXACT or by which steps, and what was rejected, found when it is read; or a refusal. Never a guess. */
export type Selection =
  | {
      readonly kind: "selected";
      readonly factor: PlacedFactor;
      /** Empty: EXACT. */
      readonly steps: readonly FallbackStep[];
      readonly rejected: readonly RejectedFactor[];
    }
  | { readonly kind: "refused"; readonly rule: string; readonly rejected: readonly RejectedFactor[] };
