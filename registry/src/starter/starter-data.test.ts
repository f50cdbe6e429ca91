import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type FactorRow, parseDecimal } from "@tallystick/contracts";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { importEpaSupplyChain } from "../importers/epa-supply-chain.ts";
import { loadStarter } from "./load-starter.ts";

const data = process.env.TALLYSTICK_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");
const official = (file: string): string => resolve(data, "factors", file);
const hasData = existsSync(data);
if (!hasData) console.warn(`SKIPPED, no published data at ${data}: the starter rows' sources. Set TALLYSTICK_DATA.`);

const { factorSets, rates } = await loadStarter();
const rowsOf = (id: string): readonly FactorRow[] => factorSets.find(({ set }) => set.id === id)?.rows ?? [];
const activity = (prefix: string): FactorRow[] =>
  rowsOf("starter-activity").filter(({ key }) => key.startsWith(`${prefix}:`));
const figureOf = (row: FactorRow): number => (row.kind === "value" ? Number(row.value) : Number.NaN);
const records = async (file: string): Promise<Record<string, string>[]> =>
  parse(await readFile(official(file), "utf8"), { columns: true, bom: true });
/** What a citation says, by a pattern with one group a field. */
const cited = (row: FactorRow, pattern: RegExp): string[] => {
  const found = pattern.exec(row.source)?.slice(1);
  if (found === undefined) throw new Error(`${row.key}: ${row.source}`);
  return found;
};

describe.skipIf(!hasData)("each starter row is what its source says", () => {
  it("EPA, by spend", async () => {
    const file = "epa_supplychain_v1.3.0_naics_co2e_usd2022.csv";
    const { imported } = await importEpaSupplyChain([{ name: file, open: () => createReadStream(official(file)) }]);
    const published = new Map(imported.rows.map((row) => [row.key, row]));
    const rows = rowsOf("starter-spend");
    expect(rows).toHaveLength(266);
    for (const row of rows) {
      const { source: _, ...said } = row;
      expect(published.get(row.key)).toMatchObject(said);
    }
  });

  it("Ember, electricity: grams there, kilograms here", async () => {
    const file = await readFile(official("ember_average_intensities_co2js_0.19.json"), "utf8");
    const published = Object.values(
      JSON.parse(file) as Record<
        string,
        { country_or_region: string; year: number; emissions_intensity_gco2_per_kwh: number }
      >,
    );
    const rows = activity("electricity");
    expect(rows).toHaveLength(64);
    for (const row of rows) {
      const [country, year] = cited(row, /carbon intensity of (.*), (\d{4}), as/);
      const source = published.find((one) => one.country_or_region === country && String(one.year) === year);
      expect(figureOf(row) * 1_000, row.key).toBeCloseTo(source?.emissions_intensity_gco2_per_kwh ?? Number.NaN, 6);
      expect(row.denominator).toBe("kWh");
    }
  });

  it("EPA hub, fuels: CO2 in kilograms beside CH4 and N2O in grams", async () => {
    const published = await records("epa_hub/epa_hub_2023_stationary-combustion.csv");
    const rows = activity("fuel");
    expect(rows).toHaveLength(48);
    for (const row of rows) {
      const [fuel, ...amounts] = cited(row, /table 1, (.*): CO2 (\S+) kg, CH4 (\S+) g, N2O (\S+) g per/);
      const source = published.find((one) => one["Fuel Type"] === fuel);
      expect(amounts).toEqual([source?.["CO2 Factor"], source?.["CH4 Factor"], source?.["N2O Factor"]]);
      const [co2 = 0, ch4 = 0, n2o = 0] = amounts.map(Number);
      expect(figureOf(row), row.key).toBeCloseTo(co2 + (ch4 * 28 + n2o * 265) / 1_000, 9);
      const per = { "short-ton": "short ton", "gal-us": "gallon", scf: "scf" }[row.denominator];
      expect(source?.["CO2 Factor Unit"]).toBe(`kg CO2 per ${per}`);
    }
  });

  it("EPA hub, waste: metric tons per short ton", async () => {
    const published = await records(
      "epa_hub/epa_hub_2023_scope-3-category-5-waste-generated-in-operations-and-categor.csv",
    );
    const rows = activity("waste");
    expect(rows).toHaveLength(63);
    for (const row of rows) {
      const [material, treatment = ""] = cited(row, /table 9, (.*), (\w+): /);
      const source = published.find((one) => one.Material?.trim() === material) ?? {};
      const column = Object.keys(source).find((name) => name.toLowerCase().startsWith(treatment)) ?? "";
      expect(column).toContain("(Metric Tons CO2e / Short Ton Material)");
      expect(figureOf(row), row.key).toBeCloseTo(Number(source[column] || Number.NaN) * 1_000, 9);
      expect(row.denominator).toBe("short-ton");
    }
  });

  it("UK DESNZ, freight, travel, hotels, materials and water: the row in CO2e, to five places", async () => {
    const published = new Map((await records("defra_flat_2023.csv")).map((one) => [one.source_id, one]));
    const unit: Record<string, string> = {
      "tonne-km": "tonne.km",
      "passenger-km": "passenger.km",
      "vehicle-km": "km",
      "room-night": "Room per night",
      t: "tonnes",
      m3: "cubic metres",
    };
    const rows = ["freight", "travel", "hotel", "material", "water"].flatMap(activity);
    expect(rows).toHaveLength(163);
    for (const row of rows) {
      const [id = ""] = cited(row, /row (\S+), rounded/);
      const source = published.get(id);
      expect([source?.ghg_unit, source?.uom], row.key).toEqual(["kg CO2e", unit[row.denominator]]);
      expect(Math.abs(figureOf(row) - Number(source?.value)), row.key).toBeLessThan(0.00000501);
    }
  });
});

it("places a hotel where it stands, not where its factor was published", () => {
  const hotel = (key: string): string | undefined => activity("hotel").find((row) => row.key === key)?.geography.code;
  expect([hotel("hotel:japan"), hotel("hotel:uk-london")]).toEqual(["JP", "GB"]);
});

it("has rates for each currency and year, in units of the currency for one dollar", () => {
  const byName = new Map(rates.rates.map(({ currency, year, perUsd }) => [`${currency} ${year}`, perUsd]));
  expect(byName.size).toBe(18);
  expect([byName.get("EUR 2023"), byName.get("GBP 2022"), byName.get("JPY 2024")]).toEqual([
    "0.924",
    "0.811",
    "151.353",
  ]);
  expect(rates.priceIndex.map(({ year, index }) => `${year} ${index}`)).toEqual([
    "2021 270.970",
    "2022 292.655",
    "2023 304.702",
    "2024 313.689",
  ]);
  for (const { perUsd } of rates.rates) expect(parseDecimal(perUsd).n > 0n).toBe(true);
});
