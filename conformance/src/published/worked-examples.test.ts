import {
  add,
  calculateLine,
  convert,
  type Evidence,
  type FactorRow,
  type FactorSet,
  formatNanoKg,
  type LedgerLine,
  mul,
  type ProductFootprint,
  parseDecimal,
  parsePactDecimal,
  type Rational,
  rational,
  toCo2e,
  toNanoKg,
} from "@tallystick/contracts";
import { expect, it } from "vitest";
import { describePublished, publishedJson } from "../published-data.ts";

interface Example {
  readonly id: string;
  readonly inputs: unknown;
  readonly factors: readonly { readonly ef?: string }[];
  readonly expected_kgco2e: number;
  readonly expected_parts_kgco2e?: Readonly<Record<string, number>>;
}

const SET: FactorSet = {
  id: "worked-examples",
  version: "1.0.0",
  title: "Worked examples",
  publisher: "various",
  source: "as each example says",
  licence: "as each example says",
  redistribution: false,
  gwpSet: "mixed",
  publishedOn: "2013-01-01",
  validFrom: "2013-01-01",
  rowCount: 1,
  rowsRoot: `${"A".repeat(43)}=`,
};

const row = (value: string, denominator: string): FactorRow => ({
  key: "example",
  label: "As the example has it",
  kind: "value",
  value,
  denominator,
  boundary: "as the example has it",
  geography: { scheme: "global", code: "GLO" },
  source: "a published worked example",
});

const LINE: LedgerLine = { id: "1", date: "2022-06-30", category: 1, description: "As the example has it" };

/** Nanokilograms of a quantity under a factor per unit. */
function average(quantity: string | number, unit: string, ef: string, denominator = unit): bigint {
  const line = { ...LINE, quantity: String(quantity), unit };
  return calculateLine(line, { method: "average-data", set: SET, row: row(ef, denominator) }).nanoKgCo2e;
}

function supplied(quantity: string | number, unit: string, pcf: string): bigint {
  const footprint = {
    pcf: {
      declaredUnitOfMeasurement: "kilogram",
      declaredUnitAmount: "1",
      productMassPerDeclaredUnit: "1",
      pcfExcludingBiogenicUptake: pcf,
    },
  } as ProductFootprint;
  const ref = { origin: "supplier.example/feed", index: 0, leaf: "" };
  const line = { ...LINE, quantity: String(quantity), unit };
  return calculateLine(line, { method: "supplier-specific", ref, footprint }).nanoKgCo2e;
}

function spent(amount: number, year: number, ef: string): bigint {
  const set: FactorSet = { ...SET, priceBasis: { currency: "USD", year, price: "purchaser" } };
  const evidence: Evidence = { method: "spend-based", set, row: row(ef, "USD") };
  const line = { ...LINE, date: `${year}-06-30`, amount: String(amount), currency: "USD" };
  return calculateLine(line, evidence).nanoKgCo2e;
}

const total = (parts: readonly bigint[]): string => formatNanoKg(parts.reduce((sum, part) => sum + part, 0n));
const kg = (value: string | number): string => formatNanoKg(toNanoKg(parseDecimal(String(value))));
const decimal = (value: string | number): Rational => parseDecimal(String(value));

describePublished("published worked examples", () => {
  const examples = publishedJson<Example[]>("worked-examples", "worked-examples.json");
  const example = <Inputs>(id: string) => {
    const found = examples.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`no example ${id}`);
    return { ...found, inputs: found.inputs as Inputs };
  };

  it("GHGP-1.1: supplier-specific purchases", () => {
    const { inputs, expected_kgco2e } = example<{ quantity: number; unit: string; ef: string }[]>("GHGP-1.1");
    expect(total(inputs.map(({ quantity, unit, ef }) => supplied(quantity, unit, ef)))).toBe(kg(expected_kgco2e));
  });

  it("GHGP-4.1: fuel, and refrigerant by mass", () => {
    const { inputs, expected_kgco2e } = example<{ quantity: number; unit: string; ef: string }[]>("GHGP-4.1");
    expect(total(inputs.map(({ quantity, unit, ef }) => average(quantity, unit, ef)))).toBe(kg(expected_kgco2e));
  });

  it("GHGP-4.2: tonne-kilometres, and never a factor per TEU-kilometre [INV-5]", () => {
    const { inputs, expected_kgco2e } = example<{ mass_t: number; distance_km: number; ef: string }[]>("GHGP-4.2");
    const by = (denominator: string) =>
      inputs.map(({ mass_t, distance_km, ef }) => average(mass_t * distance_km, "t-km", ef, denominator));
    expect(total(by("tonne-km"))).toBe(kg(expected_kgco2e));
    expect(() => by("TEU-km")).toThrow("UNIT_INCOMPATIBLE");
  });

  it("GHGP-4.6, 10.2, 14.2: cubic metre days, mass, floor space by year", () => {
    const stored = example<{ volume_m3: number; days: number; ef: string }[]>("GHGP-4.6");
    const parts = stored.inputs.map(({ volume_m3, days, ef }) => average(volume_m3 * days, "m3-day", ef));
    expect(total(parts)).toBe(kg(stored.expected_kgco2e));
    const processed = example<{ mass_kg: number }>("GHGP-10.2");
    expect(total([average(processed.inputs.mass_kg, "kg", processed.factors[0]?.ef ?? "")])).toBe(
      kg(processed.expected_kgco2e),
    );
    const leased = example<{ area_m2: number; ef: number }[]>("GHGP-14.2");
    expect(total(leased.inputs.map(({ area_m2, ef }) => average(area_m2, "m2-year", String(ef))))).toBe(
      kg(leased.expected_kgco2e),
    );
  });

  it("GHGP-5.2: a zero factor is a factor", () => {
    const { inputs, expected_kgco2e } = example<{ total_t: number; split: { share: string; ef: string }[] }>(
      "GHGP-5.2",
    );
    const lines = inputs.split.map(({ share, ef }) => {
      const quantity = formatNanoKg(toNanoKg(mul(decimal(inputs.total_t), decimal(share))));
      return average(quantity, "t", ef);
    });
    expect(lines.filter((nano) => nano === 0n)).toHaveLength(2);
    expect(total(lines)).toBe(kg(expected_kgco2e));
  });

  it("GHGP-6.1: a third of a vehicle is not rounded [INV-1]", () => {
    type Trip = { employees: number; per_vehicle?: number; km: number; ef: string };
    const { inputs } = example<{ road: Trip[]; air: Trip[] }>("GHGP-6.1");
    const exact = [...inputs.road, ...inputs.air].map(({ employees, per_vehicle = 1, km, ef }) =>
      mul(rational(BigInt(employees * km), BigInt(per_vehicle)), decimal(ef)),
    );
    expect(formatNanoKg(toNanoKg(exact.reduce(add)))).toBe("8317583.333333333");
  });

  it("GHGP-8.1: 1,320, where rounding midway printed 1,325 [INV-1]", () => {
    type Office = {
      own_m2: number;
      total_m2: number;
      occupancy: string;
      gas_kwh: number;
      elec_kwh: number;
      fugitive_kg: number;
    };
    const { inputs, factors, expected_kgco2e } = example<Office>("GHGP-8.1");
    const occupied = mul(rational(BigInt(inputs.total_m2)), decimal(inputs.occupancy));
    const share = mul(rational(BigInt(inputs.own_m2)), { n: occupied.d, d: occupied.n });
    const used = [inputs.gas_kwh, inputs.elec_kwh, inputs.fugitive_kg].map((quantity, at) =>
      mul(mul(decimal(quantity), share), decimal(factors[at]?.ef ?? "")),
    );
    expect(formatNanoKg(toNanoKg(used.reduce(add)))).toBe(kg(expected_kgco2e));
  });

  it("GHGP-9.1 and ILEAP-TCE-1: kilograms over kilometres are tonne-kilometres", () => {
    const shipped = example<{ mass_t: number; distance_km: number }>("GHGP-9.1");
    const { mass_t, distance_km } = shipped.inputs;
    expect(total([average(mass_t * distance_km, "t-km", shipped.factors[0]?.ef ?? "")])).toBe(
      kg(shipped.expected_kgco2e),
    );
    const element = example<{ mass_kg: number; distance_km: number }>("ILEAP-TCE-1");
    const activity = element.inputs.mass_kg * element.inputs.distance_km;
    expect(total([average(activity, "kg-km", element.factors[0]?.ef ?? "", "tkm")])).toBe(kg(element.expected_kgco2e));
    expect(element.expected_parts_kgco2e?.transport_activity_tkm).toBe(activity / 1000);
  });

  it("ILEAP-CHAIN: a decimal comma is no decimal", () => {
    expect(() => parsePactDecimal("8,42769")).toThrow("DECIMAL_INVALID");
  });

  it.each(["EPA-SPEND-334111-v1.3.0", "EPA-SPEND-331110-v1.2", "EPA-SPEND-484121-v1.3.0"])("%s: spend", (id) => {
    const { inputs, factors, expected_kgco2e } = example<{ spend: number; price_year: number }>(id);
    expect(total([spent(inputs.spend, inputs.price_year, factors[0]?.ef ?? "")])).toBe(kg(expected_kgco2e));
    const otherYear = inputs.price_year === 2022 ? 2021 : 2022;
    const line = { ...LINE, date: `${inputs.price_year}-01-01`, amount: "1", currency: "USD" };
    const set: FactorSet = { ...SET, priceBasis: { currency: "USD", year: otherYear, price: "purchaser" } };
    expect(() => calculateLine(line, { method: "spend-based", set, row: row("1", "USD") })).toThrow("RATE_UNKNOWN");
  });

  it.each([
    ["DEFRA24-WASTE-K", "mass_t", "t"],
    ["DEFRA24-AIR-LH-Economy-noRF", "pkm", "passenger-km"],
    ["DEFRA24-AIR-LH-Business-RF", "pkm", "passenger-km"],
    ["DEFRA-UKELEC-2019", "kwh", "kWh"],
    ["DEFRA-UKELEC-2020", "kwh", "kWh"],
    ["DEFRA-UKELEC-2021", "kwh", "kWh"],
    ["DEFRA-CIWASTE-2019", "mass_t", "t"],
    ["DEFRA-CIWASTE-2023", "mass_t", "t"],
  ])("%s: average data", (id, property, unit) => {
    const { inputs, factors, expected_kgco2e } = example<Record<string, string | number>>(id);
    expect(total([average(inputs[property] ?? "", unit, factors[0]?.ef ?? "")])).toBe(kg(expected_kgco2e));
  });

  it("DEFRA24-CAT3-ELEC: three factors of one quantity", () => {
    const { inputs, factors, expected_kgco2e } = example<{ kwh: number }>("DEFRA24-CAT3-ELEC");
    expect(total(factors.map(({ ef }) => average(inputs.kwh, "kWh", ef ?? "")))).toBe(kg(expected_kgco2e));
  });

  it("EPAHUB-CAMX-2024: pounds per megawatt hour, gas by gas", () => {
    const { inputs, factors } = example<{ kwh: number }>("EPAHUB-CAMX-2024");
    const [factor = {}] = factors as Record<string, string>[];
    const mwh = convert(decimal(inputs.kwh), "kWh", "MWh");
    const amounts = (["co2", "ch4", "n2o"] as const).map((gas) => ({
      gas,
      basis: "gas" as const,
      kg: convert(mul(mwh, decimal(factor[`${gas}_lb_mwh`] ?? "")), "lb", "kg"),
    }));
    expect(formatNanoKg(toNanoKg(toCo2e(amounts, "AR5")))).toBe("22649.817481291");
  });

  it("EPAHUB-CAR-2024: kilograms and grams in one row", () => {
    const { inputs, factors, expected_kgco2e } = example<{ vehicle_miles: number }>("EPAHUB-CAR-2024");
    const [factor = {}] = factors as Record<string, string>[];
    const gases = { co2: "co2_kg", ch4: "ch4_g", n2o: "n2o_g" } as const;
    const amounts = Object.entries(gases).map(([gas, column]) => ({
      gas,
      basis: "gas" as const,
      kg: convert(mul(decimal(inputs.vehicle_miles), decimal(factor[column] ?? "")), column.split("_")[1] ?? "", "kg"),
    }));
    expect(formatNanoKg(toNanoKg(toCo2e(amounts, "AR5")))).toBe(kg(expected_kgco2e));
  });
});
