import {
  add,
  convert,
  convertMoney,
  type FactorRow,
  type FactorSet,
  type FactorValue,
  factorValue,
  type GwpSet,
  isMoneyDenominator,
  isZero,
  type MoneyBasis,
  mul,
  ONE,
  type RateSet,
  type Rational,
  sub,
  sum,
  ZERO,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import type { FactorVersion } from "./factor-version.ts";

/** What can make two versions of a factor differ. `unattributed` is what nobody has said the cause of. */
export const SPLIT_CAUSES = [
  "price-year",
  "gwp-set",
  "boundary",
  "methodology",
  "error",
  "new-data",
  "unattributed",
] as const;
export type SplitCause = (typeof SPLIT_CAUSES)[number];

/** The part of a difference that one cause makes. */
export interface SplitPart {
  readonly cause: SplitCause;
  /** kg CO2e per one of the later version's denominator. */
  readonly kgCo2e: Rational;
  /** From what, to what: "USD 2021 to USD 2022". */
  readonly how: string;
}

/** Why a factor's figure differs between two versions; all in kg CO2e per one of the later version's denominator. */
export interface ChangeSplit {
  /** The earlier figure per the same unit. Where the denominators are money of different years it is as published. */
  readonly before: Rational;
  readonly after: Rational;
  /** `after` less `before`, which is the sum of the parts exactly. */
  readonly difference: Rational;
  /** In the order in which the causes were taken, each on top of those before it; none that makes no difference. */
  readonly parts: readonly SplitPart[];
  /** What should have been split off and could not be, and why: it lies in the last part. */
  readonly unknown: readonly string[];
}

/**
 * Splits the difference of two versions of a factor by cause, one after another:
 *
 * 1. price year: the earlier figure per money of the later year, by the rate set's price index (and exchange rate, where the currency is
 *    another);
 * 2. GWP set: what the earlier version's gases come to under the later GWPs, less what they come to under their own;
 * 3. all that is left goes to one cause: the boundary where that is another, or else what the later row's `change.reason` says, where
 *    its set supersedes the earlier version. It is
 *    `unattributed` where neither says anything, where both do, and where one of the first two steps was due but could not be taken (the second is
 *    not tried where the first could not be).
 *
 * @throws FACTOR_NOT_A_VALUE for a bound, a blank or a withdrawn row; GWP_SET_UNAVAILABLE; UNIT_INCOMPATIBLE where the figures are per
 * things that cannot be compared
 */
export function splitChange(before: FactorVersion, after: FactorVersion, rates?: RateSet): ChangeSplit {
  const earlier = factorValue(before.row, before.set);
  const later = factorValue(after.row, after.set);
  const perUnit = unitRatio(before.row, after.row);
  const start = mul(earlier.kgCo2e, perUnit);
  const difference = sub(later.kgCo2e, start);
  const parts: SplitPart[] = [];
  const unknown: string[] = [];

  const price = priceRatio(before, after, rates);
  if (price.unknown !== undefined) unknown.push(price.unknown);
  if (price.ratio !== undefined) {
    parts.push({ cause: "price-year", kgCo2e: mul(start, sub(price.ratio, ONE)), how: price.how });
  }
  // Per money of another year the effect of a GWP would be another figure.
  const gwp: GwpEffect = price.unknown === undefined ? gwpChange(before, after, earlier) : { how: "" };
  if (gwp.unknown !== undefined) unknown.push(gwp.unknown);
  if (gwp.kgCo2e !== undefined) {
    parts.push({ cause: "gwp-set", kgCo2e: mul(mul(gwp.kgCo2e, perUnit), price.ratio ?? ONE), how: gwp.how });
  }
  const rest = sub(difference, sum(parts.map(({ kgCo2e }) => kgCo2e)));
  parts.push({ kgCo2e: rest, ...restOf(before, after, unknown) });
  return {
    before: start,
    after: later.kgCo2e,
    difference,
    parts: parts.filter(({ kgCo2e }) => !isZero(kgCo2e)),
    unknown,
  };
}

/** The earlier version's denominators in one of the later's; 1 between moneys, whose year is a cause of its own. */
function unitRatio(before: FactorRow, after: FactorRow): Rational {
  const isMoney = isMoneyDenominator(before.denominator) && isMoneyDenominator(after.denominator);
  return isMoney ? ONE : convert(ONE, after.denominator, before.denominator);
}

interface PriceRatio {
  /** Earlier money in one of the later. */
  readonly ratio?: Rational;
  readonly how: string;
  readonly unknown?: string;
}

function priceRatio(before: FactorVersion, after: FactorVersion, rates: RateSet | undefined): PriceRatio {
  const [from, to] = [moneyOf(before), moneyOf(after)];
  if (from === undefined || to === undefined || (from.currency === to.currency && from.year === to.year)) {
    return { how: "" };
  }
  const how = `${from.currency} ${from.year} to ${to.currency} ${to.year}`;
  try {
    const name = rates === undefined ? "" : `, ${rates.id}@${rates.version}`;
    return { ratio: convertMoney(rates, ONE, to, from).value, how: `${how}${name}` };
  } catch (cause) {
    if (!isTallyError(cause, "RATE_UNKNOWN")) throw cause;
    return { how, unknown: `price year: ${how}: no rate set has it` };
  }
}

function moneyOf({ row, set }: FactorVersion): MoneyBasis | undefined {
  return isMoneyDenominator(row.denominator) ? set.priceBasis : undefined;
}

interface GwpEffect {
  /** Per one of the earlier version's denominator. */
  readonly kgCo2e?: Rational;
  readonly how: string;
  readonly unknown?: string;
}

function gwpChange(before: FactorVersion, after: FactorVersion, earlier: FactorValue): GwpEffect {
  const [from, to] = [before.set.gwpSet, after.set.gwpSet];
  const how = `${from} to ${to}`;
  if (from === to && from !== "mixed") return { how };
  if (from === "mixed" || to === "mixed") return { how, unknown: `GWP set: ${how}` };
  const anew = underGwp(before.row, before.set, to);
  if (anew === undefined) return { how, unknown: `GWP set: ${how}: the earlier version's gases do not say` };
  // Both from the gases: what the published figure is rounded by is no effect of a GWP.
  return { how, kgCo2e: sub(gasTotal(anew), gasTotal(earlier)) };
}

function underGwp(row: FactorRow, set: FactorSet, gwpSet: GwpSet): FactorValue | undefined {
  try {
    return factorValue(row, set, { set: gwpSet, orPublished: false });
  } catch (cause) {
    if (isTallyError(cause, "GWP_SET_UNAVAILABLE") || isTallyError(cause, "GAS_UNKNOWN")) return undefined;
    throw cause;
  }
}

function gasTotal({ gases }: FactorValue): Rational {
  let total = ZERO;
  for (const { kgCo2e } of gases) total = add(total, kgCo2e);
  return total;
}

const REST_CAUSES = { methodology: "methodology", error: "error", "new-data": "new-data" } as const;

/** Whom what is left belongs to. */
function restOf(
  before: FactorVersion,
  after: FactorVersion,
  unknown: readonly string[],
): { readonly cause: SplitCause; readonly how: string } {
  // A row states why it differs from the version that its set supersedes, not from any other.
  const change = isNext(before.set, after.set) ? after.row.change : undefined;
  const said = change === undefined ? undefined : (REST_CAUSES as { [reason: string]: SplitCause })[change.reason];
  const [from, to] = [boundaryOf(before), boundaryOf(after)];
  const boundary = from === to ? undefined : `"${from}" to "${to}"`;
  if (unknown.length === 0 && (said === undefined) !== (boundary === undefined)) {
    if (said === undefined) return { cause: "boundary", how: boundary ?? "" };
    return { cause: said, how: change?.note ?? "as its row states" };
  }
  const candidates = [...unknown, ...(boundary === undefined ? [] : [boundary]), ...(said === undefined ? [] : [said])];
  return { cause: "unattributed", how: candidates.length === 0 ? "no reason is stated" : candidates.join("; ") };
}

function isNext(before: FactorSet, after: FactorSet): boolean {
  return after.id === before.id && after.supersedes === before.version;
}

/** What is inside, and by which prices: money of purchasers includes the margins that producers' does not. */
function boundaryOf({ row, set }: FactorVersion): string {
  const price = isMoneyDenominator(row.denominator) ? set.priceBasis?.price : undefined;
  return price === undefined ? row.boundary : `${row.boundary} (${price} prices)`;
}
