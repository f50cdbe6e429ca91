import { contractError } from "../errors.ts";
import { checkGsd2, combineLognormalProduct } from "./gsd2.ts";

/** Indicators of the GHG Protocol's Scope 3 Standard, Box 7.2. */
export const GHG_PROTOCOL_INDICATORS = ["technology", "time", "geography", "completeness", "reliability"] as const;
export type GhgProtocolIndicator = (typeof GHG_PROTOCOL_INDICATORS)[number];

/** 1 very good, 2 good, 3 fair, 4 poor: four levels, which are not the pedigree's five. Absent or null counts as 4. */
export type GhgProtocolScores = Readonly<Partial<Record<GhgProtocolIndicator, number | null>>>;

/**
 * GSD2 by level. Recalled from the GHG Protocol's guidance on quantitative uncertainty, not read in it; there reliability is called
 * precision.
 */
export const GHG_PROTOCOL_GSD2: Readonly<Record<GhgProtocolIndicator, readonly number[]>> = {
  technology: [1, 1.2, 1.5, 2],
  time: [1, 1.1, 1.2, 1.5],
  geography: [1, 1.02, 1.05, 1.1],
  completeness: [1, 1.05, 1.1, 1.2],
  reliability: [1, 1.1, 1.2, 1.5],
};

const WORST_LEVEL = 4;

/**
 * GSD2 of a figure with a basic spread and the Standard's four-level scores.
 * @throws QUALITY_SCORE_INVALID for a score that is not 1, 2, 3 or 4; UNCERTAINTY_INVALID for the basic GSD2
 */
export function ghgProtocolGsd2(basicGsd2: number, scores: GhgProtocolScores): number {
  const spreads = GHG_PROTOCOL_INDICATORS.map((indicator) => {
    const score = scores[indicator] ?? WORST_LEVEL;
    const factor = Number.isInteger(score) ? GHG_PROTOCOL_GSD2[indicator][score - 1] : undefined;
    if (factor !== undefined) return factor;
    throw contractError("QUALITY_SCORE_INVALID", { scheme: "ghg-protocol", indicator, score: String(score) });
  });
  return combineLognormalProduct([checkGsd2(basicGsd2, "basic GSD2"), ...spreads]);
}
