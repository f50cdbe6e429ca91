import { isTallyError } from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { commitRawKey, type KeyEvent } from "./key-event.ts";
import { planCompromise, planRotation, planSuccession } from "./plan-key-event.ts";

const key = (letter: string): string => `${letter.repeat(42)}A`;
const MEMBER = "did:web:smelter.example";
const LEAF = `${"A".repeat(43)}=`;
const BEFORE: KeyEvent = {
  v: 1,
  member: MEMBER,
  name: "Smelter Ltd",
  origin: "smelter.example/feed",
  sequence: 3,
  previous: LEAF,
  keys: {
    attest: [{ kid: `${MEMBER}#attest-1`, key: key("a") }],
    checkpoint: key("b"),
    transport: key("c"),
    witness: key("d"),
  },
  next: [commitRawKey(key("e")), commitRawKey(key("f"))],
  threshold: 2,
  grants: ["attest-by-log"],
  identifiers: [],
  compromise: { since: 5, kids: [`${MEMBER}#attest-0`], reason: "lost" },
};
const before = { event: BEFORE, eventLeaf: LEAF };
const NEXT = {
  attest: [
    { kid: `${MEMBER}#attest-2`, key: key("e") },
    { kid: `${MEMBER}#attest-3`, key: key("f") },
  ],
  next: [commitRawKey(key("g"))],
};

describe("the next key event", () => {
  it("follows the one before, keeps what is not named, and says nothing of older compromises [KEY-5]", () => {
    const planned = planRotation(before, { ...NEXT, checkpoint: key("h") });
    const { compromise: _, ...rest } = BEFORE;
    expect(planned).toEqual({
      ...rest,
      sequence: 4,
      previous: LEAF,
      keys: { ...BEFORE.keys, attest: NEXT.attest, checkpoint: key("h") },
      next: NEXT.next,
      threshold: 1,
    });
    expect(planRotation(before, NEXT, []).grants).toEqual([]);
  });

  it("says what is compromised, or names a successor", () => {
    const compromise = { since: 7, kids: [`${MEMBER}#attest-1`], reason: "stolen" };
    expect(planCompromise(before, NEXT, compromise).compromise).toEqual(compromise);
    const succeeded = planSuccession(before, NEXT, "smelter.example/feed-2");
    expect(succeeded).toMatchObject({ origin: "smelter.example/feed", successor: "smelter.example/feed-2" });
    const after = { event: { ...succeeded, next: [commitRawKey(key("e"))] }, eventLeaf: LEAF };
    const attest = [{ kid: `${MEMBER}#attest-4`, key: key("e") }];
    const third = planRotation(after, { attest, next: [commitRawKey(key("i"))] });
    expect(third.origin).toBe("smelter.example/feed-2");
    expect(third).not.toHaveProperty("successor");
  });

  it("takes no key that was not committed to, and none that is compromised", () => {
    const code = (act: () => unknown): unknown => {
      try {
        return act();
      } catch (error) {
        return isTallyError(error) ? error.code : error;
      }
    };
    const uncommitted = { ...NEXT, attest: [{ kid: `${MEMBER}#attest-2`, key: key("z") }] };
    expect(code(() => planRotation(before, uncommitted))).toBe("KEY_EVENT_INVALID");
    const wrong = { since: 7, kids: [`${MEMBER}#attest-2`], reason: "stolen" };
    expect(code(() => planCompromise(before, NEXT, wrong))).toBe("KEY_EVENT_INVALID");
  });
});
