import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDecimal, rational } from "../exact/rational.ts";
import { combine, type Spread, UncertaintyAccumulator } from "./combine.ts";
import { combineLognormalProduct, combineLognormalSum, meanOfMedian } from "./gsd2.ts";
import { outward } from "./significant.ts";
import { isSharedSourceKey, lnGsd2E9, type UncertainAmount } from "./source.ts";
import { normals, seededUniform, simulate, uncertain } from "./uncertainty.fixture.ts";

const GRID = "factor:grid@2024.1.0#DE";
const gsd2Of = (amounts: readonly UncertainAmount[]): number => Number(relative(combine(amounts).spread()).gsd2);

function relative(spread: Spread | undefined): Extract<Spread, { kind: "relative" }> {
  if (spread?.kind !== "relative") throw new Error(`expected a relative spread, not ${JSON.stringify(spread)}`);
  return spread;
}

describe("the uncertainty of a sum", () => {
  it("is that of the first-order sum where sources are independent (UNC-LOGNORMAL-SUM)", () => {
    const spread = combine([
      uncertain(1000, { a: 1.2 }),
      uncertain(500, { b: 1.5 }),
      uncertain(250, { c: 2 }),
    ]).spread();
    // 1455.003 and 2104.787, rounded outward.
    expect(spread).toEqual({ kind: "relative", gsd2: "1.202746", low: "1450", high: "2110" });
  });

  it("is that of a product where one amount has several sources", () => {
    expect(gsd2Of([uncertain(7, { factor: 1.4, activity: 1.1 })])).toBeCloseTo(combineLognormalProduct([1.4, 1.1]), 6);
  });

  it("is the same for two lines of one factor as for one line with their sum", () => {
    const apart = combine([uncertain(300, { [GRID]: 1.3 }), uncertain(700, { [GRID]: 1.3 })]);
    expect(apart.spread()).toEqual(combine([uncertain(1000, { [GRID]: 1.3 })]).spread());
    expect(gsd2Of([uncertain(1000, { [GRID]: 1.3 })])).toBeCloseTo(1.3, 6);
  });

  it("does not vanish when a purchase is split into a thousand invoice lines", () => {
    const split = Array.from({ length: 1000 }, () => uncertain(1, { [GRID]: 1.3, "activity:books": 1.05 }));
    const whole = combine([uncertain(1000, { [GRID]: 1.3, "activity:books": 1.05 })]);
    expect(combine(split).spread()).toEqual(whole.spread());
    // As if they were independent:
    expect(combineLognormalSum(split.map(() => ({ amount: 1, gsd2: 1.3 })))).toBeLessThan(1.009);
  });

  it("falls with returns of the same, to nothing but what is left", () => {
    const bought = uncertain(1000, { [GRID]: 1.5, other: 1.2 });
    const returned = uncertain(-400, { [GRID]: 1.5, other: 1.2 });
    expect(combine([bought, returned]).spread()).toEqual(
      combine([uncertain(600, { [GRID]: 1.5, other: 1.2 })]).spread(),
    );
    // A return at another factor is another mistake, and adds its own.
    expect(gsd2Of([bought, uncertain(-400, { x: 1.5 })])).toBeGreaterThan(gsd2Of([bought]));
  });

  it("is lessened by a source that stands on both sides", () => {
    const made = uncertain(1000, { [GRID]: 1.5 });
    const credit: UncertainAmount = {
      nanoKg: 1_000_000_000_000n,
      sources: [{ key: GRID, lnGsd2E9: -lnGsd2E9(1.5) / 2n }],
    };
    expect(gsd2Of([made, credit])).toBeCloseTo(Math.exp(Math.log(1.5) / 4), 6);
  });

  it("is stated in kilograms where amounts cancel, and is not zero then", () => {
    const bought = uncertain(1000, { a: 1.5 });
    expect(combine([bought, uncertain(-1000, { b: 1.2 })]).spread()).toEqual({
      kind: "absolute",
      low: "-445", // √(1000² ln² 1.5 + 1000² ln² 1.2) = 444.57
      high: "445",
    });
    expect(combine([bought, uncertain(-999, { b: 1.2 })]).spread()?.kind).toBe("absolute");
    expect(combine([bought, uncertain(-1000, { a: 1.5 })]).spread()).toEqual({ kind: "absolute", low: "0", high: "0" });
  });

  it("puts the lesser bound first, of a negative total too", () => {
    const { low, high } = relative(combine([uncertain(-1000, { a: 1.25 })]).spread());
    expect([low, high]).toEqual(["-1250", "-800"]);
  });

  it("is absent where nothing has a source", () => {
    expect(combine([]).spread()).toBeUndefined();
    expect(combine([]).dominantSources(3)).toEqual([]);
  });

  it("says which sources it comes from, the largest first", () => {
    const combined = combine([
      uncertain(1000, { b: 1.2, a: 1.2 }),
      uncertain(2000, { c: 1.2 }),
      uncertain(5, { d: 1 }),
    ]);
    expect(combined.dominantSources(10)).toEqual([
      { key: "c", share: "0.6666" },
      { key: "a", share: "0.1666" },
      { key: "b", share: "0.1666" },
    ]);
    expect(combined.dominantSources(1)).toHaveLength(1);
  });
});

describe("keeping it up to date", () => {
  const amount = fc.record({
    nanoKg: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
    sources: fc.array(
      fc.record({
        key: fc.constantFrom("a", "b", "c", "d"),
        lnGsd2E9: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
      }),
      { maxLength: 4 },
    ),
  });

  it("after any order of additions and retractions equals recomputation, to the last digit", () => {
    fc.assert(
      fc.property(fc.array(amount), fc.array(amount), fc.infiniteStream(fc.nat()), (kept, gone, order) => {
        const shuffled = [...kept, ...gone, ...gone.map((each) => ({ ...each, back: true }))]
          .map((each) => ({ each, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);
        const live = new UncertaintyAccumulator();
        for (const each of shuffled) {
          if ("back" in each) live.takeBack(each);
          else live.add(each);
        }
        const anew = combine(kept);
        expect(live.totalNano).toBe(anew.totalNano);
        expect(live.moments()).toEqual(anew.moments());
        expect(live.spread()).toEqual(anew.spread());
        expect(live.dominantSources(9)).toEqual(anew.dominantSources(9));
      }),
    );
  });

  it("does not depend on the order of what is added", () => {
    fc.assert(
      fc.property(fc.array(amount), (amounts) => {
        expect(combine([...amounts].reverse()).spread()).toEqual(combine(amounts).spread());
      }),
    );
  });
});

describe("beside a simulation", () => {
  // Two suppliers on one grid factor, a third apart; measured by one set of books.
  const books = { "activity:books": 1.1 };
  const amounts = [
    uncertain(400, { [GRID]: 1.5, ...books }),
    uncertain(350, { [GRID]: 1.5, ...books }),
    uncertain(250, { "attestation:x.example/feed#3": 1.4, ...books }),
  ];
  const runs = 40_000;

  it("agrees within 3 % for moderate spreads, with keys drawn once", () => {
    const simulated = simulate(amounts, runs, normals(seededUniform(7)));
    expect(gsd2Of(amounts) / simulated.gsd2).toBeGreaterThan(0.97);
    expect(gsd2Of(amounts) / simulated.gsd2).toBeLessThan(1.03);
    expect(simulated.median / 1000).toBeCloseTo(1, 1);
    expect(simulated.mean).toBeGreaterThan(simulated.median);
  });

  it("understates many wide independent sources by at most 7 % of ln GSD2", () => {
    const wide = Array.from({ length: 10 }, (_, at) => uncertain(100, { [`source-${at}`]: 3 }));
    const ratio = Math.log(gsd2Of(wide)) / Math.log(simulate(wide, 20_000, normals(seededUniform(5))).gsd2);
    expect(ratio).toBeGreaterThan(0.92);
    expect(ratio).toBeLessThan(0.95);
  });

  it("agrees for one lognormal figure, whose mean is above its median", () => {
    const one = [uncertain(1000, { a: 2 })];
    const simulated = simulate(one, runs, normals(seededUniform(11)));
    expect(simulated.gsd2 / gsd2Of(one)).toBeCloseTo(1, 1);
    expect(simulated.mean / meanOfMedian(1000, 2)).toBeCloseTo(1, 2);
  });

  it("shows that ignoring correlation understates ln GSD2 tenfold on a hundred lines", () => {
    const lines = Array.from({ length: 100 }, () => uncertain(10, { [GRID]: 1.5 }));
    const correlated = simulate(lines, 4_000, normals(seededUniform(13)));
    const ignored = simulate(lines, 4_000, normals(seededUniform(13)), false);
    expect(Math.log(correlated.gsd2) / Math.log(gsd2Of(lines))).toBeCloseTo(1, 1);
    const understated = Math.log(correlated.gsd2) / Math.log(ignored.gsd2);
    expect(understated).toBeGreaterThan(9.5);
    expect(understated).toBeLessThan(10.5);
  });
});

describe("bounds", () => {
  it("are rounded outward to three significant digits", () => {
    for (const [text, down, up] of [
      ["1455.003", "1450", "1460"],
      ["0.0001234567", "0.000123", "0.000124"],
      ["999.5", "999", "1000"],
      ["-1455.003", "-1460", "-1450"],
      ["1000000", "1000000", "1000000"],
      ["12", "12", "12"],
      ["0", "0", "0"],
    ] as const) {
      expect(outward(parseDecimal(text), 3, "down"), text).toBe(down);
      expect(outward(parseDecimal(text), 3, "up"), text).toBe(up);
    }
    expect(outward(rational(2n, 3n), 3, "down")).toBe("0.666");
  });

  it("hold what they bound, within one digit", () => {
    const value = fc
      .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 20n }))
      .map(([n, d]) => rational(n, d));
    fc.assert(
      fc.property(value, (x) => {
        const [low, high] = [parseDecimal(outward(x, 3, "down")), parseDecimal(outward(x, 3, "up"))];
        expect(low.n * x.d <= x.n * low.d).toBe(true);
        expect(x.n * high.d <= high.n * x.d).toBe(true);
        const size = Math.abs(Number(x.n) / Number(x.d));
        expect(Number(high.n) / Number(high.d) - Number(low.n) / Number(low.d)).toBeLessThanOrEqual(size * 0.010001);
      }),
    );
  });
});

describe("keys of sources", () => {
  it("mean the same everywhere for factors and attestations only", () => {
    for (const key of [GRID, "factor:epa-sc@1.3.0#331524", "attestation:smelter.example/feed#0"]) {
      expect(isSharedSourceKey(key), key).toBe(true);
    }
    for (const key of [
      "",
      "activity:line-1",
      "factor:grid#DE",
      "factor:grid@2024.1.0",
      "factor:grid@2024.1.0@x#DE",
      "factor:Grid@2024.1.0#DE",
      "factor:grid@2024.1.0#",
      "attestation:smelter.example/feed",
      "attestation:smelter.example/feed#01",
      "attestation:#1",
      "attestation:https://smelter.example#1",
      "other:x#1",
    ]) {
      expect(isSharedSourceKey(key), key).toBe(false);
    }
  });
});
