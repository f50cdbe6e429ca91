import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { compare, convertThroughFuel, type FactorRow, formatExact, GWP100, parseDecimal } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { cellDecimal } from "./cell-decimal.ts";
import { EPA_HUB, importEpaHub, importEpaHubFuelProperties } from "./epa-hub.ts";
import { HUB_SHEET, slugOf } from "./epa-hub-table.ts";
import { detectFormat } from "./formats.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportNotice, ImportReport } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";
import { makeWorkbook } from "./workbook.fixture.ts";
import { readWorkbookSheet } from "./workbook.ts";

const published = (name: string): ImportFile => ({
  name,
  open: () => createReadStream(publishedFactors("epa_hub", name)),
});
const HUB = published("epa_hub_2023.xlsx");
const RECORD = published("epa_hub_2023_provenance.json");

describe.skipIf(!hasPublishedData)("the hub's workbook of 2023", () => {
  let report: ImportReport;
  /** The sheet's cells, to be changed. */
  let sheet: readonly (readonly string[])[];
  beforeAll(async () => {
    report = await importEpaHub([HUB]);
    const rows = await readWorkbookSheet(HUB.name, await readFile(publishedFactors("epa_hub", HUB.name)), HUB_SHEET);
    sheet = rows.map(({ cells }) => cells);
  });
  const rowOf = (key: string): FactorRow | undefined => report.imported.rows.find((row) => row.key === key);
  const noticesOf = (trap: ImportNotice["trap"]): ImportNotice[] =>
    report.notices.filter((notice) => notice.trap === trap);

  it("is one set, of the day it was modified", () => {
    expect(report.imported.set).toMatchObject({
      id: "epa-ghg-emission-factors-hub",
      version: "2023.9.12",
      gwpSet: "AR4",
      publishedOn: "2023-09-12",
      rowCount: 823,
    });
  });

  it("has all twelve tables, each row with its place in them", () => {
    const tables = report.imported.rows.map(({ source }) =>
      Number(/, Table (\d+), sheet "Emission Factors Hub", row \d+/.exec(source)?.[1]),
    );
    const counts = Array.from({ length: 12 }, (_, i) => tables.filter((table) => table === i + 1).length);
    expect(counts).toEqual([126, 10, 109, 34, 40, 56, 1, 7, 360, 12, 32, 36]);
  });

  const kg = (gas: string, value: string) => ({ gas, basis: "gas", numerator: "kg", value });
  const g = (gas: string, value: string) => ({ gas, basis: "gas", numerator: "g", value });
  const lb = (gas: string, value: string) => ({ gas, basis: "gas", numerator: "lb", value });
  it.each([
    [
      "stationary/coal-and-coke/anthracite-coal/mmbtu",
      "MMBtu_IT_gross",
      [kg("co2", "103.69"), g("ch4", "11"), g("n2o", "1.6")],
    ],
    [
      "stationary/coal-and-coke/anthracite-coal/short-ton",
      "short-ton",
      [kg("co2", "2602"), g("ch4", "276"), g("n2o", "40")],
    ],
    ["stationary/natural-gas/natural-gas/scf", "scf", [kg("co2", "0.05444"), g("ch4", "0.00103"), g("n2o", "0.0001")]],
    [
      "stationary/petroleum-products/motor-gasoline/gallon",
      "gal-us",
      [kg("co2", "8.78"), g("ch4", "0.38"), g("n2o", "0.08")],
    ],
    [
      "stationary/biomass-fuels-solid/wood-and-wood-residuals/mmbtu",
      "MMBtu_IT_gross",
      [kg("co2-biogenic", "93.8"), g("ch4", "7.2"), g("n2o", "3.6")],
    ],
    ["mobile-co2/diesel-fuel", "gal-us", [kg("co2", "10.21")]],
    ["mobile-co2/biodiesel-100", "gal-us", [kg("co2-biogenic", "9.45")]],
    ["mobile-co2/compressed-natural-gas-cng", "scf", [kg("co2", "0.05444")]],
    ["mobile-road-gasoline/gasoline-passenger-cars/1973-1974", "vehicle-mi", [g("ch4", "0.1696"), g("n2o", "0.0197")]],
    ["mobile-road-gasoline/gasoline-light-duty-trucks/1975", "vehicle-mi", [g("ch4", "0.1634"), g("n2o", "0.0513")]],
    [
      "mobile-road-gasoline/gasoline-heavy-duty-vehicles/to-1980",
      "vehicle-mi",
      [g("ch4", "0.4604"), g("n2o", "0.0497")],
    ],
    ["mobile-road/passenger-cars/diesel/2007-2020", "vehicle-mi", [g("ch4", "0.0302"), g("n2o", "0.0192")]],
    ["mobile-road/buses/lng", "vehicle-mi", [g("ch4", "2.787"), g("n2o", "0.001")]],
    ["mobile-non-road/agricultural-equipment/lpg", "gal-us", [g("ch4", "0.33"), g("n2o", "0.94")]],
    ["electricity/CAMX", "MWh", [lb("co2", "531.7"), lb("ch4", "0.031"), lb("n2o", "0.004")]],
    ["electricity/CAMX/non-baseload", "MWh", [lb("co2", "1047.5"), lb("ch4", "0.049"), lb("n2o", "0.006")]],
    ["steam-and-heat", "MMBtu_IT", [kg("co2", "66.33"), g("ch4", "1.25"), g("n2o", "0.125")]],
    [
      "freight/medium-and-heavy-duty-truck/vehicle-mile",
      "vehicle-mi",
      [kg("co2", "1.387"), g("ch4", "0.013"), g("n2o", "0.038")],
    ],
    [
      "freight/medium-and-heavy-duty-truck/ton-mile",
      "short-ton-mi",
      [kg("co2", "0.17"), g("ch4", "0.0016"), g("n2o", "0.0047")],
    ],
    [
      "travel/transit-rail-i-e-subway-tram/passenger-mile",
      "passenger-mi",
      [kg("co2", "0.096"), g("ch4", "0.008"), g("n2o", "0.0011")],
    ],
  ])("%s is by gas", (key, denominator, gases) => {
    expect(rowOf(key)).toMatchObject({ kind: "by-gas", denominator, gases });
  });

  it("keeps total output and non-baseload apart by boundary, by subregion and for the country", () => {
    expect(rowOf("electricity/CAMX")).toMatchObject({
      activity: "electricity",
      boundary: "generation, total output",
      geography: { scheme: "egrid", code: "CAMX" },
      dataPeriod: { start: "2021-01-01", end: "2021-12-31" },
    });
    expect(rowOf("electricity/US/non-baseload")).toMatchObject({
      activity: "electricity",
      boundary: "generation, non-baseload",
      geography: { scheme: "iso-3166-1", code: "US" },
    });
  });

  it("has waste in tonnes of CO2e per short ton, and NA as not available", () => {
    const unit = { denominator: "short-ton", category: 5 };
    expect(rowOf("waste/aluminum-cans/recycled")).toMatchObject({
      ...unit,
      kind: "value",
      value: "0.06",
      numerator: "t",
    });
    expect(rowOf("waste/pet/combusted")).toMatchObject({ ...unit, value: "2.05", sourceText: "2.0499999999999998" });
    expect(rowOf("waste/aluminum-cans/composted")).toMatchObject({ ...unit, kind: "not-available" });
    expect(rowOf("waste/asphalt-concrete/recycled")).toMatchObject({ ...unit, kind: "value", value: "0" });
  });

  it("has the GWPs of AR4 as releases, and a bound as a bound", () => {
    expect(rowOf("gwp/hfc-134a")).toMatchObject({
      kind: "value",
      value: "1430",
      denominator: "kg",
      gases: [{ gas: "hfc-134a", value: "1" }],
    });
    expect(rowOf("gwp/c10f18")).toMatchObject({ kind: "bound", comparator: ">", value: "7500", sourceText: ">7,500" });
    for (const [gas, { AR4 }] of Object.entries(GWP100)) {
      const row = rowOf(`gwp/${gas}`);
      if (row?.kind === "value" && AR4 !== undefined) expect(row.value).toBe(AR4);
    }
  });

  it("gives a blend's gases where its printed composition bears its GWP out", () => {
    expect(rowOf("gwp/r-410a")).toMatchObject({
      value: "2088",
      gases: [
        { gas: "hfc-32", value: "0.50" },
        { gas: "hfc-125", value: "0.50" },
      ],
    });
    expect(rowOf("gwp/r-508a")).toMatchObject({
      gases: [
        { gas: "hfc-23", value: "0.39" },
        { gas: "c2f6", value: "0.61" },
      ],
    });
    // Printed 6% HFC-125 for 60 %, 5% HFC-134a for 50 %, 5% and 5% for 50 % and 50 %, and so on: seven misprints.
    const misprints = ["402a", "414a", "414b", "417a", "428a", "500", "507"].map((number) => `gwp/r-${number}`);
    expect(noticesOf("inconsistent").map(({ key }) => key)).toEqual(misprints);
    for (const key of misprints) expect(rowOf(key)?.gases).toBeUndefined();
    expect(rowOf("gwp/r-402a")).toMatchObject({ value: "2100", technology: "38% HCFC-22 , 6% HFC-125 , 2% propane" });
  });

  it("reports each trap at its sheet, row and column", () => {
    const at = (row: number, column: string, found: string) =>
      expect.objectContaining({ sheet: HUB_SHEET, row, column, found });
    expect(noticesOf("mixed-mass-units")).toContainEqual(at(15, "F", "g CH4 per mmBtu"));
    expect(noticesOf("misleading-unit")).toContainEqual(at(408, "G", "ton-mile"));
    expect(noticesOf("misleading-unit")).toContainEqual(at(417, "D", "Metric Tons CO2e / Short Ton Material"));
    expect(noticesOf("footnote")).toContainEqual(at(406, "C", "Passenger Car A"));
    expect(noticesOf("footnote")).toContainEqual(at(418, "D", "RecycledA"));
    expect(noticesOf("blank")).toContainEqual(at(85, "H", ""));
    expect(noticesOf("blank")).toContainEqual(at(419, "G", "NA"));
    expect(noticesOf("blank")).toContainEqual(at(243, "E", ""));
    expect(noticesOf("stray-label")).toContainEqual(at(157, "C", "(Vans, Pickup Trucks, SUVs)"));
    expect(noticesOf("stray-label")).toContainEqual(
      at(559, "E", expect.stringContaining("11 HFC-152a") as unknown as string),
    );
    expect(noticesOf("merged-cell")).toMatchObject([
      { row: 322, column: "E", found: "Total Output Emission Factors", done: "read for columns E to G" },
      { row: 322, column: "H", found: "Non-Baseload Emission Factors", done: "read for columns H to J" },
      { row: 417, column: "D", found: "Metric Tons CO2e / Short Ton Material", done: "read for columns D to I" },
    ]);
    expect(noticesOf("bound")).toEqual([at(536, "D", ">7,500")]);
    expect(noticesOf("biogenic-claim")).toEqual([at(33, "C", "Peat")]);
    expect(noticesOf("binary-noise")).toEqual([at(40, "F", "2.2000000000000002E-2")]);
    // PET, PLA and HDPE end in capitals, and in no footnote.
    expect(rowOf("waste/hdpe/landfilled")?.label).toBe("HDPE, Landfilled");
    expect(report.notices).toHaveLength(274);
  });

  it("is borne out by its catalogue record, which calls it the hub of 2024", async () => {
    const { imported, notices } = await importEpaHub([RECORD, HUB]);
    expect(imported.set.files?.map(({ name }) => name)).toEqual([HUB.name, RECORD.name]);
    expect(notices).toContainEqual(
      expect.objectContaining({ column: "title", found: "2024 GHG Emission Factors Hub)" }),
    );
  });

  it("gives heat contents as properties of fuels, on the gross calorific value", async () => {
    const { set, notices } = await importEpaHubFuelProperties(HUB);
    expect(set.fuels).toHaveLength(58);
    expect(set).toMatchObject({ id: "epa-hub-heat-contents", version: "2023.9.12" });
    const gas = convertThroughFuel(parseDecimal("1000"), "scf", "MMBtu_IT_gross", { fuel: "natural-gas", set });
    expect(formatExact(gas.value)).toBe("1.026");
    const coal = convertThroughFuel(parseDecimal("1"), "short-ton", "MMBtu_IT_gross", { fuel: "anthracite-coal", set });
    expect(formatExact(coal.value)).toBe("25.09");
    expect(notices).toEqual([]);
  });

  it("is known by its name among workbooks", async () => {
    expect(detectFormat(HUB.name, await readHead(HUB))).toBe(EPA_HUB);
    expect(detectFormat("ghg-emission-factors-hub.xlsx", await readHead(HUB))).toBe(EPA_HUB);
    expect(detectFormat("other.xlsx", await readHead(HUB))).toBeUndefined();
    expect(detectFormat(HUB.name, Buffer.from("a,b\n"))).toBeUndefined();
  });

  describe("says what the extracts of it say", () => {
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
          expect(isSame(gasOf(`${activity}/mmbtu`, at), cells[`${gas} Factor Energy`]), `${activity} ${gas}`).toBe(
            true,
          );
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
          expect(
            isSame(gasOf(`electricity/${code}/non-baseload`, at), cells[`Non-Baseload ${gas} ${unit}`]),
            code,
          ).toBe(true);
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

  describe("is refused", () => {
    /** The workbook with one cell of its sheet changed; an undefined text drops the row. */
    const changed = (row: number, column: string, text: string | undefined): ImportFile => {
      const at = column.charCodeAt(0) - 65;
      const rows = sheet.flatMap((cells, i) =>
        i + 1 !== row ? [cells] : text === undefined ? [] : [cells.with(at, text)],
      );
      return { name: "hub.xlsx", open: () => Readable.from([makeWorkbook({ [HUB_SHEET]: rows })]) };
    };

    it("not when nothing is changed", async () => {
      const { imported } = await importEpaHub([changed(1, "A", "")]);
      expect(imported.set.rowsRoot).toBe(report.imported.set.rowsRoot);
    });

    it.each([
      [15, "F", "", "does not say which gas in which unit"],
      [15, "F", "g N2O per mmBtu", "does not say which gas in which unit"],
      [15, "F", "mg CH4 per mmBtu", "does not say which gas in which unit"],
      [15, "D", "mmBtu per ton", '"ton" is not a unit of the hub'],
      [15, "D", "mmBtu per scf", "columns that are not per mmBtu and per scf"],
      [17, "F", "", '"" is not a number'],
      [17, "E", "NaN", '"NaN" is not a number'],
      [17, "E", "103,69", '"103,69" is not a number'],
      [17, "E", "#DIV/0!", '"#DIV/0!" is not a number'],
      [17, "D", "", "no heat content beside factors per unit"],
      [18, "C", "Anthracite Coal", "occurs twice"],
      [99, "C", "Fuel", "no header with ^Fuel Type$"],
      [100, "E", "litre", '"litre" is not a unit of the hub'],
      [100, "E", "ton", '"ton" is not a unit of the hub'],
      [120, "D", "late", '"late" is not a model year'],
      [120, "C", "", "figures of no vehicle or fuel"],
      [322, "H", "", "does not stand above"],
      [325, "C", "XX", "is not a subregion"],
      [417, "D", "Short Tons CO2e / Short Ton Material", "Table 9: no"],
      [419, "D", "<0.06", '"<0.06" is not a number'],
      [511, "D", "3170", "HFC-125 has another GWP in AR4"],
      [511, "C", "HFC-1O", "is not a gas that is known here"],
      [542, "E", "half HCFC-22", "is not a share of a gas"],
      [402, "C", "Scope 3 Category 15", 'Table 8 is "Scope 3 Category 15"'],
      [402, "B", "Table 9", "occurs twice"],
      [402, "B", undefined, "no Table 8"],
      [3, "F", "Last Modified: 12 September 13, 2023", "does not say when it was last modified"],
      [504, "D", "20-Year GWP", 'no "100-Year GWP"'],
      [3, "F", "", "does not say when it was last modified"],
      [10, "D", "Source: IPCC", "does not say which assessment report"],
    ])("at row %i, column %s: %j", async (row, column, text, reason) => {
      const error: unknown = await importEpaHub([changed(row, column, text)]).catch((thrown: unknown) => thrown);
      expect(isTallyError(error, "FACTOR_FILE_INVALID") && error.message).toContain(
        JSON.stringify(reason).slice(1, -1),
      );
    });

    it("not in the forms of the next edition: month before day, formulas between the names and the GWPs", async () => {
      const pfcs: Readonly<Record<string, string>> = { CF4: "PFC-14", C2F6: "PFC-116", "c-C4F8": "PFC-318" };
      const rows = sheet.map((cells, i) => {
        const [name = "", gwp = ""] = cells.slice(2);
        if (i === 2) return cells.with(5, "Last Modified: February 13, 2024");
        if (i < 503 || i > 535) return cells;
        if (name === "Gas")
          return cells.with(2, "Industrial Designation or \nCommon Name").with(3, "Formula").with(4, gwp);
        return cells
          .with(2, pfcs[name] ?? name)
          .with(3, "formula")
          .with(4, gwp);
      });
      const file = { name: "hub.xlsx", open: () => Readable.from([makeWorkbook({ [HUB_SHEET]: rows })]) };
      const { imported } = await importEpaHub([file]);
      expect(imported.set).toMatchObject({ version: "2024.2.13", publishedOn: "2024-02-13", rowCount: 823 });
      expect(imported.rows.find(({ key }) => key === "gwp/c-c4f8")).toMatchObject({ label: "PFC-318", value: "10300" });
    });

    it("not for figures that contradict each other, which are noticed", async () => {
      const { notices } = await importEpaHub([changed(17, "E", "93.69")]);
      expect(notices.filter(({ trap, column }) => trap === "inconsistent" && column !== "E")).toMatchObject([
        { row: 17, column: "H", found: "2602", done: "kept as published, though 25.09 x 93.69 is not 2602" },
      ]);
    });

    it("not for a letter that is no footnote: it is part of the label", async () => {
      const { imported } = await importEpaHub([changed(409, "C", "Rail Z")]);
      expect(imported.rows.find(({ key }) => key === "freight/rail-z/ton-mile")?.label).toBe("Rail Z");
    });

    it("at the cell that is bad", async () => {
      await expect(importEpaHub([changed(17, "F", "")])).rejects.toMatchObject({
        details: { file: "hub.xlsx", row: 17, column: "Emission Factors Hub!F" },
      });
    });

    it("with another sheet, two workbooks, or a record of another day", async () => {
      const other = { name: "hub.xlsx", open: () => Readable.from([makeWorkbook({ Sheet1: sheet })]) };
      await expect(importEpaHub([other])).rejects.toThrow("has no sheet");
      await expect(importEpaHub([HUB, HUB])).rejects.toThrow("not one workbook");
      await expect(importEpaHub([RECORD])).rejects.toThrow("not one workbook");
      const json = (await readFile(publishedFactors("epa_hub", RECORD.name), "utf8")).replace(
        "2023-09-12",
        "2024-02-13",
      );
      const late = { name: "record.json", open: () => Readable.from([Buffer.from(json)]) };
      await expect(importEpaHub([HUB, late])).rejects.toThrow("2024-02-13 is not 2023-09-12");
    });

    it("with nothing else than FACTOR_FILE_INVALID, whatever one cell says", async () => {
      const cell = fc.tuple(
        fc.integer({ min: 1, max: 578 }),
        fc.constantFrom(..."BCDEFGHIJ"),
        fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("", "1", "NA", "A")),
      );
      await fc.assert(
        fc.asyncProperty(cell, async ([row, column, text]) => {
          // A control character is not XML, and no workbook can hold it.
          const clean = text.replaceAll(/[^ -~]/g, "");
          try {
            await importEpaHub([changed(row, column, clean)]);
          } catch (error) {
            if (!isTallyError(error, "FACTOR_FILE_INVALID")) throw error;
          }
        }),
        { numRuns: 30 },
      );
    });
  });
});
