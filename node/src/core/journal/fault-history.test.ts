import { describe, expect, it } from "vitest";
import { FaultHistory } from "./fault-history.ts";
import { healedKey, missingKey } from "./member-faults.ts";
import type { Verdict } from "./verdict.ts";

const ABOUT = { v: 1, member: "did:web:a.example", origin: "a.example/feed" } as const;
const refused = (index: number, code: string, reason = "{}"): Verdict => ({
  ...ABOUT,
  kind: "refused",
  index,
  code,
  reason,
});

describe("the history of faults", () => {
  it("keeps what healed, and says by what [RT-6]", () => {
    const history = new FaultHistory();
    const verdicts: Verdict[] = [
      { ...ABOUT, kind: "withheld", index: 4, counter: 0 },
      { ...ABOUT, kind: "dropped", index: 7, counter: 1 },
      { ...ABOUT, kind: "superseded", targetIndex: 1, byIndex: 5 },
      { ...ABOUT, origin: "b.example/feed", kind: "late", index: 4, counter: 0 },
      { ...ABOUT, kind: "late", index: 4, counter: 0 },
      { ...ABOUT, kind: "reordered", index: 9, counter: 1 },
      refused(11, "ENTRY_ALTERED"),
      { ...ABOUT, kind: "late", index: 11, counter: 5 },
    ];
    for (const [number, verdict] of verdicts.entries()) history.take(number, verdict);
    expect(history.all.map(({ number, kind, healedBy }) => [number, kind, healedBy])).toEqual([
      [0, "withheld", 4],
      [1, "dropped", 5],
      [5, "reordered", undefined],
      // Another figure was handed over: that the right one came later does not undo it.
      [6, "altered", undefined],
    ]);
    expect(history.get(1)?.verdict).toEqual(verdicts[1]);
    expect(history.get(2)).toBeUndefined();
  });

  it("holds against a member only what no honest one does", () => {
    const history = new FaultHistory();
    for (const [number, code] of ["CONTRACT_UNKNOWN", "REGISTRY_PIN_UNKNOWN", "MEMBER_SUSPENDED"].entries()) {
      history.take(number, refused(number, code));
    }
    history.take(10, refused(10, "KEY_UNKNOWN", `{"kid":"${ABOUT.member}#1"}`));
    expect(history.all).toEqual([]);
    history.take(11, refused(11, "KEY_UNKNOWN", '{"kid":"did:web:b.example#1"}'));
    expect(history.all.map(({ kind }) => kind)).toEqual(["invalid-attestation"]);
  });

  it("knows what is missing by its leaf or its counter, in one feed", () => {
    const opening = refused(4, "COMMITMENT_INVALID");
    expect(missingKey(opening)).toBe(healedKey({ ...ABOUT, kind: "late", index: 4, counter: 2 }));
    const dropped: Verdict = { ...ABOUT, kind: "dropped", index: 4, counter: 2 };
    expect(missingKey(dropped)).toBe(healedKey({ ...ABOUT, kind: "reordered", index: 8, counter: 2 }));
    expect(missingKey(dropped)).not.toBe(missingKey({ ...dropped, origin: "b.example/feed" }));
    expect(missingKey(refused(4, "ENTRY_ALTERED"))).toBeUndefined();
  });
});
