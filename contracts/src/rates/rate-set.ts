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

/** A year's average of a US price index. Only ratios of two years are used, so its base does not matter. */
export interface PriceIndex {
  readonly year: number;
  readonly index: string;
  readonly source: string;
}

/** A version of the registry's exchange rates and price index. */
export interface RateSet {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly publishedOn: string;
  /** Unique by currency and year; at most 20,000. USD itself is not listed. */
  readonly rates: readonly CurrencyRate[];
  /** Unique by year; at most 300. */
  readonly priceIndex: readonly PriceIndex[];
}

const positive = decimal.refine((text) => parseDecimal(text).n > 0n, "not above 0");

const rateSetSchema: z.ZodType<RateSet> = z
  .strictObject({
    id: slug,
    version,
    title: line(200),
    publishedOn: date,
    rates: z.array(z.strictObject({ currency, year, perUsd: positive, source: line(300) })).max(20_000),
    priceIndex: z.array(z.strictObject({ year, index: positive, source: line(300) })).max(300),
  })
  .superRefine((set, context) => {
    const names = [
      ...set.rates.map((rate) => `${rate.currency} ${rate.year}`),
      ...set.priceIndex.map((entry) => `index ${entry.year}`),
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
