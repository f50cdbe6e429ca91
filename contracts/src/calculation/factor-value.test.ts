import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import type { FactorGas, FactorRow } from "../factors/factor-row.ts";
import type { FactorSet } from "../factors/factor-set.ts";
import { factorValue, type GwpChoice } from "./factor-value.ts";

const setOf = (gwpSet: FactorSet["gwpSet"]): FactorSet => ({
  id: "set",
  version: "1.0.0",
  title: "x",
  publisher: "x",
  source: "x",
  licence: "x",
  redistribution: true,
  gwpSet,
  publishedOn: "2024-01-01",
  validFrom: "2023-01-01",
  rowCount: 1,
  rowsRoot: "x",
});
const base = {
  key: "k",
  label: "x",
  denominator: "kg",
  boundary: "x",
  geography: { scheme: "global", code: "GLO" },
  source: "x",
} as const;
const byGas = (...gases: readonly FactorGas[]): FactorRow => ({ ...base, kind: "by-gas", gases });
const figure = (value: string, ...gases: readonly FactorGas[]): FactorRow => ({
  ...base,
  kind: "value",
  value,
  ...(gases.length === 0 ? {} : { gases }),
});
const asked = (set: GwpChoice["set"], orPublished = false): GwpChoice => ({ set, orPublished });
function outcome(row: FactorRow, set: FactorSet, choice?: GwpChoice): readonly [string, string] {
  const { kgCo2e, gwp } = factorValue(row, set, choice);
  return [formatExact(kgCo2e), gwp];
}

const METHANE: FactorGas = { gas: "ch4", basis: "gas", value: "2", numerator: "g" };
const CO2E_OF_METHANE: FactorGas = { gas: "ch4", basis: "co2e", value: "0.05" };
const CO2: FactorGas = { gas: "co2", basis: "gas", value: "1" };

describe("what a factor comes to", () => {
  it("follows from its gases under the GWPs that are asked for, else under its set's", () => {
    const row = byGas(CO2, METHANE);
    expect(outcome(row, setOf("AR4"), asked("AR5"))).toEqual(["1.056", "AR5"]);
    expect(outcome(row, setOf("AR4"), asked("AR6"))).toEqual(["1.0558", "AR6"]);
    expect(outcome(row, setOf("AR4"))).toEqual(["1.05", "AR4"]);
    expect(() => factorValue(row, setOf("mixed"))).toThrow("GWP_SET_UNAVAILABLE");
  });

  it("never multiplies CO2e of a gas by its GWP: it turns it back first, exactly", () => {
    const row = figure("1.05", CO2, CO2E_OF_METHANE);
    expect(outcome(row, setOf("AR4"))).toEqual(["1.05", "AR4 as published"]);
    expect(outcome(row, setOf("AR4"), asked("AR4"))).toEqual(["1.05", "AR4 as published"]);
    // 0.05 / 25 x 27.9
    expect(outcome(row, setOf("AR4"), asked("AR6"))).toEqual(["1.0558", "AR6"]);
    const { gases } = factorValue(row, setOf("AR4"), asked("AR6"));
    expect(gases.map(({ gas, kg, kgCo2e }) => [gas, kg && formatExact(kg), formatExact(kgCo2e)])).toEqual([
      ["co2", "1", "1"],
      ["ch4", "0.002", "0.0558"],
    ]);
  });

  it("is told in the publisher's figures, so that the formula comes to the figure", () => {
    const text = (row: FactorRow, published: FactorSet["gwpSet"], set: GwpChoice["set"]) =>
      factorValue(row, setOf(published), asked(set)).text;
    expect(text(byGas(CO2, METHANE), "AR4", "AR5")).toBe("(1 kg co2 + 2 g ch4 × 28)");
    expect(text(byGas(METHANE), "AR4", "AR6")).toBe("2 g ch4 × 27.9");
    expect(text(figure("1.05", CO2, CO2E_OF_METHANE), "AR4", "AR6")).toBe(
      "(1 kg co2 + 0.05 kg CO2e of ch4 ÷ 25 × 27.9)",
    );
    expect(text(figure("1.05", CO2), "AR4", "AR4")).toBe("1.05 kg CO2e");
  });

  it("is refused under GWPs that it cannot be converted to, unless the published figure may stand", () => {
    for (const row of [figure("1.05"), figure("1", { gas: "ch4", basis: "co2e", value: "1" })]) {
      const set = row.kind === "value" && row.gases === undefined ? setOf("AR4") : setOf("mixed");
      expect(() => factorValue(row, set, asked("AR5"))).toThrow("GWP_SET_UNAVAILABLE");
      expect(outcome(row, set, asked("AR5", true))[1]).toBe(`${set.gwpSet} as published`);
    }
  });

  it("keeps a bucket of many gases as its publisher converted it", () => {
    const bucket: FactorGas = { gas: "hfc-pfc-unspecified", basis: "co2e", value: "0.1" };
    expect(outcome(byGas(CO2, bucket), setOf("AR4"), asked("AR6"))).toEqual(["1.1", "AR6"]);
  });

  it("takes grams, tonnes and pounds for what they are", () => {
    const of = (numerator: "g" | "t" | "lb" | "kg"): string =>
      outcome({ ...figure("2"), numerator } as FactorRow, setOf("AR5"))[0];
    expect([of("g"), of("kg"), of("t"), of("lb")]).toEqual(["0.002", "2", "2000", "0.90718474"]);
  });

  it("has CO2 of biomass apart, on either basis", () => {
    for (const basis of ["gas", "co2e"] as const) {
      const row = byGas(METHANE, { gas: "co2-biogenic", basis, value: "1.7" });
      const { kgCo2e, biogenicKgCo2 } = factorValue(row, setOf("AR5"));
      expect([formatExact(kgCo2e), formatExact(biogenicKgCo2)]).toEqual(["0.056", "1.7"]);
    }
  });

  it("is nothing where the publisher gives no number", () => {
    const bound: FactorRow = { ...base, kind: "bound", comparator: "<", value: "1" };
    const withdrawn: FactorRow = { ...base, kind: "withdrawn", change: { reason: "error" } };
    for (const row of [bound, withdrawn, { ...base, kind: "not-available" } as FactorRow]) {
      expect(() => factorValue(row, setOf("AR5"))).toThrow("FACTOR_NOT_A_VALUE");
    }
  });
});
