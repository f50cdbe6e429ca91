import {
  add,
  compare,
  div,
  formatExact,
  isZero,
  ONE,
  parseDecimal,
  type RateSet,
  type Rational,
  sum,
} from "@tallystick/contracts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { type ChangedRow, compareRows, diffSets } from "./diff-sets.ts";
import { formatPercent, formatSplit } from "./format-split.ts";
import type { ChangeSplit } from "./split-change.ts";
import { suggestRenames } from "./suggest-renames.ts";

/** How many times larger or smaller a figure may become before a person must look at it. */
export const OUTLIER_RATIO: Rational = parseDecimal("1.5");

/** A row that a person must release before its version can be approved. */
export interface HeldRow {
  readonly key: string;
  readonly label: string;
  /** In words: what is out of bounds. */
  readonly reason: string;
  /** The figures and the split of their difference, as lines of text. */
  readonly evidence: string;
}

/**
 * The rows of a proposed version that a person must release: where the figure is more than `limit` times, or less than one `limit`th of,
 * what the superseded version's comes to in the new price year and under the new GWPs; where it went to zero, from zero, or to the other
 * sign; and where it cannot be compared with the superseded one. A new factor that may be one which is gone is looked at as if it were.
 * The worst come first.
 *
 * What cannot be allowed for, as no rate set has the years or no gases are known, is not allowed for: such rows are held sooner.
 */
export function heldRows(
  superseded: FactorSetWithRows,
  proposed: FactorSetWithRows,
  rates?: RateSet,
  limit: Rational = OUTLIER_RATIO,
): HeldRow[] {
  const held = new Map<string, HeldRow & Finding>();
  const look = (changed: ChangedRow, prefix = ""): void => {
    const finding = judge(changed, limit);
    const { key, label } = changed.after;
    if (finding === undefined || held.has(key)) return;
    const evidence = changed.split === undefined ? "" : formatSplit(changed.split);
    held.set(key, { key, label, evidence, ...finding, reason: `${prefix}${finding.reason}` });
  };
  for (const changed of diffSets(superseded, proposed, rates).changed) look(changed);
  // Under a new name an outlier would otherwise pass for a new factor.
  for (const changed of likelyRenamed(superseded, proposed, rates)) look(changed, `may be ${changed.before.key}: `);
  return [...held.values()].sort(worstFirst).map(({ times: _times, ...row }) => row);
}

/** New factors beside those that are gone and that they may be, as far as nobody has said that they are. */
function likelyRenamed(superseded: FactorSetWithRows, proposed: FactorSetWithRows, rates?: RateSet): ChangedRow[] {
  const earlier = new Map(superseded.rows.map((row) => [row.key, row]));
  const later = new Map(proposed.rows.map((row) => [row.key, row]));
  const continued = new Set(proposed.rows.flatMap(({ change }) => change?.from ?? []));
  return suggestRenames(superseded, proposed).flatMap(({ from, to }) => {
    const [before, after] = [earlier.get(from), later.get(to)];
    if (before === undefined || after === undefined) return [];
    if (continued.has(from) || after.change?.from !== undefined) return [];
    return compareRows(superseded.set, before, proposed.set, after, rates) ?? [];
  });
}

interface Finding {
  readonly reason: string;
  /** How many times larger or smaller the figure became; absent where no number tells. */
  readonly times?: Rational;
}

function worstFirst({ times: a }: Finding, { times: b }: Finding): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
  return compare(b, a);
}

function judge({ split, incomparable, fields }: ChangedRow, limit: Rational): Finding | undefined {
  if (split === undefined) return { reason: `cannot be compared (${fields.join(", ")}): ${incomparable}` };
  const { after } = split;
  const expected = expectedOf(split);
  if (isZero(expected) || isZero(after)) {
    return isZero(expected) && isZero(after) ? undefined : { reason: "zero on one side only" };
  }
  const ratio = div(after, expected);
  if (ratio.n < 0n) return { reason: "the sign is another" };
  const times = compare(ratio, ONE) < 0 ? div(ONE, ratio) : ratio;
  if (compare(times, limit) <= 0) return undefined;
  const beyond = `${formatPercent(expected, after)} beyond price year and GWP set: by more than a factor of ${formatExact(limit)}`;
  const { unknown } = split;
  return { reason: unknown.length === 0 ? beyond : `${beyond} (not allowed for: ${unknown.join("; ")})`, times };
}

/** What the superseded figure comes to in the new price year and under the new GWPs. */
function expectedOf({ before, parts }: ChangeSplit): Rational {
  const allowed = parts.filter(({ cause }) => cause === "price-year" || cause === "gwp-set");
  return add(before, sum(allowed.map(({ kgCo2e }) => kgCo2e)));
}
