import { contractError } from "../errors.ts";
import type { FactorQuality } from "../factors/factor-row.ts";
import { EPA_TO_PEDIGREE, PACT3_TO_PEDIGREE, toPedigree } from "../quality/pedigree-mapping.ts";
import { ghgProtocolGsd2 } from "./ghg-protocol.ts";
import { PEDIGREE_INDICATORS, type PedigreeIndicator, pedigreeGsd2 } from "./pedigree.ts";

const PEDIGREE_NAMES = Object.fromEntries(PEDIGREE_INDICATORS.map((name) => [name, name])) as Readonly<
  Record<string, PedigreeIndicator>
>;

/**
 * GSD2 of a figure with a basic spread and scores of a scheme. Only schemes with a published way to numbers have one: PACT 2.x, of three
 * levels, and PCAF, which scores methods, do not.
 * @throws QUALITY_SCHEME_MISMATCH, QUALITY_SCORE_INVALID, UNCERTAINTY_INVALID
 */
export function qualityGsd2(basicGsd2: number, { scheme, scores }: FactorQuality): number {
  switch (scheme) {
    case "pedigree":
      return pedigreeGsd2(basicGsd2, toPedigree(scheme, PEDIGREE_NAMES, scores));
    case "epa-useeio":
      return pedigreeGsd2(basicGsd2, toPedigree(scheme, EPA_TO_PEDIGREE, scores));
    case "pact-3":
      return pedigreeGsd2(basicGsd2, toPedigree(scheme, PACT3_TO_PEDIGREE, scores));
    case "ghg-protocol":
      return ghgProtocolGsd2(basicGsd2, scores);
    default:
      throw contractError("QUALITY_SCHEME_MISMATCH", {
        expected: "pedigree, epa-useeio, ghg-protocol or pact-3",
        found: scheme,
      });
  }
}
