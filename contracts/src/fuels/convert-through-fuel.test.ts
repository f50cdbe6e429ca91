import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { compare, parseDecimal, rational } from "../exact/rational.ts";
import { convertThroughFuel } from "./convert-through-fuel.ts";
import { type FuelPropertySet, parseFuelPropertySet } from "./fuel-property-set.ts";

const SET: FuelPropertySet = {
  id: "properties",
  version: "2024.1",
  title: "Fuel properties",
  source: "a ministry",
  licence: "open",
  fuels: [
    {
      fuel: "diesel",
      label: "Diesel (100% mineral diesel)",
      source: "table, row 24",
      properties: [
        { value: "43.028", unit: "GJ_net/t" },
        { value: "45.775", unit: "GJ_gross/t" },
        { value: "830.565", unit: "kg/m3" },
      ],
    },
    {
      fuel: "natural-gas",
      label: "Natural Gas",
      source: "table 1",
      properties: [{ value: "0.001026", unit: "MMBtu_IT_gross/scf" }],
    },
  ],
};
const diesel = { fuel: "diesel", set: SET };
const through = (quantity: string, from: string, to: string, fuel = "diesel"): string =>
  formatExact(convertThroughFuel(parseDecimal(quantity), from, to, { fuel, set: SET }).value);

describe("convertThroughFuel", () => {
  it("goes between mass, volume and energy by the fuel's own figures, exactly", () => {
    expect(through("1", "t", "GJ_net")).toBe("43.028");
    expect(through("1000", "l", "kg")).toBe("830.565");
    expect(through("1000", "l", "kWh_gross")).toBe(formatExact(rational(830565n * 45775n, 3_600_000n)));
    expect(through("45.775", "GJ_gross", "GJ_net")).toBe("43.028");
    expect(through("1", "kWh_gross", "MJ_gross")).toBe("3.6");
    // 53.06 kg CO2/mmBtu x 0.001026 is the 0.05444 kg CO2/scf that stand beside them in the EPA's table.
    expect(through("1000", "scf", "MMBtu_IT_gross", "natural-gas")).toBe("1.026");
  });

  it("says how, in steps that name set, fuel and row", () => {
    const { steps } = convertThroughFuel(parseDecimal("2000"), "l", "kWh_net", diesel);
    expect(steps).toEqual([
      { label: "2000 l in m3", value: "2", unit: "m3" },
      { label: "× 830.565 kg/m3", value: "1661.13", unit: "kg", source: "properties@2024.1#diesel: table, row 24" },
      { label: "1661.13 kg in t", value: "1.66113", unit: "t" },
      {
        label: "× 43.028 GJ_net/t",
        value: "71.47510164",
        unit: "GJ_net",
        source: "properties@2024.1#diesel: table, row 24",
      },
      { label: "71.47510164 GJ_net in kWh_net", value: formatExact(rational(7147510164n, 360_000n)), unit: "kWh_net" },
    ]);
    expect(convertThroughFuel(parseDecimal("5"), "kg", "kg", diesel).steps).toEqual([]);
    expect(convertThroughFuel(parseDecimal("1661.13"), "kg", "m3", diesel).steps[0]?.label).toBe("÷ 830.565 kg/m3");
  });

  it("goes there and back without loss", () => {
    const unit = fc.constantFrom("kg", "short-ton", "l", "gal-us", "kWh_gross", "MMBtu_IT_gross", "GJ_net");
    fc.assert(
      fc.property(unit, unit, fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), (from, to, n) => {
        const quantity = rational(n, 7n);
        const there = convertThroughFuel(quantity, from, to, diesel).value;
        expect(compare(convertThroughFuel(there, to, from, diesel).value, quantity)).toBe(0);
      }),
    );
  });

  it("assumes no fuel, no property and no calorific basis", () => {
    expect(() => through("1", "kg", "l", "petrol")).toThrow("FUEL_UNKNOWN");
    for (const [from, to, fuel] of [
      ["kWh", "kg", "diesel"],
      ["kg", "kWh", "diesel"],
      ["kWh", "kWh_gross", "diesel"],
      ["scf", "GJ_net", "natural-gas"],
      ["scf", "m3", "natural-gas"],
      ["kg", "kg CO2e", "diesel"],
    ] as const) {
      expect(() => through("1", from, to, fuel), `${from} to ${to}`).toThrow("FUEL_PROPERTY_MISSING");
    }
    expect(() => through("1", "ton", "l")).toThrow("UNIT_AMBIGUOUS");
  });
});

describe("parseFuelPropertySet", () => {
  const withProperties = (...properties: unknown[]) => ({ ...SET, fuels: [{ ...SET.fuels[0], properties }] });

  it("takes a set", () => expect(parseFuelPropertySet(SET)).toEqual(SET));

  it.each([
    { ...SET, fuels: [SET.fuels[0], SET.fuels[0]] },
    { ...SET, fuels: [] },
    { ...SET, more: 1 },
    withProperties(),
    withProperties({ value: "0", unit: "GJ_net/t" }),
    withProperties({ value: "-1", unit: "GJ_net/t" }),
    withProperties({ value: "44", unit: "GJ/t" }),
    withProperties({ value: "44", unit: "kg" }),
    withProperties({ value: "44", unit: "kg/t" }),
    withProperties({ value: "44", unit: "GJ_net-piece/t" }),
    withProperties({ value: "44", unit: "USD@2022/t" }),
    withProperties({ value: "many", unit: "GJ_net/t" }),
    withProperties({ value: "44", unit: "GJ_net/ton" }),
    withProperties({ value: "44", unit: "GJ_net/USD" }),
    withProperties({ value: 44, unit: "GJ_net/t" }),
    withProperties({ value: "44", unit: "GJ_net/t" }, { value: "0.044", unit: "GJ_net/kg" }),
    withProperties(
      { value: "44", unit: "GJ_net/t" },
      { value: "36", unit: "GJ_net/m3" },
      { value: "830", unit: "kg/m3" },
    ),
  ])("refuses a figure that is none, or two ways to one measure: %j", (set) => {
    expect(() => parseFuelPropertySet(set)).toThrow("FUEL_PROPERTIES_INVALID");
  });

  it("says what is wrong, where", () => {
    expect(() => parseFuelPropertySet(withProperties({ value: "44", unit: "kg/t" }))).toThrow(
      '"path":"fuels.0.properties.0.unit","rule":"schema","message":"not a property of fuels"',
    );
  });
});
