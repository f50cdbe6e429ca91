import { contractError } from "../errors.ts";

/**
 * An exact fraction n/d with d > 0, not necessarily in lowest terms: within one ledger line a chain of operations is
 * short, and reducing after each costs more than it saves (docs/decisions/0004-exact-arithmetic.md).
 */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

/** The fraction n/d. @throws RangeError when d is 0, a programmer's mistake: data is divided by `div`'s callers only after a check. */
export function rational(n: bigint, d = 1n): Rational {
  if (d === 0n) throw new RangeError("denominator is 0");
  return d < 0n ? { n: -n, d: -d } : { n, d };
}

export function add(a: Rational, b: Rational): Rational {
  return a.d === b.d ? { n: a.n + b.n, d: a.d } : { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
}

/** As `add`, without letting denominators multiply over thousands of addends: those of decimals divide each other. */
export function addAligned(a: Rational, b: Rational): Rational {
  if (a.d === b.d) return { n: a.n + b.n, d: a.d };
  if (a.d % b.d === 0n) return { n: a.n + b.n * (a.d / b.d), d: a.d };
  if (b.d % a.d === 0n) return { n: a.n * (b.d / a.d) + b.n, d: b.d };
  return reduce(add(a, b));
}

export function sub(a: Rational, b: Rational): Rational {
  return a.d === b.d ? { n: a.n - b.n, d: a.d } : { n: a.n * b.d - b.n * a.d, d: a.d * b.d };
}

export function mul(a: Rational, b: Rational): Rational {
  return { n: a.n * b.n, d: a.d * b.d };
}

/** a / b. @throws RangeError when b is 0. */
export function div(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d, a.d * b.n);
}

export function negate(a: Rational): Rational {
  return { n: -a.n, d: a.d };
}

export function abs(a: Rational): Rational {
  return a.n < 0n ? negate(a) : a;
}

/** −1, 0 or 1 as a is less than, equal to or greater than b. */
export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function isZero(a: Rational): boolean {
  return a.n === 0n;
}

export function sum(values: Iterable<Rational>): Rational {
  let total = ZERO;
  for (const value of values) total = add(total, value);
  return total;
}

/** The same value in lowest terms. */
export function reduce(a: Rational): Rational {
  let x = a.n < 0n ? -a.n : a.n;
  let y = a.d;
  while (y !== 0n) [x, y] = [y, x % y];
  return { n: a.n / x, d: a.d / x };
}

const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 41 }, (_, exponent) => 10n ** BigInt(exponent));

/** 10^exponent for a small non-negative exponent. */
export function tenTo(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent);
}

/** x · 10^decimals rounded to the nearest integer, ties to the even one (IEEE 754 roundTiesToEven). */
export function roundHalfEven(x: Rational, decimals: number): bigint {
  const scaled = x.n * tenTo(decimals);
  const quotient = scaled / x.d;
  const remainder = scaled - quotient * x.d;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  if (twice < x.d || (twice === x.d && quotient % 2n === 0n)) return quotient;
  return scaled < 0n ? quotient - 1n : quotient + 1n;
}

const MAX_SIGNIFICANT_DIGITS = 40;
const MAX_TEXT_LENGTH = 80;
const MAX_EXPONENT = 30;
const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;
const PACT_DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** The pattern of `parsePactDecimal`, for schemas. */
export const PACT_DECIMAL_PATTERN: RegExp = /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?$/;

const invalid = (text: string, reason: string) =>
  contractError("DECIMAL_INVALID", { text: text.slice(0, MAX_TEXT_LENGTH), reason });

function fromParts(text: string, sign: string, whole: string, fraction: string, exponent: number): Rational {
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits.length > MAX_SIGNIFICANT_DIGITS) throw invalid(text, "more than 40 significant digits");
  const magnitude = BigInt(digits === "" ? "0" : digits);
  const n = sign === "-" ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { n, d: tenTo(scale) } : { n: n * tenTo(-scale), d: 1n };
}

/**
 * A plain decimal: optional sign, digits, optional fraction; no exponent, no spaces, no thousands separators, at most
 * 40 significant digits.
 * @throws DECIMAL_INVALID
 */
export function parseDecimal(text: string): Rational {
  if (text.length > MAX_TEXT_LENGTH) throw invalid(text, "longer than 80 characters");
  const match = DECIMAL.exec(text);
  if (match === null) throw invalid(text, "not a plain decimal");
  return fromParts(text, match[1] ?? "", match[2] ?? "", match[3] ?? "", 0);
}

/**
 * A decimal as PACT writes them: as `parseDecimal`, and an exponent of at most ±30 ("1.2345e+6").
 * @throws DECIMAL_INVALID
 */
export function parsePactDecimal(text: string): Rational {
  if (text.length > MAX_TEXT_LENGTH) throw invalid(text, "longer than 80 characters");
  const match = PACT_DECIMAL.exec(text);
  if (match === null) throw invalid(text, "not a decimal");
  const exponent = Number(match[4] ?? "0");
  if (Math.abs(exponent) > MAX_EXPONENT) throw invalid(text, "exponent beyond 30");
  return fromParts(text, match[1] ?? "", match[2] ?? "", match[3] ?? "", exponent);
}
