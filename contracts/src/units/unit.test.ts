import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { compare, parseDecimal, rational } from "../exact/rational.ts";
import { formatDimension } from "./dimension.ts";
import { convert, isConvertible, unitOf } from "./unit.ts";
import { AMBIGUOUS_NAMES, UNIT_TABLE } from "./unit-table.ts";

const inUnit = (quantity: string, from: string, to: string): string =>
  formatExact(convert(parseDecimal(quantity), from, to));

describe("unitOf", () => {
  it("knows the ten declared units of PACT by their names", () => {
    const names = [
      "kilogram",
      "liter",
      "cubic meter",
      "kilowatt hour",
      "megajoule",
      "ton kilometer",
      "square meter",
      "piece",
      "hour",
      "megabit second",
    ];
    const codes = ["kg", "l", "m3", "kWh", "MJ", "t-km", "m2", "piece", "h", "Mbit-s"];
    expect(names.map((name) => unitOf(name).code)).toEqual(codes);
  });

  it("has about sixty units, none twice, each spelled without ambiguity", () => {
    expect(UNIT_TABLE.length).toBeGreaterThanOrEqual(60);
    const spellings = UNIT_TABLE.flatMap(([code, , , more = []]) => [...new Set([code, ...more])]);
    expect(new Set(spellings).size).toBe(spellings.length);
    for (const spelling of spellings) expect(AMBIGUOUS_NAMES[spelling]).toBeUndefined();
    for (const alternatives of Object.values(AMBIGUOUS_NAMES)) for (const code of alternatives) unitOf(code);
  });

  it("refuses ambiguous names and says what to write instead [INV-5]", () => {
    for (const name of [
      "ton",
      "Ton",
      "tons",
      "MT",
      "therm",
      "Btu",
      "BTU",
      "gallon",
      "gal",
      "barrel",
      "oz",
      "MMBtu",
      "kcal",
    ]) {
      let thrown: unknown;
      try {
        unitOf(name);
      } catch (error) {
        thrown = error;
      }
      expect(isTallyError(thrown, "UNIT_AMBIGUOUS"), name).toBe(true);
      expect((thrown as { details: { alternatives: string[] } }).details.alternatives.length).toBeGreaterThan(1);
    }
    expect(() => unitOf("ton-km")).toThrow("UNIT_AMBIGUOUS");
    expect(() => unitOf("ton-mile")).toThrow("UNIT_AMBIGUOUS");
  });

  it("never guesses the case of a symbol", () => {
    expect(unitOf("KWH").code).toBe("kWh");
    expect(unitOf("Kilogram").code).toBe("kg");
    expect(unitOf(" kg ").code).toBe("kg");
    for (const symbol of ["Mg", "mJ", "mWh", "Gb", "tb", "M", "H"])
      expect(() => unitOf(symbol), symbol).toThrow("UNIT_UNKNOWN");
    const names = UNIT_TABLE.flatMap(([code, , , more = []]) =>
      [code, ...more].filter((name) => name.length >= 4).map((name) => [name.toLowerCase(), code]),
    );
    for (const [name, code] of names)
      for (const [other, otherCode] of names) if (name === other) expect(code).toBe(otherCode);
  });

  it("builds products and refuses ratios", () => {
    expect(unitOf("t*km").code).toBe("t-km");
    expect(unitOf("tonne-km").code).toBe("t-km");
    expect(unitOf("short-ton-mi").code).toBe("short-ton-mi");
    expect(formatDimension(unitOf("m2-year").dimension)).toBe("calendar-year·length^2");
    expect(formatDimension(unitOf("m3-day").dimension)).toBe("length^3·time");
    for (const bad of [
      "",
      "t/TEU",
      "kg/m3",
      "-",
      "kg-",
      "kg-km-h-s",
      "parsec",
      "USD",
      "__proto__",
      "constructor",
      "k".repeat(100),
    ]) {
      expect(() => unitOf(bad), bad).toThrow("UNIT_UNKNOWN");
    }
  });

  it("throws only its codes, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          unitOf(text);
        } catch (error) {
          if (!isTallyError(error, "UNIT_UNKNOWN") && !isTallyError(error, "UNIT_AMBIGUOUS")) throw error;
        }
      }),
    );
  });
});

describe("convert", () => {
  it("is exact by definition of the units", () => {
    expect(inUnit("1", "lb", "kg")).toBe("0.45359237");
    expect(inUnit("1", "mi", "km")).toBe("1.609344");
    expect(inUnit("1", "gal-us", "liter")).toBe("3.785411784");
    expect(inUnit("1", "short-ton", "kg")).toBe("907.18474");
    expect(inUnit("1", "short-ton", "lb")).toBe("2000");
    expect(inUnit("1", "long-ton", "lb")).toBe("2240");
    expect(inUnit("1", "Btu_IT", "J")).toBe("1055.05585262");
    expect(inUnit("1", "therm_US", "J")).toBe("105480400");
    expect(inUnit("1", "therm_EC", "Btu_IT")).toBe("100000");
    expect(inUnit("1", "kWh", "MJ")).toBe("3.6");
    expect(inUnit("1", "bbl-oil", "gal-us")).toBe("42");
    expect(inUnit("1", "acre", "ft2")).toBe("43560");
    expect(inUnit("1", "m3", "l")).toBe("1000");
    expect(inUnit("1", "ft3", "in*in*in")).toBe("1728");
    expect(inUnit("87", "kg-km", "tkm")).toBe("0.087");
    expect(inUnit("1", "Btu_th", "kcal_th")).toBe("45359237/180000000");
    expect(inUnit("1", "Btu_IT", "kcal_IT")).toBe("45359237/180000000");
  });

  it("goes there and back without loss", () => {
    const codes = UNIT_TABLE.map(([code]) => code);
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.constantFrom(...codes),
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        (from, to, n) => {
          fc.pre(isConvertible(from, to));
          const quantity = rational(n, 7n);
          expect(compare(convert(convert(quantity, from, to), to, from), quantity)).toBe(0);
        },
      ),
    );
  });

  it("refuses another dimension [INV-5]", () => {
    for (const [from, to] of [
      ["t-km", "TEU-km"],
      ["passenger-km", "km"],
      ["vehicle-km", "km"],
      ["kWh", "l"],
      ["l", "kg"],
      ["piece", "kg"],
      ["scf", "m3"],
      ["m2-year", "m2-day"],
      ["room-night", "day"],
    ] as const) {
      expect(() => convert(rational(1n), from, to), `${from} to ${to}`).toThrow("UNIT_INCOMPATIBLE");
    }
  });
});
