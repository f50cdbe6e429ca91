import { PRODUCT_FOOTPRINT_CONTRACT } from "@tallystick/contracts";
import { encodeBase64, hashLeaf, isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadStarter } from "../starter/load-starter.ts";
import { buildChange } from "./build-change.ts";
import {
  FixtureRegistry,
  firstEvent,
  LOGS,
  MAINTAINERS,
  memberChange,
  policyOf,
  secondEvent,
  TWO,
} from "./registry.fixture.ts";
import { REGISTRY_LOGS, type RegistryLog, RegistryState } from "./registry-state.ts";

const starter = await loadStarter();
const [activity, spend] = starter.factorSets.map(({ set }) => set);
if (activity === undefined || spend === undefined) throw new Error("no starter sets");

const contract = (changed: object = {}): object => ({
  kind: "contract",
  maintainersAt: 0,
  document: { ...PRODUCT_FOOTPRINT_CONTRACT, ...changed },
});
const withdrawal = (changed: object = {}): object => ({
  kind: "factor-set-withdrawn",
  maintainersAt: 0,
  id: "starter-activity",
  version: activity.version,
  reason: "error",
  note: "diesel was rounded to zero",
  ...changed,
});
const factorSet = (changed: object = {}): object => ({
  kind: "factor-set",
  maintainersAt: 0,
  set: { ...activity, ...changed },
});
const rates = (changed: object = {}): object => ({
  kind: "rates",
  maintainersAt: 0,
  set: { ...starter.rates, ...changed },
});

/** All that a state says. */
function viewOf(state: RegistryState): string {
  const { members } = state;
  return JSON.stringify([
    REGISTRY_LOGS.map((name) => [state.log(name).size, state.log(name).last]),
    [...members.members],
    members.witnessPolicyText,
    members.networkName,
    [...state.contracts],
    [...state.factorSets],
    [...state.rateSets],
  ]);
}

function refuses(registry: FixtureRegistry, attempt: () => void, expected: object): void {
  const before = viewOf(registry.state);
  expect(attempt).toThrow(expect.objectContaining(expected));
  expect(viewOf(registry.state)).toBe(before);
}

const invalid = (log: RegistryLog, reason: string): object => ({
  code: "CHANGE_INVALID",
  details: { origin: LOGS[log].origin, reason: expect.stringContaining(reason) },
});

describe("contracts", () => {
  it("are found by URN, with the entry that published them", () => {
    const registry = new FixtureRegistry();
    registry.change("contracts", contract());
    registry.change("contracts", contract({ version: "3.1.1", supersedes: "3.1.0" }));
    expect(registry.state.contract("urn:tallystick:contract:product-footprint:3.1.1")).toMatchObject({ index: 1 });
    expect(registry.state.contract("urn:tallystick:contract:product-footprint:9.0.0")).toBeUndefined();
    expect([...registry.state.contracts]).toHaveLength(2);
  });

  it.each<[string, object, object]>([
    ["a version published already", contract(), invalid("contracts", "published already")],
    [
      "a version that supersedes an unknown one",
      contract({ version: "4.0.0", supersedes: "3.9.0" }),
      invalid("contracts", "supersedes"),
    ],
    ["a document that is none", contract({ version: "next" }), { code: "CONTRACT_INVALID" }],
    ["another kind", factorSet(), { code: "CHANGE_INVALID" }],
    ["unknown maintainers", { ...contract({ version: "3.0.1" }), maintainersAt: 1 }, { code: "CHANGE_INVALID" }],
  ])("refuse %s", (_what, change, expected) => {
    const registry = new FixtureRegistry();
    registry.change("contracts", contract());
    refuses(registry, () => registry.change("contracts", change), expected);
  });
});

describe("factor sets and rates", () => {
  it("travel in one log and are found by id and version", () => {
    const registry = new FixtureRegistry();
    registry.change("factors", factorSet());
    registry.change("factors", { ...factorSet(), set: spend });
    registry.change("factors", rates());
    registry.change("factors", factorSet({ version: "2026.2.0", supersedes: activity.version }));
    const { state } = registry;
    expect(state.factorSet("starter-activity", "2026.2.0")).toMatchObject({ index: 3 });
    expect(state.factorSet("starter-activity", "2020.1.0")).toBeUndefined();
    expect(state.rateSet("starter-rates", "2026.1.0")?.document).toEqual(starter.rates);
    expect(state.rateSet("starter-rates", "2020.1.0")).toBeUndefined();
    expect([[...state.factorSets].length, [...state.rateSets].length]).toEqual([3, 1]);
  });

  it.each<[string, object, object]>([
    ["a set published already", factorSet(), invalid("factors", "published already")],
    ["rates published already", rates(), invalid("factors", "published already")],
    [
      "a set that supersedes an unknown one",
      factorSet({ version: "2.0.0", supersedes: "1.0.0" }),
      invalid("factors", "supersedes"),
    ],
    ["a set without root", factorSet({ version: "2.0.0", rowsRoot: "" }), { code: "FACTOR_SET_INVALID" }],
    [
      "a rate of nothing",
      rates({ version: "2.0.0", priceIndex: [{ year: 2022, index: "0", source: "x" }] }),
      { code: "RATES_INVALID" },
    ],
    ["another kind", contract(), { code: "CHANGE_INVALID" }],
  ])("refuse %s", (_what, change, expected) => {
    const registry = new FixtureRegistry();
    registry.change("factors", factorSet());
    registry.change("factors", rates());
    refuses(registry, () => registry.change("factors", change), expected);
  });

  it("are withdrawn by an entry of its own, and stay as they were [REG-5]", () => {
    const registry = new FixtureRegistry();
    registry.change("factors", factorSet());
    registry.change("factors", withdrawal());
    const found = registry.state.factorSet("starter-activity", activity.version);
    expect(found).toEqual({
      document: activity,
      index: 0,
      withdrawn: { index: 1, reason: "error", note: "diesel was rounded to zero" },
    });
    expect([...registry.state.factorSets]).toEqual([found]);
    registry.change("factors", factorSet({ version: "2026.2.0", supersedes: activity.version }));
    expect(registry.state.factorSet("starter-activity", "2026.2.0")).not.toHaveProperty("withdrawn");
  });

  it("say what the maintainers let pass [REG-7]", () => {
    const registry = new FixtureRegistry();
    const releases = [
      { rows: 2, reason: "a new method, explained by the publisher" },
      { rows: 1, keys: ["soy"], reason: "an erratum" },
    ];
    registry.change("factors", { ...factorSet(), releases });
    expect(registry.state.factorSet("starter-activity", activity.version)).toMatchObject({ releases });
  });

  it.each<[string, object, object]>([
    ["of what is not published", withdrawal({ version: "1.0.0" }), invalid("factors", "is not published")],
    ["of what is withdrawn already", withdrawal(), invalid("factors", "withdrawn already")],
    ["for no reason", withdrawal({ reason: "whim" }), invalid("factors", "reason")],
    ["without a word", withdrawal({ note: "" }), invalid("factors", "note")],
    ["in several lines", withdrawal({ note: "one\ntwo" }), invalid("factors", "control characters")],
    ["of a member", withdrawal({ member: "did:web:a.example" }), invalid("factors", "member")],
  ])("refuse a withdrawal %s [REG-6]", (_what, change, expected) => {
    const registry = new FixtureRegistry();
    registry.change("factors", factorSet());
    registry.change("factors", withdrawal());
    refuses(registry, () => registry.change("factors", change), expected);
  });

  it("are published again under the same version by nobody, withdrawn or not [REG-5]", () => {
    const registry = new FixtureRegistry();
    registry.change("factors", factorSet());
    registry.change("factors", withdrawal());
    refuses(registry, () => registry.change("factors", factorSet()), invalid("factors", "published already"));
  });

  it.each([
    { releases: [] },
    { releases: [{ rows: 0, reason: "x" }] },
    { releases: [{ rows: 1, reason: "" }] },
    { releases: [{ rows: 1 }] },
    { releases: [{ rows: 2, keys: ["soy"], reason: "x" }] },
    { releases: [{ rows: 2, keys: ["soy", "soy"], reason: "x" }] },
    { releases: Array(33).fill({ rows: 1, reason: "x" }) },
  ])("refuse releases that say %j", (changed) => {
    const registry = new FixtureRegistry();
    refuses(registry, () => registry.change("factors", { ...factorSet(), ...changed }), invalid("factors", "releases"));
  });

  it("need approvals too [REG-1]", () => {
    const registry = new FixtureRegistry();
    refuses(registry, () => registry.change("factors", factorSet(), MAINTAINERS.slice(2)), { code: "QUORUM_NOT_MET" });
  });
});

it("knows no maintainers before the genesis [REG-2]", () => {
  const { anchor } = new FixtureRegistry();
  const state = new RegistryState(anchor);
  const bytes = buildChange(state.log("factors"), factorSet(), MAINTAINERS);
  expect(() => state.apply("factors", bytes)).toThrow(
    expect.objectContaining(invalid("members", "no such maintainers")),
  );
});

/** Entries of every kind. */
function fullRegistry(): FixtureRegistry {
  const registry = new FixtureRegistry();
  registry.admit("miner");
  const leaf = registry.admit("smith", { vetting: "sponsored", sponsor: "did:web:miner.example" });
  const member = "did:web:smith.example";
  const rotation = secondEvent("smith", encodeBase64(hashLeaf(leaf)));
  registry.change("members", { kind: "vet", maintainersAt: 0, member, reason: "seen" });
  registry.change("members", memberChange(rotation, "smith attest 2"));
  registry.change("contracts", contract());
  registry.change("members", { kind: "suspend", maintainersAt: 0, member, reason: "asked for" });
  registry.change("factors", factorSet());
  registry.change("members", { kind: "reinstate", maintainersAt: 0, member, reason: "asked for" });
  registry.change("members", { kind: "witness-policy", maintainersAt: 0, policy: policyOf("witness 2") });
  registry.change("factors", rates());
  registry.change("factors", withdrawal());
  return registry;
}

describe("a log that nobody is trusted for", () => {
  const { anchor, entries } = fullRegistry();
  const replay = (count: number): RegistryState => {
    const state = new RegistryState(anchor);
    for (const { log, bytes } of entries.slice(0, count)) state.apply(log, bytes);
    return state;
  };

  it("gives one state for each prefix, whenever the logs are read [REG-2]", () => {
    fc.assert(
      fc.property(fc.nat(entries.length), (count) => {
        const logByLog = new RegistryState(anchor);
        const prefix = entries.slice(0, count);
        for (const name of REGISTRY_LOGS) {
          for (const { log, bytes } of prefix) if (log === name) logByLog.apply(log, Uint8Array.from(bytes));
        }
        return viewOf(replay(count)) === viewOf(logByLog);
      }),
      { numRuns: 15 },
    );
  });

  it("is refused with any byte changed, and the state stays what it was [REG-1]", () => {
    const changed = fc.tuple(fc.nat(entries.length - 1), fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(changed, ([at, position, mask]) => {
        const entry = entries[at];
        if (entry === undefined) return false;
        const bytes = Uint8Array.from(entry.bytes);
        const index = position % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ mask;
        const state = replay(at);
        const before = viewOf(state);
        expectTallyError(() => state.apply(entry.log, bytes));
        return viewOf(state) === before;
      }),
      { numRuns: 80 },
    );
  });

  it("is refused cut short, lengthened, repeated, left out or moved [REG-1]", () => {
    const place = fc.tuple(fc.nat(entries.length - 1), fc.nat(entries.length - 1), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(place, ([at, other, length]) => {
        const [entry, elsewhere] = [entries[at], entries[other]];
        if (entry === undefined || elsewhere === undefined) return false;
        const state = replay(at);
        expectTallyError(() => state.apply(entry.log, entry.bytes.subarray(0, -length)));
        expectTallyError(() => state.apply(entry.log, Uint8Array.from([...entry.bytes, ...new Uint8Array(length)])));
        if (other !== at) {
          const isNext = entries.findIndex(({ log }, index) => index >= at && log === elsewhere.log) === other;
          if (!isNext) expectTallyError(() => state.apply(elsewhere.log, elsewhere.bytes));
        }
        for (const name of REGISTRY_LOGS) {
          if (name !== entry.log) expectTallyError(() => state.apply(name, entry.bytes));
        }
        return viewOf(state) === viewOf(replay(at));
      }),
      { numRuns: 25 },
    );
  });

  it("is refused with other approvals than the ones it was hashed with", () => {
    // The third maintainer's approval makes a valid leaf, of another hash: whoever holds the entry after it notices.
    const registry = new FixtureRegistry();
    const change = memberChange(firstEvent("miner"), "miner attest 1");
    const byAll = buildChange(registry.state.log("members"), change, MAINTAINERS);
    const byTwo = buildChange(registry.state.log("members"), change, TWO);
    registry.append("members", byTwo);
    const next = buildChange(registry.state.log("members"), memberChange(firstEvent("smith"), "smith attest 1"), TWO);
    const other = new FixtureRegistry();
    other.append("members", byAll);
    refuses(other, () => other.append("members", next), { code: "CHANGE_OUT_OF_ORDER" });
  });

  it("throws typed errors only, whatever the bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string().map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(...REGISTRY_LOGS), (noise, log) => {
        expectTallyError(() => replay(1).apply(log, noise));
      }),
      { numRuns: 25 },
    );
  });
});

function expectTallyError(attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    if (isTallyError(error)) return;
    throw error;
  }
  throw new Error("was not refused");
}
