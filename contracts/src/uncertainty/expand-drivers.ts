import { contractError } from "../errors.ts";
import { rational, roundHalfEven } from "../exact/rational.ts";
import { ceilSqrt } from "./ceil-sqrt.ts";
import { combine } from "./combine.ts";
import { isSharedSourceKey, type UncertainAmount } from "./source.ts";
import { type FootprintUncertainty, MAX_DRIVERS, type UncertaintyDriver } from "./uncertainty-extension.ts";

const magnitude = (x: bigint): bigint => (x < 0n ? -x : x);

/**
 * What a footprint is to say of its uncertainty, from the amounts that it is made of: inputs with the sources that their attestations give,
 * activities with those of their factors. Sources that mean the same at every member become drivers; what is this member's own (its
 * meters, its estimates), and what is beyond the 64 largest, is put together as the rest.
 * @param assumedShareE4 share of the amounts for which the worst is assumed, in 10⁻⁴
 * @throws UNCERTAINTY_INVALID where the amounts come to nothing, or to so little that no ratio holds, or have no sources
 */
export function expandDrivers(amounts: Iterable<UncertainAmount>, assumedShareE4 = 0n): FootprintUncertainty {
  const combined = combine(amounts);
  const spread = combined.spread();
  if (spread?.kind !== "relative" || spread.gsd2 === "1.000000") {
    const reason = spread === undefined ? "nothing has a source" : "no spread can be stated relative to it";
    throw contractError("UNCERTAINTY_INVALID", { what: "footprint", value: `${combined.totalNano} nkg`, reason });
  }
  const total = combined.totalNano;
  const shared: (UncertaintyDriver & { readonly moment: bigint })[] = [];
  let restSquares = 0n;
  for (const [key, moment] of combined.moments()) {
    const ln = roundHalfEven(rational(moment, total), 0);
    if (isSharedSourceKey(key) && ln !== 0n) shared.push({ source: key, lnGsd2E9: ln, moment });
    else restSquares += moment * moment;
  }
  // The sort is stable, and the sources are in the order of their keys: of two as large the first is kept.
  const bySize = shared.toSorted((a, b) => Number(magnitude(b.lnGsd2E9) - magnitude(a.lnGsd2E9)));
  for (const { moment } of bySize.slice(MAX_DRIVERS)) restSquares += moment * moment;
  const drivers = bySize
    .slice(0, MAX_DRIVERS)
    .sort((a, b) => (a.source < b.source ? -1 : 1))
    .map(({ source, lnGsd2E9 }) => ({ source, lnGsd2E9 }));
  const size = magnitude(total);
  // Rounded up: what is left out of the drivers is not left out.
  return { drivers, restLnGsd2E9: (ceilSqrt(restSquares) + size - 1n) / size, assumedShareE4 };
}
