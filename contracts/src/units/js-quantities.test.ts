import Qty from "js-quantities";
import { describe, expect, it } from "vitest";
import { mul, ONE, parseDecimal, type Rational, roundHalfEven } from "../exact/rational.ts";
import { convert } from "./unit.ts";

/** As a double, off by less than 10⁻²⁰. */
const toNumber = (value: Rational): number => Number(roundHalfEven(value, 20)) / 1e20;

/** Ours, ours, theirs, theirs. */
const SHARED = [
  ["lb", "kg", "lb", "kg"],
  ["t", "kg", "tonne", "kg"],
  ["short-ton", "kg", "short-ton", "kg"],
  ["mg", "g", "mg", "g"],
  ["mi", "km", "mi", "km"],
  ["nmi", "m", "nmi", "m"],
  ["ft", "m", "ft", "m"],
  ["in", "cm", "in", "cm"],
  ["yd", "m", "yd", "m"],
  ["ha", "m2", "hectare", "m^2"],
  ["ft2", "m2", "ft^2", "m^2"],
  ["m3", "l", "m^3", "l"],
  ["ft3", "m3", "ft^3", "m^3"],
  ["bbl-oil", "l", "bbl", "l"],
  ["week", "h", "week", "h"],
  ["day", "min", "day", "min"],
  ["kWh", "MJ", "kWh", "MJ"],
  ["kW-h", "J", "kW*h", "J"],
  ["therm_US", "J", "therm", "J"],
  ["kcal_th", "J", "kcal", "J"],
  ["GB", "bit", "GB", "b"],
  ["GiB", "B", "GiB", "B"],
  ["W", "J/s", "W", "J/s"],
  ["lb/MWh", "kg/kWh", "lb/MWh", "kg/kWh"],
  ["g/kWh", "lb/MWh", "g/kWh", "lb/MWh"],
  ["short-ton-mi", "t-km", "short-ton*mi", "tonne*km"],
  ["h/day", "1", "h/day", ""],
] as const;

describe("js-quantities, where it knows our units", () => {
  it.each(SHARED)("agrees on %s in %s", (from, to, theirFrom, theirTo) => {
    const theirs = Qty(`1 ${theirFrom}`).to(theirTo).scalar;
    expect(theirs / toNumber(convert(ONE, from, to))).toBeCloseTo(1, 12);
  });

  it.each([
    // Rounded constants.
    ["gallon", "l", "gal-us", "l", 3.7854118],
    ["acre", "m^2", "acre", "m2", 4046.85642],
    ["oz", "kg", "oz-av", "kg", 0.0283495231],
    ["btu", "J", "Btu_IT", "J", 1055.056],
  ] as const)("rounds its %s, by less than a part in a million", (theirFrom, theirTo, from, to, printed) => {
    const theirs = Qty(`1 ${theirFrom}`).to(theirTo).scalar;
    expect(theirs).toBeCloseTo(printed, 8);
    const ratio = theirs / toNumber(convert(ONE, from, to));
    expect(ratio).not.toBeCloseTo(1, 10);
    expect(Math.abs(ratio - 1)).toBeLessThan(1e-6);
  });

  it("takes names that we refuse: a ton is short, a therm is the US one, a year has 365.2422 days", () => {
    const ton = mul(parseDecimal("0.001"), convert(ONE, "short-ton", "kg"));
    expect(Qty("1 ton").to("tonne").scalar).toBeCloseTo(toNumber(ton), 12);
    expect(Qty("1 year").to("day").scalar).toBeCloseTo(365.242199, 5);
    expect(() => convert(ONE, "ton", "t")).toThrow("UNIT_AMBIGUOUS");
    expect(() => convert(ONE, "therm", "J")).toThrow("UNIT_AMBIGUOUS");
    expect(() => convert(ONE, "year", "day")).toThrow("UNIT_INCOMPATIBLE");
  });

  it("has kt for knots, where ours is the kilotonne", () => {
    expect(Qty("1 kt").kind()).toBe("speed");
    expect(toNumber(convert(ONE, "kt", "t"))).toBeCloseTo(1000, 9);
  });
});
