import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "./format-rational.ts";
import { formatNanoKg, parseNanoKg, toNanoKg } from "./nano.ts";
import {
  abs,
  add,
  compare,
  div,
  isZero,
  mul,
  parseDecimal,
  parsePactDecimal,
  type Rational,
  rational,
  reduce,
  roundHalfEven,
  sub,
} from "./rational.ts";

const anyRational = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.bigInt({ min: 1n, max: 10n ** 24n }))
  .map(([n, d]) => rational(n, d));
const same = (a: Rational, b: Rational): boolean => a.n * b.d === b.n * a.d;

/** Rounding by its definition: the nearest of the two neighbours, the even one when both are as near. */
function slowRoundHalfEven(x: Rational, decimals: number): bigint {
  const scaled = mul(x, rational(10n ** BigInt(decimals)));
  let floor = scaled.n / scaled.d;
  while (compare(rational(floor), scaled) > 0) floor -= 1n;
  const below = sub(scaled, rational(floor));
  const above = sub(rational(floor + 1n), scaled);
  const nearer = compare(below, above);
  if (nearer !== 0) return nearer < 0 ? floor : floor + 1n;
  return floor % 2n === 0n ? floor : floor + 1n;
}

describe("Rational", () => {
  it("obeys the laws of a field", () => {
    fc.assert(
      fc.property(anyRational, anyRational, anyRational, (a, b, c) => {
        expect(same(add(a, b), add(b, a))).toBe(true);
        expect(same(add(add(a, b), c), add(a, add(b, c)))).toBe(true);
        expect(same(mul(a, add(b, c)), add(mul(a, b), mul(a, c)))).toBe(true);
        expect(isZero(sub(a, a))).toBe(true);
        if (!isZero(b)) expect(same(mul(div(a, b), b), a)).toBe(true);
        expect(same(reduce(a), a)).toBe(true);
        expect(abs(a).n >= 0n).toBe(true);
      }),
    );
  });

  it("keeps its denominator positive, and refuses 0", () => {
    expect(rational(1n, -2n)).toEqual({ n: -1n, d: 2n });
    expect(div(rational(1n), rational(-3n)).d).toBe(3n);
    expect(() => rational(1n, 0n)).toThrow(RangeError);
    expect(() => div(rational(1n), rational(0n))).toThrow(RangeError);
  });

  it("rounds half to even (INV-1)", () => {
    for (const [text, rounded] of [
      ["0.5", 0n],
      ["1.5", 2n],
      ["2.5", 2n],
      ["-0.5", 0n],
      ["-1.5", -2n],
      ["2.500000000000000000001", 3n],
      ["-2.51", -3n],
    ] as const) {
      expect(roundHalfEven(parseDecimal(text), 0)).toBe(rounded);
    }
    expect(roundHalfEven(rational(2n, 3n), 2)).toBe(67n);
  });

  it("rounds as the slow definition does", () => {
    fc.assert(
      fc.property(anyRational, fc.integer({ min: 0, max: 9 }), (x, decimals) => {
        expect(roundHalfEven(x, decimals)).toBe(slowRoundHalfEven(x, decimals));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -1000n, max: 1000n }), fc.constantFrom(2n, 4n, 20n, 8n), (n, d) => {
        expect(roundHalfEven(rational(n, d), 1)).toBe(slowRoundHalfEven(rational(n, d), 1));
      }),
    );
  });
});

describe("decimals", () => {
  it("parses plain decimals exactly", () => {
    expect(same(parseDecimal("0.1"), rational(1n, 10n))).toBe(true);
    expect(same(parseDecimal("+007.50"), rational(15n, 2n))).toBe(true);
    expect(same(parseDecimal("-0"), rational(0n))).toBe(true);
  });

  it("refuses what is not a plain decimal [CON-2]", () => {
    const bad = [
      "",
      " 1",
      "1 ",
      "1,5",
      "1.",
      ".5",
      "1e3",
      "banana",
      "NaN",
      "Infinity",
      "0x10",
      "1_000",
      "١",
      "--1",
      "1.2.3",
      "\n1",
    ];
    for (const text of [...bad, "1".repeat(41), `0.${"0".repeat(90)}1`]) {
      expect(() => parseDecimal(text), text).toThrow("DECIMAL_INVALID");
    }
    expect(parseDecimal(`0.${"0".repeat(70)}1`).n).toBe(1n);
  });

  it("takes PACT's exponents within ±30", () => {
    expect(same(parsePactDecimal("1.2345e+6"), rational(1234500n))).toBe(true);
    expect(same(parsePactDecimal("5E-3"), rational(1n, 200n))).toBe(true);
    for (const text of ["1e31", "1e-31", "1e", "e5", "1e1.5", "5abc"]) {
      expect(() => parsePactDecimal(text), text).toThrow("DECIMAL_INVALID");
    }
  });

  it("throws only DECIMAL_INVALID, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9.eE]*$/)), (text) => {
        for (const parse of [parseDecimal, parsePactDecimal, parseNanoKg]) {
          try {
            parse(text);
          } catch (error) {
            if (!isTallyError(error, "DECIMAL_INVALID")) throw error;
          }
        }
      }),
    );
  });

  it("formats exactly and parses back", () => {
    expect(formatExact(rational(1n, 8n))).toBe("0.125");
    expect(formatExact(rational(-30n, 20n))).toBe("-1.5");
    expect(formatExact(rational(2n, 6n))).toBe("1/3");
    expect(formatExact(rational(1200n))).toBe("1200");
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.integer({ min: 0, max: 15 }),
        (n, decimals) => {
          const value = rational(n, 10n ** BigInt(decimals));
          expect(same(parseDecimal(formatExact(value)), value)).toBe(true);
        },
      ),
    );
  });
});

describe("nanokilograms", () => {
  it("always writes nine decimals and reads only them", () => {
    expect(formatNanoKg(1_234_500_000_000n)).toBe("1234.500000000");
    expect(formatNanoKg(-1n)).toBe("-0.000000001");
    expect(toNanoKg(parseDecimal("0.0000000005"))).toBe(0n);
    expect(toNanoKg(rational(2n, 3n))).toBe(666_666_667n);
    for (const text of ["1", "1.5", "-0.000000000", "01.000000000", "1.0000000000", "+1.000000000", ".000000001"]) {
      expect(() => parseNanoKg(text), text).toThrow("DECIMAL_INVALID");
    }
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        (nano) => parseNanoKg(formatNanoKg(nano)) === nano,
      ),
    );
  });
});
