import { describe, expect, it } from "vitest";
import { explainLine } from "./explain.ts";
import { BASIS, footprint, item, line } from "./inventory.fixture.ts";
import { toInventoryDocument } from "./inventory-document.ts";
import { LiveInventory } from "./live-inventory.ts";

const TEN_PIECES = "100.000000000";
const NOTHING = "0.000000000";

function withCovered(): LiveInventory {
  const live = new LiveInventory(BASIS);
  live.addLines([line("a")]);
  live.addEvidence(item(3, footprint("10"), { covered: true }));
  return live;
}
const shown = (live: LiveInventory) => toInventoryDocument(live.figures());

describe("what counts by its supplier's log alone", () => {
  it("is in the total and shown apart, with the attestations, in the figures and in the explanation [COV-2]", () => {
    const live = withCovered();
    expect(shown(live)).toMatchObject({
      totalKgCo2e: TEN_PIECES,
      coveredKgCo2e: TEN_PIECES,
      attestations: { verified: 0, covered: 1 },
    });
    expect(JSON.stringify(explainLine(live.line("a")))).toContain("is yet to be checked");
  });

  it("is as any other once its signature was checked, whichever was heard of first [COV-2]", () => {
    const live = withCovered();
    live.addEvidence(item(3, footprint("10")));
    const late = new LiveInventory(BASIS);
    late.addLines([line("a")]);
    late.addEvidence(item(3, footprint("10")));
    late.addEvidence(item(3, footprint("10"), { covered: true }));
    for (const one of [live, late]) {
      expect(shown(one)).toMatchObject({
        totalKgCo2e: TEN_PIECES,
        coveredKgCo2e: NOTHING,
        attestations: { verified: 1, covered: 0 },
      });
      expect(JSON.stringify(explainLine(one.line("a")))).not.toContain("is yet to be checked");
    }
  });

  it("counts no more where its signature does not hold [COV-5]", () => {
    const live = withCovered();
    live.retract({ kind: "refuted", origin: "casting.example/feed", targetIndex: 3, byIndex: 3 });
    expect(shown(live).coveredKgCo2e).toBe(NOTHING);
    // The lesser method takes its place: 12 kg a piece.
    expect(shown(live).totalKgCo2e).toBe("120.000000000");
  });
});
