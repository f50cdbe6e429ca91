import { contractError } from "../errors.ts";
import { addAligned, div, mul, type Rational, ZERO } from "../exact/rational.ts";

/** A value with what it weighs. */
export interface Weighted {
  readonly weight: Rational;
  readonly value: Rational;
}

/**
 * Σ weight × value / Σ weight, exact.
 * @throws QUALITY_WEIGHTS_INVALID for a negative weight (a mean of scores must lie among them), or none above 0
 */
export function weightedMean(items: readonly Weighted[]): Rational {
  let [weights, products] = [ZERO, ZERO];
  for (const { weight, value } of items) {
    if (weight.n < 0n) throw contractError("QUALITY_WEIGHTS_INVALID", { reason: "a weight is negative" });
    weights = addAligned(weights, weight);
    products = addAligned(products, mul(weight, value));
  }
  if (weights.n === 0n) throw contractError("QUALITY_WEIGHTS_INVALID", { reason: "the weights come to nothing" });
  return div(products, weights);
}
