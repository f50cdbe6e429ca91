import { formatScaled } from "../exact/format-rational.ts";
import { NANO_DECIMALS } from "../exact/nano.ts";
import { add, div, mul, parseDecimal, type Rational, rational, sub, tenTo } from "../exact/rational.ts";
import { ceilSqrt } from "./ceil-sqrt.ts";
import { formatGsd2 } from "./gsd2.ts";
import { outward } from "./significant.ts";
import { LN_DECIMALS, type UncertainAmount } from "./source.ts";

/** Significant digits of an interval's bounds. */
export const INTERVAL_DIGITS = 3;

/** Beyond this GSD2 a total is so small beside what adds up to it that a ratio says nothing: the spread is stated in kilograms. */
export const MAX_RELATIVE_GSD2 = 1000;

/** What a total may be off by. Bounds are kg CO2e as plain decimals of three significant digits, rounded outward. */
export type Spread =
  | {
      /** Relative: total / GSD2 to total × GSD2. */
      readonly kind: "relative";
      /** Six decimals. */
      readonly gsd2: string;
      readonly low: string;
      readonly high: string;
    }
  | {
      /** Amounts cancel to nothing, or nearly so: total ± what they may be off by together. */
      readonly kind: "absolute";
      readonly low: string;
      readonly high: string;
    };

/** A source's part in a spread. */
export interface SourceShare {
  readonly key: string;
  /** Of ln² GSD2: four decimals, rounded down. The shares of all sources add up to 1. */
  readonly share: string;
}

interface KeyedSum {
  uses: number;
  /** Σ amount × ln GSD2, in 10⁻¹⁸. */
  moment: bigint;
}

/**
 * The uncertainty of a sum, kept up to date: what shares a source adds up before it is squared, ln² GSD2 = Σ over keys of
 * (Σ Sᵢ ln GSD2ᵢ)². Sums are integers, so that any order of additions and retractions gives what adding up what is left gives; a
 * change costs the sources that it has.
 */
export class UncertaintyAccumulator {
  readonly #sums = new Map<string, KeyedSum>();
  #totalNano = 0n;

  add({ nanoKg, sources }: UncertainAmount): void {
    this.#apply(nanoKg, sources, 1);
  }

  /** Undoes the addition of the same amount with the same sources. */
  takeBack({ nanoKg, sources }: UncertainAmount): void {
    this.#apply(-nanoKg, sources, -1);
  }

  get totalNano(): bigint {
    return this.#totalNano;
  }

  /** Absent where nothing was added that has a source. */
  spread(): Spread | undefined {
    const squares = this.#squares();
    if (this.#sums.size === 0) return undefined;
    const total = rational(this.#totalNano, tenTo(NANO_DECIMALS));
    const gsd2 = gsd2Of(squares, this.#totalNano);
    if (gsd2 === undefined || gsd2 > MAX_RELATIVE_GSD2) {
      const off = rational(ceilSqrt(squares), tenTo(NANO_DECIMALS + LN_DECIMALS));
      return { kind: "absolute", ...bounds(sub(total, off), add(total, off)) };
    }
    const text = formatGsd2(gsd2);
    const stated = parseDecimal(text);
    const [near, far] = [div(total, stated), mul(total, stated)];
    return { kind: "relative", gsd2: text, ...(total.n < 0n ? bounds(far, near) : bounds(near, far)) };
  }

  /** The sources that give most of the spread, the largest first. */
  dominantSources(limit: number): readonly SourceShare[] {
    const squares = this.#squares();
    if (squares === 0n) return [];
    return [...this.#sums]
      .map(([key, { moment }]) => ({ key, square: moment * moment }))
      .filter(({ square }) => square > 0n)
      .sort((a, b) => (a.square === b.square ? (a.key < b.key ? -1 : 1) : a.square > b.square ? -1 : 1))
      .slice(0, limit)
      .map(({ key, square }) => ({ key, share: formatScaled((square * 10_000n) / squares, 4) }));
  }

  /** By key: Σ amount × ln GSD2, in 10⁻¹⁸ kg, in the order of the keys. */
  moments(): readonly (readonly [key: string, moment: bigint])[] {
    return [...this.#sums].map(([key, { moment }]) => [key, moment] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #apply(nanoKg: bigint, sources: UncertainAmount["sources"], uses: 1 | -1): void {
    this.#totalNano += nanoKg;
    for (const { key, lnGsd2E9 } of sources) {
      const sum = this.#sums.get(key);
      if (sum === undefined) {
        this.#sums.set(key, { uses, moment: nanoKg * lnGsd2E9 });
        continue;
      }
      sum.uses += uses;
      sum.moment += nanoKg * lnGsd2E9;
      // Nothing is left of it only when both are 0: a retraction may come before what it retracts.
      if (sum.uses === 0 && sum.moment === 0n) this.#sums.delete(key);
    }
  }

  #squares(): bigint {
    let squares = 0n;
    for (const { moment } of this.#sums.values()) squares += moment * moment;
    return squares;
  }
}

/** The uncertainty of the sum of amounts. */
export function combine(amounts: Iterable<UncertainAmount>): UncertaintyAccumulator {
  const combined = new UncertaintyAccumulator();
  for (const amount of amounts) combined.add(amount);
  return combined;
}

/** Digits that are kept where the one division of a spread is made, beyond the 18 of ln². */
const GUARD_DIGITS = 12;

/** exp √(squares / total²), undefined where the total is 0. The division is of integers: only root and exponential are floats. */
function gsd2Of(squares: bigint, totalNano: bigint): number | undefined {
  if (totalNano === 0n) return undefined;
  const variance = (squares * tenTo(GUARD_DIGITS)) / (totalNano * totalNano);
  return Math.exp(Math.sqrt(Number(variance)) / 10 ** (LN_DECIMALS + GUARD_DIGITS / 2));
}

function bounds(low: Rational, high: Rational): { low: string; high: string } {
  return { low: outward(low, INTERVAL_DIGITS, "down"), high: outward(high, INTERVAL_DIGITS, "up") };
}
