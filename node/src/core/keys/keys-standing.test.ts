import type { KeyEvent } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { type HeldKeys, whyNotToSign } from "./keys-standing.ts";

const HELD: HeldKeys = { kid: "did:web:a.example#attest-1", attest: "A", checkpoint: "C", transport: "T" };
const eventWith = (keys: Partial<KeyEvent["keys"]>): KeyEvent => ({
  v: 1,
  member: "did:web:a.example",
  name: "A",
  origin: "a.example/feed",
  sequence: 3,
  previous: "before",
  keys: { attest: [{ kid: HELD.kid, key: "A" }], checkpoint: "C", transport: "T", ...keys },
  next: ["N"],
  threshold: 1,
  grants: [],
  identifiers: [],
});

describe("a node's keys", () => {
  it("sign where the registry's last event names them, or knows no member yet", () => {
    expect(whyNotToSign(HELD, eventWith({}))).toBeUndefined();
    expect(whyNotToSign(HELD, undefined)).toBeUndefined();
    const others = [{ kid: "did:web:a.example#attest-0", key: "B" }, ...eventWith({}).keys.attest];
    expect(whyNotToSign(HELD, eventWith({ attest: others }))).toBeUndefined();
  });

  it.each([
    ["another attesting key", { attest: [{ kid: "did:web:a.example#attest-2", key: "B" }] }],
    ["another key under the same id", { attest: [{ kid: HELD.kid, key: "B" }] }],
    ["the same key under another id", { attest: [{ kid: "did:web:a.example#attest-2", key: "A" }] }],
    ["another checkpoint key", { checkpoint: "D" }],
    ["another transport key", { transport: "D" }],
  ])("do not sign where it names %s", (_what, keys) => {
    expect(whyNotToSign(HELD, eventWith(keys))).toMatch(/^key event 3 /);
  });
});
