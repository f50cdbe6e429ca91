import type { LedgerLine } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { computeInventory } from "./compute-inventory.ts";
import { explainLine } from "./explain.ts";
import { BASIS, POLICY, RATES, table } from "./inventory.fixture.ts";
import type { Inventory } from "./inventory.ts";
import { toInventoryDocument } from "./inventory-document.ts";
import type { InventoryPolicy } from "./inventory-policy.ts";
import { renderExplanation } from "./render-explanation.ts";

// Lines of other methods than a plain quantity, in the categories that need them, through the whole inventory.

const rowBase = {
  boundary: "life cycle",
  geography: { scheme: "global", code: "GLO" },
  source: "a table, row 7",
} as const;
const value = (key: string, figure: string, denominator: string, changes: object = {}) =>
  ({ ...rowBase, key, label: key, kind: "value", value: figure, denominator, ...changes }) as const;

const FACTORS = table(
  "methods",
  [
    value("truck", "0.1", "t-km"),
    value("rail/DE", "0.02", "t-km", { activity: "rail", geography: { scheme: "iso-3166-1", code: "DE" } }),
    value("rail/Europe", "0.03", "t-km", { activity: "rail", geography: { scheme: "un-m49", code: "150" } }),
    value("landfill", "500", "t"),
    value("recycling", "20", "t"),
    value("power", "0.4", "kWh", {
      gases: [
        { gas: "co2", basis: "co2e", value: "0.38" },
        { gas: "ch4", basis: "co2e", value: "0.02" },
      ],
    }),
    {
      ...rowBase,
      key: "wood",
      label: "wood",
      kind: "by-gas",
      denominator: "kg",
      gases: [
        { gas: "co2-biogenic", basis: "gas", value: "1.7" },
        { gas: "ch4", basis: "gas", value: "0.25", numerator: "g" },
      ],
    },
    value("diesel/kwh", "0.25", "kWh_gross", { activity: "diesel" }),
    value("diesel/t", "3000", "t", { activity: "diesel" }),
    value("gas/kwh", "0.2", "kWh_gross", { activity: "gas" }),
    value("gas/mj", "0.05", "MJ_gross", { activity: "gas" }),
    value("331524", "0.5", "USD"),
  ],
  { id: "methods" } as object,
);

const METHODS: InventoryPolicy = {
  ...POLICY,
  methods: ["supplier-specific", "hybrid", "reported-emissions", "average-data", "spend-based"],
  factorSets: [{ id: "methods" }],
};

function inventoryOf(ledger: readonly LedgerLine[], policy: InventoryPolicy = METHODS): Inventory {
  return computeInventory({
    ...BASIS,
    policy,
    factors: { tables: [FACTORS], rates: RATES },
    ledger,
    evidence: [],
    retractions: [],
    refused: [],
    faults: [],
  });
}

const line = (id: string, category: number, changes: Partial<LedgerLine>): LedgerLine => ({
  id,
  date: "2024-03-01",
  category,
  description: id,
  ...changes,
});
const freight = (changes: Partial<LedgerLine> = {}): LedgerLine =>
  line("freight", 4, {
    method: "distance-based",
    amounts: { mass: { value: "4", unit: "t" }, distance: { value: "2000", unit: "km" } },
    activity: "truck",
    ...changes,
  });
const kgOf = (inventory: Inventory): string => toInventoryDocument(inventory).totalKgCo2e;
const missed = (inventory: Inventory): string[] => inventory.lines[0]?.match.passedOver.map(({ rule }) => rule) ?? [];

describe("lines by a method of the guidance", () => {
  it("carry goods over a distance", () => {
    expect(kgOf(inventoryOf([freight()]))).toBe("800.000000000");
    const miles = { mass: { value: "4000", unit: "kg" }, distance: { value: "1000", unit: "mi" } };
    expect(kgOf(inventoryOf([freight({ amounts: miles })]))).toBe("643.737600000");
  });

  it("are not counted where the units are not those of the factor, or an input is missing or unknown", () => {
    const teu = { containers: { value: "2", unit: "TEU" }, distance: { value: "2000", unit: "km" } };
    expect(missed(inventoryOf([freight({ amounts: teu })]))).toContain("unit-incompatible");
    expect(missed(inventoryOf([freight({ amounts: { mass: { value: "4", unit: "t" } } })]))).toContain(
      "activity-data-missing",
    );
    const ton = { mass: { value: "4", unit: "ton" }, distance: { value: "1", unit: "km" } };
    expect(missed(inventoryOf([freight({ amounts: ton })]))).toContain("unit-ambiguous");
    expect(missed(inventoryOf([freight({ category: 13 })]))).toContain("method-unknown");
  });

  it("go tonnes by containers only with a load per container", () => {
    const perTeu = value("ship", "0.5", "TEU-km");
    const factors = { tables: [table("methods", [perTeu])], rates: RATES };
    const amounts = {
      mass: { value: "20", unit: "t" },
      distance: { value: "1000", unit: "km" },
      massPerTeu: { value: "10", unit: "t/TEU" },
    };
    const ledger = [freight({ activity: "ship", amounts })];
    const input = {
      ...BASIS,
      policy: METHODS,
      factors,
      ledger,
      evidence: [],
      retractions: [],
      refused: [],
      faults: [],
    };
    expect(kgOf(computeInventory(input))).toBe("1000.000000000");
  });

  it("take the factor of their place, and the region's only where policy says so", () => {
    const rail = (geography: string) => freight({ activity: "rail", geography });
    expect(kgOf(inventoryOf([rail("DE")]))).toBe("160.000000000");
    expect(missed(inventoryOf([rail("FR")]))).toContain("step-not-allowed");
    const regional = inventoryOf([rail("FR")], { ...METHODS, fallbacks: ["geography:region"] });
    expect(kgOf(regional)).toBe("240.000000000");
    const text = renderExplanation(explainLine(regional.lines[0] as Inventory["lines"][number]));
    expect(text).toContain("selection: geography:region");
    expect(text).toContain("average-data methods@2024.1.0#rail/DE: geography-elsewhere");
    expect(missed(inventoryOf([freight({ activity: "rail" })]))).toContain("geography-not-stated");
  });

  it("are made of components, each by its own factor, and counted whole or not at all", () => {
    const split = (recycled: string): LedgerLine =>
      line("waste", 5, {
        components: [
          ["landfill", "0.25"],
          ["recycling", recycled],
        ].map(([activity = "", share = ""]) => ({
          id: activity,
          part: activity,
          method: "waste-type-specific",
          amounts: { mass: { value: "40", unit: "t" } },
          shares: { treated: { share } },
          activity,
        })),
      });
    const whole = inventoryOf([split("0.75")]);
    expect(kgOf(whole)).toBe("5600.000000000");
    expect(toInventoryDocument(whole).byMethod.hybrid).toEqual({ lines: 1, kgCo2e: "5600.000000000" });
    expect(missed(inventoryOf([split("0.7")]))).toContain("shares-not-whole");
    const without = line("waste", 5, {
      components: [
        { id: "x", activity: "nothing", method: "waste-type-specific", amounts: { mass: { value: "1", unit: "t" } } },
      ],
    });
    expect(missed(inventoryOf([without]))).toContain("component-unsupported");
  });

  it("are made of components in money too, of the line's year where they name none", () => {
    const spent = (id: string, changes: object) => ({ id, part: "materials", naics: "331524", ...changes });
    const pump = line("pump", 1, {
      date: "2022-03-01",
      components: [
        { id: "iron", activity: "wood", amounts: { quantity: { value: "1000", unit: "kg" } } },
        spent("paint", { amounts: { quantity: { value: "20", unit: "USD" } } }),
        spent("varnish", { method: "spend-based", amounts: { spend: { value: "10", unit: "USD@2022" } } }),
      ],
    });
    // 0.25 kg of methane at 28, and 30 dollars at 0.5.
    expect(kgOf(inventoryOf([pump]))).toBe("22.000000000");
  });

  it("take revenue of an investee by the part that is the investor's", () => {
    const investee = line("investee", 15, {
      date: "2022-12-31",
      method: "investment-average",
      naics: "331524",
      amounts: { revenue: { value: "1000000", unit: "USD@2022" } },
      shares: { attributed: { share: "0.1" } },
    });
    expect(kgOf(inventoryOf([investee]))).toBe("50000.000000000");
  });

  it("are not counted where they name a share and no method that takes it", () => {
    const half = line("half", 3, {
      quantity: "10",
      unit: "kWh",
      activity: "power",
      shares: { allocated: { share: "0.5" } },
    });
    expect(missed(inventoryOf([half]))).toContain("activity-data-invalid");
  });

  it("state emissions of others by the part that is the company's, and keep accounts apart", () => {
    const investment = (id: string, changes: Partial<LedgerLine>): LedgerLine =>
      line(id, 15, {
        method: "investment",
        amounts: { emissions: { value: "120000", unit: "t CO2e" } },
        shares: { attributed: { share: "0.4" } },
        ...changes,
      });
    const inventory = inventoryOf([investment("a", {}), investment("b", { account: "scope 3 of investees" })]);
    const { totalKgCo2e, apart, byMethod } = toInventoryDocument(inventory);
    expect(totalKgCo2e).toBe("48000000.000000000");
    expect(apart.accounts).toEqual({ "scope 3 of investees": "48000000.000000000" });
    expect(byMethod["reported-emissions"].lines).toBe(1);
  });

  it("tell gases apart, with what biomass lets out beside the total", () => {
    const wood = line("wood", 3, { quantity: "1000", unit: "kg", activity: "wood" });
    const power = line("power", 3, { quantity: "100", unit: "kWh", activity: "power" });
    const document = toInventoryDocument(inventoryOf([wood, power]));
    // 0.25 kg of methane at 28, and 40 kg of CO2e.
    expect(document.totalKgCo2e).toBe("47.000000000");
    expect(document.apart.biogenicKgCo2).toBe("1700.000000000");
    expect(document.gases).toEqual({
      ch4: { kg: "0.321428571", kgCo2e: "9.000000000" },
      co2: { kg: "38.000000000", kgCo2e: "38.000000000" },
      "co2-biogenic": { kg: "1700.000000000", kgCo2e: "0.000000000" },
    });
  });

  it("come under the GWPs that policy asks for, and are refused where a figure has no gases to convert", () => {
    const power = line("power", 3, { quantity: "100", unit: "kWh", activity: "power" });
    const under = (orPublished: boolean): InventoryPolicy => ({ ...METHODS, gwp: { set: "AR6", orPublished } });
    // CO2e of methane under AR5 is turned back into methane, and never multiplied again: 2 / 28 × 27.9.
    expect(kgOf(inventoryOf([power], under(false)))).toBe("39.992857143");
    expect(missed(inventoryOf([freight()], under(false)))).toContain("gwp-set-unavailable");
    const published = inventoryOf([freight()], under(true));
    expect(kgOf(published)).toBe("800.000000000");
    expect(published.lines[0]?.match.kind === "counted" && published.lines[0].match.calculation.gwp).toBe(
      "AR5 as published",
    );
  });
});

describe("a line of a fuel", () => {
  const properties = [
    { value: "45", unit: "GJ_gross/t" },
    { value: "800", unit: "kg/m3" },
  ];
  const fuel = { fuel: "diesel", label: "Diesel", source: "delivery note 17", properties };
  const burnt = (changes: Partial<LedgerLine>): LedgerLine =>
    line("L-1", 3, { quantity: "1000", unit: "l", activity: "diesel", ...changes });

  it("is computed by the factor per its own measure, else per the first that its fuel's properties lead to", () => {
    expect(kgOf(inventoryOf([burnt({ quantity: "2", unit: "t", fuel })]))).toBe("6000.000000000");
    // 0.8 t x 45 GJ/t = 36 GJ = 10,000 kWh; energy is what the first property leads to.
    const perKwh = inventoryOf([burnt({ fuel })]);
    expect(kgOf(perKwh)).toBe("2500.000000000");
    expect(renderExplanation(explainLine(perKwh.lines[0] as Inventory["lines"][number]))).toContain(
      "stated#diesel: delivery note 17",
    );
  });

  it("is left out where nothing is stated of the fuel, and where two factors fit alike", () => {
    expect(missed(inventoryOf([burnt({})]))).toContain("unit-incompatible");
    expect(missed(inventoryOf([burnt({ activity: "gas", fuel: { ...fuel, fuel: "gas" } })]))).toContain("ambiguous");
  });
});
