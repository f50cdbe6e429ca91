import { contractError } from "../errors.ts";
import { checkGsd2, combineLognormalProduct, gsd2OfGsd } from "./gsd2.ts";

/** Indicators of the pedigree matrix, in the order of ecoinvent's: (reliability; completeness; temporal; geographical; technological). */
export const PEDIGREE_INDICATORS = [
  "reliability",
  "completeness",
  "temporal",
  "geographical",
  "technological",
] as const;
export type PedigreeIndicator = (typeof PEDIGREE_INDICATORS)[number];

/** Scores 1 (best) to 5. One that is absent or null is not known, and counts as 5: never as good. */
export type PedigreeScores = Readonly<Partial<Record<PedigreeIndicator, number | null>>>;

/** Scores of which nothing is known. */
export const WORST_PEDIGREE: PedigreeScores = {};

interface PedigreeScheme {
  /** What the numbers are: a GSD is squared before use. */
  readonly measure: "gsd" | "gsd2";
  /** For scores 1 to 5; undefined where the source has no number. */
  readonly factors: Readonly<Record<PedigreeIndicator, readonly (number | undefined)[]>>;
}

/**
 * `ecoinvent-v2`: the expert factors, squared geometric standard deviations (GreenDelta/olca-schema, examples/dq_system.json, CC0).
 * `ciroth-2013`: the empirical factors of Ciroth et al. (as Activity Browser has them), geometric standard deviations: put into the
 * formula unsquared, as tools do, they understate. For three indicators the paper has no score 5, and none is made up.
 */
export const PEDIGREE_SCHEMES: Readonly<Record<"ecoinvent-v2" | "ciroth-2013", PedigreeScheme>> = {
  "ecoinvent-v2": {
    measure: "gsd2",
    factors: {
      reliability: [1, 1.05, 1.1, 1.2, 1.5],
      completeness: [1, 1.02, 1.05, 1.1, 1.2],
      temporal: [1, 1.03, 1.1, 1.2, 1.5],
      geographical: [1, 1.01, 1.02, 1.05, 1.1],
      technological: [1, 1.05, 1.2, 1.5, 2],
    },
  },
  "ciroth-2013": {
    measure: "gsd",
    factors: {
      reliability: [1, 1.54, 1.61, 1.69, undefined],
      completeness: [1, 1.03, 1.04, 1.08, undefined],
      temporal: [1, 1.03, 1.1, 1.19, 1.29],
      geographical: [1, 1.04, 1.08, 1.11, undefined],
      technological: [1, 1.18, 1.65, 2.08, 2.8],
    },
  },
};
export type PedigreeSchemeName = keyof typeof PEDIGREE_SCHEMES;

const WORST_SCORE = 5;

/**
 * GSD2 of a figure with a basic spread and a pedigree: exp √(ln² Ub + Σ ln² Uᵢ).
 * @throws QUALITY_SCORE_INVALID for a score that is not a whole number from 1 to 5, or for which the scheme has no number (in
 *   `ciroth-2013` that includes scores not given); UNCERTAINTY_INVALID for the basic GSD2
 */
export function pedigreeGsd2(
  basicGsd2: number,
  scores: PedigreeScores,
  scheme: PedigreeSchemeName = "ecoinvent-v2",
): number {
  const { measure, factors } = PEDIGREE_SCHEMES[scheme];
  const spreads = PEDIGREE_INDICATORS.map((indicator) => {
    const score = scores[indicator] ?? WORST_SCORE;
    const factor = Number.isInteger(score) ? factors[indicator][score - 1] : undefined;
    if (factor === undefined) throw contractError("QUALITY_SCORE_INVALID", { scheme, indicator, score: String(score) });
    return measure === "gsd" ? gsd2OfGsd(factor) : factor;
  });
  return combineLognormalProduct([checkGsd2(basicGsd2, "basic GSD2"), ...spreads]);
}
