import { describe, expect, it } from "vitest";
import { loadStarter } from "./load-starter.ts";
import { parseStarterSet } from "./starter-set.ts";

describe("the starter sets", () => {
  it("hold a few hundred factors, each with a citation, and rates", async () => {
    const { factorSets, rates } = await loadStarter();
    expect(factorSets.map(({ set }) => `${set.id} ${set.rowCount}`)).toEqual([
      "starter-activity 338",
      "starter-spend 266",
    ]);
    for (const { rows } of factorSets) {
      for (const row of rows) expect(row.source).toMatch(/^(US EPA|UK DESNZ|Ember), .*(row|table|carbon intensity)/);
    }
    expect(rates.rates.length).toBeGreaterThan(0);
  });

  it("have grams, pounds and short tons behind them, not in them", async () => {
    const [activity] = (await loadStarter()).factorSets;
    const value = (key: string) => {
      const row = activity?.rows.find((candidate) => candidate.key === key);
      return row?.kind === "value" ? `${row.value} per ${row.denominator}` : undefined;
    };
    // 0.05444 kg CO2 + 0.00103 g CH4 x 28 + 0.0001 g N2O x 265, per standard cubic foot.
    expect(value("fuel:natural-gas")).toBe("0.05449534 per scf");
    expect(value("waste:mixed-msw:landfilled")).toBe("520.00 per short-ton");
    expect(value("freight:rail")).toBe("0.02779 per tonne-km");
  });
});

describe("parseStarterSet", () => {
  const about = {
    id: "x",
    version: "1.0.0",
    title: "x",
    publisher: "x",
    source: "x",
    licence: "x",
    redistribution: true,
    gwpSet: "AR5",
    publishedOn: "2026-01-01",
    validFrom: "2022-01-01",
  };
  const header =
    "key,label,value,denominator,boundary,geographyScheme,geographyCode,periodStart,periodEnd,category,source";

  it.each([
    ["another header", "key,value\na,1"],
    ["no header", ""],
  ])("refuses %s", (_what, csv) => {
    expect(() => parseStarterSet("x.csv", about, csv)).toThrow("FACTOR_FILE_INVALID");
  });

  it("refuses a value that is no decimal", () => {
    const csv = `${header}\na,A,<1,kWh,b,iso-3166-1,DE,2023-01-01,2023-12-31,3,s`;
    expect(() => parseStarterSet("x.csv", about, csv)).toThrow("FACTOR_ROW_INVALID");
  });
});
