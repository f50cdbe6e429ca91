import { formatExact } from "../exact/format-rational.ts";
import { abs, compare, type Rational, rational, tenTo } from "../exact/rational.ts";

/**
 * The value with so many significant digits, rounded up or down on the number line, as a plain decimal: 1455.003 down to three digits is
 * "1450". A bound that is rounded outward never claims more than it was.
 */
export function outward(value: Rational, digits: number, direction: "up" | "down"): string {
  if (value.n === 0n) return "0";
  const exponent = magnitude(abs(value)) - digits + 1;
  // value = scaled × 10^exponent with `digits` digits before the point.
  const [n, d] = exponent >= 0 ? [value.n, value.d * tenTo(exponent)] : [value.n * tenTo(-exponent), value.d];
  const truncated = n / d;
  const exact = truncated * d === n;
  const positive = n > 0n;
  const away = !exact && positive === (direction === "up");
  const scaled = away ? truncated + (positive ? 1n : -1n) : truncated;
  return formatExact(exponent >= 0 ? rational(scaled * tenTo(exponent)) : rational(scaled, tenTo(-exponent)));
}

/** The e with 10^e ≤ x < 10^(e+1), for x above 0. */
function magnitude(x: Rational): number {
  const guess = x.n.toString().length - x.d.toString().length;
  const atLeast = compare(x, guess >= 0 ? rational(tenTo(guess)) : rational(1n, tenTo(-guess))) >= 0;
  return atLeast ? guess : guess - 1;
}
