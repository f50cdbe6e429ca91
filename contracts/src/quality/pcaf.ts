import { contractError } from "../errors.ts";
import { type Rational, rational } from "../exact/rational.ts";
import { weightedMean } from "./weights.ts";

/**
 * Data-quality scores of the PCAF Global GHG Accounting Standard, part A: 1 verified emissions; 2 unverified reported emissions, or
 * emissions from physical data on energy; 3 from physical data on production; 4 from revenue; 5 from assets or turnover ratios.
 */
export const PCAF_SCORES = [1, 2, 3, 4, 5] as const;
export type PcafScore = (typeof PCAF_SCORES)[number];

/** A loan or investment, scored. */
export interface ScoredExposure {
  /** Outstanding amount, in one currency for all. */
  readonly outstanding: Rational;
  readonly score: number;
}

/**
 * The score of a portfolio weighted by outstanding amounts, exact (PCAF part A, Box 8).
 * @throws QUALITY_SCORE_INVALID, QUALITY_WEIGHTS_INVALID
 */
export function weightedScore(exposures: readonly ScoredExposure[]): Rational {
  return weightedMean(
    exposures.map(({ outstanding, score }) => ({ weight: outstanding, value: rational(BigInt(checkScore(score))) })),
  );
}

/** An exposure with its scores; scope 3 has one of its own, or none where it is not reported. */
export interface ScopedExposure {
  readonly outstanding: Rational;
  readonly scopes12: number;
  readonly scope3?: number;
}

/** The portfolio's scores. Scope 3 is reported apart and never averaged with scopes 1 and 2. */
export interface PortfolioScores {
  readonly scopes12: Rational;
  /** Over the exposures that have one; absent where none has. */
  readonly scope3?: Rational;
}

/** Both scores of a portfolio. @throws QUALITY_SCORE_INVALID, QUALITY_WEIGHTS_INVALID */
export function portfolioScores(exposures: readonly ScopedExposure[]): PortfolioScores {
  const of = (score: number, { outstanding }: ScopedExposure): ScoredExposure => ({ outstanding, score });
  const scopes12 = weightedScore(exposures.map((exposure) => of(exposure.scopes12, exposure)));
  const reported = exposures.flatMap((exposure) =>
    exposure.scope3 === undefined ? [] : [of(exposure.scope3, exposure)],
  );
  return reported.length === 0 ? { scopes12 } : { scopes12, scope3: weightedScore(reported) };
}

function checkScore(score: number): number {
  if ((PCAF_SCORES as readonly number[]).includes(score)) return score;
  throw contractError("QUALITY_SCORE_INVALID", { scheme: "pcaf", indicator: "score", score: String(score) });
}
