import { z } from "zod";
import { inventoryError } from "../inventory/inventory-errors.ts";
import { DATE_FORMATS, type DateFormat } from "./date-cell.ts";
import type { NumberFormat } from "./number-cell.ts";

/** Encodings that a file can be declared to have. UTF-16 with a byte order mark is recognised without a declaration. */
export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Where a property comes from: the header of its column, or what more is to be said of it. */
export type Source = string | ColumnSource | { readonly constant: string };

export interface ColumnSource {
  readonly column: string;
  /** Which of several columns of that name, from 1. Without it a name that stands twice is refused. */
  readonly occurrence?: number;
  /** What a blank cell means. */
  readonly default?: string;
  /** What the cells mean, each by its whole text. A text that is not listed is refused, unless `otherwise` lets it stand. */
  readonly values?: Readonly<Record<string, string>>;
  readonly otherwise?: "as-is";
  readonly number?: NumberFormat;
  readonly dates?: readonly DateFormat[];
}

/** A unit or a currency that stands in the cell of its number, read through `values` if there are any. */
export interface InCell {
  readonly inCell: true;
  readonly values?: Readonly<Record<string, string>>;
}

export interface QuantitySource {
  readonly value: Source;
  readonly unit: Source | InCell;
}

/** One column with "0.25", "25 %" or "200 m2 / 2000 m2", or the part and the whole in columns of their own. */
export type ShareSource = Source | { readonly part: QuantitySource; readonly whole: QuantitySource };

/** What the fuel of a row measures: its name, whose figures they are, and figures like "830 kg/m3; 45 GJ_gross/t". */
export interface FuelSource {
  readonly name: Source;
  readonly source: Source;
  readonly properties: Source;
}

/** The id of a line: a column, several joined, or a hash of columns that together tell one row from every other. */
export type IdSource =
  | Source
  | { readonly columns: readonly string[]; readonly separator: string }
  | { readonly hash: readonly string[] | "row"; readonly repeats?: "count" };

export interface LedgerColumns {
  readonly id: IdSource;
  readonly date: Source;
  readonly period?: { readonly start: Source; readonly end: Source };
  readonly category: Source;
  readonly supplier?: Source;
  readonly productId?: Source;
  readonly description: Source;
  readonly quantity?: Source;
  readonly unit?: Source | InCell;
  readonly amount?: Source;
  readonly currency?: Source | InCell;
  readonly activity?: Source;
  readonly naics?: Source;
  readonly geography?: Source;
  readonly method?: Source;
  readonly account?: Source;
  readonly amounts?: Readonly<Record<string, QuantitySource>>;
  readonly shares?: Readonly<Record<string, ShareSource>>;
  readonly fuel?: FuelSource;
  /** The id of the line that a row is a component of; blank for a line. */
  readonly componentOf?: Source;
  /** The heading of a component. */
  readonly part?: Source;
}

/** Rows that are no lines. All that is said of a rule must hold. */
export interface SkipRule {
  readonly column: string;
  readonly equals?: readonly string[];
  readonly startsWith?: readonly string[];
  readonly blank?: boolean;
}

/** How the file of a system becomes ledger lines: written once, by a person, and given with every import. */
export interface LedgerMapping {
  readonly v: 1;
  readonly encoding?: Encoding;
  readonly delimiter?: "," | ";" | "\t" | "|";
  /** The row with the headers, from 1; what is above it is not read. */
  readonly headerRow?: number;
  /** Cells that mean nothing is said: "-", "n/a". An empty cell always does. */
  readonly blanks?: readonly string[];
  readonly numbers?: NumberFormat;
  readonly dates?: readonly DateFormat[];
  /** Takes characters out that nobody sees (zero-width spaces, soft hyphens, direction marks); a line break becomes a space. */
  readonly removeHidden?: boolean;
  /** Takes the apostrophe off with which spreadsheets mark numbers as text. */
  readonly removeApostrophe?: boolean;
  /** Rows that begin with "Total" are lines, not sums. */
  readonly totalsAreLines?: boolean;
  readonly skipRowsWhere?: readonly SkipRule[];
  readonly columns: LedgerColumns;
}

const MAX_VALUES = 10_000;
const header = z.string().min(1).max(200);
const cellText = z.string().max(500);
const values = z
  .record(z.string().max(500), cellText)
  .refine((map) => Object.keys(map).length <= MAX_VALUES, `more than ${MAX_VALUES} values`)
  .exactOptional();
const number: z.ZodType<NumberFormat> = z
  .strictObject({
    decimal: z.enum([".", ","]),
    thousands: z.enum([".", ",", "'", "space"]).exactOptional(),
    doubles: z.boolean().exactOptional(),
  })
  .refine(({ decimal, thousands }) => decimal !== thousands, "one mark cannot be both decimal and thousands separator");
const dates = z.array(z.enum(DATE_FORMATS)).min(1).max(DATE_FORMATS.length);
const column = z
  .strictObject({
    column: header,
    occurrence: z.int().min(1).max(100).exactOptional(),
    default: cellText.min(1).exactOptional(),
    values,
    otherwise: z.literal("as-is").exactOptional(),
    number: number.exactOptional(),
    dates: dates.exactOptional(),
  })
  .refine((source) => source.otherwise === undefined || source.values !== undefined, "otherwise needs values");
const source: z.ZodType<Source> = z.union([header, column, z.strictObject({ constant: cellText.min(1) })]);
const inCell: z.ZodType<InCell> = z.strictObject({ inCell: z.literal(true), values });
const sourceOrInCell = z.union([source, inCell]);
const quantity: z.ZodType<QuantitySource> = z.strictObject({ value: source, unit: sourceOrInCell });
const share: z.ZodType<ShareSource> = z.union([source, z.strictObject({ part: quantity, whole: quantity })]);
const id: z.ZodType<IdSource> = z.union([
  source,
  z.strictObject({ columns: z.array(header).min(2).max(8), separator: z.string().min(1).max(4) }),
  z.strictObject({
    hash: z.union([z.literal("row"), z.array(header).min(1).max(64)]),
    repeats: z.literal("count").exactOptional(),
  }),
]);
const inputName = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, "not an input's name");
const optional = source.exactOptional();

/** Limits: 10,000 values of a column, 100 rules for rows to skip, 64 amounts and shares. */
const ledgerMappingSchema: z.ZodType<LedgerMapping> = z.strictObject({
  v: z.literal(1),
  encoding: z.enum(ENCODINGS).exactOptional(),
  delimiter: z.enum([",", ";", "\t", "|"]).exactOptional(),
  headerRow: z.int().min(1).max(1_000).exactOptional(),
  blanks: z.array(z.string().min(1).max(40)).max(100).exactOptional(),
  numbers: number.exactOptional(),
  dates: dates.exactOptional(),
  removeHidden: z.boolean().exactOptional(),
  removeApostrophe: z.boolean().exactOptional(),
  totalsAreLines: z.boolean().exactOptional(),
  skipRowsWhere: z
    .array(
      z
        .strictObject({
          column: header,
          equals: z.array(cellText).min(1).max(1_000).exactOptional(),
          startsWith: z.array(cellText.min(1)).min(1).max(100).exactOptional(),
          blank: z.boolean().exactOptional(),
        })
        .refine(
          ({ equals, startsWith, blank }) => equals !== undefined || startsWith !== undefined || blank !== undefined,
          "says nothing of the column",
        ),
    )
    .max(100)
    .exactOptional(),
  columns: z
    .strictObject({
      id,
      date: source,
      period: z.strictObject({ start: source, end: source }).exactOptional(),
      category: source,
      supplier: optional,
      productId: optional,
      description: source,
      quantity: optional,
      unit: sourceOrInCell.exactOptional(),
      amount: optional,
      currency: sourceOrInCell.exactOptional(),
      activity: optional,
      naics: optional,
      geography: optional,
      method: optional,
      account: optional,
      amounts: z.record(inputName, quantity).exactOptional(),
      shares: z.record(inputName, share).exactOptional(),
      fuel: z.strictObject({ name: source, source, properties: source }).exactOptional(),
      componentOf: optional,
      part: optional,
    })
    .refine((all) => (all.quantity === undefined) === (all.unit === undefined), "quantity and unit go together")
    .refine((all) => (all.amount === undefined) === (all.currency === undefined), "amount and currency go together")
    .refine((all) => all.part === undefined || all.componentOf !== undefined, "part is a component's"),
});

/** Reads a mapping document. @throws LEDGER_MAPPING_INVALID */
export function parseLedgerMapping(value: unknown): LedgerMapping {
  const parsed = ledgerMappingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join("."), message }));
  throw inventoryError("LEDGER_MAPPING_INVALID", { issues });
}
