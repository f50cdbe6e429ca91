import type { LedgerLine } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeInventory } from "./compute-inventory.ts";
import { BASIS, footprint, item, line } from "./inventory.fixture.ts";
import type { EvidenceItem, InventoryBasis, Retraction } from "./inventory.ts";
import { LiveInventory } from "./live-inventory.ts";
import { apportion, parsePeriod } from "./period.ts";

const PERIODS = [undefined, parsePeriod("2024"), parsePeriod("2024-Q1"), parsePeriod("2023-07-01..2024-06-30")];

/** A line of any of a few ids, so that most are corrections of one that is there, some spanning several periods. */
const lines: fc.Arbitrary<LedgerLine> = fc
  .record({
    id: fc.constantFrom("a", "b", "c", "d"),
    quantity: fc.constantFrom("1", "10", "-3", "0.333"),
    date: fc.constantFrom("2023-12-31", "2024-01-01", "2024-03-15", "2025-01-01"),
    days: fc.constantFrom(undefined, { start: "2023-12-02", end: "2025-01-31" }),
    attested: fc.boolean(),
    bought: fc.boolean(),
  })
  .map(({ id, quantity, date, days, attested, bought }) =>
    line(id, {
      quantity,
      date,
      ...(days === undefined ? {} : { period: days }),
      ...(attested ? {} : { productId: undefined }),
      ...(bought ? {} : { activity: undefined }),
    }),
  );

type Change =
  | { readonly kind: "put"; readonly line: LedgerLine }
  | { readonly kind: "remove"; readonly id: string }
  | { readonly kind: "evidence"; readonly item: EvidenceItem }
  | { readonly kind: "retract"; readonly retraction: Retraction };

const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: lines.map((one): Change => ({ kind: "put", line: one })) },
  { weight: 1, arbitrary: fc.constantFrom("a", "b", "x").map((id): Change => ({ kind: "remove", id })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ index: fc.nat({ max: 3 }), kg: fc.constantFrom("9", "10.5", "0"), final: fc.boolean() })
      .map(({ index, kg, final }): Change => ({ kind: "evidence", item: item(index, footprint(kg), { final }) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ targetIndex: fc.nat({ max: 3 }), byIndex: fc.integer({ min: 4, max: 6 }) })
      .map(
        (at): Change => ({ kind: "retract", retraction: { kind: "revoked", origin: "casting.example/feed", ...at } }),
      ),
  },
);

function apply(live: LiveInventory, change: Change): void {
  if (change.kind === "put") live.putLine(change.line);
  else if (change.kind === "remove") live.removeLine(change.id);
  else if (change.kind === "evidence") live.addEvidence(change.item);
  else live.retract(change.retraction);
}

/** What a sequence of changes leaves to be computed at once. */
function recompute(sequence: readonly Change[], basis: InventoryBasis) {
  const ledger = new Map<string, LedgerLine>();
  const evidence: EvidenceItem[] = [];
  const retractions: Retraction[] = [];
  for (const change of sequence) {
    if (change.kind === "put") ledger.set(change.line.id, change.line);
    else if (change.kind === "remove") ledger.delete(change.id);
    else if (change.kind === "evidence") evidence.push(change.item);
    else retractions.push(change.retraction);
  }
  return computeInventory({ ...basis, ledger: [...ledger.values()], evidence, retractions, refused: [], faults: [] });
}

describe("an inventory kept up to date", () => {
  it("equals one computed at once, after any corrections, retractions and repetitions, in any period [INV-2]", () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 30 }), fc.constantFrom(...PERIODS), (sequence, period) => {
        const basis = period === undefined ? BASIS : { ...BASIS, period };
        const live = new LiveInventory(basis);
        for (const change of sequence) apply(live, change);
        expect(live.snapshot()).toEqual(recompute(sequence, basis));
      }),
      { numRuns: 300 },
    );
  });

  it("is the same however often each change is made", () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 15 }), (sequence) => {
        const [once, twice] = [new LiveInventory(BASIS), new LiveInventory(BASIS)];
        for (const change of sequence) {
          apply(once, change);
          apply(twice, change);
          apply(twice, change);
        }
        expect(twice.snapshot()).toEqual(once.snapshot());
      }),
    );
  });

  it("apportions a line over the periods that share it, to the last nanokilogram", () => {
    const spanning = line("a", {
      quantity: "0.333",
      productId: undefined,
      period: { start: "2024-02-20", end: "2024-05-03" },
    });
    const totals = ["2024-Q1", "2024-Q2"].map((name) => {
      const live = new LiveInventory({ ...BASIS, period: parsePeriod(name) });
      live.putLine(spanning);
      return live.totalNano;
    });
    const whole = new LiveInventory(BASIS);
    whole.putLine(spanning);
    expect((totals[0] ?? 0n) + (totals[1] ?? 0n)).toBe(whole.totalNano);
    // 41 of its 74 days, by the rule that `apportion` states.
    expect(totals[0]).toBe(apportion(whole.totalNano, { before: 0, upTo: 41, of: 74 }));
  });
});
