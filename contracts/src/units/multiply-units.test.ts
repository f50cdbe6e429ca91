import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { compare, div, mul, ONE, parseDecimal } from "../exact/rational.ts";
import { divideDimensions, formatDimension, multiplyDimensions } from "./dimension.ts";
import { multiplyUnits, type UnitPower } from "./multiply-units.ts";
import { convertUnits, unitOf } from "./unit.ts";

const of = (...units: readonly (readonly [code: string, power: 1 | -1])[]): UnitPower[] =>
  units.map(([code, power]) => ({ unit: unitOf(code), power }));

const powers = fc.array(
  fc.record({
    unit: fc
      .constantFrom("kg", "short-ton", "km", "h", "kWh/piece", "piece", "t-km", "1", "1/year", "USD@2022", "kWh_gross")
      .map(unitOf),
    power: fc.constantFrom<1 | -1>(1, -1),
  }),
  { maxLength: 4 },
);

describe("multiplyUnits", () => {
  it("leaves out a unit divided by itself, and converts nothing", () => {
    expect(multiplyUnits(of(["piece", 1], ["kWh/piece", 1])).code).toBe("kWh");
    expect(multiplyUnits(of(["passenger", 1], ["passenger/vehicle", -1], ["km", 1])).code).toBe("vehicle-km");
    expect(multiplyUnits(of(["kg", 1], ["t", -1])).code).toBe("kg/t");
    expect(multiplyUnits(of(["h", -1])).code).toBe("1/h");
    expect(multiplyUnits(of(["kg", 1], ["kg", -1]))).toEqual(unitOf("1"));
    expect(multiplyUnits([])).toEqual(unitOf("1"));
  });

  it("states a product of quantities in a factor's denominator", () => {
    // 200 pieces used 3 times a week for a year of 52 weeks at 0.9 kWh a use
    const unit = multiplyUnits(of(["piece", 1], ["use/week", 1], ["week/piece", 1], ["kWh/use", 1]));
    const value = [200, 3, 52].reduce((product, n) => mul(product, parseDecimal(String(n))), parseDecimal("0.9"));
    expect(formatExact(convertUnits(value, unit, unitOf("MJ")))).toBe("101088");
    const tonneKilometres = multiplyUnits(of(["short-ton", 1], ["mi", 1]));
    expect(formatExact(convertUnits(ONE, tonneKilometres, unitOf("tkm")))).toBe("1.45997231821056");
    expect(() => convertUnits(ONE, tonneKilometres, unitOf("TEU-km"))).toThrow("UNIT_INCOMPATIBLE");
  });

  it("has the product of the sizes and the sum of the dimensions", () => {
    fc.assert(
      fc.property(powers, (units) => {
        const product = multiplyUnits(units);
        let size = ONE;
        let dimension = {};
        for (const { unit, power } of units) {
          size = (power === 1 ? mul : div)(size, unit.size);
          dimension = (power === 1 ? multiplyDimensions : divideDimensions)(dimension, unit.dimension);
        }
        expect(compare(product.size, size)).toBe(0);
        expect(product.measures).toBe(formatDimension(dimension));
      }),
    );
  });

  it("has a code that parses to it", () => {
    fc.assert(
      fc.property(powers, (units) => {
        const product = multiplyUnits(units);
        const over = product.terms.filter(({ power }) => power === 1).length;
        fc.pre(over <= 4 && product.terms.length - over <= 4 && product.code.length <= 64);
        expect(unitOf(product.code)).toEqual(product);
      }),
    );
  });
});

describe("dimensions", () => {
  it("divide to the number where they are equal", () => {
    expect(divideDimensions({ mass: 1, length: 1 }, { length: 1, mass: 1 })).toEqual({});
    expect(formatDimension({})).toBe("1");
    expect(formatDimension({ energy: 1, time: -1, length: -2 })).toBe("energy·length^-2·time^-1");
  });
});
