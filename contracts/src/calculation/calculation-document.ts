import { z } from "zod";
import { contractError } from "../errors.ts";
import { type FuelProperties, fuelPropertiesSchema } from "../fuels/fuel-property-set.ts";
import { GWP_SETS, type GwpSet } from "../gases/gwp-table.ts";
import type { Quantity, Share } from "../ledger/ledger-line.ts";
import { decimal, line } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

// Calculations on their own, without a node, a ledger or a registry: inputs and factors stand in the file. docs/calculation-files.md.

/** A factor as it is given: one figure, gases, or stages of a life cycle that add up. */
export type GivenFactor = {
  /** The GWPs that its CO2e was computed with by whoever published it. */
  readonly gwpSet?: GwpSet;
  /** What is inside ("life cycle"), where a method asks. */
  readonly boundary?: string;
} & (
  | {
      readonly value: string;
      /** "kg CO2e/t-km". */
      readonly unit: string;
    }
  | { readonly gases: readonly GivenGas[] }
  | {
      readonly stages: readonly {
        readonly stage: string;
        readonly value: string;
        readonly unit: string;
        /** The value is for so many of what it is per: 5 t CO2e for "100" MWh. */
        readonly per?: string;
      }[];
    }
);

/** One gas of a factor. */
export interface GivenGas {
  readonly gas: string;
  readonly value: string;
  /** "g/mi" of the gas itself, or "kg CO2e/mi" of it. */
  readonly unit: string;
}

/** One product: a method's amounts and shares, by a factor. */
export interface CalculationTerm {
  /** Heading under which it is shown: "transport". */
  readonly part?: string;
  /** What it is reported on, where not on the total: "removals", "scope 3 of investees". Accounts are never netted. */
  readonly account?: string;
  readonly method: string;
  readonly amounts?: Readonly<Record<string, Quantity>>;
  readonly shares?: Readonly<Record<string, Share>>;
  /** What takes an amount of a fuel to what the factor is per, where that is another measure of it. */
  readonly fuel?: FuelProperties;
  readonly factor?: GivenFactor;
}

/** One calculation of a file. */
export type CalculationRequest = { readonly id: string } & (
  | {
      readonly kind: "emissions";
      readonly category: number;
      readonly gwpSet?: GwpSet;
      readonly terms: readonly CalculationTerm[];
    }
  | {
      readonly kind: "allocation";
      readonly emissions: Quantity;
      readonly weights: Readonly<Record<string, Quantity>>;
    }
  | { readonly kind: "intensity"; readonly emissions: Quantity; readonly per: readonly Quantity[] }
  | {
      readonly kind: "weighted-score";
      readonly exposures: readonly { readonly outstanding: string; readonly score: number }[];
    }
  | {
      readonly kind: "data-quality";
      readonly contributions: readonly { readonly amount: string; readonly entry: string }[];
    }
  | {
      readonly kind: "pedigree";
      readonly basicGsd: string;
      readonly scores: readonly (number | null)[];
    }
  | { readonly kind: "lognormal-sum"; readonly addends: readonly { readonly kg: string; readonly gsd2: string }[] }
  | { readonly kind: "percent-product"; readonly percents: readonly string[] }
  | { readonly kind: "percent-sum"; readonly addends: readonly { readonly kg: string; readonly percent: string }[] }
  | { readonly kind: "pcf-identity"; readonly pcf: Readonly<Record<string, string>> }
  | { readonly kind: "cut-off"; readonly total: string; readonly part: string; readonly threshold: string }
);

/** A file of calculations. */
export interface CalculationFile {
  readonly v: 1;
  readonly calculations: readonly unknown[];
}

const inputName = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, "not an input's name");
const unitText = line(64);
const quantity: z.ZodType<Quantity> = z.strictObject({ value: decimal, unit: unitText });
const share: z.ZodType<Share> = z.union([
  z.strictObject({ share: decimal }),
  z.strictObject({ part: quantity, whole: quantity }),
]);
const figure = { value: decimal, unit: unitText };
const published = { gwpSet: z.enum(GWP_SETS).exactOptional(), boundary: line(120).exactOptional() };
const factor: z.ZodType<GivenFactor> = z.union([
  z.strictObject({ ...figure, ...published }),
  z.strictObject({
    ...published,
    gases: z
      .array(z.strictObject({ gas: line(64), ...figure }))
      .min(1)
      .max(64),
  }),
  z.strictObject({
    ...published,
    stages: z
      .array(z.strictObject({ stage: line(64), ...figure, per: decimal.exactOptional() }))
      .min(1)
      .max(16),
  }),
]);
const term: z.ZodType<CalculationTerm> = z.strictObject({
  part: line(64).exactOptional(),
  account: line(64).exactOptional(),
  method: line(64),
  amounts: z.record(inputName, quantity).exactOptional(),
  shares: z.record(inputName, share).exactOptional(),
  fuel: fuelPropertiesSchema.exactOptional(),
  factor: factor.exactOptional(),
});

const id = line(128);
const MAX_TERMS = 1_000;
const some = <T>(of: z.ZodType<T>): z.ZodType<T[]> => z.array(of).min(1).max(MAX_TERMS);

const requestSchema: z.ZodType<CalculationRequest> = z.discriminatedUnion("kind", [
  z.strictObject({
    id,
    kind: z.literal("emissions"),
    category: z.int().min(1).max(15),
    gwpSet: z.enum(GWP_SETS).exactOptional(),
    terms: some(term),
  }),
  z.strictObject({ id, kind: z.literal("allocation"), emissions: quantity, weights: z.record(line(64), quantity) }),
  z.strictObject({ id, kind: z.literal("intensity"), emissions: quantity, per: some(quantity) }),
  z.strictObject({
    id,
    kind: z.literal("weighted-score"),
    exposures: some(z.strictObject({ outstanding: decimal, score: z.int() })),
  }),
  z.strictObject({
    id,
    kind: z.literal("data-quality"),
    contributions: some(z.strictObject({ amount: decimal, entry: line(200) })),
  }),
  z.strictObject({ id, kind: z.literal("pedigree"), basicGsd: decimal, scores: z.array(z.int().nullable()).length(5) }),
  z.strictObject({
    id,
    kind: z.literal("lognormal-sum"),
    addends: some(z.strictObject({ kg: decimal, gsd2: decimal })),
  }),
  z.strictObject({ id, kind: z.literal("percent-product"), percents: some(decimal) }),
  z.strictObject({
    id,
    kind: z.literal("percent-sum"),
    addends: some(z.strictObject({ kg: decimal, percent: decimal })),
  }),
  z.strictObject({ id, kind: z.literal("pcf-identity"), pcf: z.record(line(64), decimal) }),
  z.strictObject({ id, kind: z.literal("cut-off"), total: decimal, part: decimal, threshold: decimal }),
]);

const fileSchema: z.ZodType<CalculationFile> = z.strictObject({
  v: z.literal(1),
  calculations: z.array(z.unknown()).min(1).max(10_000),
});

/** The frame of a file; its calculations are parsed one by one, so that a bad one does not stop the others. @throws CALCULATION_FILE_INVALID */
export function parseCalculationFile(value: unknown): CalculationFile {
  return parseOr(fileSchema, value, (issues) => contractError("CALCULATION_FILE_INVALID", { issues }));
}

/** One calculation; without a `kind` it is of emissions. @throws CALCULATION_FILE_INVALID */
export function parseCalculation(value: unknown): CalculationRequest {
  const isPlain = typeof value === "object" && value !== null && !("kind" in value);
  return parseOr(requestSchema, isPlain ? { kind: "emissions", ...value } : value, (issues) =>
    contractError("CALCULATION_FILE_INVALID", { issues }),
  );
}
