import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { parseNanoKg } from "../exact/nano.ts";
import type { FactorRow } from "../factors/factor-row.ts";
import type { FactorSet } from "../factors/factor-set.ts";
import type { LedgerComponent, LedgerLine } from "../ledger/ledger-line.ts";
import { calculateHybrid } from "./calculate-hybrid.ts";
import type { CalculationResult } from "./calculation-result.ts";
import type { Evidence } from "./evidence.ts";
import { runCalculation } from "./run-calculation.ts";

const SET: FactorSet = {
  id: "set",
  version: "1.0.0",
  title: "x",
  publisher: "x",
  source: "x",
  licence: "x",
  redistribution: true,
  gwpSet: "AR5",
  priceBasis: { currency: "USD", year: 2022, price: "purchaser" },
  publishedOn: "2023-01-01",
  validFrom: "2022-01-01",
  rowCount: 1,
  rowsRoot: "x",
};
const rowOf = (value: string, denominator: string): FactorRow => ({
  key: "k",
  label: "x",
  kind: "value",
  value,
  denominator,
  boundary: "life cycle",
  geography: { scheme: "global", code: "GLO" },
  source: "x",
});
const average = (value: string, denominator: string): Evidence => ({
  method: "average-data",
  set: SET,
  row: rowOf(value, denominator),
});
const spend: Evidence = { method: "spend-based", set: SET, row: rowOf("0.5", "USD") };
const quantity = (value: string, unit: string) => ({ value, unit });
const lineOf = (...components: LedgerComponent[]): LedgerLine => ({
  id: "P-1",
  date: "2022-03-01",
  category: 1,
  description: "x",
  components,
});

const IRON: LedgerComponent = { id: "iron", part: "materials", amounts: { quantity: quantity("30", "kg") } };
const ROAD: LedgerComponent = {
  id: "road",
  part: "transport",
  method: "distance-based",
  amounts: { mass: quantity("0.03", "t"), distance: quantity("1000", "km") },
};
const PAINT: LedgerComponent = { id: "paint", part: "materials", amounts: { quantity: quantity("20", "USD") } };
const VARNISH: LedgerComponent = {
  id: "varnish",
  part: "materials",
  method: "spend-based",
  amounts: { spend: quantity("10", "USD@2022") },
};
const EVIDENCE = new Map([
  ["iron", average("2", "kg")],
  ["road", average("0.1", "t-km")],
  ["paint", spend],
  ["varnish", spend],
]);

describe("a hybrid line", () => {
  it("is the sum of its components: goods, journeys, and what is only known in money", () => {
    const result = calculateHybrid(lineOf(IRON, ROAD, PAINT, VARNISH), EVIDENCE);
    expect(result.nanoKgCo2e).toBe(parseNanoKg("78.000000000"));
    expect(Object.fromEntries(result.parts)).toEqual({
      materials: parseNanoKg("75.000000000"),
      transport: parseNanoKg("3.000000000"),
    });
    expect(result.formula).toBe(
      "(30 kg × 2 kg CO2e/kg) + (0.03 t × 1000 km × 0.1 kg CO2e/t-km) + " +
        "(20 USD as USD 2022 × 0.5 kg CO2e/USD 2022) + (10 USD@2022 × 0.5 kg CO2e/USD 2022)",
    );
  });

  it("is refused where a component has no evidence, or names what nothing takes", () => {
    expect(() => calculateHybrid(lineOf(IRON), new Map())).toThrow("ACTIVITY_DATA_MISSING");
    expect(() => calculateHybrid(lineOf(), EVIDENCE)).toThrow("ACTIVITY_DATA_MISSING");
    const halved = { ...IRON, shares: { allocated: { share: "0.5" } } };
    expect(() => calculateHybrid(lineOf(halved), EVIDENCE)).toThrow("ACTIVITY_DATA_INVALID");
    const halfOfAll = { ...lineOf(IRON), shares: { allocated: { share: "0.5" } } };
    expect(() => calculateHybrid(halfOfAll, EVIDENCE)).toThrow("ACTIVITY_DATA_INVALID");
  });

  it("rounds once: the parts of a third each do not lose what the sum keeps", () => {
    const third = (id: string): LedgerComponent => ({ id, part: id, amounts: { quantity: quantity("1", "kg") } });
    const ids = ["a", "b", "c"];
    const evidence = new Map(ids.map((id) => [id, average("0.0000000004", "kg")]));
    const result = calculateHybrid(lineOf(...ids.map(third)), evidence);
    expect(formatExact(result.kgCo2e)).toBe("0.0000000012");
    expect(result.nanoKgCo2e).toBe(1n);
    expect([...result.parts.values()]).toEqual([0n, 0n, 0n]);
  });

  it("comes to what the same calculation from a file comes to, whatever the figures", () => {
    const decimal = fc
      .tuple(fc.integer({ min: 0, max: 10 ** 9 }), fc.integer({ min: 1, max: 10 ** 6 }))
      .map(([whole, part]) => `${whole}.${String(part).padStart(7, "0")}`);
    fc.assert(
      fc.property(decimal, decimal, decimal, (mass, distance, value) => {
        const amounts = { mass: quantity(mass, "lb"), distance: quantity(distance, "mi") };
        const term = { method: "distance-based", amounts, factor: { value, unit: "kg CO2e/t-km" } };
        const file = runCalculation({ id: "x", category: 1, terms: [term] }) as CalculationResult;
        const line = calculateHybrid(
          lineOf({ id: "road", method: "distance-based", amounts }),
          new Map([["road", average(value, "t-km")]]),
        );
        expect(formatExact(line.kgCo2e)).toBe(file.exact);
        expect(line.nanoKgCo2e).toBe(parseNanoKg(file.kgCo2e ?? ""));
      }),
    );
  });
});
