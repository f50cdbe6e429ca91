import { add, isZero, mul, type Rational, sub, sum } from "@tallystick/contracts";
import type { ChangeSplit, SplitPart } from "./split-change.ts";

/** How much of an activity a line has, as each version's figure in a `ChangeSplit` is per one of. */
export interface LineAmounts {
  /** In the later version's unit; where that is money, in the earlier version's money. */
  readonly before: Rational;
  /** In the later version's unit or money. */
  readonly after: Rational;
}

/** Why a line's emissions differ between two versions of its factor, in kg CO2e. */
export interface LineSplit {
  readonly before: Rational;
  readonly after: Rational;
  readonly difference: Rational;
  /** They sum to `difference` exactly; none that makes no difference. */
  readonly parts: readonly SplitPart[];
}

/**
 * Scales the split of a factor's change by a line's activity. The price year stands in both: money of the later year is more units, each of
 * less carbon. Where the amounts were converted by the same price index, as `convertMoney` does, the two cancel out and the line has
 * no part for the price year; where they were not, its part is what the line is off by. Amounts that differ although no price year does,
 * or one that could not be told, are `unattributed`.
 */
export function splitLine(split: ChangeSplit, amounts: LineAmounts): LineSplit {
  const before = mul(split.before, amounts.before);
  const after = mul(split.after, amounts.after);
  const difference = sub(after, before);
  const price = split.parts.find(({ cause }) => cause === "price-year");
  const parts: SplitPart[] = [];
  for (const part of split.parts) {
    if (part === price) continue;
    parts.push({ ...part, kgCo2e: mul(part.kgCo2e, amounts.after) });
  }
  const rest = sub(difference, sum(parts.map(({ kgCo2e }) => kgCo2e)));
  if (price !== undefined) parts.unshift({ ...price, kgCo2e: rest });
  else if (!isZero(rest)) addTo(parts, { cause: "unattributed", kgCo2e: rest, how: "the activity is another" });
  return { before, after, difference, parts: parts.filter(({ kgCo2e }) => !isZero(kgCo2e)) };
}

/** One part for each cause. */
function addTo(parts: SplitPart[], part: SplitPart): void {
  const at = parts.findIndex(({ cause }) => cause === part.cause);
  const known = parts[at];
  if (known === undefined) parts.push(part);
  else parts[at] = { ...known, kgCo2e: add(known.kgCo2e, part.kgCo2e), how: `${known.how}; ${part.how}` };
}
