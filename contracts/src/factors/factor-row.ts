import { canonicalJson, type JsonObject, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import { contractError } from "../errors.ts";
import { date, decimal, line, unit } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/** Where a factor holds: a code in a named scheme ("iso-3166-1" "DE", "un-m49" "150", "egrid" "CAMX", "global" "GLO"). */
export interface FactorGeography {
  readonly scheme: string;
  readonly code: string;
}

/** One gas's part of a factor, with its basis said: kilograms of the gas, or kg CO2e of that gas. */
export interface FactorGas {
  readonly gas: string;
  readonly basis: "gas" | "co2e";
  /** Decimal text per denominator. */
  readonly value: string;
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
  /** Unit code that the factor is per one of, or "USD" of the set's price basis. */
  readonly denominator: string;
  readonly gases?: readonly FactorGas[];
  /** What is inside: "cradle-to-gate", "combustion", "well-to-tank", "purchaser price, with margins". */
  readonly boundary: string;
  readonly geography: FactorGeography;
  readonly dataPeriod?: DataPeriod;
  /** Citation of this figure: document, table, page. */
  readonly source: string;
  /** Scope 3 category that the factor is mostly used in; a hint, never a rule. */
  readonly category?: number;
}

/** A number: `value` is decimal text, kg CO2e per denominator. Zero is a number. */
export interface ValueRow extends FactorRowBase {
  readonly kind: "value";
  readonly value: string;
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

/** One factor of a set. */
export type FactorRow = ValueRow | BoundRow | NotAvailableRow;

/** Denominator of spend-based factors: one US dollar of the set's price basis. */
export const USD_DENOMINATOR = "USD";

/** Form of a key: 1 to 128 characters of A–Z a–z 0–9 and . _ : / -, beginning with a letter or digit. */
export const FACTOR_KEY: RegExp = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

const base = {
  key: z.string().regex(FACTOR_KEY, "not a factor's key"),
  label: line(300),
  denominator: z.union([z.literal(USD_DENOMINATOR), unit]),
  gases: z
    .array(z.strictObject({ gas: line(64), basis: z.enum(["gas", "co2e"]), value: decimal }))
    .min(1)
    .max(64)
    .exactOptional(),
  boundary: line(120),
  geography: z.strictObject({ scheme: line(40), code: line(40) }),
  dataPeriod: z
    .strictObject({ start: date, end: date })
    .refine(({ start, end }) => start <= end, "ends before it starts")
    .exactOptional(),
  source: line(500),
  category: z.int().min(1).max(15).exactOptional(),
};

const factorRowSchema: z.ZodType<FactorRow> = z.discriminatedUnion("kind", [
  z.strictObject({ ...base, kind: z.literal("value"), value: decimal }),
  z.strictObject({ ...base, kind: z.literal("bound"), comparator: z.enum(["<", ">"]), value: decimal }),
  z.strictObject({ ...base, kind: z.literal("not-available") }),
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
