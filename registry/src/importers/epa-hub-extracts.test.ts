import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { compare, type FactorRow, parseDecimal } from "@tallystick/contracts";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { cellDecimal } from "./cell-decimal.ts";
import { importEpaHub } from "./epa-hub.ts";
import { slugOf } from "./epa-hub-table.ts";
import type { ImportReport } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";

describe.skipIf(!hasPublishedData)("the hub's workbook of 2023 says what the extracts of it say", () => {
  let report: ImportReport;
  beforeAll(async () => {
    const name = "epa_hub_2023.xlsx";
    report = await importEpaHub([{ name, open: () => createReadStream(publishedFactors("epa_hub", name)) }]);
  });
  const rowOf = (key: string): FactorRow | undefined => report.imported.rows.find((row) => row.key === key);

  type Cells = Readonly<Record<string, string>>;
  const extract = async (file: string): Promise<Cells[]> =>
    parse(await readFile(publishedFactors("epa_hub", `epa_hub_2023_${file}.csv`), "utf8"), {
      columns: true,
      bom: true,
      relax_column_count: true,
    });
  const isSame = (value: string | undefined, cell: string | undefined): boolean => {
    const read = cellDecimal(cell ?? "");
    return read !== undefined && value !== undefined && compare(parseDecimal(value), parseDecimal(read.value)) === 0;
  };
  const gasOf = (key: string, at: number): string | undefined => rowOf(key)?.gases?.[at]?.value;
  const noFootnote = (label: string): string => label.replace(/(?<=[a-z)]) ?[A-E]$/, "");

  it("of stationary combustion, where they have no unit for CH4", async () => {
    const rows = await extract("stationary-combustion");
    expect(rows).toHaveLength(63);
    let compared = 0;
    for (const cells of rows) {
      expect(cells["CH4 Factor Energy Unit"]).toBe("");
      const activity = `stationary/${slugOf(cells["Fuel Category"] ?? "")}/${slugOf(cells["Fuel Type"] ?? "")}`;
      const unit = slugOf(/per (.+)$/.exec(cells["CO2 Factor Unit"] ?? "")?.[1] ?? "");
      for (const [at, gas] of ["CO2", "CH4", "N2O"].entries()) {
        expect(isSame(gasOf(`${activity}/mmbtu`, at), cells[`${gas} Factor Energy`]), `${activity} ${gas}`).toBe(true);
        if (cells[`${gas} Factor`] === "") continue;
        expect(isSame(gasOf(`${activity}/${unit}`, at), cells[`${gas} Factor`]), `${activity} ${gas}`).toBe(true);
        compared += 1;
      }
    }
    expect(compared).toBe(174);
  });

  it("of fuels, electricity and waste", async () => {
    for (const cells of await extract("mobile-combustion-co2")) {
      const key = `mobile-co2/${slugOf(cells["Fuel Type"] ?? "")}`;
      expect(isSame(gasOf(key, 0), cells["kg CO2 per unit"]), key).toBe(true);
    }
    for (const cells of await extract("electricity")) {
      const code = (cells["eGRID Subregion Acronym"] ?? "").replace("US Average", "US");
      for (const [at, gas] of ["CO2", "CH4", "N2O"].entries()) {
        const unit = `Factor (lb ${gas} / MWh)`;
        expect(isSame(gasOf(`electricity/${code}`, at), cells[`Total Output ${gas} ${unit}`]), code).toBe(true);
        expect(isSame(gasOf(`electricity/${code}/non-baseload`, at), cells[`Non-Baseload ${gas} ${unit}`]), code).toBe(
          true,
        );
      }
    }
    const treatments = ["recycled", "landfilled", "combusted", "composted"] as const;
    const waste = await extract("scope-3-category-5-waste-generated-in-operations-and-categor");
    expect(waste).toHaveLength(60);
    for (const cells of waste) {
      for (const [at, treatment] of treatments.entries()) {
        const row = rowOf(`waste/${slugOf(cells.Material ?? "")}/${treatment}`);
        const cell = Object.values(cells)[at + 1] ?? "";
        expect(row?.kind === "value" ? isSame(row.value, cell) : cell === "", `${row?.key}`).toBe(true);
      }
    }
  });

  it.each([
    ["table8_category4_9_FROM_XLSX", "freight"],
    ["table10_category6_7_FROM_XLSX", "travel"],
  ])("of %s", async (file, prefix) => {
    for (const cells of await extract(file)) {
      const key = `${prefix}/${slugOf(noFootnote(cells["Vehicle Type"] ?? ""))}/${slugOf(cells.Units ?? "")}`;
      const figures = ["CO2 Factor (kg / unit)", "CH4 Factor (g / unit)", "N2O Factor (g / unit)"].map(
        (name) => cells[name],
      );
      for (const [at, figure] of figures.entries()) expect(isSame(gasOf(key, at), figure), key).toBe(true);
    }
  });

  it("of GWPs and blends", async () => {
    const gwps = [
      ...(await extract("table11_gwp_FROM_XLSX")).map(
        (cells) => [`gwp/${(cells.Gas ?? "").toLowerCase()}`, cells["100-Year GWP"]] as const,
      ),
      ...(await extract("gwp-for-blended-refrigerants")).map(
        (cells) => [`gwp/${slugOf(cells.ASHRAE ?? "")}`, cells["100-year GWP"]] as const,
      ),
    ];
    expect(gwps).toHaveLength(68);
    for (const [key, cell] of gwps) {
      const row = rowOf(key);
      expect(row?.kind === "value" ? isSame(row.value, cell) : row?.sourceText === cell, key).toBe(true);
    }
  });

  it("but not of vehicles' CH4 and N2O, whose extracts have lost every figure", async () => {
    for (const name of ["on-road-gasoline-vehicles", "non-road-vehicles"]) {
      const rows = await extract(`mobile-combustion-ch4-and-n2O-for-${name}`);
      expect(rows.length).toBeGreaterThan(0);
      const figures = rows.flatMap((cells) => Object.entries(cells).filter(([column]) => column.includes("Factor")));
      expect(figures.every(([, cell]) => cell === "")).toBe(true);
    }
  });
});
