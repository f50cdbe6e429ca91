import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Finding } from "../errors.ts";
import { commitRawKey, type KeyEvent, parseKeyEvent } from "./key-event.ts";

const key = (letter: string): string => `${letter.repeat(42)}A`;
const HASH = `${"A".repeat(43)}=`;
const hashes = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${"BCDEFGHI"[at % 8]}${HASH.slice(1)}`);
const MEMBER = "did:web:smelter.example";
const ATTEST = { kid: `${MEMBER}#attest-1`, key: key("a") };
const KEYS: KeyEvent["keys"] = { attest: [ATTEST], checkpoint: key("b"), transport: key("c") };
const EVENT: KeyEvent = {
  v: 1,
  member: MEMBER,
  name: "Smelter Ltd",
  origin: "smelter.example/feed",
  sequence: 0,
  previous: "",
  keys: KEYS,
  next: [HASH],
  threshold: 1,
  grants: ["attest-by-log"],
  identifiers: [{ scheme: "lei", value: "5493001KJTIIGC8Y1R12" }],
};

function issuesOf(value: unknown): readonly Finding[] {
  try {
    parseKeyEvent(value);
  } catch (error) {
    if (isTallyError(error, "KEY_EVENT_INVALID")) return (error.details as { issues: readonly Finding[] }).issues;
    throw error;
  }
  return [];
}

const faultsOf = (change: object) => issuesOf({ ...EVENT, ...change }).map(({ path, rule }) => `${path} ${rule}`);
const attesting = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    kid: `${MEMBER}#attest-${at}`,
    key: `${String.fromCharCode(100 + at)}`.repeat(42).concat("A"),
  }));

describe("parseKeyEvent", () => {
  it("takes a first event and a later one as they are", () => {
    expect(parseKeyEvent(EVENT)).toEqual(EVENT);
    const later = { ...EVENT, sequence: 1, previous: HASH, grants: [], identifiers: [] };
    expect(parseKeyEvent(later)).toEqual(later);
  });

  it("takes up to 8 attesting keys, 8 next keys and 16 identifiers", () => {
    const most = {
      ...EVENT,
      keys: { ...KEYS, attest: attesting(8) },
      next: hashes(8),
      threshold: 8,
      identifiers: new Array(16).fill(EVENT.identifiers[0]),
    };
    expect(parseKeyEvent(most)).toEqual(most);
  });

  it.each([
    ["v schema", { v: 2 }],
    ["name schema", { name: "" }],
    ["name schema", { name: "x".repeat(121) }],
    ["name schema", { name: "Smelter\u001b[2J" }],
    ["name schema", { name: "Smelter\u202edtL" }],
    ["origin schema", { origin: "https://smelter.example/feed" }],
    ["origin schema", { origin: "smelter.example feed" }],
    ["origin schema", { origin: "x".repeat(256) }],
    ["sequence schema", { sequence: -1, previous: HASH }],
    ["sequence schema", { sequence: 1.5, previous: HASH }],
    ["next schema", { next: new Array(9).fill(HASH) }],
    ["next.0 schema", { next: [HASH.replace("A=", "B=")] }],
    ["threshold schema", { threshold: 0 }],
    ["grants.0 schema", { grants: ["everything"] }],
    ["grants schema", { grants: ["attest-by-log", "attest-by-log"] }],
    ["identifiers schema", { identifiers: new Array(17).fill(EVENT.identifiers[0]) }],
    ["identifiers.0.scheme schema", { identifiers: [{ scheme: "isbn", value: "1" }] }],
    ["identifiers.0.value schema", { identifiers: [{ scheme: "lei", value: "x".repeat(41) }] }],
    [" schema", { colour: "red" }],
  ])("refuses %s: %j [CON-1]", (fault, change) => {
    expect(faultsOf(change)).toEqual([fault]);
  });

  it.each([
    ["keys.attest schema", { attest: [] }],
    ["keys.attest schema", { attest: attesting(9) }],
    ["keys.attest.0.kid schema", { attest: [{ ...ATTEST, kid: `${MEMBER}#` }] }],
    ["keys.attest.0.key schema", { attest: [{ ...ATTEST, key: `${"a".repeat(42)}B` }] }],
    ["keys.checkpoint schema", { checkpoint: HASH }],
    ["keys.transport schema", { transport: "" }],
    ["keys.witness schema", { witness: HASH }],
    ["keys schema", { colour: key("d") }],
  ])("refuses %s: keys with %j [CON-1]", (fault, change) => {
    expect(faultsOf({ keys: { ...KEYS, ...change } })).toEqual([fault]);
  });

  it.each([
    ["attests and signs checkpoints", { checkpoint: ATTEST.key }],
    ["attests and opens connections", { transport: ATTEST.key }],
    ["signs checkpoints and opens connections", { transport: KEYS.checkpoint }],
    ["attests and cosigns", { witness: ATTEST.key }],
    ["signs checkpoints and cosigns", { witness: KEYS.checkpoint }],
    ["opens connections and cosigns", { witness: KEYS.transport }],
    ["attests under two ids", { attest: [ATTEST, { ...ATTEST, kid: `${MEMBER}#attest-2` }] }],
  ])("refuses a key that %s [KEY-2]", (_what, change) => {
    expect(faultsOf({ keys: { ...KEYS, ...change } })).toEqual(["keys key-use"]);
  });

  it("refuses a member that is no DID [CON-1]", () => {
    for (const member of ["smelter.example", "did:web:", `${MEMBER}#attest-1`]) {
      expect(faultsOf({ member })).toContain("member schema");
    }
  });

  it("refuses an id for two keys, and one of another member", () => {
    expect(faultsOf({ keys: { ...KEYS, attest: [ATTEST, { ...ATTEST, key: key("d") }] } })).toEqual([
      "keys.attest key-id",
    ]);
    for (const kid of ["did:web:mine.example#attest-1", `${MEMBER}.evil.example#attest-1`]) {
      expect(faultsOf({ keys: { ...KEYS, attest: [{ ...ATTEST, kid }] } })).toEqual(["keys.attest key-id"]);
    }
  });

  it("refuses an event that commits to no next key, or to fewer than must sign [KEY-3]", () => {
    expect(faultsOf({ next: [] })).toContain("next schema");
    expect(faultsOf({ next: [HASH], threshold: 2 })).toEqual(["threshold threshold"]);
  });

  it("refuses an event that commits to one key twice, or to a key in use [KEY-3]", () => {
    expect(faultsOf({ next: [HASH, HASH] })).toEqual(["next next"]);
    for (const used of [ATTEST.key, KEYS.checkpoint, KEYS.transport]) {
      expect(faultsOf({ next: [HASH, commitRawKey(used)] })).toEqual(["next next"]);
    }
  });

  const LATER = { sequence: 1, previous: HASH };
  const COMPROMISE = {
    since: 1_700_000_000,
    kids: [`${MEMBER}#attest-0`, `${MEMBER}#checkpoint`],
    reason: "a stolen laptop",
  };

  it("takes a later event that says which keys are compromised since when, and one that names a successor [KEY-6]", () => {
    const event = { ...EVENT, ...LATER, compromise: COMPROMISE, successor: "smelter.example/feed-2" };
    expect(parseKeyEvent(event)).toEqual(event);
    expect(parseKeyEvent({ ...event, keys: { ...KEYS, witness: key("d") } }).keys.witness).toBe(key("d"));
  });

  it.each([
    ["compromise.since schema", { since: -1 }],
    ["compromise.since schema", { since: 1.5 }],
    ["compromise.kids schema", { kids: [] }],
    ["compromise.kids schema", { kids: Array.from({ length: 12 }, (_, at) => `${MEMBER}#old-${at}`) }],
    ["compromise.kids compromise", { kids: [`${MEMBER}#a`, `${MEMBER}#a`] }],
    ["compromise.kids compromise", { kids: ["did:web:mine.example#a"] }],
    ["compromise.kids compromise", { kids: [ATTEST.kid] }],
    ["compromise.reason schema", { reason: "" }],
    ["compromise.reason schema", { reason: "a\nb" }],
    ["compromise schema", { by: "mallory" }],
  ])("refuses %s: a compromise with %j [KEY-6]", (fault, change) => {
    expect(faultsOf({ ...LATER, compromise: { ...COMPROMISE, ...change } })).toEqual([fault]);
  });

  it("refuses a first event with a compromise or a successor, and a feed that succeeds itself [KEY-6]", () => {
    expect(faultsOf({ compromise: COMPROMISE })).toEqual(["compromise compromise"]);
    expect(faultsOf({ successor: "smelter.example/feed-2" })).toEqual(["successor successor"]);
    expect(faultsOf({ ...LATER, successor: EVENT.origin })).toEqual(["successor successor"]);
    expect(faultsOf({ ...LATER, successor: "https://smelter.example" })).toEqual(["successor schema"]);
  });

  it.each(["checkpoint", "transport", "witness"])(
    "refuses an attesting key under the id of the %s key [KEY-2]",
    (use) => {
      const attest = [{ ...ATTEST, kid: `${MEMBER}#${use}` }];
      expect(faultsOf({ keys: { ...KEYS, attest } })).toEqual(["keys.attest key-id"]);
    },
  );

  it("refuses a first event that follows one, and a later one that follows none", () => {
    expect(faultsOf({ previous: HASH })).toEqual(["previous previous"]);
    expect(faultsOf({ sequence: 1 })).toEqual(["previous previous"]);
  });

  it.each(Object.keys(EVENT))("refuses an event without its %s", (name) => {
    const { [name]: _left, ...rest } = { ...EVENT } as Record<string, unknown>;
    expect(issuesOf(rest)[0]?.path).toBe(name);
  });

  it("throws only KEY_EVENT_INVALID, whatever the value", () => {
    fc.assert(fc.property(fc.anything(), (value) => void issuesOf(value)));
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(EVENT)),
        fc.anything(),
        (name, value) => void issuesOf({ ...EVENT, [name]: value }),
      ),
    );
  });
});
