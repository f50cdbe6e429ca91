import { parseDecimal, type Rational } from "../exact/rational.ts";
import { type CurrencyRate, type PriceIndex, priceCurrencyOf, type RateSet } from "./rate-set.ts";

/** An entry of a rate set with its figure parsed. */
export interface Parsed<T> {
  readonly entry: T;
  readonly figure: Rational;
}

/** A rate set by currency and year. */
export interface RateIndex {
  rate(currency: string, year: number): Parsed<CurrencyRate> | undefined;
  price(currency: string, year: number): Parsed<PriceIndex> | undefined;
}

const indexes = new WeakMap<RateSet, RateIndex>();

/** The index of a set as `parseRateSet` gives it, made once. @throws DECIMAL_INVALID for another */
export function rateIndexOf(set: RateSet): RateIndex {
  let index = indexes.get(set);
  if (index === undefined) {
    const rates = new Map(
      set.rates.map((entry) => [`${entry.currency} ${entry.year}`, { entry, figure: parseDecimal(entry.perUsd) }]),
    );
    const prices = new Map(
      set.priceIndex.map((entry) => [
        `${priceCurrencyOf(entry)} ${entry.year}`,
        { entry, figure: parseDecimal(entry.index) },
      ]),
    );
    index = {
      rate: (currency, year) => rates.get(`${currency} ${year}`),
      price: (currency, year) => prices.get(`${currency} ${year}`),
    };
    indexes.set(set, index);
  }
  return index;
}
