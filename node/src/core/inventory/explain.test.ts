import type { FactorRow, LedgerLine } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { computeInventory } from "./compute-inventory.ts";
import { explainLine, explainTotal } from "./explain.ts";
import { BASIS, footprint, item, line, table } from "./inventory.fixture.ts";
import type { InventoryInput } from "./inventory.ts";
import type { InventoryPolicy } from "./inventory-policy.ts";
import { LiveInventory } from "./live-inventory.ts";
import type { Period } from "./period.ts";
import { renderExplanation } from "./render-explanation.ts";

function live(changes: Partial<InventoryInput> = {}): LiveInventory {
  const inventory = new LiveInventory(BASIS);
  for (const one of changes.evidence ?? []) inventory.addEvidence(one);
  inventory.addLines(changes.ledger ?? []);
  return inventory;
}

describe("explainLine", () => {
  it("goes down to the signed source", () => {
    const evidence = [item(7, footprint("10"), { logTimeUnix: 1_710_000_000 })];
    const document = explainLine(live({ evidence, ledger: [line("L1")] }).line("L1"));
    expect(document).toMatchObject({ subject: "L1", kgCo2e: "100.000000000" });
    expect(renderExplanation(document)).toBe(`\
L1: 100.000000000 kg CO2e
├─ method: supplier-specific
├─ formula: 10 piece ÷ 1 piece × 10 kg CO2e
│  ├─ ÷ 1 piece, declaredUnitAmount: 10 declared units
│  │  └─ source: casting.example/feed#7
│  └─ × 10, pcfExcludingBiogenicUptake: 100 kg CO2e
│     └─ source: casting.example/feed#7
├─ line: L1
│  ├─ date: 2024-03-01
│  ├─ category: 1
│  ├─ supplier: did:web:casting.example
│  ├─ productId: urn:pact:casting.example:product-id:housing
│  ├─ description: Housings
│  ├─ quantity: 10
│  ├─ unit: piece
│  ├─ amount: 1000
│  ├─ currency: USD
│  ├─ activity: casting:piece
│  └─ naics: 331524
├─ attestation: casting.example/feed#7
│  ├─ signed by: Caster (did:web:casting.example), key casting-1
│  ├─ log entry: casting.example/feed index 7, leaf hash ${evidence[0]?.ref.leaf}
│  ├─ checkpoint: size 100, final since 2024-03-09T16:00:00.000Z
│  ├─ footprint: 3893bb5d-da16-4dc1-9185-11d97476c254
│  ├─ product: Housing (urn:pact:casting.example:product-id:housing)
│  ├─ states: 10 kg CO2e per 1 piece
│  └─ reference period: 2023-01-01T00:00:00Z to 2024-01-01T00:00:00Z
├─ rounding: once, half to even, to 10⁻⁹ kg
├─ global warming potentials: AR6 as the footprint states
├─ 95 % interval: 39.6 to 253 kg CO2e (GSD² 2.522847)
└─ uncertainty: assumed
   ├─ attestation:casting.example/feed#7: GSD² 2.519602
   └─ activity:quantities: GSD² 1.050000
`);
  });

  it("goes down to the factor's row and citation, past what was not used", () => {
    const text = renderExplanation(explainLine(live({ ledger: [line("L1", { activity: undefined })] }).line("L1")));
    expect(text).toContain("formula: 1000 USD as USD 2022 × 0.5 kg CO2e/USD 2022");
    expect(text).toContain("├─ factor: spend@2024.1.0#331524");
    expect(text).toContain("citation: a table");
    expect(text).toContain("row: 0 of 1, under rows root");
    expect(text).toContain("├─ supplier-specific: no-attestation");
    expect(text).toContain("└─ average-data: activity-not-stated");
  });

  const rowOf = (code: string): FactorRow => ({
    kind: "value",
    key: `electricity:${code}`,
    activity: "electricity",
    label: "Electricity",
    value: "0.4",
    denominator: "kWh",
    boundary: "generation",
    geography: code === "GLO" ? { scheme: "global", code } : { scheme: "iso-3166-1", code },
    source: "a table",
  });
  const gridLine = (changes: Parameters<typeof line>[1]) =>
    line("L1", {
      productId: undefined,
      supplier: undefined,
      naics: undefined,
      unit: "kWh",
      activity: "electricity",
      ...changes,
    });
  const explained = (
    codes: readonly string[],
    of: LedgerLine,
    fallbacks: InventoryPolicy["fallbacks"] = [],
  ): string => {
    const basis = {
      ...BASIS,
      policy: {
        ...BASIS.policy,
        methods: ["hybrid", "average-data"] as const,
        factorSets: [{ id: "grid" }],
        fallbacks,
      },
      factors: { tables: [table("grid", codes.map(rowOf))] },
    };
    const inventory = new LiveInventory(basis);
    inventory.addLines([of]);
    return renderExplanation(explainLine(inventory.line("L1")));
  };

  it("says whether the factor is EXACT or by which steps, and what was rejected by which rule [SEL-11]", () => {
    const exact = explained(["DE", "FR", "GLO"], gridLine({ geography: "DE" }), ["geography:world"]);
    expect(exact).toContain("selection: EXACT");
    expect(exact).toContain("average-data grid@2024.1.0#electricity:FR: geography-elsewhere (iso-3166-1:FR)");
    expect(exact).toContain("average-data grid@2024.1.0#electricity:GLO: more-steps (geography:world)");
    const fallback = explained(["FR", "GLO"], gridLine({ geography: "DE" }), ["geography:world"]);
    expect(fallback).toContain("selection: geography:world");
    expect(explained(["GLO"], gridLine({ geography: "DE" }))).toContain("step-not-allowed (geography:world)");
  });

  it("puts many that one rule rejected under it, and says so of components too", () => {
    const codes = ["AR", "BO", "CL", "CO", "EC", "FR", "IT", "JP", "PE", "GLO"];
    const components = [
      {
        id: "grid",
        activity: "electricity",
        method: "average-data",
        amounts: { quantity: { value: "5", unit: "kWh" } },
      },
    ];
    const hybrid = gridLine({ geography: "DE", components, quantity: undefined, unit: undefined });
    for (const of of [gridLine({ geography: "DE" }), hybrid]) {
      const text = explained(codes, of, ["geography:world"]);
      expect(text).toContain("average-data: geography-elsewhere: 9 candidates");
      expect(text.match(/geography-elsewhere \(/g)).toHaveLength(9);
    }
  });

  it("gives each component its own GWPs, gases and uncertainty, and of a period its days alone", () => {
    const rows: FactorRow[] = [
      {
        ...rowOf("DE"),
        gases: [
          { gas: "co2", basis: "gas", value: "0.3" },
          { gas: "ch4", basis: "co2e", value: "0.1" },
        ],
      } as FactorRow,
    ];
    const components = ["day", "night"].map((id) => ({
      id,
      activity: "electricity",
      amounts: { quantity: { value: "5", unit: "kWh" } },
    }));
    const basis = {
      ...BASIS,
      policy: { ...BASIS.policy, methods: ["hybrid", "average-data"] as const, factorSets: [{ id: "grid" }] },
      factors: { tables: [table("grid", rows)] },
    };
    const explain = (of: LedgerLine, period?: Period): string => {
      const inventory = new LiveInventory({ ...basis, ...(period === undefined ? {} : { period }) });
      inventory.addLines([of]);
      return renderExplanation(explainLine(inventory.line("L1")));
    };
    const hybrid = explain(gridLine({ geography: "DE", components, quantity: undefined, unit: undefined }));
    expect(hybrid.match(/global warming potentials/g)).toHaveLength(3);
    expect(hybrid.match(/by gas, each rounded by itself/g)).toHaveLength(3);
    expect(hybrid.match(/─ uncertainty/g)).toHaveLength(2);
    expect(hybrid.match(/95 % interval: \S+ to \S+ kg CO2e/g)).toHaveLength(1);
    const days = { start: "2024-03-01", end: "2024-03-10" };
    const whole = gridLine({ geography: "DE", quantity: "100", period: days });
    expect(explain(whole)).toContain("co2: 30.000000000 kg, 30.000000000 kg CO2e");
    expect(explain(whole, { name: "rest of 2024", start: "2024-03-06", end: "2024-12-31" })).toContain(
      "co2: 15.000000000 kg, 15.000000000 kg CO2e",
    );
  });

  it("says why a line is not counted", () => {
    const document = explainLine(
      live({ ledger: [line("L1", { supplier: undefined, activity: undefined, naics: undefined })] }).line("L1"),
    );
    expect(document.kgCo2e).toBeUndefined();
    expect(renderExplanation(document)).toContain("supplier-specific: supplier-not-stated");
  });

  it("refuses a line that is not there", () => {
    expect(() => live().line("L9")).toThrow("LINE_UNKNOWN");
  });

  it("shows control characters and never obeys them", () => {
    const text = renderExplanation(
      explainLine(live({ ledger: [line("L1", { description: "a\u001b[2Jb\u202ec" })] }).line("L1")),
    );
    expect(text).toContain("a\uFFFD[2Jb\uFFFDc");
  });
});

describe("explainTotal", () => {
  it("adds up from lines, and names refusals, faults, policy and registry", () => {
    const inventory = computeInventory({
      ...BASIS,
      ledger: [line("L1"), line("L2", { category: 4, productId: undefined })],
      evidence: [item(0, footprint("10"))],
      retractions: [],
      refused: [
        { member: "did:web:x.example", origin: "x.example/feed", index: 3, code: "LEAF_DIFFERS", reason: "altered" },
      ],
      faults: [{ member: "did:web:x.example", kind: "withheld", caughtBy: "route tag", detail: "index 4" }],
    });
    const text = renderExplanation(explainTotal(inventory));
    expect(text).toContain("total: 220.000000000 kg CO2e");
    expect(text).toContain(
      "├─ category 1: 100.000000000 kg CO2e\n│  └─ L1: 100.000000000 kg CO2e by casting.example/feed#0",
    );
    expect(text).toContain(
      "├─ category 4: 120.000000000 kg CO2e\n│  └─ L2: 120.000000000 kg CO2e by activity@2024.1.0#casting:piece",
    );
    expect(text).toContain("did:web:x.example x.example/feed#3: LEAF_DIFFERS: altered");
    expect(text).toContain("did:web:x.example: withheld: index 4");
    expect(text).toContain("policy: test@1.0.0");
  });

  it("lists what is on an account beside the total, not in it", () => {
    const ledger = [line("L1"), line("L2", { account: "sold on" })];
    const input = { ...BASIS, ledger, evidence: [item(0, footprint("10"))], retractions: [], refused: [], faults: [] };
    const { tree } = explainTotal(computeInventory(input));
    const linesUnder = (label: string): readonly string[] =>
      tree.children.find((child) => child.label === label)?.children.map((child) => child.label) ?? [];
    expect(linesUnder("category 1")).toEqual(["L1"]);
    expect(linesUnder("beside the total: sold on")).toEqual(["L2"]);
  });
});
