import { TallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../subscription/read-batch.ts";
import { cutReason, formatVerdict, parseVerdict, type Verdict } from "./verdict.ts";

const about = { v: 1, member: "did:web:casting.example", origin: "casting.example/feed" } as const;
const text = (verdict: Verdict): string => new TextDecoder().decode(formatVerdict(verdict));

describe("a verdict", () => {
  const verdicts: readonly Verdict[] = [
    { ...about, kind: "accepted", index: 3, leaf: "AAAA", kid: "did:web:casting.example#1", treeSize: 4 },
    { ...about, kind: "refused", index: 3, code: "ENTRY_ALTERED", reason: '{"index":3}' },
    { ...about, kind: "superseded", targetIndex: 3, byIndex: 5 },
    { ...about, kind: "revoked", targetIndex: 3, byIndex: 5 },
    { ...about, kind: "withheld", index: 3, counter: 0 },
    { ...about, kind: "dropped", index: 3, counter: 0 },
    { ...about, kind: "tag-reused", index: 3, counter: 0 },
    { ...about, kind: "feed-fault", size: 9, code: "LOG_ROLLED_BACK", reason: "{}" },
  ];

  it.each(verdicts)("of the kind $kind reads back as it was", (verdict) => {
    expect(parseVerdict(text(verdict))).toEqual(verdict);
  });

  it.each(verdicts)("of the kind $kind has no members but its own", (verdict) => {
    expect(() => parseVerdict(text(Object.assign({ also: 1 }, verdict)))).toThrow();
  });

  it.each([
    ["a negative index", { ...about, kind: "withheld", index: -1, counter: 0 }],
    ["another version", { ...about, v: 2, kind: "withheld", index: 1, counter: 0 }],
    ["half of a revocation", { ...about, kind: "revoked", targetIndex: 1 }],
  ])("is none with %s", (_, verdict) => {
    expect(() => parseVerdict(text(verdict as Verdict))).toThrow();
  });
});

describe("a reason", () => {
  it("is cut so that the verdict can be journalled, whatever a supplier wrote", () => {
    for (const kid of ["\u{1F34C}".repeat(400), `a${"\u{1F34C}".repeat(400)}`]) {
      const verdict = refusal(about, 0, new TallyError("KEY_UNKNOWN", { kid }));
      expect(parseVerdict(text(verdict))).toEqual(verdict);
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 480, maxLength: 520 }), (reason) => {
        const verdict: Verdict = { ...about, kind: "feed-fault", size: 0, code: "X", reason: cutReason(reason) };
        expect(parseVerdict(text(verdict))).toEqual(verdict);
        expect(verdict.kind === "feed-fault" && verdict.reason.length <= 500).toBe(true);
      }),
    );
  });

  it("is left as it is where it is short", () => {
    const verdict = refusal(about, 7, new TallyError("ENTRY_ALTERED", { origin: about.origin, index: 3 }));
    expect(verdict).toMatchObject({ kind: "refused", index: 7, reason: '{"origin":"casting.example/feed","index":3}' });
  });
});
