import {
  abs,
  compare,
  type FactorRow,
  isZero,
  mul,
  parseDecimal,
  type Rational,
  rational,
  sub,
  sum,
} from "@tallystick/contracts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import type { Rename } from "./rename-map.ts";

/** A pair of factors that may be one under two names, and what speaks for it. Nothing is renamed before a person confirms it. */
export interface RenameSuggestion extends Rename {
  readonly confirmed: false;
  /** Words that both keys have, of all that either has: 0 to 1. */
  readonly similarity: number;
  /** Whether the figures are the same, within a tenth of the earlier one, or farther apart; "none" where one of them is no number. */
  readonly figure: "equal" | "near" | "apart" | "none";
  /** Other keys that would do as well, of either version. */
  readonly rivals: readonly string[];
}

/** How much a figure adds to the similarity of names. */
const WEIGHT = { equal: 0.5, near: 0.25, apart: 0, none: 0 } as const;
/** Below this, names and figures say nothing. */
const LEAST_SCORE = 0.6;
/** Below this, names say nothing, whatever the figures. */
const LEAST_SIMILARITY = 1 / 3;
/** A word in more keys than this tells no factors apart. */
const MAX_KEYS_OF_WORD = 200;

interface Pair {
  readonly from: FactorRow;
  readonly to: FactorRow;
  readonly similarity: number;
  readonly figure: RenameSuggestion["figure"];
  readonly score: number;
}

/**
 * Pairs of factors of which one is only in the superseded version and the other only in the proposed one, each at most once, the likeliest
 * first. They are per the same unit, of the same place and the same boundary. Pure: the order of rows does not matter.
 */
export function suggestRenames(superseded: FactorSetWithRows, proposed: FactorSetWithRows): RenameSuggestion[] {
  const gone = onlyIn(superseded, proposed);
  const added = onlyIn(proposed, superseded);
  const pairs = pairsOf(gone, added).sort(
    (a, b) => b.score - a.score || order(a.from.key, b.from.key) || order(a.to.key, b.to.key),
  );
  const best = bestScores(pairs);
  const taken = new Set<FactorRow>();
  const suggestions: RenameSuggestion[] = [];
  for (const pair of pairs) {
    if (taken.has(pair.from) || taken.has(pair.to)) continue;
    taken.add(pair.from).add(pair.to);
    suggestions.push(toSuggestion(pair, best));
  }
  return suggestions;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function onlyIn(set: FactorSetWithRows, other: FactorSetWithRows): FactorRow[] {
  const keys = new Set(other.rows.map(({ key }) => key));
  return set.rows.filter(({ key, kind }) => !keys.has(key) && kind !== "not-available" && kind !== "withdrawn");
}

function pairsOf(gone: readonly FactorRow[], added: readonly FactorRow[]): Pair[] {
  const words = new Map([...gone, ...added].map((row) => [row, wordsOf(row)]));
  const byWord = new Map<string, FactorRow[]>();
  for (const row of added) {
    for (const word of words.get(row) ?? []) {
      const known = byWord.get(word);
      if (known === undefined) byWord.set(word, [row]);
      else known.push(row);
    }
  }
  return gone.flatMap((from) => {
    const own = words.get(from) ?? new Set();
    const candidates = new Set(
      [...own].flatMap((word) => {
        const rows = byWord.get(word) ?? [];
        return rows.length > MAX_KEYS_OF_WORD ? [] : rows;
      }),
    );
    return [...candidates].flatMap((to): Pair[] => {
      if (scopeOf(to) !== scopeOf(from)) return [];
      const similarity = jaccard(own, words.get(to) ?? new Set());
      const figure = compareFigures(from, to);
      const score = similarity + WEIGHT[figure];
      return score < LEAST_SCORE || similarity < LEAST_SIMILARITY ? [] : [{ from, to, similarity, figure, score }];
    });
  });
}

/** What a name does not decide: factors that differ in it are two. */
function scopeOf({ denominator, boundary, geography: { scheme, code } }: FactorRow): string {
  return [denominator, boundary, scheme, code].join("\n");
}

function wordsOf({ key }: FactorRow): Set<string> {
  return new Set(key.toLowerCase().split(/[^a-z0-9]+/));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  return shared / (a.size + b.size - shared);
}

/** CO2e as the publisher says it, or of gases that are all CO2e already or biogenic CO2. */
function figureOf(row: FactorRow): Rational | undefined {
  if (row.kind === "value") return parseDecimal(row.value);
  if (row.kind !== "by-gas") return undefined;
  return sum(row.gases.map(({ value }) => parseDecimal(value)));
}

const TENTH = rational(1n, 10n);

function compareFigures(from: FactorRow, to: FactorRow): RenameSuggestion["figure"] {
  if (from.kind === "bound" && to.kind === "bound") {
    return from.comparator === to.comparator && from.value === to.value ? "equal" : "none";
  }
  const [before, after] = [figureOf(from), figureOf(to)];
  if (before === undefined || after === undefined) return "none";
  const difference = abs(sub(after, before));
  if (isZero(difference)) return "equal";
  return compare(difference, mul(abs(before), TENTH)) <= 0 ? "near" : "apart";
}

/** By row: the highest score that it has in any pair, and the rows that it has it with. */
function bestScores(pairs: readonly Pair[]): Map<FactorRow, { readonly score: number; readonly with: FactorRow[] }> {
  const best = new Map<FactorRow, { readonly score: number; readonly with: FactorRow[] }>();
  // Sorted by score: the first pair of a row is its best.
  for (const { from, to, score } of pairs) {
    for (const [row, other] of [
      [from, to],
      [to, from],
    ] as const) {
      const known = best.get(row);
      if (known === undefined) best.set(row, { score, with: [other] });
      else if (known.score === score) known.with.push(other);
    }
  }
  return best;
}

function toSuggestion(
  { from, to, similarity, figure, score }: Pair,
  best: ReturnType<typeof bestScores>,
): RenameSuggestion {
  const rivals = [from, to]
    .flatMap((row) => (best.get(row)?.with ?? []).filter((other) => other !== from && other !== to))
    .map(({ key }) => key)
    .sort(order);
  // A pair that is not the best of either row is what was left over.
  const isLeftOver = [from, to].some((row) => (best.get(row)?.score ?? score) > score);
  const names = `${Math.round(similarity * 100)} % of the words`;
  return {
    from: from.key,
    to: to.key,
    ...(from.activity === undefined ? {} : { activity: from.activity }),
    reason: `${names}, figures ${figure}${isLeftOver ? ", a likelier one was taken" : ""}`,
    confirmed: false,
    similarity,
    figure,
    rivals,
  };
}
