import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import {
  abs,
  compare,
  type FactorRow,
  type GwpSet,
  gwpOf,
  parseDecimal,
  type Rational,
  sub,
  toCo2e,
} from "@tallystick/contracts";
import { beforeAll, describe, expect, it } from "vitest";
import { EPA_SUPPLY_CHAIN, importEpaSupplyChain } from "./epa-supply-chain.ts";
import { detectFormat } from "./formats.ts";
import { type ImportFile, readHead } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";

const published = (name: string): ImportFile => ({ name, open: () => createReadStream(publishedFactors(name)) });
const V12 = ["epa_supplychain_v1.2_naics_co2e_usd2021.csv", "epa_supplychain_v1.2_naics_byghg_usd2021.csv"].map(
  published,
);
const V13 = ["epa_supplychain_v1.3.0_naics_co2e_usd2022.csv", "epa_supplychain_v1.3.0_naics_byghg_usd2022.csv"].map(
  published,
);
const SCORES = published("epa_supplychain_v1.1.1_dq_scores_2016.csv");
const RECORD = published("epa_supplychain_v1.2_provenance.json");
const [CO2E_12, BY_GAS_12] = V12 as [ImportFile, ImportFile];
const [CO2E_13, BY_GAS_13] = V13 as [ImportFile, ImportFile];

const rowOf = (report: ImportReport, key: string): FactorRow | undefined =>
  report.imported.rows.find((row) => row.key === key);

/** Gases times GWPs less the published figure, of each row of a boundary. */
function gapsOf(report: ImportReport, gwpSet: GwpSet, isWith = true): Rational[] {
  return report.imported.rows.flatMap((row) => {
    if (row.kind !== "value" || row.key.endsWith("/without-margins") === isWith) return [];
    const amounts = row.gases?.map(({ gas, basis, value }) => ({ gas, basis, kg: parseDecimal(value) })) ?? [];
    return [sub(toCo2e(amounts, gwpSet), parseDecimal(row.value))];
  });
}
const within = (gaps: readonly Rational[], limit: string): number =>
  gaps.filter((gap) => compare(abs(gap), parseDecimal(limit)) <= 0).length;

describe.skipIf(!hasPublishedData)("the official CO2e files", () => {
  it.each([
    [CO2E_13, "1.3.0", "AR5", "0.532", "0.488", "2022-01-01"],
    [CO2E_12, "1.2.0", "AR4", "1.326", "1.223", "2019-01-01"],
  ])("import whole: $name", async (file, version, gwpSet, soybean, without, start) => {
    const { imported, notices } = await importEpaSupplyChain([file]);
    expect(imported.set).toMatchObject({ id: "epa-supply-chain", version, gwpSet, rowCount: 2_032 });
    const [beside, margins] = ["111110", "111110/without-margins"].map((key) =>
      imported.rows.find((row) => row.key === key),
    );
    expect(beside).toMatchObject({
      value: soybean,
      boundary: "cradle-to-gate, purchaser price, with margins",
      dataPeriod: { start },
    });
    expect(margins).toMatchObject({
      value: without,
      activity: "111110",
      boundary: "cradle-to-gate, purchaser price, without margins",
    });
    expect(beside?.gases).toBeUndefined();
    expect(beside?.source).toMatch(
      /^USEEIO 1111A0, row 2 of SupplyChainGHGEmissionFactors_v1\.[23].*_CO2e_USD202[12]\.csv$/,
    );
    // Without + margins = with, up to rounding only: all of the notices are of that.
    expect(new Set(notices.map(({ trap }) => trap))).toEqual(new Set(["rounding-gap"]));
    expect(notices[0]).toMatchObject({ column: "Supply Chain Emission Factors with Margins" });
  });

  it("have 110 figures in v1.3 that are not the sum of their parts", async () => {
    const { notices } = await importEpaSupplyChain([CO2E_13]);
    expect(notices).toHaveLength(110);
  });
});

describe.skipIf(!hasPublishedData)("a release with its gases", () => {
  let v12: ImportReport;
  let v13: ImportReport;
  beforeAll(async () => {
    [v12, v13] = await Promise.all([importEpaSupplyChain(V12), importEpaSupplyChain(V13)]);
  });

  it("names both files, the CO2e file first", () => {
    const { set } = v13.imported;
    expect(set.files?.map(({ name }) => name)).toEqual([CO2E_13.name, BY_GAS_13.name]);
    expect(set.files?.[0]?.sha256).toBe(set.sha256);
    expect(set.rowCount).toBe(2_032);
  });

  it("keeps each gas with its basis, its plain decimal and its text", () => {
    const row = rowOf(v13, "111110");
    expect(row?.gases).toHaveLength(18);
    expect(row?.gases).toContainEqual({ gas: "co2", basis: "gas", value: "0.172", sourceText: "1.72e-01" });
    expect(row?.gases?.filter(({ basis }) => basis === "co2e")).toMatchObject([{ gas: "hfc-pfc-unspecified" }]);
    expect(row?.source).toMatch(/, row 2 of .*CO2e.*, rows 2 to 19 of .*byGHG/);
    expect(rowOf(v12, "111110")?.gases).toContainEqual({
      gas: "co2",
      basis: "gas",
      value: "0.495",
      sourceText: "4.95e-01",
    });
    expect(rowOf(v12, "111110/without-margins")?.gases).toContainEqual({
      gas: "co2",
      basis: "gas",
      value: "0.404",
      sourceText: "4.04e-01",
    });
  });

  it("v1.3 reproduces its CO2e for all 1,016 codes under AR5, and not under AR4 or AR6", () => {
    const gaps = gapsOf(v13, "AR5");
    expect(gaps).toHaveLength(1_016);
    expect(within(gaps, "0.0045")).toBe(1_016);
    expect(within(gaps, "0.0015")).toBe(1_009);
    expect(within(gapsOf(v13, "AR4"), "0.0015")).toBe(782);
    expect(within(gapsOf(v13, "AR6"), "0.0015")).toBe(830);
    expect(within(gapsOf(v13, "AR5", false), "0.0045")).toBe(1_016);
  });

  it("v1.2 reproduces its CO2e under AR4: 966 within 0.0015, every one within the roundings of its gases", () => {
    expect(within(gapsOf(v12, "AR4"), "0.0015")).toBe(966);
    expect(within(gapsOf(v12, "AR5"), "0.0015")).toBeLessThan(700);
    expect(within(gapsOf(v12, "AR6"), "0.0015")).toBeLessThan(700);
    // The import itself refuses a code beyond its roundings, so what the other 50 lack is digits: of CO2, N2O, CH4.
    const coarsest = v12.imported.rows.flatMap((row, _at) => {
      if (row.kind !== "value" || row.key.includes("/")) return [];
      const gap = sub(
        toCo2e(row.gases?.map(({ gas, basis, value }) => ({ gas, basis, kg: parseDecimal(value) })) ?? [], "AR4"),
        parseDecimal(row.value),
      );
      if (compare(abs(gap), parseDecimal("0.0015")) <= 0) return [];
      const roundings = (row.gases ?? []).flatMap(({ gas, basis, sourceText = "" }) =>
        basis === "gas"
          ? [{ gas, kgCo2e: 0.005 * 10 ** Number(sourceText.slice(5)) * Number(gwpOf(gas, "AR4").n) }]
          : [],
      );
      return [roundings.sort((a, b) => b.kgCo2e - a.kgCo2e)[0]?.gas];
    });
    const count = (gas: string): number => coarsest.filter((one) => one === gas).length;
    expect([coarsest.length, count("co2"), count("n2o"), count("ch4")]).toEqual([50, 31, 16, 3]);
  });

  it("leaves v1.2's unnamed gases out, as its CO2e does: they are kilograms, and v1.3 shows of what weight", () => {
    const name = "HFCs and PFCs, unspecified, kg/2021 USD, purchaser price";
    expect(v12.notices.filter(({ trap }) => trap === "unnamed-gas")).toMatchObject([
      { file: BY_GAS_12.name, row: 5, column: "GHG", found: name },
    ]);
    expect(v13.notices.filter(({ trap }) => trap === "unnamed-gas")).toEqual([]);
    expect(rowOf(v12, "111110")?.gases).toHaveLength(15);
    // v1.3 has thousands of kg CO2e for each kilogram that v1.2 has; 515210's 6.61e-6 kg would be far beyond its roundings.
    const unnamed = rowOf(v13, "515210")?.gases?.find(({ gas }) => gas === "hfc-pfc-unspecified");
    expect(Number(unnamed?.value) / 6.61e-6).toBeGreaterThan(1_000);
  });

  it("by gas alone has no CO2e figure", async () => {
    const { imported } = await importEpaSupplyChain([BY_GAS_13]);
    expect(imported.set).toMatchObject({ id: "epa-supply-chain-by-gas", gwpSet: "AR5", rowCount: 2_032 });
    expect(imported.rows.every(({ kind }) => kind === "by-gas")).toBe(true);
    expect(imported.rows[0]?.gases).toEqual(v13.imported.rows[0]?.gases);
  });

  it("does not mix releases", async () => {
    await expect(importEpaSupplyChain([CO2E_13, BY_GAS_12])).rejects.toThrow("price year 2021 beside 2022");
    await expect(importEpaSupplyChain([CO2E_13, CO2E_13])).rejects.toThrow("a second co2e file");
    await expect(importEpaSupplyChain([SCORES])).rejects.toThrow("neither the CO2e file nor the by-GHG file");
  });

  it("takes publisher, licence and DOI from the catalogue record of the same release", async () => {
    const { imported } = await importEpaSupplyChain([CO2E_12, RECORD]);
    expect(imported.set).toMatchObject({
      publisher: "U.S. EPA Office of Research and Development (ORD)",
      licence: "https://pasteur.epa.gov/license/sciencehub-license.html",
      source: "doi:10.23719/1528686",
    });
    await expect(importEpaSupplyChain([CO2E_13, RECORD])).rejects.toThrow("10.23719/1528686 is not 10.23719/1531143");
  });

  it("carries EPA's quality scores, by contribution where the gases are known, else the worst", async () => {
    const alone = await importEpaSupplyChain([CO2E_13, SCORES]);
    // 1111A0: reliability 3, 4, 4, 4; technological 4, 1, 4, 4 for CO2, CH4, N2O, others.
    const scores = { reliability: 4, temporal: 2, geographical: 1, technological: 4, dataCollection: 1 };
    expect(rowOf(alone, "111110")?.quality).toEqual({ scheme: "epa-useeio", scores });
    const both = await importEpaSupplyChain([...V13, SCORES]);
    const weighted = rowOf(both, "111110")?.quality?.scores;
    expect(weighted).toMatchObject({ temporal: 2, geographical: 1, dataCollection: 1 });
    expect(weighted?.reliability).toBeGreaterThan(3);
    expect(weighted?.reliability).toBeLessThan(4);
    expect(weighted?.technological).toBeLessThan(4);
    // Sectors of later models, which were not when the scores were made.
    const unscored = ({ notices }: ImportReport): string[] =>
      notices.filter(({ trap }) => trap === "unscored").map(({ found }) => found);
    expect(unscored(both)).toEqual(["333914", "335220"]);
    const waste = ["562111", "562HAZ", "562212", "562213", "562OTH", "562910", "562920"];
    expect(unscored(await importEpaSupplyChain([CO2E_12, SCORES])).sort()).toEqual(waste.sort());
    const unknown = both.imported.rows.filter(({ quality }) => quality?.scores.reliability === null);
    expect(unknown.map(({ key }) => key)).toContain("333914");
    expect(rowOf(both, "333914")?.quality?.scores).toMatchObject({ reliability: null, dataCollection: null });
  });

  it("is known by its files", async () => {
    for (const file of [...V12, ...V13, SCORES, RECORD]) {
      expect(detectFormat(file.name, await readHead(file))).toBe(EPA_SUPPLY_CHAIN);
    }
    expect(detectFormat("x.csv", Buffer.from("a,b,c\n"))).toBeUndefined();
  });
});

describe("a damaged file is refused whole, by row and column", () => {
  const header =
    "2017 NAICS Code,2017 NAICS Title,GHG,Unit,Supply Chain Emission Factors without Margins,Margins of Supply Chain Emission Factors,Supply Chain Emission Factors with Margins,Reference USEEIO Code";
  const good = '111110,Soybean Farming,All GHGs,"kg CO2e/2022 USD, purchaser price",0.488,0.044,0.532,1111A0';
  const gas = '111110,Soybean Farming,Carbon dioxide,"kg/2022 USD, purchaser price",4.88e-01,4.40e-02,5.32e-01,1111A0';
  const made = (name: string, ...lines: string[]): ImportFile => ({
    name,
    open: () => Readable.from([Buffer.from(lines.join("\n"))]),
  });
  const importText = (...lines: string[]) => importEpaSupplyChain([made("x.csv", ...lines)]);

  it("takes the good rows, with a byte order mark too", async () => {
    expect((await importText(`\ufeff${header}`, good)).imported.rows).toHaveLength(2);
    const files = [made("a.csv", header, good), made("b.csv", header, gas)];
    expect((await importEpaSupplyChain(files)).imported.rows[0]?.gases).toHaveLength(1);
  });

  it("names what cannot be read", async () => {
    const absent = { name: "x.csv", open: () => createReadStream("/no-such-folder/no-such-file.csv") };
    await expect(importEpaSupplyChain([absent])).rejects.toMatchObject({
      code: "FACTOR_FILE_INVALID",
      details: { reason: "cannot be read" },
    });
  });

  const withColumn = "Supply Chain Emission Factors with Margins";
  it.each([
    ["an empty file", [""], 1, ""],
    ["no rows", [header], 1, ""],
    ["another header", ["a,b,c", good], 1, ""],
    ["a missing factor", [header, good.replace("0.532", "")], 2, withColumn],
    ["a bound for a factor", [header, good.replace("0.532", "<1")], 2, withColumn],
    ["a negative factor", [header, good.replace("0.532", "-0.532")], 2, withColumn],
    ["binary noise", [header, good.replace("0.532", "0.53200000000000003")], 2, withColumn],
    ["a whole that is not its parts", [header, good.replace("0.532", "0.534")], 2, withColumn],
    ["a duplicate code", [header, good, good], 3, "2017 NAICS Code"],
    ["a code that is none", [header, good.replace("111110", "1111")], 2, "2017 NAICS Code"],
    ["no title", [header, good.replace("Soybean Farming", "")], 2, "2017 NAICS Title"],
    ["a label that breaks the model", [header, good.replace("Soybean", "\u202e")], 2, "2017 NAICS Code"],
    ["one gas beside all", [header, good, gas], 3, "GHG"],
    ["an unknown gas", [header, gas.replace("Carbon dioxide", "Argon")], 2, "GHG"],
    ["another unit", [header, good.replace("kg CO2e", "t CO2e")], 2, "Unit"],
    ["all gases in kg", [header, good.replace("kg CO2e", "kg")], 2, "Unit"],
    ["two price years", [header, good, good.replace("111110", "111120").replace("2022", "2021")], 3, "Unit"],
    ["an unknown price year", [header, good.replace("2022", "2019")], 1, "Unit"],
    ["a broken quote", [header, good.replace('"kg', 'k"g')], 2, ""],
    ["a gas with another form", [header, gas.replace("5.32e-01", "0.532")], 2, withColumn],
    ["a gas beyond belief", [header, gas.replace("5.32e-01", "5.32e+20")], 2, withColumn],
    [
      "a code short of a gas",
      [header, gas, gas.replace("Carbon dioxide", "Methane"), gas.replace("111110", "111120")],
      4,
      "GHG",
    ],
    [
      "a code with two titles",
      [header, gas, gas.replace("Carbon dioxide", "Methane").replace("Soybean", "Bean")],
      3,
      "2017 NAICS Title",
    ],
  ])("%s", async (_what, lines, row, column) => {
    await expect(importText(...lines)).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID", details: { row, column } });
  });

  it.each([
    [
      "gases that do not come to the CO2e",
      gas.replace("5.32e-01", "5.36e-01").replace("4.40e-02", "4.80e-02"),
      2,
      withColumn,
    ],
    ["another code", gas.replace("111110", "111120"), 2, "2017 NAICS Code"],
    ["another sector", gas.replace("1111A0", "1111B0"), 2, "2017 NAICS Title"],
  ])("a by-gas file with %s", async (_what, line, row, column) => {
    const files = [made("a.csv", header, good), made("b.csv", header, line)];
    await expect(importEpaSupplyChain(files)).rejects.toMatchObject({ details: { row, column } });
  });

  it.each([
    ["another score", '"1111A0","Carbon dioxide",6,2,1,4,1', "ReliabilityScore"],
    ["an unknown flow", '"1111A0","Argon",3,2,1,4,1', "Flowable"],
    ["a flow missing", '"1111A0","Carbon dioxide",3,2,1,4,1', "Flowable"],
    ["a sector that is none", '"?","Carbon dioxide",3,2,1,4,1', "SectorCode"],
  ])("scores with %s", async (_what, line, column) => {
    const head = (
      await readHead(
        made(
          "x",
          '"SectorCode","Flowable","ReliabilityScore","TemporalCorrelation","GeographicalCorrelation","TechnologicalCorrelation","DataCollection"',
        ),
      )
    ).toString();
    const files = [made("a.csv", header, good), made("dq.csv", head, line)];
    await expect(importEpaSupplyChain(files)).rejects.toMatchObject({ details: { file: "dq.csv", column } });
  });

  it("a catalogue record that is none", async () => {
    const files = [made("a.csv", header, good), made("r.json", '{"title":"x"}')];
    await expect(importEpaSupplyChain(files)).rejects.toThrow("not a DCAT-US record");
  });
});
