import type { LedgerLine } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import type { EvidenceItem } from "./inventory.ts";
import { DEFAULT_INVENTORY_POLICY } from "./inventory-policy.ts";
import { Knowledge } from "./knowledge.ts";
import { PolicyHistory } from "./policy-history.ts";

const line = (id: string, description: string): LedgerLine => ({ id, date: "2025-03-01", category: 1, description });
const item = (index: number): EvidenceItem =>
  ({ ref: { origin: "smelter.example/feed", index, leaf: "" }, final: false }) as EvidenceItem;

function learn(knowledge: Knowledge, at: number, lines: LedgerLine[], retracted: string[] = []): void {
  const change = { lines, retracted: retracted.map((id) => ({ id, reason: "entered twice" })) };
  for (const version of knowledge.ledger.plan(change, at)) knowledge.ledger.add(version);
}

describe("what was known", () => {
  it("is told as it was at any time: lines before they were corrected or retracted", () => {
    const knowledge = new Knowledge();
    learn(knowledge, 100, [line("a", "first"), line("b", "first")]);
    learn(knowledge, 200, [line("a", "corrected"), line("c", "late")]);
    learn(knowledge, 300, [], ["b"]);
    const at = (unix?: number): string[] =>
      knowledge.factsAt(unix).ledger.map(({ id, description }) => `${id} ${description}`);
    expect(at(99)).toEqual([]);
    expect(at(100)).toEqual(["a first", "b first"]);
    expect(at(299)).toEqual(["a corrected", "b first", "c late"]);
    expect(at(300)).toEqual(["a corrected", "c late"]);
    expect(at()).toEqual(at(300));
    expect(knowledge.ledger.of("b").map(({ kind }) => kind)).toEqual(["line", "retracted"]);
  });

  it("stays in order when the clock was set back", () => {
    const knowledge = new Knowledge();
    learn(knowledge, 500, [line("a", "first")]);
    learn(knowledge, 100, [line("b", "later, says the ledger, whatever the clock says")]);
    expect(knowledge.ledger.versions.map(({ at }) => at)).toEqual([500, 500]);
    expect(knowledge.factsAt(499).ledger).toEqual([]);
  });

  it("refuses a history with a gap", () => {
    const knowledge = new Knowledge();
    const [, second] = knowledge.ledger.plan({ lines: [line("a", "x"), line("b", "x")], retracted: [] }, 1);
    expect(() => knowledge.ledger.add(second as NonNullable<typeof second>)).toThrow(RangeError);
  });

  it("leaves out evidence, retractions, refusals and faults that came later", () => {
    const knowledge = new Knowledge();
    knowledge.addEvidence(item(1), 100);
    knowledge.addEvidence(item(2), 200);
    knowledge.addRetraction({ kind: "revoked", origin: "smelter.example/feed", targetIndex: 1, byIndex: 3 }, 300);
    knowledge.addRefused({ member: "m", origin: "o", index: 4, code: "X", reason: "y" }, 400);
    knowledge.addFault({ member: "m", kind: "withheld", caughtBy: "route-tag", detail: "" }, 500);
    const counts = (unix?: number): number[] => {
      const { evidence, retractions, refused, faults } = knowledge.factsAt(unix);
      return [evidence, retractions, refused, faults].map(({ length }) => length);
    };
    expect([150, 250, 350, 450, undefined].map(counts)).toEqual([
      [1, 0, 0, 0],
      [2, 0, 0, 0],
      [2, 1, 0, 0],
      [2, 1, 1, 0],
      [2, 1, 1, 1],
    ]);
  });

  it("keeps the time of what becomes final", () => {
    const knowledge = new Knowledge();
    knowledge.addEvidence(item(1), 100);
    expect(knowledge.finalise("smelter.example/feed", 2, 900)).toHaveLength(1);
    expect(knowledge.finalise("smelter.example/feed", 2, 950)).toHaveLength(0);
    expect(knowledge.factsAt(99).evidence).toEqual([]);
    expect(knowledge.factsAt(100).evidence).toMatchObject([{ final: true, logTimeUnix: 900 }]);
  });
});

describe("PolicyHistory", () => {
  it("knows which policy was in force when", () => {
    const history = new PolicyHistory(DEFAULT_INVENTORY_POLICY);
    const strict = { ...DEFAULT_INVENTORY_POLICY, id: "strict", provisional: "refuse" as const };
    history.add(history.plan(strict, "the auditors asked", 100));
    expect([history.knownAt(99).id, history.knownAt(100).id, history.current.id]).toEqual([
      "default",
      "strict",
      "strict",
    ]);
    expect(() => history.add({ ...history.plan(strict, "again", 1), sequence: 5 })).toThrow(RangeError);
    expect(history.plan(strict, "again", 1)).toMatchObject({ sequence: 1, at: 100 });
  });
});
