import { contractError } from "../errors.ts";
import { totalOf } from "./gsd2.ts";

// Approach 1 of the IPCC's 2006 Guidelines, volume 1, chapter 3 (equations 3.1 and 3.2; recalled, not read): half the 95 % interval
// in per cent of the figure. It takes the spread for symmetric, which is right for small ones only.

/** Uncertainty in per cent of a product of independent quantities: √Σ Uᵢ². @throws UNCERTAINTY_INVALID */
export function combinePercentProduct(percents: readonly number[]): number {
  return Math.hypot(...percents.map(checkPercent));
}

/** One addend of a sum, with its uncertainty in per cent of it. */
export interface PercentAddend {
  readonly amount: number;
  readonly percent: number;
}

/**
 * Uncertainty in per cent of a sum of independent quantities: √Σ (Uᵢ xᵢ)² / |Σ xᵢ|.
 * @throws UNCERTAINTY_INVALID also where the addends come to nothing
 */
export function combinePercentSum(addends: readonly PercentAddend[]): number {
  const total = Math.abs(totalOf(addends));
  return Math.hypot(...addends.map(({ amount, percent }) => checkPercent(percent) * amount)) / total;
}

function checkPercent(percent: number): number {
  if (Number.isFinite(percent) && percent >= 0) return percent;
  throw contractError("UNCERTAINTY_INVALID", {
    what: "per cent",
    value: String(percent),
    reason: "not a finite number from 0",
  });
}
