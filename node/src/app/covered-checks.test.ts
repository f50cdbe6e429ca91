import { ATTESTATION_TYP, PRODUCT_FOOTPRINT_CONTRACT_URN } from "@tallystick/contracts";
import {
  encodeBase64,
  formatLeaf,
  hashJws,
  merkleRoot,
  type PrivateKey,
  parseJws,
  privateKeyFromSeed,
  sha256,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import { openMemoryStore, type Store } from "@tallystick/registry";
import { describe, expect, it } from "vitest";
import { TokenWorkers } from "../adapters/workers/token-workers.ts";
import { CoveredEntries } from "../core/journal/covered-entries.ts";
import { faultOf } from "../core/journal/member-faults.ts";
import type { Verdict } from "../core/journal/verdict.ts";
import { DEFAULT_CHECKING_POLICY, mayBeCovered, parseCheckingPolicy } from "../core/policy/checking-policy.ts";
import { newFeedState } from "../core/subscription/feed-state.ts";
import { NOW, ORIGIN, product, ROUTE_KEY, SUPPLIER, Supplier } from "../core/subscription/subscription.fixture.ts";
import { CoveredChecks } from "./covered-checks.ts";
import { FeedApplier } from "./feed-applier.ts";
import { keys } from "./node-records.ts";
import { VerdictJournal } from "./verdict-journal.ts";

const keyOf = (label: string): PrivateKey => privateKeyFromSeed(sha256(utf8Encode(label)));

/** A buyer that takes in a supplier's feed, over a store that outlives it. */
async function buyer(supplier: Supplier, options: { store?: Store; covered?: boolean; deadlineSeconds?: number } = {}) {
  const { store = openMemoryStore(), covered = true, deadlineSeconds = 3_600 } = options;
  const { state, registry } = supplier.fixture;
  const member = state.members.memberOf(SUPPLIER);
  if (member === undefined) throw new Error("no such member");
  const { hashes } = registry.members;
  const membersRootAt = (size: number): string | undefined =>
    size <= hashes.length ? encodeBase64(merkleRoot(hashes.slice(0, size))) : undefined;
  const entries = new CoveredEntries();
  const clock = { now: NOW };
  const journal = await VerdictJournal.open({
    store,
    feedOrigin: "buyer.example/feed",
    key: keyOf("journal"),
    nowUnix: () => clock.now,
    onVerdict: (_number, verdict) => entries.take(verdict),
  });
  for await (const _ of journal.replay());
  const tokens = new TokenWorkers();
  const applier = new FeedApplier({
    store,
    journal,
    tokens,
    contract: PRODUCT_FOOTPRINT_CONTRACT_URN,
    routeKey: ROUTE_KEY,
    state: newFeedState(SUPPLIER, ORIGIN, 0),
    context: () => ({
      member,
      policy: state.members.witnessPolicy,
      judge: { member, registry: state, membersRootAt, timeOfEntry: () => undefined, now: NOW },
      mayBeCovered: covered,
    }),
    learnAnew: async () => true,
    onApplied: () => {},
  });
  const reconsidered: Verdict[] = [];
  const checks = new CoveredChecks({
    store,
    journal,
    tokens,
    entries,
    deadlineSeconds: () => deadlineSeconds,
    onVerdicts: (verdicts) => void reconsidered.push(...verdicts),
    now: () => clock.now,
  });
  const verdicts = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const verdict of journal.replay()) {
      const mode = verdict.kind === "accepted" ? (verdict.mode ?? "checked") : "";
      all.push(verdict.kind === "refused" ? verdict.code : `${verdict.kind} ${mode}`.trim());
    }
    return all;
  };
  return { store, journal, applier, checks, clock, reconsidered, verdicts };
}

/** An entry whose JWS is not by the key that it names. */
function forged(supplier: Supplier, kid = `${SUPPLIER}#1`): { index: number; jws: string; disclosures: string[] } {
  const honest = supplier.fixture.attest(product(9));
  const jws = signJws(ATTESTATION_TYP, kid, parseJws(honest.jws, ATTESTATION_TYP).payload, keyOf("a thief"));
  const index = supplier.feed.entries.length;
  supplier.feed.entries.push(formatLeaf({ kind: "attest", jwsHash: hashJws(jws) }));
  return { index, jws, disclosures: [] };
}

function delivering(count: number): Supplier {
  const supplier = new Supplier();
  for (let n = 0; n < count; n++) supplier.deliver(supplier.publish(product(n)));
  return supplier;
}

describe("an entry counts before its signature is checked", () => {
  it("under a final checkpoint, of a member whose log may speak for it [COV-1]", async () => {
    const supplier = delivering(2);
    const { applier, checks, verdicts } = await buyer(supplier);
    await applier.apply(supplier.batch(0, 4, true));
    expect(await verdicts()).toEqual(["accepted covered", "accepted covered"]);
    expect(checks.waiting).toBe(2);
  });

  it("and not where its checkpoint is not final, or where the policy does not say so [COV-1]", async () => {
    const supplier = delivering(2);
    const provisional = await buyer(supplier);
    await provisional.applier.apply(supplier.batch(0, 4, false));
    const strict = await buyer(supplier, { covered: false });
    await strict.applier.apply(supplier.batch(0, 4, true));
    for (const { verdicts, checks } of [provisional, strict]) {
      expect(await verdicts()).toEqual(["accepted checked", "accepted checked"]);
      expect(checks.waiting).toBe(0);
    }
  });

  it("and not where anything else is wrong with it: another's key, another issuer, content [COV-1] [ATT-6]", async () => {
    const supplier = new Supplier();
    supplier.deliver(forged(supplier, "did:web:buyer.example#1"));
    supplier.deliver(supplier.publish(product(1), { issuer: "did:web:buyer.example" }));
    supplier.deliver(supplier.publish(product(2), { credentialSubject: {} }));
    const { applier, verdicts, checks } = await buyer(supplier);
    await applier.apply(supplier.batch(0, supplier.feed.entries.length, true));
    expect(await verdicts()).toEqual(["KEY_UNKNOWN", "ISSUER_MISMATCH", "FOOTPRINT_INVALID"]);
    expect(checks.waiting).toBe(0);
  });

  it("only where the policy names its member, or all, and the member granted it [COV-1]", () => {
    const member = new Supplier().fixture.state.members.memberOf(SUPPLIER);
    if (member === undefined) throw new Error("no such member");
    const granting = { ...member, event: { ...member.event, grants: ["attest-by-log"] as const } };
    const policyOf = (covered: unknown) => parseCheckingPolicy({ ...DEFAULT_CHECKING_POLICY, covered });
    expect(mayBeCovered(DEFAULT_CHECKING_POLICY, granting)).toBe(false);
    expect(mayBeCovered(policyOf("granted"), granting)).toBe(true);
    expect(mayBeCovered(policyOf([SUPPLIER]), granting)).toBe(true);
    expect(mayBeCovered(policyOf(["did:web:other.example"]), granting)).toBe(false);
    expect(mayBeCovered(policyOf("granted"), member)).toBe(false);
    expect(() => policyOf("always")).toThrow("CHECKING_POLICY_INVALID");
    expect(() => parseCheckingPolicy({ ...DEFAULT_CHECKING_POLICY, deadlineSeconds: 0 })).toThrow(
      "CHECKING_POLICY_INVALID",
    );
  });
});

describe("its signature is checked", () => {
  it("at once where something is to rest on it [COV-4]", async () => {
    const supplier = delivering(40);
    const { applier, checks, verdicts, reconsidered } = await buyer(supplier);
    await applier.apply(supplier.batch(0, 80, true));
    await checks.settle();
    expect(checks.waiting).toBe(0);
    expect((await verdicts()).slice(40)).toEqual(Array.from({ length: 40 }, () => "signature-checked"));
    expect(reconsidered.length).toBe(40);
  });

  it("in the background, after a restart too: what waits is in the journal [COV-3]", async () => {
    const supplier = delivering(3);
    const first = await buyer(supplier, { deadlineSeconds: 60 });
    await first.applier.apply(supplier.batch(0, 6, true));
    first.clock.now += 100;
    expect(first.checks.overdueSeconds).toBe(40);
    await first.journal.close();
    const second = await buyer(supplier, { store: first.store });
    second.clock.now += 10;
    expect(second.checks.waiting).toBe(3);
    const stop = new AbortController();
    const running = second.checks.run(stop.signal);
    await expect.poll(() => second.checks.waiting).toBe(0);
    stop.abort();
    await running;
    expect(await second.verdicts()).toEqual([
      ...Array.from({ length: 3 }, () => "accepted covered"),
      ...Array.from({ length: 3 }, () => "signature-checked"),
    ]);
    expect(second.checks.overdueSeconds).toBe(0);
  });

  it("and where it does not hold, the entry counts no more and is a fault of its member, kept to be shown [COV-5]", async () => {
    const supplier = new Supplier();
    const bad = forged(supplier);
    const deliveredAt = supplier.deliver(bad);
    supplier.deliver(supplier.publish(product(1)));
    const { applier, checks, reconsidered, verdicts, store } = await buyer(supplier);
    await applier.apply(supplier.batch(0, 4, true));
    expect(await verdicts()).toEqual(["accepted covered", "accepted covered"]);
    await checks.settle();
    expect(await verdicts()).toEqual([
      "accepted covered",
      "accepted covered",
      "SIGNATURE_INVALID",
      "signature-checked",
    ]);
    const refused = reconsidered.find(({ kind }) => kind === "refused") as Verdict;
    expect(faultOf(refused)).toMatchObject({ member: SUPPLIER, kind: "invalid-attestation", caughtBy: "signature" });
    const exhibit = await store.get(keys.exhibit(ORIGIN, bad.index));
    expect(JSON.parse(new TextDecoder().decode(exhibit))).toMatchObject({ deliveredAt, jws: bad.jws });
  });
});
