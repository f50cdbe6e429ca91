import { contractError } from "../errors.ts";
import type { Rational } from "../exact/rational.ts";
import { weightedMean } from "./weights.ts";

/** How much of a part rests on primary data, in per cent: 100 for own measurements, 0 for secondary data and where nothing is stated. */
export interface PrimaryShare {
  readonly primaryPercent: Rational;
}

/** A part of a footprint or an inventory by its emissions: pcfExcludingBiogenicUptake, in one unit for all parts, not negative. */
export interface EmissionsPart extends PrimaryShare {
  readonly emissions: Rational;
}

/** A part of a transport chain by its transport activity. */
export interface TransportPart extends PrimaryShare {
  readonly tonneKm: Rational;
}

/**
 * Primary data share in per cent as PACT 3.0 defines it: of the emissions, how much rests on primary data. Exact.
 * @throws QUALITY_WEIGHTS_INVALID for negative emissions, or none; QUALITY_SCORE_INVALID for a percentage outside 0 to 100
 */
export function primaryDataShare(parts: readonly EmissionsPart[]): Rational {
  return share(parts.map(({ emissions, primaryPercent }) => ({ weight: emissions, primaryPercent })));
}

/**
 * The share of tonne-kilometres that rests on primary data, which the iLEAP specification's example prints as `primaryDataShare` (56.85 %; by
 * emissions it is 43.67 %). To compare with such figures only: it is not what PACT's property means.
 * @throws as `primaryDataShare`
 */
export function primaryDataShareByTonneKm(parts: readonly TransportPart[]): Rational {
  return share(parts.map(({ tonneKm, primaryPercent }) => ({ weight: tonneKm, primaryPercent })));
}

function share(parts: readonly { readonly weight: Rational; readonly primaryPercent: Rational }[]): Rational {
  for (const { primaryPercent } of parts) {
    if (primaryPercent.n >= 0n && primaryPercent.n <= 100n * primaryPercent.d) continue;
    const score = `${primaryPercent.n}/${primaryPercent.d}`.slice(0, 80);
    throw contractError("QUALITY_SCORE_INVALID", { scheme: "pact", indicator: "primaryDataShare", score });
  }
  return weightedMean(parts.map(({ weight, primaryPercent }) => ({ weight, value: primaryPercent })));
}
