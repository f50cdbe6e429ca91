import { parsePactDecimal } from "../exact/rational.ts";
import type { FactorQuality, FactorRow } from "../factors/factor-row.ts";
import type { DataQualityIndicators, ProductFootprint } from "../footprint/product-footprint.ts";
import { basicGsd2Of } from "./basic-gsd2.ts";
import { pedigreeGsd2, WORST_PEDIGREE } from "./pedigree.ts";
import { qualityGsd2 } from "./quality-gsd2.ts";
import { attestationSourceKey, factorSourceKey, lnGsd2E9, type UncertaintySource } from "./source.ts";
import { parseUncertainty, WHOLE_E4 } from "./uncertainty-extension.ts";

/**
 * How a figure's uncertainty is known: `stated` by its publisher, `rated` from its data quality, or `assumed`, the worst, where neither is
 * there. Nothing is ever taken for certain.
 */
export type UncertaintyBasis = "stated" | "rated" | "assumed";

/** The sources of a figure's uncertainty. */
export interface KnownSources {
  readonly basis: UncertaintyBasis;
  readonly sources: readonly UncertaintySource[];
  /** Share of the figure for which the worst is assumed, in 10⁻⁴: also a stated uncertainty may rest on assumptions in part. */
  readonly assumedShareE4: bigint;
}

/**
 * The sources of an amount that is calculated from a footprint. What it says it shares with others keeps its key, so that two suppliers on
 * one grid factor are correlated at their buyer; the rest is the attestation's own. Without the extension it is all its own: from PACT's
 * ratings where there are any, else from the worst pedigree.
 * @throws UNCERTAINTY_EXTENSION_INVALID; no other for a footprint that was checked
 */
export function sourcesOf(
  footprint: ProductFootprint,
  ref: { readonly origin: string; readonly index: number },
): KnownSources {
  const own = attestationSourceKey(ref.origin, ref.index);
  const stated = parseUncertainty(footprint);
  if (stated !== undefined) {
    const drivers = stated.drivers.map((driver) => ({ key: driver.source, lnGsd2E9: driver.lnGsd2E9 }));
    const rest = stated.restLnGsd2E9 === 0n ? [] : [{ key: own, lnGsd2E9: stated.restLnGsd2E9 }];
    return { basis: "stated", sources: [...drivers, ...rest], assumedShareE4: stated.assumedShareE4 };
  }
  return unstatedSources(footprint, own);
}

/**
 * The source of a footprint, or of a part of one, of which nothing is stated: from PACT's ratings where there are any, else from the worst
 * pedigree.
 */
export function unstatedSources({ pcf }: ProductFootprint, key: string): KnownSources {
  const { dqi, declaredUnitOfMeasurement } = pcf;
  return byQuality(key, basicGsd2Of(declaredUnitOfMeasurement), dqi === undefined ? undefined : qualityOf(dqi));
}

/**
 * The source of an amount that is calculated with an emission factor, under the factor's key: its publisher's GSD2, else from its data
 * quality, else the worst pedigree.
 * @param name `SET@VERSION#KEY`
 * @throws QUALITY_SCHEME_MISMATCH, QUALITY_SCORE_INVALID for a quality that gives no number; UNCERTAINTY_INVALID for a GSD2 beyond floats
 */
export function factorSources(name: string, row: FactorRow): KnownSources {
  const key = factorSourceKey(name);
  if (row.gsd2 !== undefined) {
    return { basis: "stated", sources: [{ key, lnGsd2E9: lnGsd2E9(Number(row.gsd2)) }], assumedShareE4: 0n };
  }
  return byQuality(key, basicGsd2Of(row.denominator), row.quality);
}

function byQuality(key: string, basicGsd2: number, quality: FactorQuality | undefined): KnownSources {
  const rated = quality !== undefined;
  const gsd2 = rated ? qualityGsd2(basicGsd2, quality) : pedigreeGsd2(basicGsd2, WORST_PEDIGREE);
  const sources = [{ key, lnGsd2E9: lnGsd2E9(gsd2) }];
  return rated
    ? { basis: "rated", sources, assumedShareE4: 0n }
    : { basis: "assumed", sources, assumedShareE4: WHOLE_E4 };
}

function qualityOf({ temporalDQR, geographicalDQR, technologicalDQR }: DataQualityIndicators): FactorQuality {
  const number = (text: string): number => {
    const { n, d } = parsePactDecimal(text);
    return Number(n) / Number(d);
  };
  const scores = {
    temporalDQR: number(temporalDQR),
    geographicalDQR: number(geographicalDQR),
    technologicalDQR: number(technologicalDQR),
  };
  return { scheme: "pact-3", scores };
}
