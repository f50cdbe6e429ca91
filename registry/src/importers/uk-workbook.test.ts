import { createReadStream, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { FactorRow } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { beforeAll, describe, expect, it } from "vitest";
import { detectFormat } from "./formats.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportReport, Trap } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";
import { importUkFlatFile } from "./uk-flat-file.ts";
import { importUkWorkbook, UK_WORKBOOK } from "./uk-workbook.ts";
import { makeWorkbook } from "./workbook.fixture.ts";
import { readWorkbook } from "./workbook.ts";

const published = (name: string): ImportFile => ({ name, open: () => createReadStream(publishedFactors(name)) });
/** Gases with a figure of their own, unlike those of a refrigerant. */
const publishedGases = ({ key, gases = [] }: FactorRow): number => (key.startsWith("refrigerant") ? 0 : gases.length);
const WORKBOOK = published("defra_2024_full_set_v1_1.xlsx");

describe.skipIf(!hasPublishedData)("the UK workbook of 2024", () => {
  let report: ImportReport;
  let byKey: ReadonlyMap<string, FactorRow>;
  beforeAll(async () => {
    report = await importUkWorkbook([WORKBOOK], { supersedes: "2023.1.0" });
    byKey = new Map(report.imported.rows.map((row) => [row.key, row]));
  });
  const count = (trap: Trap): number => report.notices.filter((notice) => notice.trap === trap).length;

  it("is the version that its cells say, under the GWPs that its gases show", () => {
    expect(report.imported.set).toMatchObject({
      id: "uk-ghg-conversion-factors",
      version: "2024.1.1",
      supersedes: "2023.1.0",
      gwpSet: "AR5",
      rowCount: 3483,
      validFrom: "2024-01-01",
      validTo: "2024-12-31",
    });
  });

  it("has every factor of 2023 under the same key, and plug-in hybrid vans beside them", async () => {
    const earlier = await importUkFlatFile([published("defra_flat_2023.csv")]);
    const keys = new Set(earlier.imported.rows.map(({ key }) => key));
    expect([...keys].filter((key) => !byKey.has(key))).toEqual([]);
    const added = report.imported.rows.filter(({ key, kind }) => !keys.has(key) && kind !== "not-available");
    expect(added).toHaveLength(30);
    expect(added.every(({ key }) => /vans\/.*plug-in-hybrid-electric-vehicle/.test(key))).toBe(true);
    for (const { key, activity, boundary, denominator } of earlier.imported.rows) {
      expect(byKey.get(key)).toMatchObject({ activity, boundary, denominator });
    }
  });

  it.each([
    ["uk-electricity/electricity-generated/electricity-uk/kwh", "0.20705"],
    ["waste-disposal/refuse/organic-food-and-drink-waste/landfill/t", "700.20961"],
    ["waste-disposal/refuse/commercial-and-industrial-waste/landfill/t", "520.3342"],
    ["business-travel-air/flights/long-haul-to-from-uk/economy-class/with-rf/passenger-km", "0.20011"],
    ["business-travel-air/flights/long-haul-to-from-uk/economy-class/without-rf/passenger-km", "0.11812"],
    ["transmission-and-distribution/t-d-uk-electricity/electricity-uk/kwh", "0.0183"],
    ["wtt-uk-overseas-elec/wtt-uk-electricity-generation/electricity-uk/kwh", "0.0459"],
    ["wtt-uk-overseas-elec/wtt-uk-electricity-t-d/electricity-uk/kwh", "0.00397"],
    ["hotel-stay/kazakhstan/room-night", undefined],
    ["homeworking/heating/fte-h", "0.30234"],
  ])("%s is %s", (key, value) => {
    expect(byKey.get(key)).toMatchObject(value === undefined ? { kind: "not-available" } : { kind: "value", value });
  });

  it("has methane of diesel cars, which version 1.0 had rounded to zero", () => {
    const row = byKey.get("passenger-vehicles/cars-by-market-segment/mini/diesel/km");
    expect(row?.gases).toContainEqual({
      gas: "ch4",
      basis: "co2e",
      value: "0.0000046368",
      sourceText: "4.6368000000000002E-6",
    });
    expect(row?.source).toBe('sheet "Passenger vehicles", row 26, column D');
  });

  it("has the gases come to the total within the roundings, throughout", () => {
    expect(count("rounding-gap")).toBe(0);
    expect(report.imported.rows.filter(({ gases }) => gases?.length === 3).length).toBeGreaterThan(1_200);
  });

  it("accounts for every cell of its tables: as a figure, blank, or energy", () => {
    const kinds = Object.groupBy(report.imported.rows, ({ kind }) => kind);
    expect(kinds.value).toHaveLength(2616);
    expect(kinds["by-gas"]).toHaveLength(56);
    expect(kinds["not-available"]).toHaveLength(811);
    expect(count("blank")).toBe(811);
    expect(count("energy-use")).toBe(451);
    expect(count("binary-noise")).toBe(28);
    expect(count("merged-cell")).toBe(109);
    expect(count("outside-table")).toBe(0);
    expect(count("inconsistent")).toBe(3);
    expect(count("stray-label")).toBe(2);
    const traps = new Set(report.notices.map(({ trap }) => trap));
    expect([...traps].sort()).toEqual([
      "binary-noise",
      "blank",
      "energy-use",
      "inconsistent",
      "merged-cell",
      "stray-label",
    ]);
  });

  it("leaves no number of the workbook's sheets of factors unread", async () => {
    const { sheets } = await readWorkbook(WORKBOOK.name, readFileSync(publishedFactors(WORKBOOK.name)));
    const others = /^(Introduction|What's new|Index|Overseas electricity|Conversions|Fuel properties|Haul definition)$/;
    // R427A, too, is 2024.
    const isYear = (cell: string, before: string | undefined): boolean => cell === "2024" && before === "kWh";
    const numbers = [...sheets]
      .filter(([sheet]) => !others.test(sheet))
      .flatMap(([, rows]) => rows.filter(({ row }) => row > 6))
      .flatMap(({ cells }) =>
        cells.filter((cell, at) => /\d/.test(cell) && !Number.isNaN(Number(cell)) && !isYear(cell, cells[at - 1])),
      );
    const read = report.imported.rows.map((row) => (row.kind === "value" ? 1 : 0) + publishedGases(row));
    expect(read.reduce((sum, figures) => sum + figures, 0) + count("energy-use")).toBe(numbers.length);
  });

  it("is known by its name among workbooks", async () => {
    const head = await readHead(WORKBOOK);
    expect(detectFormat(WORKBOOK.name, head)).toBe(UK_WORKBOOK);
    expect(detectFormat("ghg-conversion-factors-2024-full_set__for_advanced_users__v1_1.xlsx", head)).toBe(UK_WORKBOOK);
  });
});

describe("a UK workbook", () => {
  const HEADER = ["Activity", "Emission", "Unit", "kg CO2e"];
  const GASES = [
    HEADER,
    ["Kyoto", "Methane", "kg", "28"],
    ["", "Nitrous oxide", "kg", "265"],
    ["", "HFC-134a", "kg", "1300"],
  ];
  const INTRODUCTION = [["Version:", "1.1", "Year:", "2024"]];
  const HEAD = [["UK Government"], ["Sheet"], ["Index"], [""], ["Scope:"], ["Version:", "1.1"]];
  const importSheets = (sheets: Readonly<Record<string, readonly (readonly string[])[]>>): Promise<ImportReport> => {
    const bytes = makeWorkbook({ Introduction: INTRODUCTION, "Refrigerant & other": [...HEAD, ...GASES], ...sheets });
    return importUkWorkbook([{ name: "uk-full-set.xlsx", open: () => Readable.from([bytes]) }]);
  };
  const FREIGHT = ["Activity", "Type", "Unit", "kg CO2e", "kg CO2e"];

  it("fills text down, up to where a column to the left begins anew", async () => {
    const { imported } = await importSheets({
      "Freighting goods": [
        ["Activity", "Type", "Size", "Unit", "kg CO2e"],
        ["Ship", "Bulk", "Large", "tonne.km", "1"],
        ["", "", "Small", "tonne.km", "2"],
        ["", "Tanker", "", "tonne.km", "3"],
        ["", "", "", "miles", "4"],
      ],
    });
    const keys = imported.rows.map(({ key }) => key).filter((key) => key.startsWith("freight"));
    expect(keys).toEqual([
      "freighting-goods/ship/bulk/large/t-km",
      "freighting-goods/ship/bulk/small/t-km",
      "freighting-goods/ship/tanker/mi",
      "freighting-goods/ship/tanker/t-km",
    ]);
  });

  it("notices a number that stands outside its tables", async () => {
    const { notices } = await importSheets({
      "Freighting goods": [...HEAD, HEADER, ["Rail", "Train", "tonne.km", "1"], ["", "", "", "2"]],
    });
    expect(notices).toMatchObject([
      { trap: "outside-table", sheet: "Freighting goods", row: 9, column: "D", found: "2" },
      { trap: "other-edition" },
    ]);
  });

  it.each<[string, Readonly<Record<string, readonly (readonly string[])[]>>]>([
    ["a sheet without a table", { Fuels: [["Guidance"]] }],
    [
      "columns of one name without headings",
      { "Freighting goods": [[""], FREIGHT, ["Rail", "Train", "tonne.km", "1", "2"]] },
    ],
    [
      "a heading twice",
      {
        "Freighting goods": [
          ["", "", "", "With RF", "Without RF", "With RF"],
          [...FREIGHT, "kg CO2e"],
          ["Air", "Domestic", "tonne.km", "1", "2", "3"],
        ],
      },
    ],
    [
      "a heading over two columns of one name",
      { "Freighting goods": [["", "", "", "With RF"], FREIGHT, ["Air", "Domestic", "tonne.km", "1", "2"]] },
    ],
    [
      "another year than its own",
      {
        "UK electricity": [
          ["Activity", "Country", "Unit", "Year", "kg CO2e"],
          ["Power", "UK", "kWh", "2023", "1"],
        ],
      },
    ],
    ["a table without units", { "UK electricity": [["Activity", "Country", "kg CO2e"]] }],
    ["a text for a figure", { "UK electricity": [HEADER, ["Power", "UK", "kWh", "n/a"]] }],
    ["emissions among energy", { "SECR kWh UK electricity for EVs": [HEADER, ["Cars", "Mini", "km", "1"]] }],
    ["an edition that is not known", { Introduction: [["Version:", "9", "Year:", "2024"]] }],
    ["no edition", { Introduction: [["Version:", "1"]] }],
  ])("is refused at %s", async (_, sheets) => {
    await expect(importSheets(sheets)).rejects.toSatisfy((error) => isTallyError(error, "FACTOR_FILE_INVALID"));
  });
});
