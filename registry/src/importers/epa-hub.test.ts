import { createReadStream } from "node:fs";
import { convertThroughFuel, type FactorRow, formatExact, GWP100, parseDecimal } from "@tallystick/contracts";
import { beforeAll, describe, expect, it } from "vitest";
import { EPA_HUB, importEpaHub, importEpaHubFuelProperties } from "./epa-hub.ts";
import { HUB_SHEET } from "./epa-hub-table.ts";
import { detectFormat } from "./formats.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportNotice, ImportReport } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";

const published = (name: string): ImportFile => ({
  name,
  open: () => createReadStream(publishedFactors("epa_hub", name)),
});
const HUB = published("epa_hub_2023.xlsx");
const RECORD = published("epa_hub_2023_provenance.json");

describe.skipIf(!hasPublishedData)("the hub's workbook of 2023", () => {
  let report: ImportReport;
  beforeAll(async () => {
    report = await importEpaHub([HUB]);
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
    expect(detectFormat(RECORD.name, await readHead(RECORD))).toBe(EPA_HUB);
    expect(detectFormat("ghg-emission-factors-hub.xlsx", await readHead(HUB))).toBe(EPA_HUB);
    expect(detectFormat("other.xlsx", await readHead(HUB))).toBeUndefined();
    expect(detectFormat(HUB.name, Buffer.from("a,b\n"))).toBeUndefined();
  });
});
