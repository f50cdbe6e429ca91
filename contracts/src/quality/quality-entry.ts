import { contractError } from "../errors.ts";
import { type Rational, rational } from "../exact/rational.ts";
import { weightedMean } from "./weights.ts";

/** Scores by the indicators of a data-quality system, in its order; null is "n.a.". */
export type QualityEntry = readonly (number | null)[];

const NOT_AVAILABLE = "n.a.";
const SCORE = /^[1-9]\d?$/;
const MAX_LENGTH = 200;

/**
 * An entry as openLCA writes it: "(3;2;4;n.a.;2)", scores 1 to 99.
 * @throws QUALITY_ENTRY_INVALID
 */
export function parseQualityEntry(text: string): QualityEntry {
  const inner = /^\(([^()]*)\)$/.exec(text.slice(0, MAX_LENGTH + 1))?.[1];
  if (inner === undefined || text.length > MAX_LENGTH) throw invalid(text, "not scores in parentheses");
  return inner.split(";").map((score) => {
    if (score === NOT_AVAILABLE) return null;
    if (SCORE.test(score)) return Number(score);
    throw invalid(text, `"${score}" is neither a score nor ${NOT_AVAILABLE}`);
  });
}

/** The inverse of `parseQualityEntry`. */
export function formatQualityEntry(entry: QualityEntry): string {
  return `(${entry.map((score) => score ?? NOT_AVAILABLE).join(";")})`;
}

/** What one input contributes to a figure, with the quality of its data. */
export interface QualityContribution {
  /** In one unit for all contributions; not negative. */
  readonly amount: Rational;
  readonly entry: QualityEntry;
}

/** The exact means by indicator; null where any contribution above 0 is n.a.: a mean over the rest would pass for all. */
export function meanQuality(contributions: readonly QualityContribution[]): readonly (Rational | null)[] {
  const width = contributions[0]?.entry.length;
  if (width === undefined) throw contractError("QUALITY_WEIGHTS_INVALID", { reason: "no contributions" });
  const other = contributions.find(({ entry }) => entry.length !== width);
  if (other !== undefined) throw invalid(formatQualityEntry(other.entry), `${width} indicators expected`);
  return Array.from({ length: width }, (_, at) => {
    const rated = contributions.map(({ amount, entry }) => ({ weight: amount, score: entry[at] ?? null }));
    if (rated.some(({ weight, score }) => score === null && weight.n !== 0n)) return null;
    return weightedMean(rated.map(({ weight, score }) => ({ weight, value: rational(BigInt(score ?? 0)) })));
  });
}

/**
 * Quality of a figure from its contributions (openLCA's aggregation): the contribution-weighted mean of each indicator, rounded to the nearest
 * score, a half to the worse one.
 * @throws QUALITY_WEIGHTS_INVALID, QUALITY_ENTRY_INVALID for entries of different systems
 */
export function aggregateQuality(contributions: readonly QualityContribution[]): QualityEntry {
  return meanQuality(contributions).map((mean) => (mean === null ? null : roundHalfUp(mean)));
}

/** 2.5 is 3: the worse score. Scores are above 0, where division of integers rounds down. */
function roundHalfUp({ n, d }: Rational): number {
  return Number((2n * n + d) / (2n * d));
}

const invalid = (text: string, reason: string) =>
  contractError("QUALITY_ENTRY_INVALID", { text: text.slice(0, MAX_LENGTH), reason });
