import { abs, div, formatScaled, isZero, type Rational, rational, roundHalfEven, sub } from "@tallystick/contracts";
import type { ChangeSplit, SplitCause } from "./split-change.ts";

const DECIMALS = 6;

const CAUSES: Readonly<Record<SplitCause, string>> = {
  "price-year": "price year",
  "gwp-set": "GWP set",
  boundary: "boundary",
  methodology: "methodology",
  error: "error in the earlier version",
  "new-data": "new data",
  unattributed: "unattributed",
};

/** Rounded to 6 decimals, for people; a difference below that shows as 0. */
export function formatRounded(value: Rational): string {
  const text = formatScaled(roundHalfEven(value, DECIMALS), DECIMALS).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}

const signed = (value: Rational): string => `${value.n > 0n ? "+" : ""}${formatRounded(value)}`;

/** The change of a figure in whole percent of the earlier one: "-60 %"; undefined where that is 0. */
export function formatPercent(before: Rational, after: Rational): string | undefined {
  if (isZero(before)) return undefined;
  const share = div(sub(after, before), abs(before));
  const percent = roundHalfEven(share, 2);
  return `${percent > 0n ? "+" : ""}${percent} %`;
}

/**
 * A split as lines of text: the figures, then one line for each part, rounded to 6 decimals each, and what these roundings are off by, where
 * they are: the lines add up as they stand.
 */
export function formatSplit(split: ChangeSplit): string {
  const { before, after, difference } = split;
  const percent = formatPercent(before, after);
  const head = `${formatRounded(before)} -> ${formatRounded(after)} kg CO2e: ${signed(difference)}`;
  return [
    percent === undefined ? head : `${head} (${percent})`,
    ...split.parts.map(({ cause, kgCo2e, how }) => `  ${CAUSES[cause]} ${signed(kgCo2e)} (${how})`),
    ...(isZero(offBy(split)) ? [] : [`  rounding of these lines ${signed(offBy(split))}`]),
  ].join("\n");
}

/** The rounded difference less the rounded parts. */
function offBy({ difference, parts }: ChangeSplit): Rational {
  const rounded = (value: Rational): bigint => roundHalfEven(value, DECIMALS);
  const off = parts.reduce((rest, { kgCo2e }) => rest - rounded(kgCo2e), rounded(difference));
  return rational(off, 10n ** BigInt(DECIMALS));
}
