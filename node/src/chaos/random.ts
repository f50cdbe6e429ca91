import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** Randomness that depends on its seed alone. */
export class SeededRandom {
  readonly #generator: RandomGenerator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return uniformInt(this.#generator, min, max);
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.int(0, 2 ** 31 - 1) / 2 ** 31;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(among: readonly T[]): T {
    if (among.length === 0) throw new TypeError("nothing to pick from");
    return among[this.int(0, among.length - 1)] as T;
  }

  shuffle<T>(all: readonly T[]): T[] {
    const rest = [...all];
    const shuffled: T[] = [];
    while (rest.length > 0) shuffled.push(...rest.splice(this.int(0, rest.length - 1), 1));
    return shuffled;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.int(0, 255));
  }

  /** The seed of another stream. */
  seed(): number {
    return this.int(0, 2 ** 31 - 1);
  }
}
