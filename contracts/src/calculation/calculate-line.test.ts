import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNanoKg, toNanoKg } from "../exact/nano.ts";
import { mul, parseDecimal, rational } from "../exact/rational.ts";
import type { FactorRow } from "../factors/factor-row.ts";
import type { FactorSet } from "../factors/factor-set.ts";
import { FOOTPRINT } from "../footprint/footprint.fixture.ts";
import type { CarbonFootprint } from "../footprint/product-footprint.ts";
import type { LedgerLine } from "../ledger/ledger-line.ts";
import type { RateSet } from "../rates/rate-set.ts";
import { calculateLine } from "./calculate-line.ts";
import type { Evidence } from "./evidence.ts";
import { calculateReported } from "./factor-calculation.ts";

const LINE: LedgerLine = { id: "1", date: "2023-05-01", category: 1, description: "x" };
const REF = { origin: "smelter.example/feed", index: 4, leaf: "x" };
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
  publishedOn: "2024-01-01",
  validFrom: "2023-01-01",
  rowCount: 1,
  rowsRoot: "x",
};
const rowOf = (value: string, denominator: string): FactorRow => ({
  key: "k",
  label: "x",
  kind: "value",
  value,
  denominator,
  boundary: "x",
  geography: { scheme: "global", code: "GLO" },
  source: "x",
});
const supplied = (pcf: Partial<CarbonFootprint> = {}): Evidence => ({
  method: "supplier-specific",
  ref: REF,
  footprint: { ...FOOTPRINT, pcf: { ...FOOTPRINT.pcf, ...pcf } },
});
const average = (value: string, denominator: string): Evidence => ({
  method: "average-data",
  set: SET,
  row: rowOf(value, denominator),
});
const bought = (quantity: string, unit: string): LedgerLine => ({ ...LINE, quantity, unit });
const kg = (text: string): bigint => parseNanoKg(text);

describe("supplier-specific", () => {
  it("converts to the declared unit, exactly, and says how", () => {
    const result = calculateLine(bought("1250", "lb"), supplied());
    expect(result.nanoKgCo2e).toBe(kg("3807.340955688")); // 3807.3409556875 rounded half to even
    expect(result.formula).toBe("1250 lb as kilogram ÷ 1 kilogram × 6.715 kg CO2e");
    expect(result.steps.map(({ value, unit }) => `${value} ${unit}`)).toEqual([
      "566.9904625 kg",
      "566.9904625 declared units",
      "3807.3409556875 kg CO2e",
    ]);
    expect(result.steps[2]?.source).toBe("smelter.example/feed#4");
  });

  it("divides by the declared amount", () => {
    const litres = {
      declaredUnitOfMeasurement: "liter",
      declaredUnitAmount: "12.5",
      pcfExcludingBiogenicUptake: "2.0",
    } as const;
    expect(calculateLine(bought("1", "m3"), supplied(litres)).nanoKgCo2e).toBe(kg("160.000000000"));
    expect(calculateLine(bought("-25", "l"), supplied(litres)).nanoKgCo2e).toBe(kg("-4.000000000"));
  });

  it("goes from mass to pieces by the product's mass, and never the other way", () => {
    const pump = {
      declaredUnitOfMeasurement: "piece",
      declaredUnitAmount: "2",
      productMassPerDeclaredUnit: "16.8",
      pcfExcludingBiogenicUptake: "148",
    } as const;
    const result = calculateLine(bought("84", "kg"), supplied(pump));
    expect(result.nanoKgCo2e).toBe(kg("740.000000000"));
    expect(result.steps[0]?.label).toBe("÷ 16.8 kilogram, productMassPerDeclaredUnit");
    expect(calculateLine(bought("10", "pcs"), supplied(pump)).nanoKgCo2e).toBe(kg("740.000000000"));
    expect(() => calculateLine(bought("10", "piece"), supplied())).toThrow("UNIT_INCOMPATIBLE");
  });

  it("assumes no mass of a product that states none, and none of energy or transport", () => {
    const massless = { declaredUnitOfMeasurement: "piece", productMassPerDeclaredUnit: "0" } as const;
    expect(() => calculateLine(bought("10", "kg"), supplied(massless))).toThrow("UNIT_INCOMPATIBLE");
    for (const declaredUnitOfMeasurement of ["kilowatt hour", "ton kilometer", "hour"] as const) {
      expect(() => calculateLine(bought("10", "kg"), supplied({ declaredUnitOfMeasurement }))).toThrow(
        "UNIT_INCOMPATIBLE",
      );
    }
  });
});

describe("average-data", () => {
  it("multiplies in the factor's own unit", () => {
    const result = calculateLine(bought("87", "kg-km"), average("0.1", "tonne-km"));
    expect(result.nanoKgCo2e).toBe(kg("0.008700000"));
    expect(result.formula).toBe("87 kg-km as tonne-km × 0.1 kg CO2e/tonne-km");
    expect(calculateLine(bought("2", "kWh"), average("0.5", "kWh")).steps).toHaveLength(1);
  });

  it("refuses tonne-kilometres for a factor per TEU-kilometre [INV-5]", () => {
    expect(() => calculateLine(bought("24000", "t-km"), average("0.05", "TEU-km"))).toThrow("UNIT_INCOMPATIBLE");
  });

  it("takes zero for a number, and a bound or a blank for none", () => {
    expect(calculateLine(bought("5", "t"), average("0", "t")).nanoKgCo2e).toBe(0n);
    const { value: _value, ...bare } = rowOf("1", "kg") as FactorRow & { value: string };
    const bound: FactorRow = { ...bare, kind: "bound", comparator: "<", value: "1" };
    const blank: FactorRow = { ...bare, kind: "not-available" };
    for (const row of [bound, blank]) {
      expect(() => calculateLine(bought("5", "kg"), { method: "average-data", set: SET, row })).toThrow(
        "FACTOR_NOT_A_VALUE",
      );
    }
  });
});

describe("spend-based", () => {
  const rates: RateSet = {
    id: "rates",
    version: "1.0.0",
    title: "x",
    publishedOn: "2024-01-01",
    rates: [{ currency: "EUR", year: 2023, perUsd: "0.9248", source: "a bank" }],
    priceIndex: [
      { year: 2022, index: "292.655", source: "an office" },
      { year: 2023, index: "304.702", source: "an office" },
    ],
  };
  const spent = (amount: string, currency: string): LedgerLine => ({ ...LINE, amount, currency });
  const evidence: Evidence = { method: "spend-based", set: SET, row: rowOf("0.532", "USD"), rates };

  it("goes to the price year's dollars, rounding once at the end [INV-1]", () => {
    const result = calculateLine(spent("3125.00", "EUR"), evidence);
    const exact = mul(rational(3125n * 10_000n * 292_655n, 9_248n * 304_702n), parseDecimal("0.532"));
    expect(result.nanoKgCo2e).toBe(toNanoKg(exact));
    expect(result.formula).toBe("3125.00 EUR as USD 2022 × 0.532 kg CO2e/USD 2022");
    expect(result.steps.map(({ unit }) => unit)).toEqual(["USD 2023", "USD 2022", "kg CO2e"]);
  });

  it("needs no rates for dollars of the price year", () => {
    const bare: Evidence = { method: "spend-based", set: SET, row: rowOf("0.058", "USD") };
    const line = { ...spent("1000000", "USD"), date: "2022-12-31" };
    expect(calculateLine(line, bare).nanoKgCo2e).toBe(kg("58000.000000000"));
    expect(() => calculateLine(spent("1000000", "USD"), bare)).toThrow("RATE_UNKNOWN");
  });

  it("refuses a physical factor, and dollars of no stated year", () => {
    const physical: Evidence = { method: "spend-based", set: SET, row: rowOf("1", "kg"), rates };
    expect(() => calculateLine(spent("1", "EUR"), physical)).toThrow("UNIT_INCOMPATIBLE");
    const { priceBasis: _basis, ...timeless } = SET;
    expect(() => calculateLine(spent("1", "EUR"), { ...evidence, set: timeless } as Evidence)).toThrow(
      "FACTOR_SET_INVALID",
    );
    expect(() =>
      calculateLine(bought("1", "kg"), { method: "average-data", set: SET, row: rowOf("1", "USD") }),
    ).toThrow("UNIT_UNPRICED");
  });
});

describe("a line by a method of its own", () => {
  const quantity = (value: string, unit: string) => ({ value, unit });
  const money: Evidence = { method: "spend-based", set: SET, row: rowOf("0.5", "USD") };
  const invested: LedgerLine = {
    ...LINE,
    category: 15,
    method: "investment-average",
    amounts: { revenue: quantity("1000", "USD@2022") },
    shares: { attributed: { share: "0.25" } },
  };

  it("takes money by its shares, in the price year's money", () => {
    const result = calculateLine(invested, money);
    expect(result.nanoKgCo2e).toBe(kg("125.000000000"));
    expect(result.formula).toBe("1000 USD@2022 × 0.25 attributed × 0.5 kg CO2e/USD 2022");
    const rates: RateSet = {
      id: "rates",
      version: "1.0.0",
      title: "x",
      publishedOn: "2024-01-01",
      rates: [{ currency: "EUR", year: 2022, perUsd: "0.8", source: "a bank" }],
      priceIndex: [],
    };
    const euros = calculateLine({ ...invested, amounts: { revenue: quantity("1000", "EUR@2022") } }, {
      ...money,
      rates,
    } as Evidence);
    expect(euros.nanoKgCo2e).toBe(kg("156.250000000"));
    expect(euros.formula).toBe("1000 EUR@2022 × 0.25 attributed as USD 2022 × 0.5 kg CO2e/USD 2022");
    expect(euros.steps.map(({ value, unit }) => `${value} ${unit}`)).toEqual([
      "250 EUR@2022",
      "312.5 USD 2022",
      "156.25 kg CO2e",
    ]);
  });

  it("has its own amount and currency for its spend, and refuses what is no money", () => {
    const line: LedgerLine = { ...LINE, date: "2022-05-01", method: "spend-based", amount: "1000", currency: "USD" };
    expect(calculateLine(line, money).nanoKgCo2e).toBe(kg("500.000000000"));
    expect(() => calculateLine({ ...line, category: 5 }, money)).toThrow("METHOD_UNKNOWN");
    const goods = { ...invested, amounts: { revenue: quantity("1", "kg") } };
    expect(() => calculateLine(goods, money)).toThrow("UNIT_INCOMPATIBLE");
    expect(() => calculateLine({ ...invested, amounts: {} }, money)).toThrow("ACTIVITY_DATA_MISSING");
  });

  it("goes by its supplier's footprint as by any factor", () => {
    const shared: LedgerLine = {
      ...LINE,
      category: 8,
      method: "site-specific",
      quantity: "1000",
      unit: "kWh",
      shares: { allocated: { part: quantity("200", "m2"), whole: quantity("2000", "m2") } },
    };
    const power = supplied({
      declaredUnitOfMeasurement: "kilowatt hour",
      declaredUnitAmount: "1",
      pcfExcludingBiogenicUptake: "0.4",
    });
    const result = calculateLine(shared, power);
    expect(result.nanoKgCo2e).toBe(kg("40.000000000"));
    expect(result.formula).toBe("1000 kWh × (200 m2 ÷ 2000 m2) allocated ÷ 1 kilowatt hour × 0.4 kg CO2e");
    expect(result.steps[0]).toEqual({ label: "× (200 m2 ÷ 2000 m2) allocated", value: "100", unit: "kWh" });
  });

  it("is needed for amounts and shares: nothing that a line names is left out", () => {
    const half = { shares: { allocated: { share: "0.5" } } };
    const line: LedgerLine = { ...bought("10", "kg"), amount: "10", currency: "USD", date: "2022-05-01", ...half };
    for (const evidence of [supplied(), average("1", "kg"), money]) {
      expect(() => calculateLine(line, evidence)).toThrow("ACTIVITY_DATA_INVALID");
    }
    expect(calculateLine({ ...line, shares: {} }, money).nanoKgCo2e).toBe(kg("5.000000000"));
  });

  it("takes a factor per km of a vehicle for the kilometres of vehicles, and of nothing else", () => {
    const driven = (inputs: object): LedgerLine => ({ ...LINE, category: 6, method: "vehicle-distance", ...inputs });
    const distance = { value: "100", unit: "mi" };
    const fleet = { amounts: { vehicles: { value: "3", unit: "vehicle" }, distance } };
    const result = calculateLine(driven(fleet), average("0.2", "km"));
    expect(result.nanoKgCo2e).toBe(kg("96.560640000"));
    expect(result.formula).toContain("/vehicle-km");
    const riders = { amounts: { people: { value: "3", unit: "passenger" }, distance } };
    expect(() => calculateLine(driven(riders), average("0.2", "km"))).toThrow("UNIT_INCOMPATIBLE");
  });

  it("has one quantity: its own and the one by name are the same, or of different kinds", () => {
    const twice = (own: object, value: string, unit: string) => ({
      ...LINE,
      category: 8,
      method: "site-specific",
      ...own,
      amounts: { consumption: { value, unit } },
    });
    const evidence = average("0.5", "kWh");
    const own = { quantity: "2", unit: "MWh" };
    expect(calculateLine(twice(own, "2000", "kWh"), evidence).nanoKgCo2e).toBe(kg("1000.000000000"));
    expect(calculateLine(twice({ quantity: "3", unit: "piece" }, "2000", "kWh"), evidence).nanoKgCo2e).toBe(
      kg("1000.000000000"),
    );
    expect(() => calculateLine(twice(own, "2001", "kWh"), evidence)).toThrow("ACTIVITY_DATA_INVALID");
    expect(() => calculateLine(twice(own, "1", "MWh"), evidence)).toThrow("ACTIVITY_DATA_INVALID");
  });

  it("is not counted by its money where it has shares: whose part the money is, nothing says", () => {
    const paid = { ...LINE, category: 8, method: "site-specific", amount: "100", currency: "USD" };
    const evidence: Evidence = { method: "spend-based", set: SET, row: rowOf("0.5", "USD") };
    const dated = { ...paid, date: "2022-05-01" };
    expect(calculateLine(dated, evidence).nanoKgCo2e).toBe(kg("50.000000000"));
    expect(() => calculateLine({ ...dated, shares: { allocated: { share: "0.5" } } }, evidence)).toThrow(
      "ACTIVITY_DATA_INVALID",
    );
  });

  it("names the account of a figure that stands beside the total", () => {
    const project: LedgerLine = {
      ...LINE,
      category: 15,
      method: "projected-investment",
      amounts: { emissions: quantity("2", "t CO2e/year"), years: quantity("30", "year") },
      shares: { attributed: { share: "0.5" } },
    };
    expect(() => calculateReported(project)).toThrow("ACTIVITY_DATA_MISSING");
    expect(calculateReported({ ...project, account: "projected lifetime emissions" }).nanoKgCo2e).toBe(
      kg("30000.000000000"),
    );
  });
});

describe("calculateLine", () => {
  it("refuses a line that lacks what the method needs", () => {
    for (const evidence of [
      supplied(),
      average("1", "kg"),
      { method: "spend-based", set: SET, row: rowOf("1", "USD") } as const,
    ]) {
      expect(() => calculateLine(LINE, evidence)).toThrow("ACTIVITY_DATA_MISSING");
    }
  });

  it("is within half a nanokilogram of the exact product, whatever the figures [INV-1]", () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: 0, max: 12 }))
      .map(([n, decimals]) => ({ n, d: 10n ** BigInt(decimals), text: textOf(n, decimals) }));
    fc.assert(
      fc.property(decimal, decimal, (quantity, factor) => {
        const { nanoKgCo2e } = calculateLine(bought(quantity.text, "mi"), average(factor.text, "km"));
        // twice |nano − exact·10⁹| ≤ 1, in integers
        const n = quantity.n * factor.n * 1_609_344n * 10n ** 9n;
        const d = quantity.d * factor.d * 1_000_000n;
        const gap = nanoKgCo2e * d - n;
        expect((gap < 0n ? -gap : gap) * 2n <= d).toBe(true);
      }),
    );
  });
});

function textOf(n: bigint, decimals: number): string {
  const digits = (n < 0n ? -n : n).toString().padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return `${n < 0n ? "-" : ""}${digits.slice(0, point)}${decimals === 0 ? "" : `.${digits.slice(point)}`}`;
}
