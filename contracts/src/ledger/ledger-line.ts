import { z } from "zod";
import { contractError } from "../errors.ts";
import { type FuelProperties, fuelPropertiesSchema } from "../fuels/fuel-property-set.ts";
import { currency, date, decimal, line, unit } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/** A number with its unit, both as text: "2000" "km". */
export interface Quantity {
  /** Decimal text. */
  readonly value: string;
  /** A unit, or a ratio of two: "km", "kWh/piece", "passenger/vehicle". */
  readonly unit: string;
}

/** A part of a whole: a number ("0.25"), or two quantities of one dimension (200 m2 of 2000 m2; money of one currency). */
export type Share = { readonly share: string } | { readonly part: Quantity; readonly whole: Quantity };

/** What a calculation multiplies: amounts and shares, under the names that the method's table gives them. */
export interface ActivityData {
  /** A method of `METHODS`; absent: a plain quantity, or money spent. */
  readonly method?: string;
  readonly amounts?: Readonly<Record<string, Quantity>>;
  readonly shares?: Readonly<Record<string, Share>>;
  /**
   * What the fuel measures, by its delivery note or a published table: the only way from its mass or volume to a factor per energy, or
   * between any two of these.
   */
  readonly fuel?: FuelProperties;
}

/** A part of a line with activity data and a factor of its own: one fuel of a site, one material of a product. */
export interface LedgerComponent extends ActivityData {
  /** Unique within its line. */
  readonly id: string;
  /** Heading under which its figure is shown: "transport". */
  readonly part?: string;
  readonly activity?: string;
  readonly naics?: string;
}

/** The days that a line is about, both included. */
export interface LinePeriod {
  readonly start: string;
  readonly end: string;
}

/** One purchase, shipment or other activity of a buyer, in one of the 15 Scope 3 categories. */
export interface LedgerLine extends ActivityData {
  /** Unique in its ledger, at most 128 characters. */
  readonly id: string;
  /** The day of the activity, YYYY-MM-DD: what validity is decided by. */
  readonly date: string;
  /** The days it is about where that is not one day; `date` is in it. A figure of several reporting periods is apportioned by days. */
  readonly period?: LinePeriod;
  /** Scope 3 category of the GHG Protocol, 1 to 15. */
  readonly category: number;
  /** The supplier's DID, or its name in the members log. */
  readonly supplier?: string;
  /** A product's URN as its supplier publishes it. */
  readonly productId?: string;
  readonly description: string;
  /** Decimal text; negative for a return. Never without `unit`. */
  readonly quantity?: string;
  readonly unit?: string;
  /** Decimal text; negative for a credit note. Never without `currency`. */
  readonly amount?: string;
  /** ISO 4217. */
  readonly currency?: string;
  /** Activity, or key, of an average-data factor. */
  readonly activity?: string;
  /** NAICS code, two to six digits: activity of a spend-based factor. */
  readonly naics?: string;
  /** Where it happened: ISO 3166-1 alpha-2 ("DE"), ISO 3166-2 ("US-CA"), or a grid region ("egrid:CAMX"). */
  readonly geography?: string;
  /** What the line is made of, for the hybrid method. */
  readonly components?: readonly LedgerComponent[];
  /** What it is reported on instead of the total: "scope 3 of investees", "credits retired". Accounts are never netted. */
  readonly account?: string;
}

const naics = z.string().regex(/^\d{2,6}$/, "not a NAICS code");
/** Names of amounts and shares in `METHODS`. */
const inputName = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/, "not an input's name");
const quantity: z.ZodType<Quantity> = z.strictObject({ value: decimal, unit: line(64) });
const share: z.ZodType<Share> = z.union([
  z.strictObject({ share: decimal }),
  z.strictObject({ part: quantity, whole: quantity }),
]);
const activityData = {
  method: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(64)
    .exactOptional(),
  amounts: z.record(inputName, quantity).exactOptional(),
  shares: z.record(inputName, share).exactOptional(),
  fuel: fuelPropertiesSchema.exactOptional(),
};
const component: z.ZodType<LedgerComponent> = z.strictObject({
  ...activityData,
  id: line(128),
  part: line(64).exactOptional(),
  activity: line(128).exactOptional(),
  naics: naics.exactOptional(),
});

/** Limits: id and activity 128 characters, supplier and productId 256, description 500. */
export const ledgerLineSchema: z.ZodType<LedgerLine> = z
  .strictObject({
    id: line(128),
    date,
    category: z.int().min(1).max(15),
    supplier: line(256).exactOptional(),
    productId: line(256).exactOptional(),
    description: line(500),
    quantity: decimal.exactOptional(),
    unit: unit.exactOptional(),
    amount: decimal.exactOptional(),
    currency: currency.exactOptional(),
    activity: line(128).exactOptional(),
    naics: naics.exactOptional(),
    ...activityData,
    period: z.strictObject({ start: date, end: date }).exactOptional(),
    geography: z
      .string()
      .regex(
        /^([A-Z]{2}(-[A-Z0-9]{1,3})?|[a-z0-9-]{2,20}:[A-Za-z0-9-]{1,20})$/,
        "not a country, subdivision or grid region",
      )
      .exactOptional(),
    components: z.array(component).min(1).max(1_000).exactOptional(),
    account: line(64).exactOptional(),
  })
  .superRefine((value, context) => {
    if (value.period !== undefined && !(value.period.start <= value.date && value.date <= value.period.end)) {
      context.addIssue({ code: "custom", path: ["period"], message: "does not contain the line's date" });
    }
    const ids = value.components?.map(({ id }) => id) ?? [];
    if (new Set(ids).size !== ids.length) {
      context.addIssue({ code: "custom", path: ["components"], message: "two components with one id" });
    }
    for (const [one, other] of [
      ["quantity", "unit"],
      ["amount", "currency"],
    ] as const) {
      if ((value[one] === undefined) !== (value[other] === undefined)) {
        const path = value[one] === undefined ? one : other;
        context.addIssue({ code: "custom", path: [path], message: `${one} and ${other} go together` });
      }
    }
  });

/** @throws LEDGER_LINE_INVALID */
export function parseLedgerLine(value: unknown): LedgerLine {
  return parseOr(ledgerLineSchema, value, (issues) => {
    const id = typeof value === "object" && value !== null && "id" in value ? String(value.id).slice(0, 128) : "";
    return contractError("LEDGER_LINE_INVALID", { id, issues });
  });
}
