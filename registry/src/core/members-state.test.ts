import type { KeyEvent } from "@tallystick/contracts";
import {
  encodeBase64,
  encodeBase64url,
  hashLeaf,
  type PublicKey,
  sha256,
  signCheckpoint,
  utf8Encode,
} from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildChange } from "./build-change.ts";
import type { Member } from "./members-state.ts";
import { commitNextKey } from "./read-key-event.ts";
import {
  FixtureRegistry,
  firstEvent,
  genesisChange,
  keyOf,
  LOGS,
  MAINTAINERS,
  memberChange,
  pinTo,
  policyOf,
  rawKey,
  secondEvent,
  signEvent,
  TWO,
} from "./registry.fixture.ts";

const SMITH = "did:web:smith.example";
/** The identity: a key under which a signature can be made to hold for any message. */
const LOW_ORDER = encodeBase64url(Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0)));

/** Expects a refusal that leaves the state as it was. */
function refuses(registry: FixtureRegistry, attempt: () => void, expected: object): void {
  const { members } = registry.state;
  const view = () =>
    JSON.stringify([members.log.size, members.log.last, members.witnessPolicyText, [...members.members]]);
  const before = view();
  expect(attempt).toThrow(expect.objectContaining(expected));
  expect(view()).toBe(before);
}

const textOf = (key: PublicKey | undefined): string | undefined => key && encodeBase64url(key.bytes);

const invalid = (reason: string): object => ({
  code: "CHANGE_INVALID",
  details: { origin: LOGS.members.origin, reason: expect.stringContaining(reason) },
});

describe("the genesis", () => {
  it("names the network, its maintainers and its witnesses [REG-2]", () => {
    const { members } = new FixtureRegistry().state;
    expect(members.networkName).toBe("fixture");
    expect(members.maintainers.threshold).toBe(2);
    expect(members.witnessPolicy?.witnesses).toHaveLength(1);
  });

  it("is the pinned one [REG-2]", () => {
    const { genesis: other } = pinTo(genesisChange({ name: "another" }));
    expect(() => pinTo(genesisChange()).state.apply("members", other)).toThrow(
      expect.objectContaining(invalid("not the pinned genesis")),
    );
  });

  it("is signed by every maintainer, to show that the keys are at hand", () => {
    const { state, genesis } = pinTo(genesisChange(), TWO);
    expect(() => state.apply("members", genesis)).toThrow("QUORUM_NOT_MET");
  });

  const [first, second] = MAINTAINERS.map(({ kid }) => ({ kid, key: rawKey(kid.replace("-", " ")) }));
  it.each<[string, object, string]>([
    ["a threshold that cannot be met", { threshold: 4 }, "CHANGE_INVALID"],
    ["a threshold of none", { threshold: 0 }, "CHANGE_INVALID"],
    ["one key under two ids", { maintainers: [first, { ...first, kid: second?.kid }], threshold: 1 }, "CHANGE_INVALID"],
    ["two keys under one id", { maintainers: [first, { ...second, kid: first?.kid }], threshold: 1 }, "CHANGE_INVALID"],
    ["an inadmissible key", { maintainers: [{ ...first, key: LOW_ORDER }], threshold: 1 }, "KEY_NOT_ADMISSIBLE"],
    ["a policy that is none", { policy: "quorum nobody\n" }, "POLICY_MALFORMED"],
    ["a maintainer's key as a witness's [KEY-2]", { policy: policyOf("maintainer a") }, "CHANGE_INVALID"],
    ["other maintainers", { maintainersAt: 1 }, "CHANGE_INVALID"],
    ["an unknown member of the record", { extra: 1 }, "CHANGE_INVALID"],
  ])("is refused with %s", (_what, changed, code) => {
    const { state, genesis } = pinTo(genesisChange(changed));
    expect(() => state.apply("members", genesis)).toThrow(expect.objectContaining({ code }));
    expect(state.members.log.size).toBe(0);
    expect(state.members.witnessPolicy).toBeUndefined();
  });

  it("is entry 0, and nothing else is", () => {
    const registry = new FixtureRegistry();
    refuses(
      registry,
      () => registry.change("members", genesisChange(), MAINTAINERS),
      invalid("the genesis is entry 0"),
    );
    const { state, genesis } = pinTo(memberChange(firstEvent("smith"), "smith attest 1"));
    expect(() => state.apply("members", genesis)).toThrow(expect.objectContaining(invalid("the genesis is entry 0")));
  });
});

describe("a member", () => {
  it("is admitted by maintainers and its own signature, and found by each name", () => {
    const registry = new FixtureRegistry();
    const leaf = registry.admit("smith");
    const { members } = registry.state;
    const member = members.memberOf(SMITH);
    expect(member).toMatchObject({ did: SMITH, origin: "smith.example/feed", vetting: "full", suspended: false });
    expect(member).toMatchObject({ eventIndex: 1, eventLeaf: encodeBase64(hashLeaf(leaf)) });
    expect(member?.checkpointKey.name).toBe("smith.example/feed");
    expect(members.memberByOrigin("smith.example/feed")).toBe(member);
    expect(members.memberByTransportKey(rawKey("smith transport 1"))).toBe(member);
    expect(member && textOf(registry.state.attestKey(member, `${SMITH}#1`))).toBe(rawKey("smith attest 1"));
    expect(members.memberOf("did:web:nobody.example")).toBeUndefined();
    expect(members.memberByOrigin("nobody.example/feed")).toBeUndefined();
    expect(members.memberByTransportKey(rawKey("nobody"))).toBeUndefined();
  });

  const keys = firstEvent("smith").keys;
  it.each<[string, Partial<KeyEvent>, object]>([
    ["the feed of another", { origin: "miner.example/feed" }, invalid("did:web:miner.example's")],
    ["a log of the registry for its feed", { origin: LOGS.factors.origin }, invalid("the registry's")],
    ["another's attesting key [KEY-2]", { keys: { ...keys, transport: rawKey("miner attest 1") } }, invalid("in use")],
    [
      "another's transport key [KEY-2]",
      { keys: { ...keys, transport: rawKey("miner transport 1") } },
      invalid("in use"),
    ],
    ["a maintainer's key [KEY-2]", { keys: { ...keys, checkpoint: rawKey("maintainer c") } }, invalid("in use")],
    ["a witness's key [KEY-2]", { keys: { ...keys, checkpoint: rawKey("witness") } }, invalid("in use by a witness")],
    ["one key for two uses [KEY-2]", { keys: { ...keys, transport: keys.checkpoint } }, { code: "KEY_EVENT_INVALID" }],
    ["a key of low order", { keys: { ...keys, transport: LOW_ORDER } }, { code: "KEY_NOT_ADMISSIBLE" }],
    ["an event before", { sequence: 1, previous: encodeBase64(new Uint8Array(32)) }, invalid("no event before")],
    [
      "another's key id",
      { keys: { ...keys, attest: [{ kid: "did:web:miner.example#1", key: rawKey("smith attest 1") }] } },
      { code: "KEY_EVENT_INVALID" },
    ],
    ["no committed key [KEY-3]", { next: [] }, { code: "KEY_EVENT_INVALID" }],
  ])("is refused with %s", (_what, changed, expected) => {
    const registry = new FixtureRegistry();
    registry.admit("miner");
    const change = memberChange(firstEvent("smith", changed), "smith attest 1");
    refuses(registry, () => registry.change("members", change), expected);
  });

  it("is refused without proof that it holds its key [REG-3]", () => {
    const registry = new FixtureRegistry();
    const event = firstEvent("smith");
    refuses(registry, () => registry.change("members", memberChange(event, "mallory")), { code: "SIGNATURE_INVALID" });
    const byOther = { event: signEvent(event, "mallory", "did:web:mallory.example#1") };
    refuses(registry, () => registry.change("members", memberChange(event, "smith attest 1", byOther)), {
      code: "KEY_UNKNOWN",
    });
  });

  it("is refused twice", () => {
    const registry = new FixtureRegistry();
    registry.admit("smith");
    refuses(registry, () => registry.admit("smith"), invalid("not the event after"));
  });

  it("with two attesting keys signs with both [REG-3]", () => {
    const attest = [1, 2].map((n) => ({ kid: `${SMITH}#${n}`, key: rawKey(`smith attest ${n}`) }));
    const event = firstEvent("smith", {
      keys: { ...keys, attest },
      next: [commitNextKey(keyOf("smith next").publicKey)],
    });
    const registry = new FixtureRegistry();
    const admitWith = (cosignatures: string[]) => () =>
      registry.change(
        "members",
        memberChange(event, "smith attest 1", cosignatures.length === 0 ? {} : { cosignatures }),
      );
    const second = signEvent(event, "smith attest 2", `${SMITH}#2`);
    const otherEvent = signEvent({ ...event, name: "Smythe" }, "smith attest 2", `${SMITH}#2`);
    refuses(registry, admitWith([]), { code: "KEY_EVENT_INVALID" });
    refuses(registry, admitWith([signEvent(event, "mallory", `${SMITH}#2`)]), { code: "SIGNATURE_INVALID" });
    refuses(registry, admitWith([otherEvent]), { code: "KEY_EVENT_INVALID" });
    refuses(registry, admitWith([second, second]), { code: "KEY_UNKNOWN" });
    admitWith([second])();
    expect(registry.state.members.memberOf(SMITH)?.attestKeys.size).toBe(2);
  });
});

describe("a later key event", () => {
  const admitted = (changed: Partial<KeyEvent> = {}): { registry: FixtureRegistry; previous: string } => {
    const registry = new FixtureRegistry();
    registry.admit("miner");
    const leaf = registry.change("members", memberChange(firstEvent("smith", changed), "smith attest 1"));
    return { registry, previous: encodeBase64(hashLeaf(leaf)) };
  };

  it("uses the key committed to, and the key before stays findable at its size [KEY-3]", () => {
    const { registry, previous } = admitted();
    registry.change("members", memberChange(secondEvent("smith", previous), "smith attest 2"));
    const { state } = registry;
    const member = state.members.memberOf(SMITH);
    if (member === undefined) throw new Error("no member");
    expect(member.event.sequence).toBe(1);
    expect(state.attestKey(member, `${SMITH}#1`)).toBeUndefined();
    expect(textOf(state.attestKey(member, `${SMITH}#2`))).toBe(rawKey("smith attest 2"));
    // Entry 2 admitted the member, entry 3 rotated its key.
    expect(state.attestKey(member, `${SMITH}#1`, 2)).toBeUndefined();
    expect(textOf(state.attestKey(member, `${SMITH}#1`, 3))).toBe(rawKey("smith attest 1"));
    expect(state.attestKey(member, `${SMITH}#2`, 3)).toBeUndefined();
    expect(state.attestKey(member, `${SMITH}#1`, 4)).toBeUndefined();
    expect(textOf(state.attestKey(member, `${SMITH}#2`, 4))).toBe(rawKey("smith attest 2"));
  });

  it("moves the transport key, and the one before finds nobody", () => {
    const { registry, previous } = admitted();
    const event = secondEvent("smith", previous);
    const moved = { ...event, keys: { ...event.keys, transport: rawKey("smith transport 2") } };
    registry.change("members", memberChange(moved, "smith attest 2"));
    const { members } = registry.state;
    expect(members.memberByTransportKey(rawKey("smith transport 1"))).toBeUndefined();
    expect(members.memberByTransportKey(rawKey("smith transport 2"))?.did).toBe(SMITH);
  });

  const keys = secondEvent("smith", "").keys;
  const attest = keys.attest[0];
  it.each<[string, Partial<KeyEvent>, string, object]>([
    [
      "a key not committed to [KEY-3]",
      { keys: { ...keys, attest: [{ kid: `${SMITH}#2`, key: rawKey("mallory") }] } },
      "mallory",
      invalid("not committed to"),
    ],
    ["a gap in its sequence", { sequence: 2 }, "smith attest 2", invalid("not the event after")],
    [
      "another event before",
      { previous: encodeBase64(new Uint8Array(32)) },
      "smith attest 2",
      invalid("not the event after"),
    ],
    ["another feed", { origin: "smith.example/feed2" }, "smith attest 2", invalid("keeps its feed")],
    [
      "the uses of two keys exchanged [KEY-2]",
      { keys: { ...keys, checkpoint: keys.transport, transport: keys.checkpoint } },
      "smith attest 2",
      invalid("in use"),
    ],
    [
      "another member's key [KEY-2]",
      { keys: { ...keys, transport: rawKey("miner transport 1") } },
      "smith attest 2",
      invalid("in use"),
    ],
    [
      "a key id that named another key",
      { keys: { ...keys, attest: [{ kid: `${SMITH}#1`, key: attest?.key ?? "" }] } },
      "smith attest 2",
      invalid("named another key"),
    ],
  ])("is refused with %s", (_what, changed, label, expected) => {
    const { registry, previous } = admitted();
    const event = secondEvent("smith", previous, changed);
    refuses(registry, () => registry.change("members", memberChange(event, label)), expected);
  });

  it("never goes back to a key of before, which nobody may commit to either [KEY-3]", () => {
    const registry = new FixtureRegistry();
    const again = firstEvent("smith", { next: [commitNextKey(keyOf("smith attest 1").publicKey)] });
    refuses(registry, () => registry.change("members", memberChange(again, "smith attest 1")), {
      code: "KEY_EVENT_INVALID",
    });
    const first = registry.admit("smith");
    const back = { next: [commitNextKey(keyOf("smith attest 1").publicKey)] };
    const second = secondEvent("smith", encodeBase64(hashLeaf(first)), back);
    const leaf = registry.change("members", memberChange(second, "smith attest 2"));
    const third = secondEvent("smith", encodeBase64(hashLeaf(leaf)), {
      sequence: 2,
      keys: { ...keys, attest: [{ kid: `${SMITH}#3`, key: rawKey("smith attest 1") }] },
    });
    refuses(registry, () => registry.change("members", memberChange(third, "smith attest 1")), invalid("in use"));
  });

  it.each(["checkpoint", "transport", "witness"] as const)(
    "is the only way to change the %s key, and whoever stole every key in use cannot go it [KEY-3] [KEY-5]",
    (use) => {
      const { registry, previous } = admitted();
      const stolen = firstEvent("smith").keys.attest;
      const event = secondEvent("smith", previous);
      const theirs = { ...event.keys, [use]: rawKey("mallory") };
      // With the attesting key as it is, under another id, or with one of their own.
      for (const [attest, label] of [
        [stolen, "smith attest 1"],
        [[{ kid: `${SMITH}#2`, key: rawKey("smith attest 1") }], "smith attest 1"],
        [[{ kid: `${SMITH}#2`, key: rawKey("mallory attest") }], "mallory attest"],
        [[...stolen, { kid: `${SMITH}#2`, key: rawKey("smith attest 2") }], "smith attest 1"],
      ] as const) {
        const change = memberChange({ ...event, keys: { ...theirs, attest } }, label);
        expect(() => registry.change("members", change)).toThrow();
      }
      expect(registry.state.members.memberOf(SMITH)?.event.sequence).toBe(0);
      registry.change("members", memberChange({ ...event, keys: theirs }, "smith attest 2"));
      expect(registry.state.members.memberOf(SMITH)?.event.keys[use]).toBe(rawKey("mallory"));
    },
  );

  const COMPROMISE = { since: 1_700_000_000, kids: [`${SMITH}#1`], reason: "a stolen laptop" };

  it("says which keys of before are compromised, and since when [KEY-6]", () => {
    const { registry, previous } = admitted();
    const event = secondEvent("smith", previous, { compromise: COMPROMISE });
    const leaf = registry.change("members", memberChange(event, "smith attest 2"));
    const history = registry.state.members.memberOf(SMITH)?.keys;
    expect(history?.attestKey(`${SMITH}#1`)).toMatchObject({
      fromEntry: 2,
      untilEntry: 3,
      compromisedSince: 1_700_000_000,
    });
    expect(history?.attestKey(`${SMITH}#2`)).toMatchObject({ fromEntry: 3 });
    expect(history?.attestKey(`${SMITH}#2`)).not.toHaveProperty("compromisedSince");
    expect(history?.compromises).toEqual([{ ...COMPROMISE, entry: 3 }]);
    // A later event may move the moment to an earlier one, never to a later one.
    for (const [n, since, expected] of [
      [3, 1_800_000_000, 1_700_000_000],
      [4, 1_600_000_000, 1_600_000_000],
    ] as const) {
      const { eventLeaf } = registry.state.members.memberOf(SMITH) as Member;
      expect(n === 3 ? eventLeaf : "").toBe(n === 3 ? encodeBase64(hashLeaf(leaf)) : "");
      const next = [commitNextKey(keyOf(`smith attest ${n + 1}`).publicKey)];
      const attest = [{ kid: `${SMITH}#${n}`, key: rawKey(`smith attest ${n}`) }];
      const later = secondEvent("smith", eventLeaf, {
        sequence: n - 1,
        keys: { ...keys, attest },
        next,
        compromise: { ...COMPROMISE, since },
      });
      registry.change("members", memberChange(later, `smith attest ${n}`));
      const { keys: known } = registry.state.members.memberOf(SMITH) as Member;
      expect(known.attestKey(`${SMITH}#1`)?.compromisedSince).toBe(expected);
    }
  });

  it.each([
    ["a key that it never had", `${SMITH}#9`, "is no key that"],
    ["a witness key where it has none", `${SMITH}#witness`, "is no key that"],
    ["a checkpoint key that stays in use", `${SMITH}#checkpoint`, "stays in use"],
    ["a transport key that stays in use", `${SMITH}#transport`, "stays in use"],
  ])("is refused with a compromise of %s [KEY-6]", (_what, kid, reason) => {
    const { registry, previous } = admitted();
    const event = secondEvent("smith", previous, { compromise: { ...COMPROMISE, kids: [kid] } });
    refuses(registry, () => registry.change("members", memberChange(event, "smith attest 2")), invalid(reason));
  });

  it("names a successor, which is the feed from then on; the one before stays the member's [KEY-7]", () => {
    const { registry, previous } = admitted();
    const successor = "smith.example/feed-2";
    registry.change("members", memberChange(secondEvent("smith", previous, { successor }), "smith attest 2"));
    const { members } = registry.state;
    const member = members.memberOf(SMITH) as Member;
    expect(member.origin).toBe(successor);
    expect(member.checkpointKey.name).toBe(successor);
    expect(members.memberByOrigin(successor)).toBe(member);
    expect(members.memberByOrigin("smith.example/feed")).toBe(member);
    expect(member.keys.periods.map(({ origin, checkpointKey }) => [origin, checkpointKey.name])).toEqual([
      ["smith.example/feed", "smith.example/feed"],
      [successor, successor],
    ]);
    const third = secondEvent("smith", member.eventLeaf, {
      sequence: 2,
      keys: { ...keys, attest: [{ kid: `${SMITH}#3`, key: rawKey("smith attest 3") }] },
      next: [commitNextKey(keyOf("smith attest 4").publicKey)],
    });
    refuses(
      registry,
      () => registry.change("members", memberChange(third, "smith attest 3")),
      invalid("keeps its feed"),
    );
    registry.change("members", memberChange({ ...third, origin: successor }, "smith attest 3"));
    expect(members.memberOf(SMITH)?.origin).toBe(successor);
  });

  it.each([
    ["another's feed", "miner.example/feed", "miner.example's"],
    ["a log of the registry", LOGS.factors.origin, "the registry's"],
  ])("is refused with %s for a successor [KEY-7]", (_what, successor, reason) => {
    const { registry, previous } = admitted();
    const event = secondEvent("smith", previous, { successor });
    refuses(registry, () => registry.change("members", memberChange(event, "smith attest 2")), invalid(reason));
  });

  it("grants that its log attests, and takes that back [KEY-8]", () => {
    const { registry, previous } = admitted({ grants: ["attest-by-log"] });
    const { members } = registry.state;
    expect(members.memberOf(SMITH)?.attestsByLog).toBe(true);
    registry.change("members", memberChange(secondEvent("smith", previous), "smith attest 2"));
    expect(members.memberOf(SMITH)?.attestsByLog).toBe(false);
    expect(members.memberOf(SMITH)?.keys.periods.map(({ attestsByLog }) => attestsByLog)).toEqual([true, false]);
  });

  it("may make a witness of the policy known as the member's, and nobody else's key [KEY-2]", () => {
    const { registry, previous } = admitted();
    const event = secondEvent("smith", previous);
    const witness = { ...event.keys, witness: rawKey("witness") };
    const wrong = { ...event.keys, witness: rawKey("maintainer a") };
    refuses(
      registry,
      () => registry.change("members", memberChange({ ...event, keys: wrong }, "smith attest 2")),
      invalid("in use by a maintainer"),
    );
    registry.change("members", memberChange({ ...event, keys: witness }, "smith attest 2"));
    expect(registry.state.members.memberOf(SMITH)?.witnessKey).toBe(rawKey("witness"));
    // The policy may go on naming it, and no other member may.
    registry.change("members", { kind: "witness-policy", maintainersAt: 0, policy: policyOf("witness") });
    const other = firstEvent("copycat");
    const copied = { ...other, keys: { ...other.keys, witness: rawKey("witness") } };
    refuses(
      registry,
      () => registry.change("members", memberChange(copied, "copycat attest 1")),
      invalid(`in use by ${SMITH}`),
    );
  });

  it("is signed by as many committed keys as the event before asked for [KEY-3]", () => {
    const next = [2, 3].map((n) => commitNextKey(keyOf(`smith attest ${n}`).publicKey));
    const { registry, previous } = admitted({ next, threshold: 2 });
    const one = secondEvent("smith", previous, { next: [commitNextKey(keyOf("smith attest 4").publicKey)] });
    refuses(registry, () => registry.change("members", memberChange(one, "smith attest 2")), invalid("threshold"));
    const second = { kid: `${SMITH}#3`, key: rawKey("smith attest 3") };
    const two = { ...one, keys: { ...one.keys, attest: [...one.keys.attest, second] } };
    refuses(registry, () => registry.change("members", memberChange(two, "smith attest 2")), {
      code: "KEY_EVENT_INVALID",
    });
    const cosignatures = [signEvent(two, "smith attest 3", second.kid)];
    registry.change("members", memberChange(two, "smith attest 2", { cosignatures }));
    expect(registry.state.members.memberOf(SMITH)?.event.sequence).toBe(1);
  });
});

describe("standing", () => {
  const standing = (kind: string, member = SMITH): object => ({ kind, maintainersAt: 0, member, reason: "asked for" });

  it("is taken and given back", () => {
    const registry = new FixtureRegistry();
    registry.admit("smith");
    registry.change("members", standing("suspend"));
    expect(registry.state.members.memberOf(SMITH)?.suspended).toBe(true);
    refuses(registry, () => registry.change("members", standing("suspend")), invalid("changes nothing"));
    registry.change("members", standing("reinstate"));
    expect(registry.state.members.memberOf(SMITH)?.suspended).toBe(false);
    refuses(registry, () => registry.change("members", standing("reinstate")), invalid("changes nothing"));
  });

  it("is taken on two notes that every replica checks, and on no others [REG-11]", () => {
    const registry = new FixtureRegistry();
    registry.admit("smith");
    registry.admit("buyer");
    const note = (root: number, of = "smith", signer = of): string =>
      signCheckpoint(
        { origin: `${of}.example/feed`, treeSize: 5, rootHash: new Uint8Array(32).fill(root) },
        keyOf(`${signer} checkpoint 1`),
      );
    const digest = (text: string): string => encodeBase64(sha256(utf8Encode(text)));
    const by = (a: string, b: string, digests = [digest(a), digest(b)]): object => ({
      ...standing("suspend"),
      evidence: { digests, notes: [a, b] },
    });
    const attempt = (change: object) => () => registry.change("members", change);
    refuses(registry, attempt(by(note(1), note(1))), invalid("no fork proof"));
    refuses(registry, attempt(by(note(1, "buyer"), note(2, "buyer"))), invalid("no fork proof"));
    refuses(registry, attempt(by(note(1), note(2, "smith", "buyer"))), invalid("no fork proof"));
    refuses(registry, attempt(by(note(1), note(2), [digest(note(1)), digest(note(3))])), invalid("digests"));
    const back = { ...standing("reinstate"), evidence: { digests: [digest("x")] } };
    registry.change("members", by(note(1), note(2)));
    expect(registry.state.members.memberOf(SMITH)?.suspended).toBe(true);
    refuses(registry, attempt(back), invalid("for a suspension"));
    registry.change("members", standing("reinstate"));
    registry.change("members", { ...standing("suspend"), evidence: { digests: [digest("a fault document")] } });
    expect(registry.state.members.memberOf(SMITH)?.suspended).toBe(true);
  });

  it("does not come back with a new key", () => {
    const registry = new FixtureRegistry();
    const previous = encodeBase64(hashLeaf(registry.admit("smith")));
    registry.change("members", standing("suspend"));
    registry.change("members", memberChange(secondEvent("smith", previous), "smith attest 2"));
    expect(registry.state.members.memberOf(SMITH)?.suspended).toBe(true);
  });

  it.each(["suspend", "reinstate", "vet"])("is nobody's but a member's: %s", (kind) => {
    const registry = new FixtureRegistry();
    refuses(registry, () => registry.change("members", standing(kind)), invalid("is no member"));
  });

  it("starts with a sponsor's word until maintainers vet the member", () => {
    const registry = new FixtureRegistry();
    registry.admit("buyer");
    const sponsor = "did:web:buyer.example";
    registry.admit("smith", { vetting: "sponsored", sponsor });
    expect(registry.state.members.memberOf(SMITH)).toMatchObject({ vetting: "sponsored", sponsor });
    registry.change("members", standing("vet"));
    expect(registry.state.members.memberOf(SMITH)).toMatchObject({ vetting: "full" });
    expect(registry.state.members.memberOf(SMITH)).not.toHaveProperty("sponsor");
    refuses(registry, () => registry.change("members", standing("vet")), invalid("vetted already"));
  });

  it.each<[string, object, string]>([
    ["no sponsor", { vetting: "sponsored" }, "sponsored without sponsor"],
    ["a sponsor it does not need", { sponsor: "did:web:buyer.example" }, "sponsored without sponsor"],
    ["a sponsor who is no member", { vetting: "sponsored", sponsor: "did:web:nobody.example" }, "in good standing"],
    ["a sponsored sponsor", { vetting: "sponsored", sponsor: "did:web:guest.example" }, "in good standing"],
    ["a suspended sponsor", { vetting: "sponsored", sponsor: "did:web:rogue.example" }, "in good standing"],
    ["itself as sponsor", { vetting: "sponsored", sponsor: SMITH }, "in good standing"],
  ])("does not start with %s", (_what, changed, reason) => {
    const registry = new FixtureRegistry();
    registry.admit("buyer");
    registry.admit("rogue");
    registry.admit("guest", { vetting: "sponsored", sponsor: "did:web:buyer.example" });
    registry.change("members", standing("suspend", "did:web:rogue.example"));
    refuses(registry, () => registry.admit("smith", changed), invalid(reason));
  });
});

describe("the witness policy", () => {
  const change = (policy: string): object => ({ kind: "witness-policy", maintainersAt: 0, policy });

  it("is replaced, and a witness keeps its key", () => {
    const registry = new FixtureRegistry();
    registry.change("members", change(policyOf("witness 2")));
    registry.change("members", change(policyOf("witness")));
    expect(registry.state.members.witnessPolicyText).toBe(policyOf("witness"));
  });

  it("is refused with a key that has another use [KEY-2]", () => {
    const registry = new FixtureRegistry();
    registry.admit("smith");
    refuses(
      registry,
      () => registry.change("members", change(policyOf("smith checkpoint 1"))),
      invalid("a key in use"),
    );
    refuses(registry, () => registry.change("members", change("no policy\n")), { code: "POLICY_MALFORMED" });
  });

  it("leaves a former witness's key to nobody else [KEY-2]", () => {
    const registry = new FixtureRegistry();
    registry.change("members", change(policyOf("smith checkpoint 1")));
    registry.change("members", change(policyOf("witness")));
    refuses(registry, () => registry.admit("smith"), invalid("in use by a witness"));
  });
});

describe("any change", () => {
  const admission = memberChange(firstEvent("smith"), "smith attest 1");
  const [a, b] = MAINTAINERS;
  if (a === undefined || b === undefined) throw new Error("no maintainers");

  it("needs its approvals [REG-1]", () => {
    const registry = new FixtureRegistry();
    refuses(registry, () => registry.change("members", admission, [a]), { code: "QUORUM_NOT_MET" });
    const stranger = { kid: "maintainer-x", key: keyOf("maintainer x") };
    refuses(registry, () => registry.change("members", admission, [a, b, stranger]), { code: "KEY_UNKNOWN" });
    const forged = { kid: b.kid, key: keyOf("mallory") };
    refuses(registry, () => registry.change("members", admission, [a, forged]), { code: "SIGNATURE_INVALID" });
  });

  it("is of a kind that the log knows", () => {
    const registry = new FixtureRegistry();
    refuses(registry, () => registry.change("members", { kind: "pardon", maintainersAt: 0 }), {
      code: "CHANGE_INVALID",
    });
    refuses(
      registry,
      () => registry.change("members", { ...admission, maintainersAt: 1 }),
      invalid("no such maintainers"),
    );
    refuses(registry, () => registry.change("members", { ...admission, extra: true }), { code: "CHANGE_INVALID" });
  });

  it("stands at one place of one log [REG-1]", () => {
    const registry = new FixtureRegistry();
    const outOfOrder = { code: "CHANGE_OUT_OF_ORDER" };
    const leaf = registry.admit("smith");
    refuses(registry, () => registry.append("members", leaf), outOfOrder);
    // Approved after the genesis, when an entry has come between.
    const other = new FixtureRegistry();
    other.admit("miner");
    refuses(other, () => other.append("members", leaf), outOfOrder);
    // At the right place of another log, or after another entry.
    const { last, size } = registry.state.members.log;
    const at = (changed: object) => ({ v: 1, log: LOGS.members.origin, sequence: size, previous: last, ...changed });
    for (const changed of [
      { log: LOGS.factors.origin },
      { previous: encodeBase64(new Uint8Array(32)) },
      { sequence: size + 1 },
    ]) {
      const log = { next: (change: object) => ({ ...at(changed), change }) } as unknown as Parameters<
        typeof buildChange
      >[0];
      const bytes = buildChange(log, memberChange(firstEvent("miner"), "miner attest 1"), TWO);
      refuses(registry, () => registry.append("members", bytes), outOfOrder);
    }
  });

  it("fits an entry", () => {
    const registry = new FixtureRegistry();
    refuses(registry, () => registry.change("members", { ...admission, extra: "x".repeat(70_000) }), {
      code: "ENTRY_TOO_LARGE",
    });
    refuses(registry, () => registry.append("members", new Uint8Array(65_536)), { code: "CHANGE_MALFORMED" });
  });
});

describe("the maintainers", () => {
  const named = (...labels: string[]) =>
    labels.map((name) => ({ kid: `maintainer-${name}`, key: rawKey(`maintainer ${name}`) }));
  const keysOf = (...labels: string[]) =>
    labels.map((name) => ({ kid: `maintainer-${name}`, key: keyOf(`maintainer ${name}`) }));
  const changed = (labels: string[], more: object = {}) => ({
    kind: "maintainers",
    maintainersAt: 0,
    maintainers: named(...labels),
    threshold: 2,
    from: { contracts: 0, factors: 0 },
    reason: "c lost its key",
    ...more,
  });
  const policyChange = (maintainersAt: number) => ({
    kind: "witness-policy",
    maintainersAt,
    policy: policyOf("witness 2"),
  });

  it("replace one whose key was lost or stolen, which approves nothing more [REG-9] [REG-10]", () => {
    const registry = new FixtureRegistry();
    registry.change("members", changed(["a", "b", "d"]), keysOf("a", "b", "d"));
    const { members } = registry.state;
    expect(members.maintainers).toMatchObject({ threshold: 2, entry: 1 });
    expect([...members.maintainers.keys.keys()]).toEqual(["maintainer-a", "maintainer-b", "maintainer-d"]);
    const withStolen = () => registry.change("members", policyChange(1), keysOf("a", "c"));
    refuses(registry, withStolen, { code: "KEY_UNKNOWN" });
    const underOld = () => registry.change("members", policyChange(0), keysOf("a", "b"));
    refuses(registry, underOld, invalid("no such maintainers"));
    registry.change("members", policyChange(1), keysOf("a", "d"));
    expect(members.log.size).toBe(3);
  });

  it.each<[string, object, string[], object]>([
    ["fewer than must approve", changed(["a", "b", "d"]), ["a", "d"], { code: "QUORUM_NOT_MET" }],
    ["the new ones alone", changed(["d", "e"]), ["d", "e"], { code: "QUORUM_NOT_MET" }],
    ["no proof that a new key is at hand", changed(["a", "b", "d"]), ["a", "b"], invalid("not signed by maintainer-d")],
    ["somebody who is and will be none", changed(["a", "b", "d"]), ["a", "b", "d", "e"], { code: "KEY_UNKNOWN" }],
    ["a threshold that cannot be met", changed(["a", "b"], { threshold: 3 }), ["a", "b"], invalid("cannot be met")],
    ["one who stands twice", changed(["a", "a"]), ["a", "b"], invalid("stands twice")],
    [
      "an id that names another key",
      changed(["a", "b"], { maintainers: [...named("a"), { kid: "maintainer-b", key: rawKey("maintainer d") }] }),
      ["a", "b", "c"],
      invalid("named another key"),
    ],
    [
      "a member's key [KEY-2]",
      changed([], { maintainers: [...named("a", "b"), { kid: "maintainer-x", key: rawKey("smith transport 1") }] }),
      ["a", "b"],
      { code: "CHANGE_INVALID" },
    ],
    ["a set that is not the present one", changed(["a", "b"], { maintainersAt: 1 }), ["a", "b"], invalid("no such")],
  ])("are not changed with %s [REG-9]", (_what, change, signers, expected) => {
    const registry = new FixtureRegistry();
    registry.admit("smith");
    refuses(registry, () => registry.change("members", change, keysOf(...signers)), expected);
    expect(registry.state.members.maintainers.entry).toBe(0);
  });

  it("who gave up a key do not take it again, and may under another [REG-9]", () => {
    const registry = new FixtureRegistry();
    registry.change("members", changed(["a", "b"]), keysOf("a", "b"));
    const back = changed(["a", "b", "c"], { maintainersAt: 1 });
    refuses(registry, () => registry.change("members", back, keysOf("a", "b", "c")), invalid("in use by a maintainer"));
    const maintainers = [...named("a", "b"), { kid: "maintainer-c2", key: rawKey("maintainer c2") }];
    const anew = [...keysOf("a", "b"), { kid: "maintainer-c2", key: keyOf("maintainer c2") }];
    registry.change("members", { ...back, maintainers }, anew);
    expect(registry.state.members.maintainers.entry).toBe(2);
  });

  it("of each entry of another log are those of where it stands [REG-10]", () => {
    const rates = (maintainersAt: number) => ({ kind: "factor-set-withdrawn", maintainersAt, id: "x", version: "1" });
    const registry = new FixtureRegistry();
    registry.change("members", changed(["a", "b", "d"], { from: { contracts: 2, factors: 0 } }), keysOf("a", "b", "d"));
    const { members } = registry.state;
    expect([...members.maintainersOf("contracts", 1, 0).keys.keys()]).toContain("maintainer-c");
    expect([...members.maintainersOf("contracts", 2, 1).keys.keys()]).toContain("maintainer-d");
    for (const [index, at] of [
      [1, 1],
      [2, 0],
      [7, 0],
    ] as const) {
      expect(() => members.maintainersOf("contracts", index, at)).toThrow(expect.objectContaining(invalid("no such")));
    }
    const old = { ...rates(0), reason: "error", note: "old keys" };
    refuses(registry, () => registry.change("factors", old, keysOf("a", "c")), invalid("no such"));
    const less = changed(["a", "b"], { maintainersAt: 1, from: { contracts: 1, factors: 0 } });
    refuses(registry, () => registry.change("members", less, keysOf("a", "b")), invalid("that others approved"));
  });

  it("approve by the model, over random histories of changes [REG-9] [REG-10]", () => {
    const labels = ["a", "b", "c", "d", "e", "f"];
    const step = fc.record({
      next: fc.uniqueArray(fc.constantFrom(...labels), { minLength: 1, maxLength: 5 }),
      threshold: fc.integer({ min: 1, max: 3 }),
      signers: fc.uniqueArray(fc.constantFrom(...labels), { minLength: 1, maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const registry = new FixtureRegistry();
        let present = { labels: ["a", "b", "c"], threshold: 2, entry: 0 };
        const gaveUp = new Set<string>();
        for (const { next, threshold, signers } of steps) {
          const newcomers = next.filter((one) => !present.labels.includes(one));
          const known = signers.every((one) => present.labels.includes(one) || next.includes(one));
          const approving = signers.filter((one) => present.labels.includes(one)).length;
          const should =
            known &&
            approving >= present.threshold &&
            newcomers.every((one) => signers.includes(one) && !gaveUp.has(one)) &&
            threshold <= next.length;
          const attempt = (): unknown =>
            registry.change("members", changed(next, { threshold, maintainersAt: present.entry }), keysOf(...signers));
          if (!should) {
            expect(attempt).toThrow();
            continue;
          }
          attempt();
          for (const one of present.labels) if (!next.includes(one)) gaveUp.add(one);
          present = { labels: next, threshold, entry: registry.state.members.log.size - 1 };
          expect(registry.state.members.maintainers).toMatchObject({ threshold, entry: present.entry });
        }
      }),
      { numRuns: 40 },
    );
  });
});
