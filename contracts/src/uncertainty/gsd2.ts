import { contractError } from "../errors.ts";

// Uncertainty is a statistic of a figure, never a part of it, and so the one place where floats are right:
// docs/decisions/0008-uncertainty.md.

/** Decimals with which a GSD2 is stated. Beyond them two implementations of `Math.exp` may differ. */
export const GSD2_DECIMALS = 6;

/**
 * A spread: the 95 % interval of a lognormal figure is value / GSD2 to value × GSD2. GSD2 is the squared geometric standard
 * deviation, so that sigma = ln(GSD2) / 2, and 1 is certainty.
 * @throws UNCERTAINTY_INVALID for what is not a finite number of at least 1
 */
export function checkGsd2(gsd2: number, what = "GSD2"): number {
  if (Number.isFinite(gsd2) && gsd2 >= 1) return gsd2;
  throw contractError("UNCERTAINTY_INVALID", {
    what,
    value: String(gsd2),
    reason: "not a finite number of at least 1",
  });
}

/** The GSD2 of a geometric standard deviation: its square. @throws UNCERTAINTY_INVALID */
export function gsd2OfGsd(gsd: number): number {
  return checkGsd2(gsd, "GSD") ** 2;
}

/** The geometric standard deviation of a GSD2. @throws UNCERTAINTY_INVALID */
export function gsdOfGsd2(gsd2: number): number {
  return Math.sqrt(checkGsd2(gsd2));
}

/** Standard deviation of the logarithm. @throws UNCERTAINTY_INVALID */
export function sigmaOf(gsd2: number): number {
  return Math.log(checkGsd2(gsd2)) / 2;
}

/** Mean of a lognormal figure: its value, which is the median, × exp(sigma² / 2). @throws UNCERTAINTY_INVALID */
export function meanOfMedian(median: number, gsd2: number): number {
  return median * Math.exp(sigmaOf(gsd2) ** 2 / 2);
}

/** The 95 % interval about a median, the lesser bound first whatever its sign. @throws UNCERTAINTY_INVALID */
export function interval95(median: number, gsd2: number): { readonly low: number; readonly high: number } {
  const [near, far] = [median / checkGsd2(gsd2), median * gsd2];
  return near <= far ? { low: near, high: far } : { low: far, high: near };
}

/** With six decimals: "1.202746". */
export function formatGsd2(gsd2: number): string {
  return checkGsd2(gsd2).toFixed(GSD2_DECIMALS);
}

/**
 * GSD2 of a product of independent lognormal factors (activity × emission factor): ln² adds up.
 * @throws UNCERTAINTY_INVALID
 */
export function combineLognormalProduct(gsd2s: readonly number[]): number {
  return Math.exp(Math.hypot(...gsd2s.map((gsd2) => Math.log(checkGsd2(gsd2)))));
}

/** One addend of a sum, with its spread. */
export interface LognormalAddend {
  /** In one unit for all addends; negative for what is taken off. */
  readonly amount: number;
  readonly gsd2: number;
}

/**
 * GSD2 of a sum of independent addends, to the first order (Taylor): ln² GSD2 = Σ Sᵢ² ln² GSD2ᵢ with Sᵢ = Eᵢ / E. Addends that share
 * a cause are not independent: see `combine`.
 * @throws UNCERTAINTY_INVALID also where the addends come to nothing, of which nothing is relative
 */
export function combineLognormalSum(addends: readonly LognormalAddend[]): number {
  const total = totalOf(addends);
  return Math.exp(Math.hypot(...addends.map(({ amount, gsd2 }) => (amount / total) * Math.log(checkGsd2(gsd2)))));
}

/** @throws UNCERTAINTY_INVALID for a total that is 0 or not a number */
export function totalOf(addends: readonly { readonly amount: number }[]): number {
  const total = addends.reduce((sum, { amount }) => sum + amount, 0);
  if (Number.isFinite(total) && total !== 0) return total;
  throw contractError("UNCERTAINTY_INVALID", {
    what: "total",
    value: String(total),
    reason: "nothing is relative to it",
  });
}
