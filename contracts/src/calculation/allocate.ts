import { compare, div, isZero, mul, type Rational, rational, sub, sum, ZERO } from "../exact/rational.ts";

/**
 * Splits an amount by weights so that the parts add up to it exactly: each part is its exact share rounded down, and what is then left goes,
 * a unit each, to the parts that lost most by it (the method of the largest remainder). Of two that lost the same, the one with the lesser
 * key comes first; so the parts do not depend on the order in which they are given.
 *
 * @param amount integer, such as 10⁻⁹ kg; below 0 it is split as its opposite
 * @param weights at least one, none below 0, not all 0; keys are unique
 * @throws RangeError where the weights are none of that: data are checked before
 */
export function allocate(
  amount: bigint,
  weights: readonly { readonly key: string; readonly weight: Rational }[],
): ReadonlyMap<string, bigint> {
  const total = sum(weights.map(({ weight }) => weight));
  if (isZero(total) || weights.some(({ weight }) => compare(weight, ZERO) < 0)) {
    throw new RangeError("weights must not be below 0, nor all 0");
  }
  if (new Set(weights.map(({ key }) => key)).size !== weights.length) throw new RangeError("two weights of one key");
  const size = amount < 0n ? -amount : amount;
  const parts = weights.map(({ key, weight }) => {
    const exact = div(mul(rational(size), weight), total);
    const down = exact.n / exact.d;
    return { key, down, lost: sub(exact, rational(down)) };
  });
  let left = size;
  for (const { down } of parts) left -= down;
  const byLoss = [...parts].sort((a, b) => compare(b.lost, a.lost) || (a.key < b.key ? -1 : 1));
  const extra = new Set(byLoss.slice(0, Number(left)).map(({ key }) => key));
  return new Map(
    parts.map(({ key, down }) => {
      const part = extra.has(key) ? down + 1n : down;
      return [key, amount < 0n ? -part : part];
    }),
  );
}
