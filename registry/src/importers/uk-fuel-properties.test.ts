import { readFileSync } from "node:fs";
import {
  abs,
  compare,
  convertThroughFuel,
  div,
  formatExact,
  mul,
  ONE,
  parseDecimal,
  roundHalfEven,
  sub,
  ZERO,
} from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { cellDecimal } from "./cell-decimal.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";
import { importUkFuelProperties } from "./uk-fuel-properties.ts";
import { makeWorkbook } from "./workbook.fixture.ts";
import { readWorkbookSheet } from "./workbook.ts";

const HEAD = [
  ["UK Government GHG Conversion Factors for Company Reporting"],
  ["Scope:", "-", "Version:", "1.1000000000000001", "Year:", "2024"],
  ["", "", "Year", "Net CV", "Gross CV", "Density", "Density\n[note 1]", "Net CV", "Gross CV", "Net CV", "Gross CV"],
  ["", "", "", "GJ/tonne", "GJ/tonne", "kg/m3", "litres/tonne", "kWh/kg", "kWh/kg", "kWh/litre", "kWh/litre"],
];
const BUTANE = ["Gases", "Butane", "2024", "45.3", "49.1", "575.374", "1738", "12.583", "13.639", "7.24", "7.847"];
const imported = (...rows: readonly (readonly string[])[]) =>
  importUkFuelProperties("uk.xlsx", makeWorkbook({ "Fuel properties": [...HEAD, ...rows] }));
const butaneWith = (column: number, cell: string): string[] => BUTANE.with(column, cell);

describe("the sheet of fuel properties", () => {
  it("gives calorific values per tonne and a density, by fuel", async () => {
    const { set, notices } = await imported(BUTANE);
    expect(set).toMatchObject({ id: "uk-fuel-properties", version: "2024.1.1" });
    expect(set.fuels).toEqual([
      {
        fuel: "butane",
        label: "Butane",
        source: 'sheet "Fuel properties", row 5',
        properties: [
          { value: "45.3", unit: "GJ_net/t" },
          { value: "49.1", unit: "GJ_gross/t" },
          { value: "575.374", unit: "kg/m3" },
        ],
      },
    ]);
    expect(notices).toEqual([]);
  });

  it.each([
    ["another year", butaneWith(2, "2023"), "C"],
    ["text for a figure", butaneWith(3, "high"), "D"],
    ["no calorific value", butaneWith(4, ""), "D"],
    ["a density that its inverse contradicts", butaneWith(5, "600"), "F"],
    ["a density of 0", butaneWith(5, "0"), "F"],
    ["a density without its inverse", butaneWith(6, ""), "F"],
    ["kWh/kg that the roundings do not explain", butaneWith(7, "12.585"), "H"],
    ["kWh/litre that the roundings do not explain", butaneWith(10, "7.85"), "K"],
  ])("is refused with %s", async (_what, row, column) => {
    await expect(imported(row)).rejects.toMatchObject({
      code: "FACTOR_FILE_INVALID",
      details: { file: "uk.xlsx", row: 5, column: `Fuel properties!${column}` },
    });
  });

  it("is refused with other headers, other units, no year and no rows", async () => {
    const altered = (row: number, column: number, cell: string) => {
      const rows = HEAD.with(row, (HEAD[row] as string[]).with(column, cell));
      return importUkFuelProperties("uk.xlsx", makeWorkbook({ "Fuel properties": [...rows, BUTANE] }));
    };
    await expect(altered(2, 3, "Gross CV")).rejects.toThrow("FACTOR_FILE_INVALID");
    await expect(altered(3, 5, "kg/l")).rejects.toThrow("FACTOR_FILE_INVALID");
    await expect(altered(1, 4, "Published:")).rejects.toThrow("FACTOR_FILE_INVALID");
    await expect(imported()).rejects.toThrow("FUEL_PROPERTIES_INVALID");
    await expect(importUkFuelProperties("uk.xlsx", makeWorkbook({ Fuels: HEAD }))).rejects.toThrow(
      "FACTOR_FILE_INVALID",
    );
  });
});

describe.skipIf(!hasPublishedData)("the sheet as published in 2024", () => {
  const name = "defra_2024_full_set_v1_1.xlsx";
  const bytes = (): Uint8Array => readFileSync(publishedFactors(name));

  it("has 39 fuels, and thirteen figures that its other columns do not give to the digit", async () => {
    const { set, notices } = await importUkFuelProperties(name, bytes());
    expect(set.fuels).toHaveLength(39);
    expect(set.fuels.filter(({ properties }) => properties.length === 3)).toHaveLength(33);
    const gaps = notices.filter(({ trap }) => trap === "rounding-gap");
    expect(gaps.map(({ key, column }) => `${key} ${column}`)).toEqual([
      "lpg F",
      "natural-gas F",
      "natural-gas-100-mineral-blend F",
      "other-petroleum-gas F",
      "petrol-100-mineral-petrol F",
      "biodiesel-btl-or-hvo K",
      // Halves, which the publisher rounds up.
      "bioethanol K",
      "bioetbe J",
      "biomethane F",
      "landfill-gas I",
      "lng F",
      "methane-ch4 F",
      "carbon-dioxide-co2 F",
    ]);
    expect(notices.filter(({ trap }) => trap === "no-heat").map(({ column }) => column)).toEqual(["D", "E"]);
    expect(set.fuels.find(({ fuel }) => fuel === "natural-gas")?.properties.at(-1)).toEqual({
      value: "1255568.684",
      unit: "l/t",
    });
  });

  it("leads from the factors per tonne to those per m3 to the last digit, and to all others within 0.02 %", async () => {
    const { set } = await importUkFuelProperties(name, bytes());
    const units = { litres: "l", "cubic metres": "m3", "kWh (Net CV)": "kWh_net", "kWh (Gross CV)": "kWh_gross" };
    let label = "";
    let perTonne = ZERO;
    let compared = 0;
    for (const { cells } of await readWorkbookSheet(name, bytes(), "Fuels")) {
      label = cells[1] || label;
      const printed = cellDecimal(cells[3] ?? "")?.value;
      if (printed === undefined) continue;
      const factor = parseDecimal(printed);
      if (cells[2] === "tonnes") perTonne = factor;
      const unit = units[cells[2] as keyof typeof units];
      const known = set.fuels.find((fuel) => fuel.label.toLowerCase() === label.toLowerCase());
      if (unit === undefined || known === undefined) continue;
      if (!unit.startsWith("kWh") && known.properties.length < 3) continue;
      const ours = mul(perTonne, convertThroughFuel(ONE, unit, "t", { fuel: known.fuel, set }).value);
      if (unit === "m3") expect(roundHalfEven(ours, 5), label).toBe(roundHalfEven(factor, 5));
      const error = abs(div(sub(ours, factor), factor));
      expect(compare(error, parseDecimal("0.0002")), `${label} ${unit} ${formatExact(ours)}`).toBe(-1);
      compared += 1;
    }
    expect(compared).toBe(72);
  });
});
