import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { factorValue, formatExact } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { iso31661 } from "iso-3166";
import { beforeAll, describe, expect, it } from "vitest";
import { FactorCatalogue } from "../selection/catalogue.ts";
import { selectFactor } from "../selection/select-factor.ts";
import type { FactorQuery } from "../selection/selection.ts";
import { EMBER, importEmber } from "./ember.ts";
import { detectFormat } from "./formats.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";

const NAME = "ember_average_intensities_co2js_0.19.json";
const PUBLISHED: ImportFile = { name: NAME, open: () => createReadStream(publishedFactors(NAME)) };

describe.skipIf(!hasPublishedData)("Ember's file of co2.js 0.19", () => {
  let report: ImportReport;
  beforeAll(async () => {
    report = await importEmber([PUBLISHED]);
  });
  const rowOf = (code: string) =>
    report.imported.rows.find(({ key }) => key === `electricity/generation-mix/${code}`) ?? {};

  it("is a set of 222 places, valid for the years of its data", () => {
    expect(report.imported.set).toMatchObject({
      id: "ember-electricity",
      version: "0.19.0",
      sha256: "7f0b09eb3a0b5aa08db0da7bdf7cf9571db3d1b6f163506fe41d70e655196bc0",
      rowCount: 222,
      licence: "CC BY 4.0",
      redistribution: true,
      attribution: expect.stringContaining("Ember"),
      publishedOn: "2025-08-03",
      validFrom: "2022-01-01",
      validTo: "2024-12-31",
    });
  });

  it("has a country under its code, with the year of its data and grams per kilowatt-hour", () => {
    expect(rowOf("AF")).toEqual({
      kind: "value",
      key: "electricity/generation-mix/AF",
      label: "Electricity generation, Afghanistan",
      activity: "electricity/generation-mix",
      path: ["Afghanistan"],
      denominator: "kWh",
      boundary: "generation, life cycle",
      geography: { scheme: "iso-3166-1", code: "AF" },
      dataPeriod: { start: "2023-01-01", end: "2023-12-31" },
      source: 'entry "AFG"',
      value: "123.71",
      numerator: "g",
    });
    const { set, rows } = report.imported;
    const norway = rows.find(({ geography }) => geography.code === "NO");
    expect(norway).toBeDefined();
    expect(norway && formatExact(factorValue(norway, set).kgCo2e)).toBe("0.03075");
  });

  it("has 208 countries of ISO 3166-1 and no code twice", () => {
    const codes = report.imported.rows.flatMap(({ geography: { scheme, code } }) =>
      scheme === "iso-3166-1" ? [code] : [],
    );
    expect(new Set(codes).size).toBe(208);
    const assigned = new Set(iso31661.map(({ alpha2 }) => alpha2));
    expect(codes.filter((code) => !assigned.has(code))).toEqual([]);
  });

  it("has regions under UN M49 only where they are the same", () => {
    const regions = report.imported.rows.filter(({ geography }) => geography.scheme !== "iso-3166-1");
    expect(
      Object.fromEntries(regions.map(({ path, geography: { scheme, code } }) => [path?.[0], `${scheme}:${code}`])),
    ).toEqual({
      World: "global:GLO",
      Africa: "un-m49:002",
      "Latin America and Caribbean": "un-m49:419",
      "North America": "un-m49:021",
      Oceania: "un-m49:009",
      Asia: "ember-region:asia",
      Europe: "ember-region:europe",
      "Middle East": "ember-region:middle-east",
      ASEAN: "ember-region:asean",
      EU: "ember-region:eu",
      G20: "ember-region:g20",
      G7: "ember-region:g7",
      OECD: "ember-region:oecd",
      Kosovo: "ember-region:kosovo",
    });
  });

  it("reports that its unit says CO2 for CO2e, regions of its own, and a 0 that cannot be", () => {
    const own = report.notices.filter(({ trap }) => trap === "own-region");
    const names = ["ASEAN", "Asia", "EU", "Europe", "G20", "G7", "Kosovo", "Middle East", "OECD"];
    expect(own.map(({ found }) => found)).toEqual(names);
    expect(report.notices.filter((notice) => !own.includes(notice))).toMatchObject([
      { trap: "misleading-unit", row: 2, found: "emissions_intensity_gco2_per_kwh" },
      { trap: "rounded-to-zero", key: "electricity/generation-mix/CF" },
    ]);
    expect(rowOf("CF")).toMatchObject({ kind: "value", value: "0" });
  });

  it("answers for a country and year, by steps that are named where Ember has neither", () => {
    const { set, rows } = report.imported;
    const catalogue = new FactorCatalogue([{ set, rows: rows.map((row, index) => ({ row, index })) }]);
    const policy = { sets: [{ id: set.id }], fallbacks: ["geography:world", "time:older"] } as const;
    const select = (code: string, date: string) => {
      const geography = { scheme: "iso-3166-1", code };
      const query = {
        activity: "electricity/generation-mix",
        geography,
        date,
        per: { kind: "unit", measures: "energy" },
      };
      const selection = selectFactor(query as FactorQuery, policy, catalogue);
      return selection.kind === "refused"
        ? selection.rule
        : [selection.factor.row.key.split("/")[2], ...selection.steps];
    };
    expect(select("GB", "2024-07-01")).toEqual(["GB"]);
    expect(select("GB", "2025-07-01")).toEqual(["GB", "time:older"]);
    expect(select("GB", "2023-07-01")).toBe("all-rejected");
    // San Marino has no row, and lies in no region that has one: Ember's Europe is its own.
    expect(select("SM", "2024-07-01")).toEqual(["GLO", "geography:world"]);
  });

  it("names the version that it replaces", async () => {
    const { imported } = await importEmber([PUBLISHED], { supersedes: "0.18.0", renames: [] });
    expect(imported.set.supersedes).toBe("0.18.0");
  });

  it("is known by its content", async () => {
    expect(detectFormat(NAME, await readHead(PUBLISHED))).toBe(EMBER);
  });
});

describe("a file of Ember's", () => {
  const entry = (code: string, region: string, intensity: string, year = "2024"): string =>
    `"${code || region}": { "country_code": "${code}", "country_or_region": "${region}", "year": ${year}, "emissions_intensity_gco2_per_kwh": ${intensity} }`;
  const importText = (text: string, name = "ember_co2js_0.19.json"): Promise<ImportReport> =>
    importEmber([{ name, open: () => Readable.from([Buffer.from(text)]) }]);
  const NORWAY = entry("NOR", "Norway", "30.75");

  it("has no factor where a figure is null", async () => {
    const { imported, notices } = await importText(`{${NORWAY},\n${entry("SWE", "Sweden", "null")}}`);
    expect(imported.rows).toMatchObject([{ value: "30.75" }, { kind: "not-available" }]);
    expect(notices).toContainEqual(expect.objectContaining({ trap: "blank", row: 2 }));
  });

  it.each([
    ["a place twice, of which JSON keeps the last", `{${NORWAY},\n${entry("NOR", "Norway", "31")}}`, 2],
    ["a country that is not known", `{\n${entry("XYZ", "Nowhere", "1")}}`, 2],
    ["a region that is not known", `{${entry("", "Ruritania", "1")}}`, 1],
    ["an entry under another's code", `{${NORWAY.replace('"NOR":', '"SWE":')}}`, 1],
    ["a text for a figure", `{${entry("NOR", "Norway", '"30.75"')}}`, 1],
    ["a figure below 0", `{${entry("NOR", "Norway", "-1")}}`, 1],
    ["a figure that is too large for a number", `{${entry("NOR", "Norway", "1e999")}}`, 1],
    ["a year that is none", `{${entry("NOR", "Norway", "1", "24")}}`, 1],
    ["a field that is not known", `{${NORWAY.replace("}", ', "net": 1 }')}}`, 1],
    ["no place", "{}", 0],
    ["a list", `[{${NORWAY}}]`, 0],
    ["what is no JSON", `{${NORWAY}`, 0],
  ])("is refused at %s", async (_, text, row) => {
    await expect(importText(text)).rejects.toSatisfy(
      (error) => isTallyError(error, "FACTOR_FILE_INVALID") && (error.details as { row: number }).row === row,
    );
  });

  it("is refused where its name does not say a release that is known", async () => {
    for (const name of ["ember.json", "ember_co2js_0.9.json", "ember_co2js_0.191.json"]) {
      await expect(importText(`{${NORWAY}}`, name)).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
    }
  });
});
