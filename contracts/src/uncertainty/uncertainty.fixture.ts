import { lnGsd2E9, type UncertainAmount } from "./source.ts";

/** An amount of whole kilograms with sources by their GSD2. */
export function uncertain(kg: number, gsd2s: Readonly<Record<string, number>>): UncertainAmount {
  const sources = Object.entries(gsd2s).map(([key, gsd2]) => ({ key, lnGsd2E9: lnGsd2E9(gsd2) }));
  return { nanoKg: BigInt(kg) * 1_000_000_000n, sources };
}

/** Uniform numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers by Box and Muller's transform. */
export function normals(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

export interface SimulatedTotal {
  /** √(97.725th / 2.275th percentile): what lies two sigmas either side, and so comparable to a GSD2. */
  readonly gsd2: number;
  readonly median: number;
  readonly mean: number;
}

/**
 * The sum of lognormal amounts by simulation. Each key is drawn once a run, so that amounts that share it move together; with
 * `shared` false each amount draws its own, as if nothing were shared.
 */
export function simulate(
  amounts: readonly UncertainAmount[],
  runs: number,
  normal: () => number,
  shared = true,
): SimulatedTotal {
  const totals = new Float64Array(runs);
  for (let run = 0; run < runs; run += 1) {
    const drawn = new Map<string, number>();
    let total = 0;
    for (const { nanoKg, sources } of amounts) {
      let exponent = 0;
      for (const { key, lnGsd2E9: ln } of sources) {
        const z = shared ? (drawn.get(key) ?? normal()) : normal();
        drawn.set(key, z);
        exponent += (Number(ln) / 2e9) * z;
      }
      total += (Number(nanoKg) / 1e9) * Math.exp(exponent);
    }
    totals[run] = total;
  }
  totals.sort();
  const quantile = (p: number): number => totals[Math.floor(p * runs)] as number;
  const mean = totals.reduce((sum, total) => sum + total, 0) / runs;
  return { gsd2: Math.sqrt(quantile(0.97725) / quantile(0.02275)), median: quantile(0.5), mean };
}
