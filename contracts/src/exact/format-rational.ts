import { type Rational, reduce, tenTo } from "./rational.ts";

/** The integer `scaled` · 10^-decimals as plain decimal text with exactly that many decimals. */
export function formatScaled(scaled: bigint, decimals: number): string {
  const sign = scaled < 0n ? "-" : "";
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(decimals + 1, "0");
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function count(value: bigint, factor: bigint): [exponent: number, rest: bigint] {
  let exponent = 0;
  let rest = value;
  while (rest % factor === 0n) {
    rest /= factor;
    exponent += 1;
  }
  return [exponent, rest];
}

/**
 * The exact value as text: a plain decimal without trailing zeros where the fraction terminates ("0.125"), else the
 * reduced fraction ("1/3"). Never rounds.
 */
export function formatExact(value: Rational): string {
  const { n, d } = reduce(value);
  const [twos, odd] = count(d, 2n);
  const [fives, rest] = count(odd, 5n);
  if (rest !== 1n) return `${n}/${d}`;
  const decimals = Math.max(twos, fives);
  return formatScaled((n * tenTo(decimals)) / d, decimals);
}
