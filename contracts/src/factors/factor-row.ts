import { canonicalJson, type JsonObject, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import { contractError } from "../errors.ts";
import { compare, ONE, parseDecimal } from "../exact/rational.ts";
import { currency, date, decimal, line, unit } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/**
 * Where a factor holds: a code in a named scheme. "iso-3166-1" "DE", "iso-3166-2" "US-CA", "un-m49" "150", "egrid" "CAMX",
 * "global" "GLO" for the whole world, and "row" "RoW" for what the other rows of the set for that activity leave of it.
 */
export interface FactorGeography {
  readonly scheme: string;
  readonly code: string;
}

/** The mass units that a factor's figures are given in. Absent means kilograms. */
export const FACTOR_NUMERATORS = ["kg", "g", "t", "lb"] as const;
export type FactorNumerator = (typeof FACTOR_NUMERATORS)[number];

/** One gas's part of a factor, with its basis said: mass of the gas itself, or of CO2e of that gas under the set's GWPs. */
export interface FactorGas {
  /** As in `GWP100`, or `co2-biogenic`, which is reported apart and never in a total. */
  readonly gas: string;
  readonly basis: "gas" | "co2e";
  /** Decimal text per denominator. */
  readonly value: string;
  /** Mass unit of `value`; absent is kg. Some publishers give CO2 in kg beside CH4 in g. */
  readonly numerator?: FactorNumerator;
  /** The figure as it stands in the source, where `value` is not that text ("4.04e-01"). */
  readonly sourceText?: string;
}

/** Scores of a data-quality scheme by indicator. `null` is "not available", which is never read as good. */
export interface FactorQuality {
  readonly scheme: "pedigree" | "epa-useeio" | "ghg-protocol" | "pact-2" | "pact-3" | "pcaf";
  readonly scores: Readonly<Record<string, number | null>>;
}

/** Why a row differs from the version that its set supersedes. `error`: not calculated as intended; `methodology`: an intended change. */
export const CHANGE_REASONS = ["error", "methodology", "new-data", "rename", "added", "withdrawn"] as const;
export type ChangeReason = (typeof CHANGE_REASONS)[number];

export interface FactorChange {
  readonly reason: ChangeReason;
  /** The row's key in the superseded version, where that was another. */
  readonly from?: string;
  readonly note?: string;
}

/** The days that a factor's data are about, apart from its set's validity and publication. */
export interface DataPeriod {
  readonly start: string;
  readonly end: string;
}

interface FactorRowBase {
  /** Stable across versions of the set and independent of the label; see `FACTOR_KEY`. */
  readonly key: string;
  readonly label: string;
  /** What is done, shared by the rows for other places, times, technologies: what a selection asks for. Absent: the key. */
  readonly activity?: string;
  /** The publisher's own headings, outermost first, as published. */
  readonly path?: readonly string[];
  /** Unit code that the factor is per one of ("t-km"), or the currency code of the set's price basis ("USD"). */
  readonly denominator: string;
  readonly gases?: readonly FactorGas[];
  /** What is inside: "cradle-to-gate", "combustion", "well-to-tank", "purchaser price, with margins". */
  readonly boundary: string;
  readonly geography: FactorGeography;
  readonly dataPeriod?: DataPeriod;
  readonly technology?: string;
  readonly quality?: FactorQuality;
  /** Squared geometric standard deviation, above 1, as decimal text, where the publisher states one. */
  readonly gsd2?: string;
  /** Citation of this figure: document, table, page or row. */
  readonly source: string;
  /** The figure as it stands in the source, where `value` is not that text ("0.41204999999999997"). */
  readonly sourceText?: string;
  readonly change?: FactorChange;
  /** Scope 3 category that the factor is mostly used in; a hint, never a rule. */
  readonly category?: number;
}

/** A number: `value` is decimal text, CO2e per denominator under the set's GWPs. Zero is a number. */
export interface ValueRow extends FactorRowBase {
  readonly kind: "value";
  readonly value: string;
  /** Mass unit of `value`; absent is kg. */
  readonly numerator?: FactorNumerator;
}

/** Masses of gases and no CO2e figure: what it comes to follows from the GWP set it is asked for under. */
export interface ByGasRow extends FactorRowBase {
  readonly kind: "by-gas";
  readonly gases: readonly FactorGas[];
}

/** What a publisher prints as "< 1": a bound is not a number and is never calculated with. */
export interface BoundRow extends FactorRowBase {
  readonly kind: "bound";
  readonly comparator: "<" | ">";
  readonly value: string;
}

/** What a publisher leaves blank. Absent is not zero. */
export interface NotAvailableRow extends FactorRowBase {
  readonly kind: "not-available";
}

/** What the superseded version had and this one no longer has; `change` says why. */
export interface WithdrawnRow extends FactorRowBase {
  readonly kind: "withdrawn";
  readonly change: FactorChange;
}

/** One factor of a set. */
export type FactorRow = ValueRow | ByGasRow | BoundRow | NotAvailableRow | WithdrawnRow;

/** Denominator of the spend-based factors of most sets: one US dollar of the set's price basis. */
export const USD_DENOMINATOR = "USD";

/** True where a factor is per money of its set's price basis: no unit of the unit table is three capital letters. */
export function isMoneyDenominator(denominator: string): boolean {
  return /^[A-Z]{3}$/.test(denominator) && denominator !== "TEU";
}

/** Form of a key: 1 to 128 characters of A–Z a–z 0–9 and . _ : / -, beginning with a letter or digit. */
export const FACTOR_KEY: RegExp = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

const numerator = z.enum(FACTOR_NUMERATORS);
const gases = z
  .array(
    z.strictObject({
      gas: line(64),
      basis: z.enum(["gas", "co2e"]),
      value: decimal,
      numerator: numerator.exactOptional(),
      sourceText: line(80).exactOptional(),
    }),
  )
  .min(1)
  .max(64);
const change = z.strictObject({
  reason: z.enum(CHANGE_REASONS),
  from: z.string().regex(FACTOR_KEY, "not a factor's key").exactOptional(),
  note: line(500).exactOptional(),
});

const isNoRatio = (code: string): boolean => !code.includes("/");

const base = {
  key: z.string().regex(FACTOR_KEY, "not a factor's key"),
  label: line(300),
  activity: z.string().regex(FACTOR_KEY, "not a factor's activity").exactOptional(),
  path: z.array(line(300)).min(1).max(8).exactOptional(),
  denominator: z.union([currency.refine(isMoneyDenominator), unit.refine(isNoRatio, "a ratio is no denominator")]),
  gases: gases.exactOptional(),
  boundary: line(120),
  geography: z.strictObject({ scheme: line(40), code: line(40) }),
  dataPeriod: z
    .strictObject({ start: date, end: date })
    .refine(({ start, end }) => start <= end, "ends before it starts")
    .exactOptional(),
  technology: line(300).exactOptional(),
  quality: z
    .strictObject({
      scheme: z.enum(["pedigree", "epa-useeio", "ghg-protocol", "pact-2", "pact-3", "pcaf"]),
      scores: z.record(line(40), z.number().min(0).max(5).nullable()),
    })
    .exactOptional(),
  gsd2: decimal.refine((text) => compare(parseDecimal(text), ONE) > 0, "not above 1").exactOptional(),
  source: line(500),
  sourceText: line(80).exactOptional(),
  change: change.exactOptional(),
  category: z.int().min(1).max(15).exactOptional(),
};

const factorRowSchema: z.ZodType<FactorRow> = z.discriminatedUnion("kind", [
  z.strictObject({ ...base, kind: z.literal("value"), value: decimal, numerator: numerator.exactOptional() }),
  z.strictObject({ ...base, kind: z.literal("by-gas"), gases }),
  z.strictObject({ ...base, kind: z.literal("bound"), comparator: z.enum(["<", ">"]), value: decimal }),
  z.strictObject({ ...base, kind: z.literal("not-available") }),
  z.strictObject({ ...base, kind: z.literal("withdrawn"), change }),
]);

/** @throws FACTOR_ROW_INVALID */
export function parseFactorRow(value: unknown): FactorRow {
  return parseOr(factorRowSchema, value, (issues) => {
    const key = typeof value === "object" && value !== null && "key" in value ? String(value.key).slice(0, 128) : "";
    return contractError("FACTOR_ROW_INVALID", { key, issues });
  });
}

/** The bytes that a set's root commits to for a row: its JCS in UTF-8. */
export function factorRowBytes(row: FactorRow): Uint8Array {
  return utf8Encode(canonicalJson(row as unknown as JsonObject));
}
