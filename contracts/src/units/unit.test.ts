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

/** Text that is nearly a unit. */
const unitLike = fc
  .array(fc.constantFrom("kg", "ton", "USD", "@2022", "1", "-", "*", "/", " ", "_gross", " (Net CV)", "km"), {
    maxLength: 9,
  })
  .map((parts) => parts.join(""));

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

  it("builds products of up to four", () => {
    expect(unitOf("t*km").code).toBe("t-km");
    expect(unitOf("tonne-km").code).toBe("t-km");
    expect(unitOf("short-ton-mi").code).toBe("short-ton-mi");
    expect(unitOf("short-ton-mile").code).toBe("short-ton-mi");
    expect(unitOf("kg-km-h-piece").code).toBe("kg-km-h-piece");
    expect(formatDimension(unitOf("m2-year").dimension)).toBe("calendar-year·length^2");
    expect(formatDimension(unitOf("m3-day").dimension)).toBe("length^3·time");
  });

  it("builds ratios of two products", () => {
    const measured = ["kWh/piece", "g/kWh", "passenger/vehicle", "t/TEU", "kg CO2e/USD@2022", "kg / short-ton-mi"].map(
      (code) => [unitOf(code).code, unitOf(code).measures],
    );
    expect(measured).toEqual([
      ["kWh/piece", "energy·piece^-1"],
      ["g/kWh", "energy^-1·mass"],
      ["passenger/vehicle", "passenger·vehicle^-1"],
      ["t/TEU", "TEU^-1·mass"],
      ["kg CO2e/USD@2022", "co2e·money:USD@2022^-1"],
      ["kg/short-ton-mi", "length^-1"],
    ]);
    expect(unitOf("kWh/m2-year").measures).toBe("calendar-year^-1·energy·length^-2");
    expect(unitOf("1/year").measures).toBe("calendar-year^-1");
    for (const code of ["kg/kg", "h/day", "kWh/MJ", "1"]) expect(unitOf(code).measures, code).toBe("1");
    expect(inUnit("12", "h/day", "1")).toBe("0.5");
    expect(inUnit("1", "kW-h", "kWh")).toBe("1");
    expect(inUnit("1", "lb/MWh", "kg/kWh")).toBe("0.00045359237");
  });

  it("knows the units of the UK and US factor files", () => {
    const spelled = {
      "tonne.km": "t-km",
      "passenger.km": "passenger-km",
      "Room per night": "room-night",
      "per FTE Working Hour": "FTE-h",
      "million litres": "million-litre",
      "cubic metres": "m3",
      Litres: "l",
      "kWh (Gross CV)": "kWh_gross",
      "kWh (Net CV)": "kWh_net",
      "MMBtu_IT (HHV)": "MMBtu_IT_gross",
      "short ton": "short-ton",
      scf: "scf",
      "vehicle-mile": "vehicle-mi",
      "passenger-mile": "passenger-mi",
    };
    expect(Object.keys(spelled).map((spelling) => unitOf(spelling).code)).toEqual(Object.values(spelled));
    for (const name of ["mmBtu", "gallon", "ton-mile", "mmBtu (HHV)", "kWh/gallon"]) {
      expect(() => unitOf(name), name).toThrow("UNIT_AMBIGUOUS");
    }
  });

  it("refuses money of no year, and knows each year's as its own", () => {
    expect(unitOf("USD@2022").measures).toBe("money:USD@2022");
    for (const code of ["USD", "EUR", "kg CO2e/USD"]) expect(() => unitOf(code), code).toThrow("UNIT_UNPRICED");
    for (const code of ["USD@22", "USD@1899", "USD@2200", "usd@2022"])
      expect(() => unitOf(code), code).toThrow("UNIT_UNKNOWN");
  });

  it("does not read megatonnes or short tons of CO2e out of what is spelled like both", () => {
    for (const code of ["MT CO2e", "MTCO2e", "mt CO2e", "ton CO2e"])
      expect(() => unitOf(code), code).toThrow("UNIT_AMBIGUOUS");
    for (const code of ["Kg CO2e", "T CO2e", "MG CO2e"]) expect(() => unitOf(code), code).toThrow("UNIT_UNKNOWN");
  });

  it("refuses what is no unit", () => {
    for (const bad of [
      "",
      "-",
      "/",
      "1/",
      "/kg",
      "1-kg",
      "kg-1",
      "kg-",
      "1/1",
      "kg/m2/year",
      "kg-km-h-s-piece",
      "1/kg-km-h-s-piece",
      "kWh_gross_net",
      "kg_gross",
      "kWh_high",
      "parsec",
      "__proto__",
      "constructor",
      "k".repeat(100),
    ]) {
      expect(() => unitOf(bad), bad).toThrow("UNIT_UNKNOWN");
    }
  });

  it("throws only its codes, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), unitLike), (text) => {
        try {
          unitOf(text);
        } catch (error) {
          const codes = ["UNIT_UNKNOWN", "UNIT_AMBIGUOUS", "UNIT_UNPRICED"];
          if (!codes.some((code) => isTallyError(error, code))) throw error;
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
      ["kWh_gross", "kWh_net"],
      ["kWh", "kWh_gross"],
      ["kWh_net", "kWh"],
      ["USD@2021", "USD@2022"],
      ["USD@2022", "EUR@2022"],
      ["kg CO2e", "kg"],
      ["kWh/piece", "kWh"],
      ["g/kWh", "kWh/g"],
      ["use", "piece"],
    ] as const) {
      expect(() => convert(rational(1n), from, to), `${from} to ${to}`).toThrow("UNIT_INCOMPATIBLE");
    }
  });
});
