import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CalculationResult } from "./calculation-result.ts";
import type { Method, MethodInput } from "./method.ts";
import { METHODS } from "./method-table.ts";
import { runCalculation, runCalculationFile } from "./run-calculation.ts";

// Other cases than the published ones: the same methods with other figures and units, and the mistakes that people make.

const document = readFileSync(new URL("../../../docs/calculation-files.md", import.meta.url), "utf8");
const quantity = (value: string, unit: string) => ({ value, unit });

function emissions(category: number, ...terms: readonly object[]): object {
  return { id: "x", category, terms };
}
const kgOf = (calculation: object): string => {
  const result = runCalculation(calculation);
  if ("error" in result) throw new Error(JSON.stringify(result.error));
  return result.kgCo2e ?? "";
};
const codeOf = (calculation: unknown): string => {
  const result = runCalculation(calculation);
  return "error" in result ? result.error.code : `computed ${JSON.stringify(result)}`;
};

const freight = (changes: object = {}, factor: object = { value: "0.1", unit: "kg CO2e/t-km" }): object =>
  emissions(4, {
    method: "distance-based",
    amounts: { mass: quantity("2", "t"), distance: quantity("100", "km"), ...changes },
    factor,
  });

/** A litre weighs 0.83 kg and a tonne gives 45 GJ, gross. */
const DIESEL = {
  fuel: "diesel",
  label: "Diesel",
  source: "delivery note 17",
  properties: [
    { value: "830", unit: "kg/m3" },
    { value: "45", unit: "GJ_gross/t" },
  ],
};
const burnt = (unit: string, factor: object, changes: object = { fuel: DIESEL }): object =>
  emissions(4, { method: "fuel-based", amounts: { consumption: quantity("1000", unit) }, factor, ...changes });

describe("an amount of a fuel", () => {
  const perKwh = { value: "0.24", unit: "kg CO2e/kWh_gross" };

  it("goes to what a factor is per by what the fuel is stated to measure, and says how", () => {
    // 1 m3 x 830 kg/m3 x 45 GJ/t = 37.35 GJ = 10,375 kWh
    const result = runCalculation(burnt("l", perKwh)) as CalculationResult;
    expect(result.exact).toBe("2490");
    expect(result.steps?.map(({ label }) => label)).toEqual([
      "1000 l in m3",
      "× 830 kg/m3",
      "830 kg in t",
      "× 45 GJ_gross/t",
      "37.35 GJ_gross in kWh_gross",
      "× 0.24 kg CO2e/kWh_gross",
    ]);
    expect(result.steps?.[1]?.source).toBe("stated#diesel: delivery note 17");
    const perLitre = runCalculation(burnt("GJ_gross", { value: "0.747", unit: "kg CO2e/l" })) as CalculationResult;
    expect(perLitre.exact).toBe("20000");
  });

  it("does so gas by gas, and leaves alone what is per the unit already", () => {
    const gases = [
      { gas: "co2", value: "2", unit: "kg/kg" },
      { gas: "ch4", value: "0.1", unit: "g/kg" },
    ];
    const byGas = { ...burnt("l", { gases }), gwpSet: "AR5" };
    expect(kgOf(byGas)).toBe("1662.324000000"); // 830 x 2 + 0.083 x 28
    expect(kgOf(burnt("l", { value: "2.5", unit: "kg CO2e/l" }))).toBe("2500.000000000");
  });

  it("assumes nothing that is not stated", () => {
    expect(codeOf(burnt("l", perKwh, {}))).toBe("UNIT_INCOMPATIBLE");
    expect(codeOf(burnt("l", { value: "0.24", unit: "kg CO2e/kWh_net" }))).toBe("FUEL_PROPERTY_MISSING");
    expect(codeOf(burnt("l", { value: "0.24", unit: "kg CO2e/kWh" }))).toBe("FUEL_PROPERTY_MISSING");
    const twoWays = { ...DIESEL, properties: [...DIESEL.properties, { value: "37", unit: "GJ_gross/m3" }] };
    expect(codeOf(burnt("l", perKwh, { fuel: twoWays }))).toBe("CALCULATION_FILE_INVALID");
  });
});

/** A method's row of the document. */
function rowOf({ id, categories, inputs, oneOf = [], factor, apart }: Method): string {
  const [first = 0, last = 0] = [categories[0], categories.at(-1)];
  const isRun = categories.length > 4 && last - first + 1 === categories.length;
  const of = (kind: MethodInput["kind"]): string[] =>
    inputs
      .filter((input) => input.kind === kind)
      .map(({ name, role, required }) => {
        const when = oneOf.flat().includes(name) ? " (one of)" : required ? "" : " (if any)";
        return `${role === "divide" ? "÷ " : ""}\`${name}\`${when}`;
      });
  const without = `${factor === "none" ? "; no factor" : ""}${apart === undefined ? "" : "; an account"}`;
  const offered = isRun ? `${first} to ${last}` : categories.join(", ");
  return `| \`${id}\` | ${offered} | ${of("amount").join(", ")}${without} | ${of("share").join(", ")} |`;
}

describe("docs/calculation-files.md", () => {
  it("shows a file that computes to what it should", () => {
    const [, json = ""] = /```json\n([\s\S]*?)```/.exec(document) ?? [];
    const { calculations } = JSON.parse(json) as { calculations: readonly unknown[] };
    const results = calculations.map(runCalculation) as CalculationResult[];
    expect(results.map(({ id, kgCo2e, value }) => [id, value ?? kgCo2e])).toEqual([
      ["freight", "2000.000000000"],
      ["leased office", "40.000000000"],
      ["grid, gas by gas", "22649.817481291"],
      ["one truck, three shipments", "31.500000000"],
      ["per wash", "0.166666667"],
    ]);
    expect(results[0]?.parts).toEqual({ truck: "800.000000000", ship: "1200.000000000" });
    expect(results[3]?.parts).toEqual({ a: "15.428571429", b: "9.642857143", c: "6.428571428" });
    expect(results[4]).toMatchObject({ exact: "1/6", unit: "kg CO2e/use" });
  });

  it("lists every method as the table has it, and offers each category one at least", () => {
    for (const method of METHODS) expect(document).toContain(rowOf(method));
    const offered = new Set(METHODS.flatMap(({ categories }) => categories));
    expect([...offered].sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, at) => at + 1));
  });
});

describe("a calculation", () => {
  it.each([
    [
      "miles and pounds",
      { mass: quantity("4409.245244", "lb"), distance: quantity("62.1371192237334", "mi") },
      "20.000000000",
    ],
    ["short tons", { mass: quantity("2", "short-ton") }, "18.143694800"],
    ["grams per short ton-mile", {}, "29.178635422", { value: "213", unit: "g CO2e/short-ton-mi" }],
  ])("takes %s", (_name, changes, expected, factor?: object) => {
    const kg = kgOf(freight(changes, factor));
    expect(Math.abs(Number(kg) - Number(expected))).toBeLessThan(1e-6);
  });

  it.each([
    ["tonnes by containers", freight({}, { value: "0.1", unit: "kg CO2e/TEU-km" }), "UNIT_INCOMPATIBLE"],
    ["a bare ton", freight({ mass: quantity("2", "ton") }), "UNIT_AMBIGUOUS"],
    ["a decimal comma", freight({ mass: quantity("2,5", "t") }), "CALCULATION_FILE_INVALID"],
    ["a thousands separator", freight({ mass: quantity("2 500", "t") }), "CALCULATION_FILE_INVALID"],
    ["a negative distance", freight({ distance: quantity("-1", "km") }), "ACTIVITY_DATA_INVALID"],
    [
      "no distance",
      emissions(4, {
        method: "distance-based",
        amounts: { mass: quantity("2", "t") },
        factor: { value: "1", unit: "kg CO2e/t-km" },
      }),
      "ACTIVITY_DATA_MISSING",
    ],
    ["two loads", freight({ containers: quantity("1", "TEU") }), "ACTIVITY_DATA_INVALID"],
    ["an input of another method", freight({ occupancy: quantity("1", "piece") }), "ACTIVITY_DATA_INVALID"],
    ["a unit nobody has", freight({ mass: quantity("2", "stone-weight") }), "UNIT_UNKNOWN"],
    ["a method nobody has", emissions(4, { method: "guess" }), "METHOD_UNKNOWN"],
    ["a method of other categories", emissions(15, { method: "distance-based" }), "METHOD_UNKNOWN"],
    [
      "no factor",
      emissions(4, { method: "distance-based", amounts: { mass: quantity("1", "t"), distance: quantity("1", "km") } }),
      "ACTIVITY_DATA_MISSING",
    ],
    [
      "money without a year",
      emissions(1, {
        method: "spend-based",
        amounts: { spend: quantity("1", "USD") },
        factor: { value: "1", unit: "kg CO2e/USD@2022" },
      }),
      "UNIT_UNPRICED",
    ],
    [
      "money of another year",
      emissions(1, {
        method: "spend-based",
        amounts: { spend: quantity("1", "USD@2021") },
        factor: { value: "1", unit: "kg CO2e/USD@2022" },
      }),
      "UNIT_INCOMPATIBLE",
    ],
    [
      "gross for net heat",
      emissions(3, {
        method: "upstream-fuel",
        amounts: { consumption: quantity("1", "kWh_gross") },
        factor: { value: "1", unit: "kg CO2e/kWh_net" },
      }),
      "UNIT_INCOMPATIBLE",
    ],
    [
      "passengers for vehicles",
      emissions(6, {
        method: "travelled-distance",
        amounts: { distance: quantity("1", "passenger-km") },
        factor: { value: "1", unit: "kg CO2e/vehicle-km" },
      }),
      "UNIT_INCOMPATIBLE",
    ],
    [
      "a factor for reported emissions",
      emissions(15, {
        method: "investment",
        amounts: { emissions: quantity("1", "t CO2e") },
        shares: { attributed: { share: "1" } },
        factor: { value: "1", unit: "kg CO2e/kg" },
      }),
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "goods for emissions",
      emissions(15, {
        method: "investment",
        amounts: { emissions: quantity("1", "t") },
        shares: { attributed: { share: "1" } },
      }),
      "UNIT_INCOMPATIBLE",
    ],
    ["gases without GWPs", freight({}, { gases: [{ gas: "ch4", value: "1", unit: "g/t-km" }] }), "GWP_SET_UNAVAILABLE"],
    [
      "a gas nobody has",
      { ...freight({}, { gases: [{ gas: "phlogiston", value: "1", unit: "g/t-km" }] }), gwpSet: "AR5" },
      "GAS_UNKNOWN",
    ],
    [
      "depreciated capital goods",
      emissions(2, {
        method: "average-data",
        amounts: { quantity: quantity("1", "piece"), lifetime: quantity("10", "year") },
        factor: { value: "1", unit: "kg CO2e/piece" },
      }),
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "losses without what is upstream",
      emissions(3, {
        method: "transmission-losses",
        amounts: { consumption: quantity("1", "kWh") },
        factor: { stages: [{ stage: "generation", value: "1", unit: "kg CO2e/kWh" }] },
      }),
      "FACTOR_BOUNDARY_UNFIT",
    ],
    ["a kind nobody has", { id: "x", kind: "divination" }, "CALCULATION_FILE_INVALID"],
    ["nothing", undefined, "CALCULATION_FILE_INVALID"],
    [
      "weights that are all 0",
      { id: "x", kind: "allocation", emissions: quantity("1", "kg CO2e"), weights: { a: quantity("0", "kg") } },
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "weights of two dimensions",
      {
        id: "x",
        kind: "allocation",
        emissions: quantity("1", "kg CO2e"),
        weights: { a: quantity("1", "kg"), b: quantity("1", "m") },
      },
      "UNIT_INCOMPATIBLE",
    ],
    [
      "an intensity per nothing",
      { id: "x", kind: "intensity", emissions: quantity("1", "kg CO2e"), per: [quantity("0", "piece")] },
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "an intensity per less than nothing",
      { id: "x", kind: "intensity", emissions: quantity("1", "kg CO2e"), per: [quantity("-2", "piece")] },
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "a share of nothing",
      { id: "x", kind: "cut-off", total: "0", part: "1", threshold: "0.1" },
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "a part above its total",
      { id: "x", kind: "cut-off", total: "1", part: "2", threshold: "0.1" },
      "ACTIVITY_DATA_INVALID",
    ],
    ["a part below 0", { id: "x", kind: "cut-off", total: "1", part: "-1", threshold: "0.1" }, "ACTIVITY_DATA_INVALID"],
    [
      "a threshold in per cent",
      { id: "x", kind: "cut-off", total: "10", part: "1", threshold: "3" },
      "ACTIVITY_DATA_INVALID",
    ],
    ["a footprint of nothing", { id: "x", kind: "pcf-identity", pcf: {} }, "ACTIVITY_DATA_MISSING"],
    [
      "a figure that a footprint does not have",
      { id: "x", kind: "pcf-identity", pcf: { fossilGhgEmissions: "1", fosilGhgEmissions: "1" } },
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "removals above 0",
      { id: "x", kind: "pcf-identity", pcf: { fossilGhgEmissions: "1", technologicalCO2Removals: "1" } },
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "fossil emissions below 0",
      { id: "x", kind: "pcf-identity", pcf: { fossilGhgEmissions: "-1" } },
      "ACTIVITY_DATA_INVALID",
    ],
    [
      "spend that is no money",
      emissions(1, {
        method: "spend-based",
        amounts: { spend: quantity("1", "kg") },
        factor: { value: "1", unit: "kg CO2e/kg" },
      }),
      "UNIT_INCOMPATIBLE",
    ],
    [
      "a score of six",
      { id: "x", kind: "weighted-score", exposures: [{ outstanding: "1", score: 6 }] },
      "QUALITY_SCORE_INVALID",
    ],
  ])("refuses %s", (_name, calculation, code) => {
    expect(codeOf(calculation)).toBe(code);
  });

  const shared = (part: object) =>
    emissions(8, {
      method: "site-specific",
      amounts: { consumption: quantity("100", "kWh") },
      shares: part,
      factor: { value: "1", unit: "kg CO2e/kWh" },
    });

  it.each([
    ["above 1", { allocated: { share: "1.0001" } }, "ACTIVITY_DATA_INVALID"],
    ["below 0", { allocated: { share: "-0.1" } }, "ACTIVITY_DATA_INVALID"],
    [
      "of two dimensions",
      { allocated: { part: quantity("1", "m2"), whole: quantity("1", "m3") } },
      "UNIT_INCOMPATIBLE",
    ],
    [
      "whose part and whole are both below 0",
      { allocated: { part: quantity("-1", "m2"), whole: quantity("-2", "m2") } },
      "ACTIVITY_DATA_INVALID",
    ],
    ["of nothing", { allocated: { part: quantity("1", "m2"), whole: quantity("0", "m2") } }, "ACTIVITY_DATA_INVALID"],
    ["of 0, divided by", { occupancy: { share: "0" } }, "ACTIVITY_DATA_INVALID"],
    ["that the method does not have", { attributed: { share: "1" } }, "ACTIVITY_DATA_INVALID"],
  ])("refuses a share %s", (_name, shares, code) => {
    expect(codeOf(shared(shares))).toBe(code);
  });

  it("demands that a split is whole, to the last digit", () => {
    const split = (...shares: readonly string[]) =>
      emissions(
        5,
        ...shares.map((share) => ({
          method: "waste-type-specific",
          amounts: { mass: quantity("40", "t") },
          shares: { treated: { share } },
          factor: { value: "300", unit: "kg CO2e/t" },
        })),
      );
    expect(kgOf(split("0.25", "0.75"))).toBe("12000.000000000");
    expect(codeOf(split("0.25", "0.7499999999"))).toBe("SHARES_NOT_WHOLE");
    expect(codeOf(split("0.333333", "0.333333", "0.333333"))).toBe("SHARES_NOT_WHOLE");
  });

  it("splits each whole by itself, in whatever unit and order it is given", () => {
    const treated = (value: string, unit: string, share: string, figure: string) => ({
      method: "waste-type-specific",
      amounts: { mass: quantity(value, unit) },
      shares: { treated: { share } },
      factor: { value: figure, unit: "kg CO2e/t" },
    });
    const parts = [
      treated("40", "t", "0.25", "300"),
      treated("10", "t", "0.5", "300"),
      treated("40000", "kg", "0.75", "10"),
      treated("10000000", "g", "0.5", "10"),
    ];
    expect(kgOf(emissions(5, ...parts))).toBe("4850.000000000");
    expect(kgOf(emissions(5, ...parts.toReversed()))).toBe("4850.000000000");
    // Halves of two wholes are no whole.
    expect(codeOf(emissions(5, ...parts.slice(1, 3)))).toBe("SHARES_NOT_WHOLE");
  });

  const losses = (factor: object) =>
    emissions(3, { method: "transmission-losses", amounts: { consumption: quantity("10", "MWh") }, factor });
  const perMwh = { value: "1", unit: "t CO2e/MWh" };
  const stages = (...names: readonly string[]) => ({ stages: names.map((stage) => ({ stage, ...perMwh })) });

  it.each([
    ["a figure that does not say what is in it", perMwh],
    ["generation alone", { ...perMwh, boundary: "combustion" }],
    ["gases that do not say it", { gases: [{ gas: "co2", value: "1", unit: "t/MWh" }] }],
    ["what is upstream alone", stages("upstream")],
    ["the upstream of losses alone", stages("WTT T&D")],
  ])("refuses losses by %s", (_name, factor) => {
    expect(codeOf(losses(factor))).toBe("FACTOR_BOUNDARY_UNFIT");
  });

  it.each([
    ["a life cycle", { ...perMwh, boundary: "life cycle" }, "10000.000000000"],
    ["a publisher's factor of losses", { ...perMwh, boundary: "T&D" }, "10000.000000000"],
    ["generation and what is upstream", stages("generation", "upstream"), "20000.000000000"],
  ])("takes losses by %s", (_name, factor, expected) => {
    expect(kgOf(losses(factor))).toBe(expected);
  });

  it("takes a loss rate once: not with a factor that has it already", () => {
    const withRate = (boundary: string) =>
      emissions(3, {
        method: "transmission-losses",
        amounts: { consumption: quantity("10", "MWh") },
        shares: { lossRate: { share: "0.05" } },
        factor: { ...perMwh, boundary },
      });
    expect(kgOf(withRate("life cycle"))).toBe("500.000000000");
    for (const boundary of ["T&D", "losses in distribution", "life cycle, transmission losses"]) {
      expect(codeOf(withRate(boundary))).toBe("FACTOR_BOUNDARY_UNFIT");
    }
  });

  it("adds no parts and gases of an account to those of the total", () => {
    const burnt = (mass: string, more: object = {}) => ({
      method: "site-specific",
      part: "boiler",
      amounts: { consumption: quantity(mass, "kg") },
      factor: { gases: [{ gas: "co2", value: "2", unit: "kg/kg" }], gwpSet: "AR5" },
      ...more,
    });
    const result = runCalculation(emissions(8, burnt("10"), burnt("1", { account: "sold on" })));
    expect(result).toMatchObject({
      kgCo2e: "20.000000000",
      parts: { boiler: "20.000000000" },
      gases: { co2: { kg: "20.000000000", kgCo2e: "20.000000000" } },
      accounts: { "sold on": "2.000000000" },
    });
  });

  it("says under which GWPs a figure is, and converts CO2e of a gas only where it says what it was under", () => {
    const burn = (factor: object, gwpSet?: string) => ({
      ...emissions(8, { method: "site-specific", amounts: { consumption: quantity("2", "kg") }, factor }),
      ...(gwpSet === undefined ? {} : { gwpSet }),
    });
    const methane = { gases: [{ gas: "ch4", value: "25", unit: "kg CO2e/kg" }] };
    const outcome = (calculation: object) => {
      const { kgCo2e, gwp } = runCalculation(calculation) as CalculationResult;
      return [kgCo2e, gwp];
    };
    // 25 kg CO2e is 1 kg of methane under AR4, and 27.9 kg CO2e under AR6.
    expect(outcome(burn({ ...methane, gwpSet: "AR4" }, "AR6"))).toEqual(["55.800000000", "AR6"]);
    expect(outcome(burn({ ...methane, gwpSet: "AR4" }))).toEqual(["50.000000000", "AR4"]);
    expect(outcome(burn(methane, "AR6"))).toEqual(["50.000000000", "as given"]);
    const masses = [{ gas: "ch4", value: "1", unit: "kg/kg" }];
    expect(outcome(burn({ gases: masses, gwpSet: "AR5" }))).toEqual(["56.000000000", "AR5"]);
    expect(outcome(burn({ gases: masses, gwpSet: "AR5" }, "AR6"))).toEqual(["55.800000000", "AR6"]);
    const figure = { value: "3", unit: "kg CO2e/kg" };
    expect(outcome(burn(figure, "AR6"))).toEqual(["6.000000000", "as given"]);
    expect(outcome(burn({ ...figure, gwpSet: "AR6" }, "AR6"))).toEqual(["6.000000000", "AR6"]);
    expect(codeOf(burn({ ...figure, gwpSet: "AR4" }, "AR6"))).toBe("GWP_SET_UNAVAILABLE");
    // A bucket of many gases has no GWP to turn it back by.
    const bucket = {
      gases: [...masses, { gas: "hfc-pfc-unspecified", value: "1", unit: "kg CO2e/kg" }],
      gwpSet: "AR4",
    };
    expect(outcome(burn(bucket, "AR5"))).toEqual(["58.000000000", "AR5; as given"]);
    const biomass = { gases: [{ gas: "co2-biogenic", value: "1.5", unit: "kg CO2e/kg" }] };
    expect(runCalculation(burn(biomass))).toMatchObject({ kgCo2e: "0.000000000", biogenicKgCo2: "3.000000000" });
  });

  it("puts what is avoided on an account, and a project's whole life", () => {
    const recycled = { value: "-300", unit: "kg CO2e/t" };
    const waste = { method: "waste-type-specific", amounts: { mass: quantity("2", "t") }, factor: recycled };
    expect(codeOf(emissions(5, waste))).toBe("ACTIVITY_DATA_INVALID");
    expect(runCalculation(emissions(5, { ...waste, account: "avoided" }))).toMatchObject({
      kgCo2e: "0.000000000",
      accounts: { avoided: "-600.000000000" },
    });
    const project = {
      method: "projected-investment",
      amounts: { emissions: quantity("1000", "t CO2e/year"), years: quantity("30", "year") },
      shares: { attributed: { share: "0.5" } },
    };
    expect(codeOf(emissions(15, project))).toBe("ACTIVITY_DATA_MISSING");
    expect(runCalculation(emissions(15, { ...project, account: "projected lifetime emissions" }))).toMatchObject({
      kgCo2e: "0.000000000",
      accounts: { "projected lifetime emissions": "15000000.000000000" },
    });
  });

  it("checks both sums of a footprint", () => {
    const sums = (changes: object) =>
      runCalculation({
        id: "x",
        kind: "pcf-identity",
        pcf: {
          fossilGhgEmissions: "4.78",
          landManagementFossilGhgEmissions: "0.36",
          biogenicNonCO2Emissions: "0.024",
          ...changes,
        },
      });
    const uptake = { biogenicCO2Uptake: "-19.36" };
    expect(sums({ ...uptake, pcfExcludingBiogenicUptake: "4.804" })).toMatchObject({
      exact: "4.804",
      value: "agrees",
      parts: { pcfIncludingBiogenicUptake: "-14.556000000" },
    });
    expect(sums({ ...uptake, pcfIncludingBiogenicUptake: "-14.22" })).toMatchObject({ value: "differs" });
    expect(sums({ technologicalCO2Removals: "-0.804" })).toMatchObject({ exact: "4" });
  });

  it("of a file stands for itself: of two with one id the second is refused", () => {
    const calculations = [freight(), { ...freight({ mass: quantity("2", "ton") }), id: "y" }, freight()];
    const results = runCalculationFile({ v: 1, calculations });
    expect(results.map((result) => ("error" in result ? result.error.code : result.kgCo2e))).toEqual([
      "20.000000000",
      "UNIT_AMBIGUOUS",
      "CALCULATION_FILE_INVALID",
    ]);
  });

  it("never nets accounts, and tells CO2 of biomass apart", () => {
    const investment = (account: string | undefined, value: string) => ({
      method: "investment",
      ...(account === undefined ? {} : { account }),
      amounts: { emissions: quantity(value, "t CO2e") },
      shares: { attributed: { part: quantity("50", "EUR@2023"), whole: quantity("80", "EUR@2023") } },
    });
    const portfolio = emissions(
      15,
      investment(undefined, "8"),
      investment("removals", "4"),
      investment("removals", "4"),
    );
    expect(runCalculation(portfolio)).toMatchObject({
      kgCo2e: "5000.000000000",
      accounts: { removals: "5000.000000000" },
    });
    const wood = {
      ...emissions(3, {
        method: "upstream-fuel",
        amounts: { consumption: quantity("10", "kg") },
        factor: {
          gases: [
            { gas: "co2-biogenic", value: "1.7", unit: "kg/kg" },
            { gas: "ch4", value: "1", unit: "g/kg" },
          ],
        },
      }),
      gwpSet: "AR6",
    };
    expect(runCalculation(wood)).toMatchObject({ kgCo2e: "0.279000000", biogenicKgCo2: "17.000000000" });
  });

  it("tells every step, and its one rounding in words", () => {
    const leak = emissions(
      4,
      {
        method: "fuel-based",
        amounts: { consumption: quantity("2.5", "lb") },
        factor: { gases: [{ gas: "R-410A", value: "1", unit: "kg/kg" }] },
      },
      {
        method: "fuel-based",
        amounts: { consumption: quantity("3", "kg") },
        shares: { allocated: { part: quantity("1", "t"), whole: quantity("3", "t") } },
        factor: { value: "2", unit: "kg CO2e/kg" },
      },
    );
    const { steps = [] } = runCalculation({ ...leak, gwpSet: "AR6" }) as CalculationResult;
    expect(steps.map(({ label, value, unit }) => `${label} = ${value} ${unit}`)).toEqual([
      "× 1 kg/kg of R-410A: 0.5669904625 kg hfc-32 × 771 (AR6) = 437.1496465875 kg CO2e",
      "× 1 kg/kg of R-410A: 0.5669904625 kg hfc-125 × 3740 (AR6) = 2120.54432975 kg CO2e",
      "× (1 t ÷ 3 t) allocated = 1 kg",
      "× 2 kg CO2e/kg = 2 kg CO2e",
      "sum of what is on no account = 2559.6939763375 kg CO2e",
      "rounded once, half to even, to 10⁻⁹ kg = 2559.693976338 kg CO2e",
    ]);
  });

  it("takes a blend by its gases, and CO2e of a gas as it is", () => {
    const leak = (gas: string, unit: string, value: string) => ({
      ...emissions(8, {
        method: "site-specific",
        amounts: { consumption: quantity("2", "kg") },
        factor: { gases: [{ gas, value, unit }] },
      }),
      gwpSet: "AR4",
    });
    expect(kgOf(leak("R-410A", "kg/kg", "1"))).toBe("4175.000000000");
    expect(kgOf(leak("ch4", "kg CO2e/kg", "1"))).toBe("2.000000000");
    expect(kgOf(leak("ch4", "kg/kg", "1"))).toBe("50.000000000");
  });

  it("refuses or computes, and never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        runCalculation(value);
      }),
    );
    const text = fc.constantFrom(
      "1",
      "-1",
      "0",
      "1e3",
      "1,5",
      "ton",
      "kg",
      "km",
      "t-km",
      "kg CO2e/t-km",
      "",
      "x".repeat(80),
    );
    const anyTerm = fc.record({
      method: fc.constantFrom(...METHODS.map(({ id }) => id), "none"),
      amounts: fc.dictionary(
        fc.constantFrom("mass", "distance", "emissions", "quantity", "__proto__"),
        fc.record({ value: text, unit: text }),
      ),
      factor: fc.record({ value: text, unit: text }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16 }), fc.array(anyTerm, { maxLength: 3 }), (category, terms) => {
        runCalculation({ id: "x", category, terms });
      }),
    );
  });
});
