import { parseDecimal } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellDecimal } from "./cell-decimal.ts";

describe("a cell's number as decimal text", () => {
  it.each([
    ["0.532", "0.532", false],
    ["0.040", "0.040", false],
    ["2602", "2602", false],
    ["0", "0", false],
    ["-0.0", "0.0", false],
    ["+1.5", "1.5", false],
    ["007", "7", false],
    ["4.04e-01", "0.404", false],
    ["9.11e-02", "0.0911", false],
    ["1.20e+02", "120", false],
    ["-1.5E-3", "-0.0015", false],
    ["1.026E-3", "0.001026", false],
    // As spreadsheets write 9.95, 0.05444, 1167.7.
    ["9.9499999999999993", "9.95", false],
    ["5.4440000000000002E-2", "0.05444", false],
    ["1067.7000000000001", "1067.7", false],
    // Doubles whose shortest decimal is long: the results of arithmetic.
    ["0.41204999999999997", "0.41205", true],
    ["0.20707428859060403", "0.207074288590604", true],
    ["-0.20707428859060403", "-0.207074288590604", true],
    ["9.999999999999998", "10", true],
    ["99999999999999.98", "100000000000000", true],
    ["0.30000000000000004", "0.3", true],
  ])("%s is %s", (cell, value, noise) => {
    expect(cellDecimal(cell)).toEqual({ value, noise });
  });

  it("rounds half to even at the sixteenth digit", () => {
    expect(cellDecimal("1.234567890123445")).toEqual({ value: "1.23456789012344", noise: true });
    expect(cellDecimal("1.234567890123455")).toEqual({ value: "1.23456789012346", noise: true });
  });

  it.each([
    "",
    " ",
    "NA",
    "NaN",
    "Infinity",
    "#DIV/0!",
    "<1",
    "≤1",
    "1,000",
    "1.",
    ".5",
    "1 000",
    "0x10",
    "1e31",
    "1e-999",
    "٣",
    "1".repeat(65),
  ])("%j is not a number", (cell) => {
    expect(cellDecimal(cell)).toBeUndefined();
  });

  it("keeps the value of every decimal of at most 15 significant digits", () => {
    const decimals = fc.tuple(fc.bigInt(-(10n ** 15n) + 1n, 10n ** 15n - 1n), fc.integer({ min: -15, max: 10 }));
    fc.assert(
      fc.property(decimals, ([n, exponent]) => {
        const read = cellDecimal(`${n}e${exponent}`);
        const { n: top, d } = parseDecimal(read?.value ?? "");
        const [scale, inverse] = exponent >= 0 ? [10n ** BigInt(exponent), 1n] : [1n, 10n ** BigInt(-exponent)];
        expect(top * inverse).toBe(n * scale * d);
        expect(read?.noise).toBe(false);
      }),
    );
  });

  it("is within half a unit of the fifteenth digit of any double, and says when it rounded", () => {
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(
        doubles.filter((x) => x === 0 || Math.abs(x) > 1e-12),
        (x) => {
          const read = cellDecimal(String(x));
          expect(read?.noise).toBe(Number(read?.value) !== x);
          expect(Math.abs(Number(read?.value) - x)).toBeLessThanOrEqual(Math.abs(x) * 5.1e-15);
          expect(Number(cellDecimal(x.toPrecision(17))?.value)).toBe(Number(read?.value));
        },
      ),
    );
  });

  it("reads its own text unchanged", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), (x) => {
        const value = cellDecimal(String(x))?.value;
        if (value !== undefined && value.length <= 64) expect(cellDecimal(value)).toEqual({ value, noise: false });
      }),
    );
  });
});
