import { type Step, step } from "../calculation/step.ts";
import { contractError } from "../errors.ts";
import { div, mul, parseDecimal, type Rational } from "../exact/rational.ts";
import type { RateSet } from "./rate-set.ts";

/** Money that factors are per: US dollars of one year. */
export interface MoneyBasis {
  readonly currency: "USD";
  readonly year: number;
}

/** An amount in the money of a basis, and how it got there. */
export interface BasisAmount {
  readonly value: Rational;
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
  const steps: Step[] = [];
  const name = rates === undefined ? "" : `${rates.id}@${rates.version}`;
  let value = parseDecimal(amount);
  if (currency !== "USD") {
    const rate = rates?.rates.find((candidate) => candidate.currency === currency && candidate.year === year);
    if (rate === undefined) throw contractError("RATE_UNKNOWN", { what: "currency", currency, year });
    value = div(value, parseDecimal(rate.perUsd));
    const label = `${amount} ${currency} ÷ ${rate.perUsd} ${currency}/USD (${year})`;
    steps.push(step(label, value, `USD ${year}`, `${name}: ${rate.source}`));
  }
  if (year !== basis.year) {
    const indexOf = (wanted: number) => {
      const entry = rates?.priceIndex.find((candidate) => candidate.year === wanted);
      if (entry === undefined)
        throw contractError("RATE_UNKNOWN", { what: "price-index", currency: "USD", year: wanted });
      return entry;
    };
    const [from, to] = [indexOf(year), indexOf(basis.year)];
    value = div(mul(value, parseDecimal(to.index)), parseDecimal(from.index));
    const label = `× ${to.index} ÷ ${from.index} (price index ${basis.year} ÷ ${year})`;
    steps.push(step(label, value, `USD ${basis.year}`, `${name}: ${to.source}`));
  }
  return { value, steps };
}
