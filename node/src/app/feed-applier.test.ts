import { PRODUCT_FOOTPRINT_CONTRACT_URN } from "@tallystick/contracts";
import {
  decodeUtf8,
  encodeBase64,
  formatLeaf,
  isTallyError,
  makeVerifierKey,
  merkleRoot,
  privateKeyFromSeed,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import { KeyHistory, type Member, openMemoryStore, registryError, type Store } from "@tallystick/registry";
import { describe, expect, it } from "vitest";
import { TokenWorkers } from "../adapters/workers/token-workers.ts";
import { FEED_FAULTS } from "../core/subscription/feed-faults.ts";
import { newFeedState, parseFeedState } from "../core/subscription/feed-state.ts";
import type { ReceivedFeedBatch } from "../core/subscription/read-batch.ts";
import { NOW, ORIGIN, product, ROUTE_KEY, SUPPLIER, Supplier } from "../core/subscription/subscription.fixture.ts";
import { FeedApplier, type FeedApplierOptions, type FollowContext } from "./feed-applier.ts";
import { keys } from "./node-records.ts";
import { VerdictJournal } from "./verdict-journal.ts";

interface Following {
  readonly follower: FeedApplier;
  readonly journal: VerdictJournal;
  verdicts(): Promise<string[]>;
}

function contextOf(supplier: Supplier, changes: Partial<FollowContext> = {}): FollowContext {
  const { state, registry } = supplier.fixture;
  const member = state.members.memberOf(SUPPLIER);
  if (member === undefined) throw new Error("no such member");
  const { hashes } = registry.members;
  const membersRootAt = (size: number): string | undefined =>
    size <= hashes.length ? encodeBase64(merkleRoot(hashes.slice(0, size))) : undefined;
  return {
    member,
    policy: state.members.witnessPolicy,
    judge: { member, registry: state, membersRootAt, timeOfEntry: () => undefined, now: NOW },
    mayBeCovered: false,
    ...changes,
  };
}

/** The member with another checkpoint key than it has. */
function signedByAnother(member: Member): Member {
  const checkpointKey = makeVerifierKey(ORIGIN, "ed25519", privateKeyFromSeed(new Uint8Array(32).fill(4)).publicKey);
  const periods = member.keys.periods.map((period) => ({ ...period, checkpointKey }));
  return { ...member, checkpointKey, keys: new KeyHistory(member.did, periods) };
}

async function follow(
  supplier: Supplier,
  changes: Partial<FeedApplierOptions> = {},
  journalStore: Store = changes.store ?? openMemoryStore(),
): Promise<Following> {
  const store = changes.store ?? journalStore;
  const key = privateKeyFromSeed(sha256(utf8Encode("journal")));
  const journal = await VerdictJournal.open({
    store: journalStore,
    feedOrigin: "buyer.example/feed",
    key,
    nowUnix: () => 1_760_000_000,
  });
  const stored = await journalStore.get(keys.feedState(ORIGIN));
  const follower = new FeedApplier({
    store,
    journal,
    tokens: new TokenWorkers(),
    contract: PRODUCT_FOOTPRINT_CONTRACT_URN,
    routeKey: ROUTE_KEY,
    state: stored === undefined ? newFeedState(SUPPLIER, ORIGIN, 0) : parseFeedState(decodeUtf8(stored)),
    context: () => contextOf(supplier),
    learnAnew: async () => true,
    onApplied: () => {},
    ...changes,
  });
  const verdicts = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const verdict of journal.replay()) all.push(verdict.kind === "refused" ? verdict.code : verdict.kind);
    return all;
  };
  return { follower, journal, verdicts };
}

function withDeliveries(count: number): Supplier {
  const supplier = new Supplier();
  for (let n = 0; n < count; n++) supplier.deliver(supplier.publish(product(n)));
  return supplier;
}

describe("a follower", () => {
  it("makes verdicts and what they rest on durable in one write", async () => {
    const supplier = withDeliveries(2);
    const store = openMemoryStore();
    const { follower, verdicts } = await follow(supplier, { store });
    await follower.apply(supplier.batch(0));
    expect(await verdicts()).toEqual(["accepted", "accepted"]);
    const state = parseFeedState(decodeUtf8((await store.get(keys.feedState(ORIGIN))) as Uint8Array));
    expect(state).toEqual(follower.state);
    expect([state.frontier.size, state.nextCounter]).toEqual([4, 2]);
    expect(await store.get(keys.attestation(ORIGIN, 2))).toBeDefined();
  });

  it("goes on from the stored state, and takes nothing twice [STR-2]", async () => {
    const supplier = withDeliveries(3);
    const store = openMemoryStore();
    const first = await follow(supplier, { store });
    await first.follower.apply(supplier.batch(0, 4));
    await first.journal.close();
    const { follower, verdicts } = await follow(supplier, { store });
    await expect(follower.apply(supplier.batch(0, 4))).rejects.toThrow("BATCH_OUT_OF_ORDER");
    await follower.restart();
    await follower.apply(supplier.batch(4));
    expect(await verdicts()).toEqual(["accepted", "accepted", "accepted"]);
  });
});

describe("batches that are handed over before the last is done", () => {
  it("come to what they come to one after another [STR-2]", async () => {
    const supplier = withDeliveries(30);
    const overlapping = await follow(supplier);
    const oneByOne = await follow(supplier);
    const cuts = [0, 2, 40, 41, 60];
    const batches = cuts.slice(1).map((to, at) => supplier.batch(cuts[at] as number, to));
    await Promise.all(batches.map((batch) => overlapping.follower.apply(batch)));
    for (const batch of batches) await oneByOne.follower.apply(batch);
    expect(overlapping.follower.state).toEqual(oneByOne.follower.state);
    expect(await overlapping.verdicts()).toEqual(await oneByOne.verdicts());
  });

  it("are refused with the first that is, and those before it stand [STR-2] [LOG-8]", async () => {
    const supplier = withDeliveries(3);
    const { follower, verdicts } = await follow(supplier);
    const bad = { ...supplier.batch(2, 4), note: "no note" };
    const answers = await Promise.allSettled(
      [supplier.batch(0, 2), bad, supplier.batch(4)].map((b) => follower.apply(b)),
    );
    expect(answers.map((answer) => (answer.status === "rejected" ? answer.reason.code : "applied"))).toEqual([
      "applied",
      "NOTE_MALFORMED",
      "NOTE_MALFORMED",
    ]);
    expect([follower.state.frontier.size, await verdicts()]).toEqual([2, ["accepted"]]);
    await follower.restart();
    await follower.apply(supplier.batch(2));
    expect((await verdicts()).length).toBe(3);
  });
});

describe("the registry is asked before anything is held against a supplier", () => {
  it("where an entry relies on a state this node does not know, even one that another sync brings", async () => {
    const supplier = withDeliveries(1);
    let asked = 0;
    const { judge } = contextOf(supplier);
    const behind = contextOf(supplier, { judge: { ...judge, membersRootAt: () => undefined } });
    const { follower, verdicts } = await follow(supplier, {
      context: () => (asked === 0 ? behind : contextOf(supplier)),
      learnAnew: async () => {
        asked += 1;
        return true;
      },
    });
    await follower.apply(supplier.batch(0));
    expect([asked, await verdicts()]).toEqual([1, ["accepted"]]);
  });

  it("and where it has nothing newer the entry is refused", async () => {
    const supplier = withDeliveries(1);
    const { judge } = contextOf(supplier);
    const context = () => contextOf(supplier, { judge: { ...judge, membersRootAt: () => undefined } });
    const { follower, verdicts } = await follow(supplier, { context });
    await follower.apply(supplier.batch(0));
    expect(await verdicts()).toEqual(["REGISTRY_PIN_UNKNOWN"]);
  });

  it("where a checkpoint is signed by a key this node does not know", async () => {
    const supplier = withDeliveries(1);
    const { member } = contextOf(supplier);
    const rotated = signedByAnother(member);
    let known = rotated;
    const { follower, verdicts } = await follow(supplier, {
      context: () => contextOf(supplier, { member: known }),
      learnAnew: async () => {
        known = member;
        return true;
      },
    });
    await follower.apply(supplier.batch(0));
    expect(await verdicts()).toEqual(["accepted"]);
    known = rotated;
    supplier.deliver(supplier.publish(product(5)));
    const other = await follow(supplier, {
      context: () => contextOf(supplier, { member: rotated }),
    });
    await expect(other.follower.apply(supplier.batch(0))).rejects.toThrow("NOTE_UNSIGNED");
  });

  it.each([
    ["an entry", (supplier: Supplier) => ({ judge: { ...contextOf(supplier).judge, membersRootAt: () => undefined } })],
    ["a checkpoint", (supplier: Supplier) => ({ member: signedByAnother(contextOf(supplier).member) })],
  ])(
    "and where it does not answer nothing is said of %s, and the batch is taken later as if new [RT-8]",
    async (_what, changed) => {
      const supplier = withDeliveries(2);
      let isBehind = true;
      const { follower, verdicts } = await follow(supplier, {
        context: () => contextOf(supplier, isBehind ? changed(supplier) : {}),
        learnAnew: async () => false,
      });
      const error: unknown = await follower.apply(supplier.batch(0)).catch((thrown: unknown) => thrown);
      expect(isTallyError(error, "REGISTRY_UNREACHABLE") && !FEED_FAULTS.has(error.code)).toBe(true);
      expect([follower.state.frontier.size, await verdicts()]).toEqual([0, []]);
      isBehind = false;
      await follower.restart();
      await follower.apply(supplier.batch(0));
      expect(await verdicts()).toEqual(["accepted", "accepted"]);
    },
  );
});

describe("a store that fails", () => {
  const broken = async (): Promise<never> => {
    throw registryError("STORE_CORRUPT", { reason: "a test" });
  };

  it.each([
    ["at a delivery's target", (supplier: Supplier) => void supplier.deliver(supplier.publish(product(0)))],
    [
      "at a revoked entry",
      (supplier: Supplier) =>
        void supplier.feed.entries.push(
          formatLeaf({ kind: "revoke", jwsHash: sha256(utf8Encode("why")), targetIndex: 0 }),
        ),
    ],
  ])("%s ends the node, and is no fault or refusal of the supplier's", async (_where, addEntry) => {
    const supplier = new Supplier();
    const published = supplier.publish(product(1));
    const below = openMemoryStore();
    const first = await follow(supplier, { store: below });
    await first.follower.apply(supplier.batch(0));
    supplier.deliver(published);
    addEntry(supplier);
    await first.journal.close();
    const store: Store = {
      ...below,
      get: broken,
      getMany: broken,
      entries: (range) => below.entries(range),
      write: (ops, options) => below.write(ops, options),
      close: () => below.close(),
    };
    const { follower, verdicts } = await follow(supplier, { store }, below);
    const error: unknown = await follower.apply(supplier.batch(1)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(isTallyError(error)).toBe(false);
    expect([follower.state.fault, await verdicts()]).toEqual([undefined, []]);
  });
});

describe("what is a fault of the feed", () => {
  const cases: readonly (readonly [string, (batch: ReceivedFeedBatch) => ReceivedFeedBatch])[] = [
    ["ROOT_MISMATCH", (batch) => ({ ...batch, leaves: [...batch.leaves].reverse() })],
    ["BATCH_OUT_OF_ORDER", (batch) => ({ ...batch, leaves: batch.leaves.slice(1) })],
    ["NOTE_MALFORMED", (batch) => ({ ...batch, note: "no note" })],
  ];
  it.each(cases)("%s, and nothing is taken from the batch [LOG-8]", async (code, change) => {
    const supplier = withDeliveries(2);
    const { follower, verdicts } = await follow(supplier);
    await expect(follower.apply(change(supplier.batch(0)))).rejects.toMatchObject({ code });
    expect(FEED_FAULTS.has(code)).toBe(true);
    expect([follower.state.frontier.size, await verdicts()]).toEqual([0, []]);
  });

  it("is nothing that this node's own copy of the registry, or its disk, may cause", () => {
    for (const code of [
      "REPLICA_STALE",
      "NOT_A_MEMBER",
      "MEMBER_SUSPENDED",
      "REGISTRY_UNREACHABLE",
      "STORE_FAILED",
      "STORE_CORRUPT",
    ]) {
      expect(FEED_FAULTS.has(code)).toBe(false);
    }
  });
});
