import { formatNanoKg, type LedgerLine } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeInventory } from "./compute-inventory.ts";
import { BASIS, CASTING, footprint, item, line } from "./inventory.fixture.ts";
import type { EvidenceItem, InventoryInput, Retraction } from "./inventory.ts";
import { toInventoryDocument } from "./inventory-document.ts";
import { LiveInventory } from "./live-inventory.ts";

function input(changes: Partial<InventoryInput> = {}): InventoryInput {
  return { ...BASIS, ledger: [], evidence: [], retractions: [], refused: [], faults: [], ...changes };
}

const PRODUCTS = [CASTING, `${CASTING}-2`, `${CASTING}-3`];

const lineOf = (at: number, product: number, quantity: number): LedgerLine =>
  line(`L${at}`, {
    productId: PRODUCTS[product],
    quantity: `${quantity}.${at}`,
    supplier: product === 2 ? undefined : "Caster",
    category: 1 + (at % 3),
    activity: at % 2 === 0 ? "casting:piece" : undefined,
    currency: at % 5 === 0 ? "SEK" : "EUR",
  });

const itemOf = (index: number, product: number, year: number, final: boolean): EvidenceItem =>
  item(
    index,
    footprint(
      `${index + 1}.37`,
      { productIds: [PRODUCTS[product] as string] },
      { referencePeriodStart: `${year}-01-01T00:00:00Z`, referencePeriodEnd: `${year + 1}-01-01T00:00:00Z` },
    ),
    { final },
  );

const ledgers = fc
  .array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 500 })), { maxLength: 12 })
  .map((lines) => lines.map(([product, quantity], at) => lineOf(at, product, quantity)));
const evidences = fc
  .array(fc.tuple(fc.nat(2), fc.integer({ min: 2021, max: 2023 }), fc.boolean()), { maxLength: 8 })
  .map((items) => items.map(([product, year, final], at) => itemOf(at, product, year, final)));
const retractions = fc.array(
  fc.record<Retraction>({
    kind: fc.constantFrom("superseded", "revoked"),
    origin: fc.constant("casting.example/feed"),
    targetIndex: fc.nat(8),
    byIndex: fc.integer({ min: 9, max: 20 }),
  }),
  { maxLength: 4 },
);

/** The same things again, some of them twice, in another order. */
function shuffled<T>(values: readonly T[], seed: readonly number[]): T[] {
  const repeated = values.flatMap((value, at) => ((seed[at] ?? 0) % 3 === 0 ? [value, value] : [value]));
  return repeated
    .map((value, at) => ({ value, key: seed[(at * 7) % Math.max(1, seed.length)] ?? 0, at }))
    .sort((a, b) => a.key - b.key || b.at - a.at)
    .map(({ value }) => value);
}

const seeds = fc.array(fc.nat(), { minLength: 1, maxLength: 20 });

describe("computeInventory", () => {
  it("adds up integers of 10⁻⁹ kg [INV-1]", () => {
    const third = line("L1", { productId: undefined, quantity: "0.1", activity: "casting:piece" });
    const inventory = computeInventory(
      input({ ledger: [third, line("L2")], evidence: [item(0, footprint("0.3333333333"))] }),
    );
    expect(inventory.totalNano).toBe(1_200_000_000n + 3_333_333_333n);
    expect(formatNanoKg(inventory.totalNano)).toBe("4.533333333");
  });

  it("splits what is final from what is provisional", () => {
    const provisional = item(1, footprint("2", { productIds: [PRODUCTS[1] as string] }), { final: false });
    const ledger = [line("L1"), line("L2", { productId: PRODUCTS[1] })];
    const inventory = computeInventory(input({ ledger, evidence: [item(0, footprint("10")), provisional] }));
    expect([inventory.totalNano, inventory.finalNano, inventory.provisionalNano].map(formatNanoKg)).toEqual([
      "120.000000000",
      "100.000000000",
      "20.000000000",
    ]);
    expect(inventory.confidence.reasons).toContain("provisional");
  });

  it("makes a fault of two live footprints for one product, site and period [LEAF-4]", () => {
    const inventory = computeInventory(
      input({ ledger: [line("L1")], evidence: [item(0, footprint("10")), item(1, footprint("11"))] }),
    );
    expect(inventory.faults).toEqual([
      {
        member: "did:web:casting.example",
        kind: "duplicate-live-footprint",
        caughtBy: "inventory",
        detail: `${CASTING}: casting.example/feed#0, casting.example/feed#1 are live for one site and period`,
      },
    ]);
  });

  it("refuses two different lines under one id", () => {
    expect(() => computeInventory(input({ ledger: [line("L1"), line("L1", { quantity: "11" })] }))).toThrow(
      "LEDGER_LINE_CONFLICT",
    );
  });

  it("depends on the set alone, not on order or repetition [INV-2]", () => {
    fc.assert(
      fc.property(ledgers, evidences, retractions, seeds, (ledger, evidence, ended, seed) => {
        const once = computeInventory(input({ ledger, evidence, retractions: ended }));
        const again = computeInventory(
          input({
            ledger: shuffled(ledger, seed),
            evidence: shuffled(evidence, seed),
            retractions: shuffled(ended, seed),
          }),
        );
        expect(again).toEqual(once);
      }),
      { numRuns: 150 },
    );
  });

  it("gives one cause of two retractions by one entry, whichever came first [INV-2]", () => {
    const both = (["revoked", "superseded"] as const).map((kind) => ({
      kind,
      origin: "casting.example/feed",
      targetIndex: 0,
      byIndex: 12,
    }));
    const of = (retractions: typeof both) =>
      computeInventory(input({ ledger: [line("L1")], evidence: [item(0, footprint("10"))], retractions }));
    expect(of(both)).toEqual(of(both.toReversed()));
  });

  it("is reached by any sequence of single changes [INV-2]", () => {
    type Change = (live: LiveInventory) => void;
    fc.assert(
      fc.property(ledgers, evidences, retractions, seeds, (ledger, evidence, ended, seed) => {
        const changes: Change[] = [
          ...ledger.map(
            (one): Change =>
              (live) =>
                live.addLines([one]),
          ),
          ...evidence.map(
            (one): Change =>
              (live) =>
                void live.addEvidence(one),
          ),
          ...ended.map(
            (one): Change =>
              (live) =>
                void live.retract(one),
          ),
        ];
        const live = new LiveInventory(BASIS);
        for (const change of shuffled(changes, seed)) {
          change(live);
          expect(live.snapshot().totalNano).toBe(live.totalNano);
        }
        expect(live.snapshot()).toEqual(computeInventory(input({ ledger, evidence, retractions: ended })));
      }),
      { numRuns: 100 },
    );
  });

  it("touches only the lines of the product that a verdict is about", () => {
    const live = new LiveInventory(BASIS);
    live.addLines([line("L1"), line("L2", { productId: PRODUCTS[1] }), line("L3")]);
    expect(live.addEvidence(item(0, footprint("10")))).toEqual(["L1", "L3"]);
    expect(live.addEvidence(item(0, footprint("10")))).toEqual([]);
    expect(live.retract({ kind: "revoked", origin: "casting.example/feed", targetIndex: 0, byIndex: 1 })).toEqual([
      "L1",
      "L3",
    ]);
  });
});

describe("toInventoryDocument", () => {
  it("says totals, methods, coverage and confidence as text", () => {
    const ledger = [
      line("L1"),
      line("L2", { productId: undefined }),
      line("L3", { productId: undefined, activity: undefined, naics: undefined }),
    ];
    const refused = [
      { member: "did:web:x.example", origin: "x", index: 3, code: "LEAF_DIFFERS", reason: "another hash" },
    ];
    const document = toInventoryDocument(
      computeInventory(input({ ledger, evidence: [item(0, footprint("10"))], refused })),
    );
    expect(document).toMatchObject({
      totalKgCo2e: "220.000000000",
      finalKgCo2e: "220.000000000",
      provisionalKgCo2e: "0.000000000",
      byCategory: { "1": "220.000000000" },
      bySupplier: { "did:web:casting.example": "220.000000000" },
      byMethod: {
        "supplier-specific": { lines: 1, kgCo2e: "100.000000000" },
        "average-data": { lines: 1, kgCo2e: "120.000000000" },
        "spend-based": { lines: 0, kgCo2e: "0.000000000" },
        unsupported: { lines: 1 },
      },
      coverage: { lines: { counted: 2, total: 3, share: "0.6666" }, spend: { lines: 3, share: "0.6666" } },
      confidence: {
        level: "low",
        verifiedShare: "0.4545",
        reasons: ["low-coverage", "low-verified-share", "refused-evidence", "unsupported-lines"],
      },
      attestations: {
        verified: 1,
        refused: [{ member: "did:web:x.example", code: "LEAF_DIFFERS", reason: "another hash" }],
      },
    });
  });

  it("keeps a supplier of any name", () => {
    const document = toInventoryDocument(computeInventory(input({ ledger: [line("L1", { supplier: "__proto__" })] })));
    expect(Object.entries(document.bySupplier)).toEqual([["__proto__", "120.000000000"]]);
  });
});

describe("confidence", () => {
  it("is high only where nothing caps it", () => {
    const whole = input({ ledger: [line("L1")], evidence: [item(0, footprint("10"))] });
    expect(computeInventory(whole).confidence).toEqual({ level: "high", verifiedShare: "1.0000", reasons: [] });
    const levelOf = (changes: Partial<InventoryInput>): object => {
      const { level, reasons } = computeInventory({ ...whole, ...changes }).confidence;
      return { level, reasons };
    };
    expect(levelOf({ weakWitnessing: true })).toEqual({ level: "medium", reasons: ["weak-witnessing"] });
    expect(levelOf({ registryStale: true })).toEqual({ level: "medium", reasons: ["registry-stale"] });
    expect(levelOf({ evidence: [item(0, footprint("10"), { sponsored: true })] })).toEqual({
      level: "medium",
      reasons: ["sponsored-members"],
    });
    expect(levelOf({ ledger: [] })).toEqual({ level: "low", reasons: ["low-coverage", "low-verified-share"] });
  });
});
