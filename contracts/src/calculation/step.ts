import { formatExact } from "../exact/format-rational.ts";
import type { Rational } from "../exact/rational.ts";

/** One named step of a calculation, for people to follow: nothing is read back from it. */
export interface Step {
  /** What was done, with the figures that went in: "1250 lb = 566.9904625 kg". */
  readonly label: string;
  /** Exact result: a plain decimal, or a fraction where none is exact. */
  readonly value: string;
  readonly unit: string;
  /** Where a figure that went in comes from. */
  readonly source?: string;
}

export function step(label: string, value: Rational, unit: string, source?: string): Step {
  return { label, value: formatExact(value), unit, ...(source === undefined ? {} : { source }) };
}
