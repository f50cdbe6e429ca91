import { z } from "zod";
import { contractError } from "../errors.ts";
import { parseDecimal } from "../exact/rational.ts";
import { currency, date, decimal, line, slug, version, year } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/** The average exchange rate of a year: units of the currency for one US dollar. */
export interface CurrencyRate {
  readonly currency: string;
  readonly year: number;
  readonly perUsd: string;
  readonly source: string;
}

/**
 * A year's average of the index that a currency's prices are deflated by. Only ratios of two years are used, so its base does
 * not matter.
 */
export interface PriceIndex {
  /** ISO 4217. Absent: USD. */
  readonly currency?: string;
  readonly year: number;
  readonly index: string;
  readonly source: string;
}

/** A version of the registry's exchange rates and price indices. */
export interface RateSet {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly publishedOn: string;
  /** Unique by currency and year; at most 20,000. USD itself is not listed. */
  readonly rates: readonly CurrencyRate[];
  /** Unique by currency and year, so one index for each currency; at most 5,000. */
  readonly priceIndex: readonly PriceIndex[];
}

/** Whose prices an index is about. */
export function priceCurrencyOf({ currency: code = "USD" }: PriceIndex): string {
  return code;
}

const positive = decimal.refine((text) => parseDecimal(text).n > 0n, "not above 0");

const rateSetSchema: z.ZodType<RateSet> = z
  .strictObject({
    id: slug,
    version,
    title: line(200),
    publishedOn: date,
    rates: z.array(z.strictObject({ currency, year, perUsd: positive, source: line(300) })).max(20_000),
    priceIndex: z
      .array(z.strictObject({ currency: currency.exactOptional(), year, index: positive, source: line(300) }))
      .max(5_000),
  })
  .superRefine((set, context) => {
    const names = [
      ...set.rates.map((rate) => `${rate.currency} ${rate.year}`),
      ...set.priceIndex.map((entry) => `index of ${priceCurrencyOf(entry)} ${entry.year}`),
    ];
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) context.addIssue({ code: "custom", message: `duplicate: ${name}` });
      seen.add(name);
    }
    if (set.rates.some((rate) => rate.currency === "USD")) {
      context.addIssue({ code: "custom", path: ["rates"], message: "a dollar is a dollar" });
    }
  });

/** @throws RATES_INVALID */
export function parseRateSet(value: unknown): RateSet {
  return parseOr(rateSetSchema, value, (issues) => contractError("RATES_INVALID", { issues }));
}
