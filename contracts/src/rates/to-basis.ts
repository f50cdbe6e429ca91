import { type Step, step } from "../calculation/step.ts";
import { contractError } from "../errors.ts";
import { div, mul, parseDecimal, type Rational } from "../exact/rational.ts";
import type { CurrencyRate, PriceIndex, RateSet } from "./rate-set.ts";

/** Money that factors are per: a currency of one year. */
export interface MoneyBasis {
  /** ISO 4217. */
  readonly currency: string;
  readonly year: number;
}

/** An amount in the money of a basis, and how it got there. */
export interface BasisAmount {
  readonly value: Rational;
  /** Made when asked for. */
  readonly steps: readonly Step[];
}

/**
 * An amount of a currency and year in US dollars of another year, exactly: first to dollars of its own year at that
 * year's average rate, then to the basis year by the price index. What needs no rate asks for none.
 * @throws RATE_UNKNOWN (no other year's rate is ever taken), DECIMAL_INVALID
 */
export function toBasis(
  rates: RateSet | undefined,
  amount: string,
  currency: string,
  year: number,
  basis: MoneyBasis,
): BasisAmount {
  const given = parseDecimal(amount);
  const rate = currency === "USD" ? undefined : requireRate(rates, currency, year);
  const dollars = rate === undefined ? given : div(given, parseDecimal(rate.perUsd));
  const prices =
    year === basis.year ? undefined : ([requireIndex(rates, year), requireIndex(rates, basis.year)] as const);
  const value =
    prices === undefined ? dollars : div(mul(dollars, parseDecimal(prices[1].index)), parseDecimal(prices[0].index));
  const name = rates === undefined ? "" : `${rates.id}@${rates.version}`;
  return {
    value,
    get steps() {
      const steps: Step[] = [];
      if (rate !== undefined) {
        const label = `${amount} ${currency} ÷ ${rate.perUsd} ${currency}/USD (${year})`;
        steps.push(step(label, dollars, `USD ${year}`, `${name}: ${rate.source}`));
      }
      if (prices !== undefined) {
        const [from, to] = prices;
        const label = `× ${to.index} ÷ ${from.index} (price index ${basis.year} ÷ ${year})`;
        steps.push(step(label, value, `USD ${basis.year}`, `${name}: ${to.source}`));
      }
      return steps;
    },
  };
}

function requireRate(rates: RateSet | undefined, currency: string, year: number): CurrencyRate {
  const rate = rates?.rates.find((candidate) => candidate.currency === currency && candidate.year === year);
  if (rate === undefined) throw contractError("RATE_UNKNOWN", { what: "currency", currency, year });
  return rate;
}

function requireIndex(rates: RateSet | undefined, year: number): PriceIndex {
  const entry = rates?.priceIndex.find((candidate) => candidate.year === year);
  if (entry === undefined) throw contractError("RATE_UNKNOWN", { what: "price-index", currency: "USD", year });
  return entry;
}
