import { contractError } from "../errors.ts";
import type { PedigreeIndicator, PedigreeScores } from "../uncertainty/pedigree.ts";

/**
 * The US EPA's data-quality scores (1 to 5) as the pedigree's indicators. Both descend from one matrix; "data collection", which rates how
 * much of the market the data represent, stands for completeness.
 */
export const EPA_TO_PEDIGREE: Readonly<Record<string, PedigreeIndicator>> = {
  reliability: "reliability",
  dataCollection: "completeness",
  temporal: "temporal",
  geographical: "geographical",
  technological: "technological",
};

/** PACT 3.0's three ratings (1 to 5). Of reliability and completeness they say nothing, which is the worst. */
export const PACT3_TO_PEDIGREE: Readonly<Record<string, PedigreeIndicator>> = {
  temporalDQR: "temporal",
  geographicalDQR: "geographical",
  technologicalDQR: "technological",
};

/**
 * Scores under the pedigree's names. One between two levels, as means are, counts as the worse.
 * @throws QUALITY_SCORE_INVALID for an indicator that the scheme does not have, or a score outside 1 to 5
 */
export function toPedigree(
  scheme: string,
  names: Readonly<Record<string, PedigreeIndicator>>,
  scores: Readonly<Record<string, number | null>>,
): PedigreeScores {
  const pedigree: Partial<Record<PedigreeIndicator, number | null>> = {};
  for (const [name, score] of Object.entries(scores)) {
    const indicator = Object.hasOwn(names, name) ? names[name] : undefined;
    if (indicator === undefined || (score !== null && !(score >= 1 && score <= 5))) {
      throw contractError("QUALITY_SCORE_INVALID", { scheme, indicator: name, score: String(score) });
    }
    pedigree[indicator] = score === null ? null : Math.ceil(score);
  }
  return pedigree;
}
