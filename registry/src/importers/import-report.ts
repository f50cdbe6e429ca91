import type { FactorSetWithRows } from "../starter/starter-set.ts";

/** The kinds of trap that official files hold, each caught and reported where it lies. */
export type Trap =
  /** "< 1": a bound, not a number. */
  | "bound"
  /** Blank: not available, which is not zero. */
  | "blank"
  /** A label that is not one of the publisher's: a stray backtick, a year where a name belongs. */
  | "stray-label"
  /** Grams beside kilograms in one row. */
  | "mixed-mass-units"
  /** A short ton, or another unit whose name misleads. */
  | "misleading-unit"
  /** A cell merged over several columns: the file has its text in the first only. */
  | "merged-cell"
  /** A footnote's letter at the end of a label: "Passenger Car A". */
  | "footnote"
  /** kg CO2e of a gas under a label that says kg of the gas. */
  | "co2e-of-gas"
  /** A mass of gases that the publisher does not name, which no GWP can be for. */
  | "unnamed-gas"
  /** 0.41204999999999997: binary noise beyond the digits that were meant. */
  | "binary-noise"
  /** Parts that do not add up to the published whole, as the publisher rounds each by itself. */
  | "rounding-gap"
  /** A 0 where no figure can be 0, which the publisher's rounding made. */
  | "rounded-to-zero"
  /** A calorific value of 0: what does not burn has none. */
  | "no-heat"
  /** A sector that the publisher's data-quality file has no scores for. */
  | "unscored"
  /** Figures of one row that contradict each other by more than their roundings. */
  | "inconsistent"
  /** Energy per distance beside factors of emissions: no emissions. */
  | "energy-use"
  /** A number beside the tables that hold factors. */
  | "outside-table"
  /** Figures of another report, time horizon or metric than the set's. */
  | "other-metric"
  /** A gas that no GWP is known of here. */
  | "unknown-gas"
  /** A region of the publisher's own, which is none of ISO 3166 or UN M49. */
  | "own-region"
  /** CO2 that the publisher calls biogenic and the IPCC counts as fossil. */
  | "biogenic-claim"
  /** A file that is not, byte for byte, what its publisher published under that name. */
  | "other-edition"
  /** One key twice. */
  | "duplicate";

/** One thing that an import noticed. */
export interface ImportNotice {
  readonly trap: Trap;
  /** Name of the file, where it is not the set's first. */
  readonly file?: string;
  /** Sheet of a workbook. */
  readonly sheet?: string;
  /** As a spreadsheet numbers them: the header is row 1. */
  readonly row: number;
  /** Header of the column, or its letter where it has none. */
  readonly column: string;
  /** The cell as it stands, at most 120 characters. */
  readonly found: string;
  /** What the import made of it. */
  readonly done: string;
  readonly key?: string;
}

/** A file as a factor set, and everything that was noticed on the way. */
export interface ImportReport {
  readonly imported: FactorSetWithRows;
  readonly notices: readonly ImportNotice[];
}
