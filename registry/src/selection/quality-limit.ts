import {
  EPA_TO_PEDIGREE,
  type FactorQuality,
  GHG_PROTOCOL_INDICATORS,
  PACT2_RATINGS,
  PACT3_RATINGS,
  PEDIGREE_INDICATORS,
} from "@tallystick/contracts";

/** What a scheme scores. One that a row leaves out is missing as much as one that it has as null. */
const INDICATORS: Readonly<Record<FactorQuality["scheme"], readonly string[]>> = {
  pedigree: PEDIGREE_INDICATORS,
  "epa-useeio": Object.keys(EPA_TO_PEDIGREE),
  "ghg-protocol": GHG_PROTOCOL_INDICATORS,
  "pact-2": PACT2_RATINGS,
  "pact-3": PACT3_RATINGS,
  pcaf: ["score"],
};

/** The first score that is over the limit, or missing, as "temporal: 4"; undefined where all are within it. */
export function scoreBeyond({ scheme, scores }: FactorQuality, limit: number): string | undefined {
  for (const indicator of new Set([...INDICATORS[scheme], ...Object.keys(scores)])) {
    const score = Object.hasOwn(scores, indicator) ? scores[indicator] : undefined;
    // Scores begin at 1: what is below it has not been given.
    if (score === undefined || score === null || score < 1) return `${indicator}: missing`;
    if (score > limit) return `${indicator}: ${score}`;
  }
  return undefined;
}
