import { contractError } from "../errors.ts";
import { formatScaled } from "./format-rational.ts";
import { type Rational, roundHalfEven } from "./rational.ts";

/** Decimals of a kilogram that an amount keeps: totals are integers of 10⁻⁹ kg. */
export const NANO_DECIMALS = 9;

/** Kilograms to integer nanokilograms: the one rounding of a line, half to even. */
export function toNanoKg(kg: Rational): bigint {
  return roundHalfEven(kg, NANO_DECIMALS);
}

/** Nanokilograms as kilograms with always nine decimals, e.g. "1234.500000000". */
export function formatNanoKg(nano: bigint): string {
  return formatScaled(nano, NANO_DECIMALS);
}

const NANO = /^(-?)(0|[1-9]\d{0,39})\.(\d{9})$/;

/** The inverse of `formatNanoKg`; refuses any other spelling. @throws DECIMAL_INVALID */
export function parseNanoKg(text: string): bigint {
  const match = NANO.exec(text);
  const nano = BigInt(`${match?.[2] ?? "0"}${match?.[3] ?? ""}`);
  if (match === null || (nano === 0n && match[1] === "-")) {
    throw contractError("DECIMAL_INVALID", { text: text.slice(0, 80), reason: "not kilograms with nine decimals" });
  }
  return match[1] === "-" ? -nano : nano;
}
