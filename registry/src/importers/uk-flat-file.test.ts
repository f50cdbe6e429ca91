import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { type FactorRow, unitOf } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { beforeAll, describe, expect, it } from "vitest";
import { detectFormat } from "./formats.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportReport, Trap } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";
import { importUkFlatFile, UK_FLAT_FILE } from "./uk-flat-file.ts";

const published = (year: number): ImportFile => ({
  name: `defra_flat_${year}.csv`,
  open: () => createReadStream(publishedFactors(`defra_flat_${year}.csv`)),
});

/** Gases with a figure of their own, unlike those of a refrigerant. */
const publishedGases = ({ key, gases = [] }: FactorRow): number => (key.startsWith("refrigerant") ? 0 : gases.length);

const YEARS = [2021, 2022, 2023] as const;
const ELECTRICITY = "uk-electricity/electricity-generated/electricity-uk/kwh";

describe.skipIf(!hasPublishedData)("the UK flat files of three years", () => {
  const reports = new Map<number, ImportReport>();
  beforeAll(async () => {
    for (const year of YEARS) reports.set(year, await importUkFlatFile([published(year)]));
  });
  const rowOf = (year: number, key: string): FactorRow | undefined =>
    reports.get(year)?.imported.rows.find((row) => row.key === key);
  const counts = (year: number): Partial<Record<Trap, number>> => {
    const found: Partial<Record<Trap, number>> = {};
    for (const { trap } of reports.get(year)?.notices ?? []) found[trap] = (found[trap] ?? 0) + 1;
    return found;
  };

  it.each([
    [
      2021,
      "AR4",
      2482,
      { "stray-label": 54, "energy-use": 447, "co2e-of-gas": 2, bound: 2, "own-region": 6, "binary-noise": 505 },
    ],
    [2022, "AR4", 2634, { "stray-label": 31, "energy-use": 431, bound: 4, inconsistent: 1, "binary-noise": 575 }],
    [2023, "AR5", 2643, { "stray-label": 31, "energy-use": 439, inconsistent: 3, "binary-noise": 3522 }],
  ])("of %i is a version of one set, valid for its year, with every trap reported", (year, gwpSet, rowCount, traps) => {
    expect(reports.get(year)?.imported.set).toMatchObject({
      id: "uk-ghg-conversion-factors",
      version: `${year}.1.0`,
      gwpSet,
      rowCount,
      validFrom: `${year}-01-01`,
      validTo: `${year}-12-31`,
      licence: "Open Government Licence v3.0",
    });
    expect(counts(year)).toEqual(traps);
  });

  it("accounts for every row of a file: in a factor, or in a notice that it was left out", () => {
    const lines = { 2021: 6733, 2022: 6899, 2023: 6916 };
    for (const year of YEARS) {
      const figures = (reports.get(year)?.imported.rows ?? []).map(
        (row) => publishedGases(row) + (row.kind === "by-gas" ? 0 : 1),
      );
      const total = figures.reduce((sum, count) => sum + count, 0) + (counts(year)["energy-use"] ?? 0);
      expect(total).toBe(lines[year]);
    }
  });

  it("has UK electricity under one key in all years, whatever strayed into its fourth level", () => {
    expect(rowOf(2021, ELECTRICITY)).toMatchObject({ value: "0.21233", sourceText: "0.21233000000000002" });
    expect(rowOf(2022, ELECTRICITY)).toMatchObject({ value: "0.19338" });
    expect(rowOf(2023, ELECTRICITY)).toMatchObject({
      value: "0.207074288590604",
      sourceText: "0.20707428859060403",
      denominator: "kWh",
      boundary: "generation",
      activity: "uk-electricity/electricity-generated/electricity-uk",
      geography: { scheme: "iso-3166-1", code: "GB" },
      source: "flat file, row 2511, id 7_400_4000_5_1",
    });
    expect(reports.get(2022)?.notices).toContainEqual(
      expect.objectContaining({ trap: "stray-label", row: 2505, column: "level_4", found: "2020" }),
    );
    expect(reports.get(2023)?.notices).toContainEqual(
      expect.objectContaining({ trap: "stray-label", row: 2511, column: "level_4", found: "kWh" }),
    );
  });

  it("reads each gas as kg CO2e of it, though the labels of 2021 say kg CH4", () => {
    expect(rowOf(2021, "fuels/gaseous-fuels/butane/kwh-gross")).toMatchObject({
      value: "0.2224",
      denominator: "kWh_gross",
      gases: [
        { gas: "ch4", basis: "co2e", value: "0.00017" },
        { gas: "co2", basis: "co2e", value: "0.2221" },
        { gas: "n2o", basis: "co2e", value: "0.00013" },
      ],
    });
    const labels = reports.get(2021)?.notices.filter(({ trap }) => trap === "co2e-of-gas");
    expect(labels).toMatchObject([
      { row: 3, column: "ghg_unit", found: "kg CH4", done: expect.stringContaining("1268 rows") },
      { row: 5, column: "ghg_unit", found: "kg N2O", done: expect.stringContaining("1268 rows") },
    ]);
  });

  it("names the gases of what is released, where they come to the figure under the year's GWPs", () => {
    const kyoto = (gas: string) => `refrigerant-other/kyoto-protocol-standard/${gas}/kg`;
    const one = (gas: string) => [{ gas, basis: "gas", value: "1" }];
    expect(rowOf(2021, kyoto("hfc-43-i0mee"))).toMatchObject({ value: "1640", gases: one("hfc-43-10mee") });
    expect(rowOf(2023, kyoto("perfluorobutane-pfc-3-1-10"))).toMatchObject({ value: "9200", gases: one("c4f10") });
    expect(rowOf(2023, "refrigerant-other/blends/r401a/kyoto/kg")).toMatchObject({
      value: "18",
      gases: [{ gas: "hfc-152a", basis: "gas", value: "0.13" }],
    });
    expect(rowOf(2023, "refrigerant-other/blends/r401a/total/kg")?.gases).toHaveLength(3);
    // Propane and butane count in the figure, and in no GWP set.
    expect(rowOf(2022, "refrigerant-other/blends/r438a/total/kg")).not.toHaveProperty("gases");
    const known = (year: number) =>
      reports.get(year)?.imported.rows.filter(({ key, gases }) => key.startsWith("refrigerant") && gases !== undefined);
    expect(YEARS.map((year) => known(year)?.length)).toEqual([71, 267, 287]);
    const beyond = reports.get(2023)?.notices.filter(({ trap }) => trap === "inconsistent");
    expect(beyond?.map(({ found }) => found)).toEqual(["R414A: 1375", "R414A: 1375", "R434A: 3076"]);
  });

  it("says of a factor that has a new label which one it was, and keeps its key", async () => {
    const { imported } = await importUkFlatFile([published(2022)], { supersedes: "2021.1.0" });
    expect(imported.rows.find(({ key }) => key === "wtt-fuels/wtt-gaseous-fuels/butane/l")).toMatchObject({
      label: "WTT- fuels, Gaseous fuels, Butane",
      activity: "wtt-fuels/wtt-gaseous-fuels/butane",
      change: { reason: "rename", note: "published as wtt-fuels/gaseous-fuels/butane/l" },
    });
    const bounds = reports.get(2022)?.notices.filter(({ trap }) => trap === "bound") ?? [];
    for (const { key } of bounds) expect(rowOf(2022, key ?? "")?.kind).toBe("bound");
  });

  it("keeps a bound as a bound, and 0 as 0", () => {
    expect(rowOf(2021, "refrigerant-other/other-refrigerants/r1234yf/kg")).toMatchObject({
      kind: "bound",
      comparator: "<",
      value: "1",
      sourceText: "< 1",
    });
    const zeros = reports.get(2023)?.imported.rows.filter((row) => row.kind === "value" && row.value === "0");
    expect(zeros?.length).toBeGreaterThan(0);
  });

  it("reports the backtick for a unit, and leaves out energy per distance", () => {
    const backtick = reports.get(2021)?.notices.filter(({ row }) => row === 6724);
    expect(backtick).toMatchObject([
      { trap: "stray-label", found: "`" },
      { trap: "energy-use", found: "0.33145" },
    ]);
  });

  it("has CO2 of biomass by gas, apart from every total", () => {
    expect(rowOf(2023, "outside-of-scopes/biogas/landfill-gas/kwh")).toMatchObject({
      kind: "by-gas",
      gases: [{ gas: "co2-biogenic", basis: "gas", value: "0.199020509949457" }],
    });
  });

  it("keeps radiative forcing, well-to-tank and non-Kyoto gases apart by boundary", () => {
    const flight = "business-travel-air/flights/long-haul-to-from-uk/economy-class";
    expect(rowOf(2022, `${flight}/with-rf/passenger-km`)).toMatchObject({
      activity: flight,
      value: "0.14787",
      boundary: "tank-to-wake, with radiative forcing",
    });
    expect(rowOf(2023, `${flight}/with-rf/passenger-km`)).toMatchObject({
      sourceText: expect.stringMatching(/^0.2001/),
    });
    expect(rowOf(2023, `${flight}/without-rf/passenger-km`)).toMatchObject({ activity: flight });
    expect(rowOf(2023, "wtt-fuels/wtt-gaseous-fuels/butane/l")).toMatchObject({
      boundary: "well-to-tank",
      category: 3,
    });
    expect(rowOf(2023, "refrigerant-other/kyoto-protocol-products/hfc-134a/kyoto/kg")).toMatchObject({
      value: "1300",
      boundary: "release of the gas, Kyoto gases only",
    });
  });

  it("has hotels as one activity in many countries", () => {
    const hotels = reports.get(2021)?.imported.rows.filter(({ activity }) => activity === "hotel-stay") ?? [];
    expect(hotels).toHaveLength(52);
    expect(rowOf(2021, "hotel-stay/taiwan-china/room-night")).toMatchObject({ geography: { code: "TW" } });
    expect(rowOf(2021, "hotel-stay/uk-london/room-night")).toMatchObject({ activity: "hotel-stay/uk-london" });
  });

  it("has one factor of each measure in an activity and boundary, so that one is selected", () => {
    for (const year of YEARS) {
      const rows = reports.get(year)?.imported.rows ?? [];
      const names = rows.map(({ activity, boundary, denominator, geography }) =>
        [activity, boundary, unitOf(denominator).measures, geography.code].join(" "),
      );
      expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    }
  });

  it("has waste to landfill as the publisher had it", () => {
    expect(rowOf(2023, "waste-disposal/refuse/commercial-and-industrial-waste/landfill/t")).toMatchObject({
      sourceText: expect.stringMatching(/^520\.33/),
    });
  });

  it("is known by its header", async () => {
    const file = published(2021);
    expect(detectFormat(file.name, await readHead(file))).toBe(UK_FLAT_FILE);
  });
});

describe("a UK flat file", () => {
  const HEADER = "source_id,scope,level_1,level_2,level_3,level_4,column_text,uom,ghg_unit,value";
  const GASES = ["Methane,28", "Nitrous oxide,265", "HFC-134a,1300"].map((gas) => {
    const [name, value] = gas.split(",");
    return `,Scope 1,Refrigerant & other,Kyoto,${name},,,kg,kg CO2e,${value}`;
  });
  const FUEL = ",Scope 1,Fuels,Gaseous fuels,Butane,,,tonnes,kg CO2e";
  const importLines = (lines: readonly string[], name = "flat-2023.csv"): Promise<ImportReport> =>
    importUkFlatFile([{ name, open: () => Readable.from([Buffer.from([HEADER, ...GASES, ...lines].join("\n"))]) }]);

  it.each([
    ["a label that is no figure's", [`${FUEL} of XY,1`], 5],
    ["a figure that is no number", [`${FUEL},1x`], 5],
    ["a unit that is not known", [`${FUEL},1`.replace("tonnes", "tons")], 5],
    ["a sheet that is not known", [`${FUEL},1`.replace("Fuels", "Fuel")], 5],
    ["a country that is not known", [",Scope 3,Hotel stay,Hotel stay,Ruritania,,,Room per night,kg CO2e,1"], 5],
    ["two figures for one factor", [`${FUEL},1`, `${FUEL},2`], 6],
  ])("is refused at %s", async (_, lines, row) => {
    await expect(importLines(lines)).rejects.toSatisfy(
      (error) => isTallyError(error, "FACTOR_FILE_INVALID") && (error.details as { row: number }).row === row,
    );
  });

  it("is refused where its name does not say one year, or its gases are of no report", async () => {
    await expect(importLines([], "flat.csv")).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
    await expect(importLines([], "flat-2021-2022.csv")).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
    await expect(importLines([], "flat-2019.csv")).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
    const other = GASES.map((line) => line.replace(",28", ",29"));
    const file = { name: "flat-2023.csv", open: () => Readable.from([Buffer.from([HEADER, ...other].join("\n"))]) };
    await expect(importUkFlatFile([file])).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
  });

  it("is refused where gases miss their total by more than roundings could", async () => {
    const lines = (total: string) => [`${FUEL},${total}`, `${FUEL} of CO2 per unit,2.9`, `${FUEL} of CH4 per unit,0.1`];
    await expect(importLines(lines("300.0"))).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
    await expect(importLines(lines("0.3"))).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
    await expect(importLines(lines("3.0"))).resolves.toBeDefined();
  });

  it.skipIf(!hasPublishedData)(
    "is refused under another year's name, and named where it is not the publisher's",
    async () => {
      const bytes = await readFile(publishedFactors("defra_flat_2022.csv"));
      const named = (name: string, content: Uint8Array) =>
        importUkFlatFile([{ name, open: () => Readable.from([content]) }]);
      await expect(named("flat-2023.csv", bytes)).rejects.toMatchObject({
        details: { reason: "the publisher's file of 2022.1.0, under a name that says 2023.1.0" },
      });
      const { notices } = await named("flat-2022.csv", bytes);
      expect(notices.filter(({ trap }) => trap === "other-edition")).toEqual([]);
      const cut = bytes.subarray(0, bytes.lastIndexOf("\n", bytes.length - 2) + 1);
      expect((await named("flat-2022.csv", cut)).notices.map(({ trap }) => trap)).toContain("other-edition");
    },
  );

  it("reports the same figure twice, gases that miss the total, and a blank", async () => {
    const gas = (name: string, value: string) => `${FUEL} of ${name} per unit,${value}`;
    const { notices, imported } = await importLines([
      `${FUEL},1.00`,
      `${FUEL},1.00`,
      gas("CO2", "0.50"),
      gas("CH4", "0.45"),
      `${FUEL.replace("Butane", "Propane")},`,
      gas("CO2", "0.5").replace("Butane", "LPG"),
    ]);
    expect(notices.map(({ trap, row }) => [trap, row])).toEqual([
      ["duplicate", 6],
      ["other-edition", 0],
      ["rounding-gap", 5],
      ["blank", 9],
      ["blank", 10],
    ]);
    const kinds = Object.fromEntries(imported.rows.map(({ key, kind }) => [key, kind]));
    expect(kinds["fuels/gaseous-fuels/propane/t"]).toBe("not-available");
    // One gas without the others is no factor.
    expect(kinds["fuels/gaseous-fuels/lpg/t"]).toBe("not-available");
  });
});
