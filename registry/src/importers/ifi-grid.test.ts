import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { factorValue, formatExact } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { iso31661, iso31662 } from "iso-3166";
import { beforeAll, describe, expect, it } from "vitest";
import { FactorCatalogue } from "../selection/catalogue.ts";
import { selectFactor } from "../selection/select-factor.ts";
import type { FactorQuery } from "../selection/selection.ts";
import { detectFormat } from "./formats.ts";
import { IFI_GRID, importIfiGrid } from "./ifi-grid.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";

const NAME = "ifi_default_grid_factors_2021_v3.1.csv";
const PUBLISHED: ImportFile = { name: NAME, open: () => createReadStream(publishedFactors(NAME)) };

describe.skipIf(!hasPublishedData)("the IFI default grid factors of 2021", () => {
  let report: ImportReport;
  beforeAll(async () => {
    report = await importIfiGrid([PUBLISHED]);
  });

  it("are five factors of each of 235 places, kept to those who may have them", () => {
    expect(report.imported.set).toMatchObject({
      id: "ifi-default-grid-factors",
      version: "2021.3.1",
      title: "Harmonized IFI Default Grid Factors 2021, v3.1",
      sha256: "67a7fc159ed64636e125a027afe7dee2eb42acbdb3fbaeea2adeb69888d6f369",
      rowCount: 5 * 235,
      redistribution: false,
    });
    expect(report.imported.rows.every(({ kind }) => kind === "by-gas")).toBe(true);
  });

  it("are grams of CO2 alone, told apart by boundary", () => {
    const { set, rows } = report.imported;
    const angola = rows.filter(({ geography }) => geography.code === "AO");
    expect(angola.map((row) => [row.boundary, formatExact(factorValue(row, set).kgCo2e)])).toEqual([
      ["generation, combined margin, electricity consumption", "0.748"],
      ["generation, combined margin, energy efficiency", "0.748"],
      ["generation, combined margin, firm energy", "0.748"],
      ["generation, combined margin, intermittent energy", "1.203"],
      ["generation, operating margin", "1.476"],
    ]);
    expect(angola[4]).toMatchObject({
      key: "electricity/AO/operating-margin",
      activity: "electricity/default-grid-factor",
      path: ["Angola"],
      denominator: "kWh",
      gases: [{ gas: "co2", basis: "gas", value: "1476", numerator: "g" }],
      source: "row 9, column F",
    });
  });

  it("have a 0 as a figure", () => {
    const zeros = report.imported.rows.filter((row) => row.kind === "by-gas" && row.gases[0]?.value === "0");
    expect([...new Set(zeros.map(({ geography }) => geography.code))]).toEqual([
      "AL",
      "BT",
      "CD",
      "ET",
      "IS",
      "LS",
      "NP",
      "PY",
      "SZ",
    ]);
    expect(zeros).toHaveLength(45);
  });

  it("are of places that exist, each once", () => {
    const codes = new Map<string, Set<string>>();
    for (const { geography } of report.imported.rows) {
      codes.set(geography.scheme, (codes.get(geography.scheme) ?? new Set()).add(geography.code));
    }
    const assigned = new Set([...iso31661.map(({ alpha2 }) => alpha2), ...iso31662.map(({ code }) => code)]);
    expect(codes.get("iso-3166-1")?.size).toBe(229);
    expect([...(codes.get("iso-3166-1") ?? [])].filter((code) => !assigned.has(code))).toEqual([]);
    expect([...(codes.get("iso-3166-2") ?? [])].sort()).toEqual(["BQ-BO", "ES-CN", "PT-20", "PT-30"]);
    expect([...(codes.get("iso-3166-2") ?? [])].filter((code) => !assigned.has(code))).toEqual([]);
    expect([...(codes.get("ifi-region") ?? [])].sort()).toEqual(["eu-27", "kosovo"]);
  });

  it("report headings over several columns, and names that are not of one country", () => {
    expect(report.notices.map(({ trap, row, column, found }) => [trap, row, column, found.slice(0, 28)])).toEqual([
      ["merged-cell", 1, "B", "Combined Margin Grid Emissio"],
      ["stray-label", 47, "A", "Channel Islands (U.K)"],
      ["stray-label", 49, "A", "China (PRC and Hong Kong)"],
      ["stray-label", 59, "A", "Curacao/Netherlands Antilles"],
      ["own-region", 116, "A", "Kosovo"],
      ["stray-label", 229, "A", "Vanatu"],
      ["own-region", 237, "A", "Memo: EU 27"],
    ]);
    const of = (code: string) => report.imported.rows.find(({ key }) => key === `electricity/${code}/operating-margin`);
    expect(of("HK")).toMatchObject({ gases: of("CN")?.gases, path: ["China (PRC and Hong Kong)"] });
  });

  it("answer a query that says its boundary, and no other", () => {
    const { set, rows } = report.imported;
    const catalogue = new FactorCatalogue([{ set, rows: rows.map((row, index) => ({ row, index })) }]);
    const select = (boundary: string | undefined) => {
      const query: FactorQuery = {
        activity: "electricity/default-grid-factor",
        geography: { scheme: "iso-3166-1", code: "AO" },
        date: "2022-07-01",
        per: { kind: "unit", measures: "energy" },
        ...(boundary === undefined ? {} : { boundary }),
      };
      const selection = selectFactor(query, { sets: [{ id: set.id }], fallbacks: [] }, catalogue);
      return selection.kind === "refused" ? selection.rule : selection.factor.row.key;
    };
    expect(select("generation, operating margin")).toBe("electricity/AO/operating-margin");
    expect(select(undefined)).toBe("ambiguous");
    expect(select("generation")).toBe("all-rejected");
  });

  it("name the version that they replace", async () => {
    const { imported } = await importIfiGrid([PUBLISHED], { supersedes: "2021.3.0", renames: [] });
    expect(imported.set.supersedes).toBe("2021.3.0");
  });

  it("are known by their header", async () => {
    expect(detectFormat(NAME, await readHead(PUBLISHED))).toBe(IFI_GRID);
  });
});

describe("a table of IFI grid factors", () => {
  const HEADER = [
    ',"Combined Margin Grid Emission \nFactor, gCO2/kWh",,,,"Operating Margin Grid Emission \nFactor, gCO2/kWh (including for use in PCAF GHG accounting)"',
    ',"Firm Energy (e.g., Hydro, Geothermal)","Intermittent Energy (e.g., Solar, Wind, Tidal)","Energy Efficiency","Electricity Consumption",',
    '"Country / Territory / Island",,,,,',
  ].join("\n");
  const importText = (text: string, name = "ifi_2021_v3.1.csv"): Promise<ImportReport> =>
    importIfiGrid([{ name, open: () => Readable.from([Buffer.from(text)]) }]);

  it("has no factor where a cell is empty", async () => {
    const { imported, notices } = await importText(`${HEADER}\nNorway,1,,3,4,5\n`);
    expect(imported.rows.map(({ kind }) => kind)).toEqual(["by-gas", "by-gas", "by-gas", "not-available", "by-gas"]);
    expect(notices).toContainEqual(
      expect.objectContaining({
        trap: "blank",
        row: 4,
        column: "C",
        key: "electricity/NO/combined-margin/intermittent-energy",
      }),
    );
  });

  it.each([
    ["grams of another gas", `${HEADER.replace("gCO2/kWh", "gCO2e/kWh")}\nNorway,1,2,3,4,5\n`, 1],
    ["columns in another order", `${HEADER.replace("Firm Energy", "Soft Energy")}\nNorway,1,2,3,4,5\n`, 2],
    ["a place that is not known", `${HEADER}\nRuritania,1,2,3,4,5\n`, 4],
    ["a name of an object's own", `${HEADER}\nconstructor,1,2,3,4,5\n`, 4],
    ["a place twice", `${HEADER}\nNorway,1,2,3,4,5\nNorway,1,2,3,4,5\n`, 5],
    ["a figure that is no number", `${HEADER}\nNorway,1,2,3,n/a,5\n`, 4],
    ["a row without figures that is no note", `${HEADER}\nNorway,,,,,\n`, 4],
    ["figures without a place", `${HEADER}\n,1,2,3,4,5\n`, 4],
    ["a row with a cell too many", `${HEADER}\nNorway,1,2,3,4,5,6\n`, 4],
  ])("is refused at %s", async (_, text, row) => {
    await expect(importText(text)).rejects.toSatisfy(
      (error) => isTallyError(error, "FACTOR_FILE_INVALID") && (error.details as { row: number }).row === row,
    );
  });

  it("is refused where its name does not say a version that is known", async () => {
    for (const name of ["ifi.csv", "ifi_2021_v9.9.csv", "ifi_2021.csv"]) {
      await expect(importText(`${HEADER}\nNorway,1,2,3,4,5\n`, name)).rejects.toMatchObject({
        code: "FACTOR_FILE_INVALID",
      });
    }
  });
});
