import { describe, expect, it } from "vitest";
import {
  checkGsd2,
  combineLognormalProduct,
  combineLognormalSum,
  formatGsd2,
  gsd2OfGsd,
  gsdOfGsd2,
  interval95,
  meanOfMedian,
  sigmaOf,
} from "./gsd2.ts";
import { combinePercentProduct, combinePercentSum } from "./percent.ts";

// Ids are those of the published worked examples.

describe("a lognormal figure", () => {
  it("has its GSD2 as the square of its GSD, and sigma as half the logarithm", () => {
    expect(gsd2OfGsd(1.5)).toBe(2.25);
    expect(gsdOfGsd2(2.25)).toBe(1.5);
    expect(sigmaOf(Math.E ** 2)).toBeCloseTo(1, 12);
  });

  it("is its median: the mean lies above it", () => {
    expect(meanOfMedian(100, 1)).toBe(100);
    expect(meanOfMedian(100, Math.E ** 2)).toBeCloseTo(100 * Math.exp(0.5), 9);
  });

  it("lies with 95 % between value / GSD2 and value × GSD2, the lesser first", () => {
    expect(interval95(100, 1.25)).toEqual({ low: 80, high: 125 });
    expect(interval95(-100, 1.25)).toEqual({ low: -125, high: -80 });
  });

  it("is stated with six decimals", () => {
    expect(formatGsd2(1.2027464495161457)).toBe("1.202746");
    expect(formatGsd2(1)).toBe("1.000000");
  });

  it.each([0.99, 0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a GSD2 of %d", (gsd2) => {
    for (const use of [checkGsd2, gsd2OfGsd, gsdOfGsd2, sigmaOf, formatGsd2]) {
      expect(() => use(gsd2)).toThrow("UNCERTAINTY_INVALID");
    }
    expect(() => combineLognormalProduct([1.1, gsd2])).toThrow("UNCERTAINTY_INVALID");
    expect(() => combineLognormalSum([{ amount: 1, gsd2 }])).toThrow("UNCERTAINTY_INVALID");
  });
});

describe("combining independent figures", () => {
  it("adds squared logarithms in a product", () => {
    expect(combineLognormalProduct([])).toBe(1);
    expect(combineLognormalProduct([1.3])).toBeCloseTo(1.3, 12);
    expect(combineLognormalProduct([1.2, 1.5])).toBeCloseTo(Math.exp(Math.sqrt(0.0332411 + 0.1644019)), 6);
  });

  it("weighs them by sensitivity in a sum (UNC-LOGNORMAL-SUM)", () => {
    const addends = [
      { amount: 1000, gsd2: 1.2 },
      { amount: 500, gsd2: 1.5 },
      { amount: 250, gsd2: 2 },
    ];
    const gsd2 = combineLognormalSum(addends);
    expect(gsd2).toBeCloseTo(1.2027464495161457, 12);
    const { low, high } = interval95(1750, gsd2);
    expect(low).toBeCloseTo(1455.0032558433322, 8);
    expect(high).toBeCloseTo(2104.806286653255, 8);
  });

  it("says nothing relative to nothing", () => {
    const balanced = [
      { amount: 5, gsd2: 1.2, percent: 3 },
      { amount: -5, gsd2: 1.2, percent: 3 },
    ];
    expect(() => combineLognormalSum(balanced)).toThrow("UNCERTAINTY_INVALID");
    expect(() => combinePercentSum(balanced)).toThrow("UNCERTAINTY_INVALID");
    expect(() => combineLognormalSum([])).toThrow("UNCERTAINTY_INVALID");
  });

  it("follows the IPCC's approach 1 (UNC-IPCC-PRODUCT, UNC-IPCC-SUM)", () => {
    expect(combinePercentProduct([5, 10])).toBeCloseTo(11.180339887498949, 12);
    const addends = [
      { amount: 100, percent: 10 },
      { amount: 300, percent: 20 },
    ];
    expect(combinePercentSum(addends)).toBeCloseTo(15.20690632574555, 12);
    const taken = addends.map(({ amount, percent }) => ({ amount: -amount, percent }));
    expect(combinePercentSum(taken)).toBeCloseTo(15.20690632574555, 12);
  });

  it("refuses per cents that are no uncertainty", () => {
    for (const percent of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => combinePercentProduct([percent])).toThrow("UNCERTAINTY_INVALID");
      expect(() => combinePercentSum([{ amount: 1, percent }])).toThrow("UNCERTAINTY_INVALID");
    }
  });
});
