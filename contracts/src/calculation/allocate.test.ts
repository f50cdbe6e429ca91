import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare, div, mul, parseDecimal, rational, sub, sum } from "../exact/rational.ts";
import { allocate } from "./allocate.ts";

const weightsOf = (...texts: readonly string[]) =>
  texts.map((text, at) => ({ key: `s${at}`, weight: parseDecimal(text) }));

describe("allocate", () => {
  it("gives Deutsche Post's three shipments parts that add up to 31.5 kg, where each rounded by itself comes to more", () => {
    const parts = [...allocate(31_500_000_000n, weightsOf("240", "150", "100")).values()];
    expect(parts).toEqual([15_428_571_429n, 9_642_857_143n, 6_428_571_428n]);
    expect(parts.reduce((a, b) => a + b)).toBe(31_500_000_000n);
  });

  const weights = fc
    .uniqueArray(fc.record({ key: fc.string({ minLength: 1, maxLength: 4 }), weight: fc.nat({ max: 1_000 }) }), {
      selector: ({ key }) => key,
      minLength: 1,
      maxLength: 12,
    })
    .filter((all) => all.some(({ weight }) => weight > 0))
    .map((all) => all.map(({ key, weight }) => ({ key, weight: rational(BigInt(weight), 7n) })));
  const amounts = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });

  it("adds up exactly, each part within one of its share, whatever the order", () => {
    fc.assert(
      fc.property(amounts, weights, (amount, all) => {
        const parts = allocate(amount, all);
        expect([...parts.values()].reduce((a, b) => a + b, 0n)).toBe(amount);
        const total = sum(all.map(({ weight }) => weight));
        for (const { key, weight } of all) {
          const off = sub(rational(parts.get(key) as bigint), div(mul(rational(amount), weight), total));
          expect(Math.abs(compare(off, rational(1n)))).toBe(1);
          expect(compare(off, rational(1n)) < 0 && compare(off, rational(-1n)) > 0).toBe(true);
        }
        expect(allocate(amount, all.toReversed())).toEqual(new Map([...parts].reverse()));
      }),
    );
  });

  it("refuses weights below 0, all 0, none, or two of one key", () => {
    expect(() => allocate(1n, weightsOf("-1", "2"))).toThrow(RangeError);
    expect(() => allocate(1n, weightsOf("0", "0"))).toThrow(RangeError);
    expect(() => allocate(1n, [])).toThrow(RangeError);
    expect(() => allocate(1n, [...weightsOf("1"), ...weightsOf("2")])).toThrow(RangeError);
  });
});
