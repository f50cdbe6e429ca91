import { type Step, step } from "../calculation/step.ts";
import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { div, mul, ONE, parseDecimal, type Rational, reduce } from "../exact/rational.ts";
import { type Parsed, rateIndexOf } from "./rate-index.ts";
import { type CurrencyRate, type PriceIndex, priceCurrencyOf, type RateSet } from "./rate-set.ts";

/** Money of one year: what factors are per, and what an amount was paid in. */
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

/** The unit of money of a year, as `unitOf` knows it: "USD@2022". */
export function moneyUnit({ currency, year }: MoneyBasis): string {
  return `${currency}@${year}`;
}

/** As `convertMoney`, of decimal text. @throws RATE_UNKNOWN, DECIMAL_INVALID */
export function toBasis(
  rates: RateSet | undefined,
  amount: string,
  currency: string,
  year: number,
  basis: MoneyBasis,
): BasisAmount {
  return convertMoney(rates, parseDecimal(amount), { currency, year }, basis);
}

/**
 * An amount of a currency and year in another currency and year, exactly: first to the other currency at the average rates
 * of the amount's own year, then to the other year by that currency's price index. What needs no rate asks for none.
 * The order matters: a price index tells what a currency buys at home, so prices are deflated in the currency that the factor is in.
 *
 * @throws RATE_UNKNOWN (no other year's rate is ever taken, and no other currency's index)
 */
export function convertMoney(
  rates: RateSet | undefined,
  amount: Rational,
  from: MoneyBasis,
  to: MoneyBasis,
): BasisAmount {
  return new ConvertedMoney(rates, amount, wayBetween(rates, from, to));
}

/** How money of one basis becomes that of another. */
interface Way {
  readonly from: MoneyBasis;
  readonly hops: readonly Hop[];
  /** What all hops together multiply by. */
  readonly ratio: Rational;
}

/** A ledger of a million lines goes a few ways. At most one for every pair of what a set has rates of. */
const ways = new WeakMap<RateSet, Map<string, Way>>();

function wayBetween(rates: RateSet | undefined, from: MoneyBasis, to: MoneyBasis): Way {
  if (from.currency === to.currency && from.year === to.year) return { from, hops: [], ratio: ONE };
  let known = rates === undefined ? undefined : ways.get(rates);
  if (rates !== undefined && known === undefined) {
    known = new Map();
    ways.set(rates, known);
  }
  const key = `${from.currency}${from.year}${to.currency}${to.year}`;
  let way = known?.get(key);
  if (way === undefined) {
    const hops = hopsBetween(rates, from, to);
    let ratio = ONE;
    for (const hop of hops) ratio = apply(hop, ratio);
    way = { from, hops, ratio: reduce(ratio) };
    known?.set(key, way);
  }
  return way;
}

function hopsBetween(rates: RateSet | undefined, from: MoneyBasis, to: MoneyBasis): readonly Hop[] {
  const hops: Hop[] = [];
  if (from.currency !== to.currency) {
    if (from.currency !== "USD") hops.push({ kind: "to-dollars", at: requireRate(rates, from) });
    if (to.currency !== "USD") {
      hops.push({ kind: "from-dollars", at: requireRate(rates, { currency: to.currency, year: from.year }) });
    }
  }
  if (from.year !== to.year) {
    const before = requireIndex(rates, { currency: to.currency, year: from.year });
    hops.push({ kind: "deflate", before, at: requireIndex(rates, to) });
  }
  return hops;
}

/** One published figure, or the ratio of two, that an amount is multiplied by. */
type Hop =
  | { readonly kind: "to-dollars" | "from-dollars"; readonly at: Parsed<CurrencyRate> }
  | { readonly kind: "deflate"; readonly before: Parsed<PriceIndex>; readonly at: Parsed<PriceIndex> };

/** A class, whose getters cost nothing to make: a million amounts are converted, a few are explained. */
class ConvertedMoney implements BasisAmount {
  readonly value: Rational;
  readonly #rates: RateSet | undefined;
  readonly #amount: Rational;
  readonly #way: Way;

  constructor(rates: RateSet | undefined, amount: Rational, way: Way) {
    this.#rates = rates;
    this.#amount = amount;
    this.#way = way;
    this.value = way.hops.length === 0 ? amount : mul(amount, way.ratio);
  }

  get steps(): readonly Step[] {
    const steps: Step[] = [];
    const set = `${this.#rates?.id}@${this.#rates?.version}`;
    let value = this.#amount;
    const { from, hops } = this.#way;
    let unit = `${from.currency} ${from.year}`;
    for (const hop of hops) {
      const next = apply(hop, value);
      const { label, unit: nextUnit } = describe(hop);
      const source = `${set}: ${hop.at.entry.source}`;
      steps.push(step(`${formatExact(value)} ${unit} ${label}`, next, nextUnit, source));
      [value, unit] = [next, nextUnit];
    }
    return steps;
  }
}

function apply(hop: Hop, amount: Rational): Rational {
  switch (hop.kind) {
    case "to-dollars":
      return div(amount, hop.at.figure);
    case "from-dollars":
      return mul(amount, hop.at.figure);
    case "deflate":
      return div(mul(amount, hop.at.figure), hop.before.figure);
  }
}

function describe(hop: Hop): { readonly label: string; readonly unit: string } {
  if (hop.kind === "deflate") {
    const [before, at] = [hop.before.entry, hop.at.entry];
    const label = `× ${at.index} ÷ ${before.index} (price index ${at.year} ÷ ${before.year})`;
    return { label, unit: `${priceCurrencyOf(at)} ${at.year}` };
  }
  const { currency, year, perUsd } = hop.at.entry;
  const isToDollars = hop.kind === "to-dollars";
  return {
    label: `${isToDollars ? "÷" : "×"} ${perUsd} ${currency}/USD (${year})`,
    unit: `${isToDollars ? "USD" : currency} ${year}`,
  };
}

function requireRate(rates: RateSet | undefined, { currency, year }: MoneyBasis): Parsed<CurrencyRate> {
  const rate = rates === undefined ? undefined : rateIndexOf(rates).rate(currency, year);
  if (rate === undefined) throw contractError("RATE_UNKNOWN", { what: "currency", currency, year });
  return rate;
}

function requireIndex(rates: RateSet | undefined, { currency, year }: MoneyBasis): Parsed<PriceIndex> {
  const price = rates === undefined ? undefined : rateIndexOf(rates).price(currency, year);
  if (price === undefined) throw contractError("RATE_UNKNOWN", { what: "price-index", currency, year });
  return price;
}
