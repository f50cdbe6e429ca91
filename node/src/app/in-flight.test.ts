import { describe, expect, it } from "vitest";
import { inFlight } from "./in-flight.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Counts up, and how far it was asked. */
class Source {
  asked = 0;
  readonly items: AsyncIterable<number>;

  constructor(count: number) {
    this.items = this.#count(count);
  }

  async *#count(count: number): AsyncGenerator<number> {
    for (let n = 0; n < count; n++) {
      this.asked = n + 1;
      yield n;
    }
  }
}

describe("work in flight", () => {
  it("is so much at a time, begins in order, and asks for no more than there is room for [STR-3]", async () => {
    const from = new Source(20);
    const begun: number[] = [];
    let under = 0;
    let highest = 0;
    await inFlight(from.items, 3, async (n) => {
      begun.push(n);
      under += 1;
      highest = Math.max(highest, under);
      expect(from.asked).toBeLessThanOrEqual(n + 1);
      // Later work is done sooner.
      for (let turns = 0; turns < 4 - (n % 4); turns++) await turn();
      under -= 1;
    });
    expect(begun).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(highest).toBe(3);
  });

  it("ends with the failure of any of it, once what had begun has ended", async () => {
    const ended: number[] = [];
    const endless = new Source(1_000_000);
    const work = async (n: number): Promise<void> => {
      await turn();
      if (n === 5) throw new Error("the fifth");
      await turn();
      ended.push(n);
    };
    await expect(inFlight(endless.items, 4, work)).rejects.toThrow("the fifth");
    expect(ended.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
    expect(endless.asked).toBeLessThan(20);
  });
});
