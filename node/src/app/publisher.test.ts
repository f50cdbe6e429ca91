import { digestOf, PRODUCT_FOOTPRINT_CONTRACT, PRODUCT_FOOTPRINT_CONTRACT_URN } from "@tallystick/contracts";
import {
  encodeBase64,
  parseLeaf,
  privateKeyFromSeed,
  routeTag,
  type Signer,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import { keyFileError, openLog, openMemoryStore, type Store, type TiledLog, type WriteOp } from "@tallystick/registry";
import { describe, expect, it } from "vitest";
import type { Agreement } from "../core/agreement/agreement-terms.ts";
import type { PublicationItem } from "../core/feed/parse-publication.ts";
import { productOf } from "./network.fixture.ts";
import { Publisher } from "./publisher.ts";

const ORIGIN = "caster.example/feed";
const KEY = privateKeyFromSeed(sha256(utf8Encode("attest")));
const CONTEXT = {
  contract: { urn: PRODUCT_FOOTPRINT_CONTRACT_URN, digest: digestOf(PRODUCT_FOOTPRINT_CONTRACT) },
  resolveInput: () => {
    throw new Error("no inputs here");
  },
  factorOf: () => {
    throw new Error("no factors here");
  },
  registry: {
    origin: "registry.example/members",
    treeSize: 3,
    rootHash: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  },
  nowUnix: 1_710_000_000,
};

const agreementWith = (buyer: string, epoch = 0): Agreement => ({
  offer: {
    v: 1,
    type: "offer",
    supplier: "did:web:caster.example",
    buyer,
    contract: PRODUCT_FOOTPRINT_CONTRACT_URN,
    origin: ORIGIN,
    epoch,
    routeKeyCommitment: "",
    proposedAt: "2024-03-01T00:00:00Z",
  },
  offerJws: "",
  acceptanceJws: "",
  routeKey: routeKeyOf(buyer, epoch),
});
const routeKeyOf = (buyer: string, epoch: number): Uint8Array => sha256(utf8Encode(`${buyer} ${epoch}`));

const items = (...footprints: readonly (readonly [n: number, kg: string])[]): PublicationItem[] =>
  footprints.map(([n, kg]) => ({ footprint: productOf("caster", n, kg), inputs: [], lines: [], warnings: [] }));

const CHECKPOINT_KEY = privateKeyFromSeed(sha256(utf8Encode("checkpoint")));
/** The checkpoint key, where it may not be at hand. */
function awaySigner(): Signer & { away: boolean } {
  const { publicKey } = CHECKPOINT_KEY;
  return {
    away: false,
    publicKey,
    async ready() {
      if (this.away) throw keyFileError("SIGNER_UNAVAILABLE", { path: "agent.sock", reason: "away" });
    },
    sign: (message) => CHECKPOINT_KEY.sign(message),
  };
}

let random = 0;
async function open(
  store: Store,
  sales: readonly Agreement[] = [],
  key: Signer = CHECKPOINT_KEY,
): Promise<{ publisher: Publisher; log: TiledLog }> {
  const log = await openLog({
    origin: ORIGIN,
    key,
    store,
    prefix: "log/feed",
  });
  await log.guard([]);
  const randomBytes = (size: number): Uint8Array => sha256(utf8Encode(`random ${random++}`)).subarray(0, size);
  const self = { did: "did:web:caster.example", kid: "did:web:caster.example#1", key: KEY };
  return { publisher: await Publisher.open({ store, log, self, randomBytes }, sales), log };
}

/** Kinds of the log's leaves; of deliveries, the buyer, epoch and counter that their tag stands for. */
async function storyOf(log: TiledLog, ...buyers: readonly string[]): Promise<string[]> {
  const tags = new Map(
    buyers.flatMap((buyer) =>
      [0, 1].flatMap((epoch) =>
        Array.from({ length: 8 }, (_, counter) => {
          const tag = routeTag(routeKeyOf(buyer, epoch), ORIGIN, epoch, counter);
          return [encodeBase64(tag), `${buyer}/${epoch}/${counter}`] as const;
        }),
      ),
    ),
  );
  return (await log.readLeaves(0, log.size)).map((bytes) => {
    const leaf = parseLeaf(bytes);
    if (leaf.kind === "deliver") return tags.get(encodeBase64(leaf.routeTag)) ?? "to a stranger";
    return leaf.kind === "supersede" ? `supersede ${leaf.targetIndex}` : leaf.kind;
  });
}

describe("a publisher", () => {
  it("addresses each new entry to every buyer under its own next tag [RT-2]", async () => {
    const { publisher, log } = await open(openMemoryStore(), [agreementWith("x"), agreementWith("y")]);
    await publisher.publish(items([1, "10"]), CONTEXT);
    await publisher.publish(items([1, "11"]), CONTEXT);
    expect(await storyOf(log, "x", "y")).toEqual(["attest", "x/0/0", "y/0/0", "supersede 0", "x/0/1", "y/0/1"]);
  });

  it("addresses to a later buyer what is live then, and nothing of the past", async () => {
    const { publisher, log } = await open(openMemoryStore());
    await publisher.publish(items([1, "10"], [2, "5"]), CONTEXT);
    await publisher.publish(items([1, "11"]), CONTEXT);
    await publisher.addSale(agreementWith("x"));
    expect(await storyOf(log, "x")).toEqual(["attest", "attest", "supersede 0", "x/0/0", "x/0/1"]);
    const opened = await publisher.openDeliveries("x", [3, 4]);
    expect([...opened.values()].map(({ targetIndex }) => targetIndex)).toEqual([1, 2]);
  });

  it("goes on counting where it was, rebuilt from the store", async () => {
    const store = openMemoryStore();
    const sales = [agreementWith("x")];
    const first = await open(store, sales);
    await first.publisher.publish(items([1, "10"]), CONTEXT);
    await first.log.close();
    const { publisher, log } = await open(store, sales);
    await publisher.reconcile();
    const again = await publisher.publish(items([1, "10"], [2, "5"]), CONTEXT);
    expect(again.published.map(({ index, unchanged }) => [index, unchanged])).toEqual([
      [0, true],
      [2, false],
    ]);
    expect(await storyOf(log, "x")).toEqual(["attest", "x/0/0", "attest", "x/0/1"]);
  });

  it("starts anew, from what is live, in a new epoch [RT-1]", async () => {
    const { publisher, log } = await open(openMemoryStore(), [agreementWith("x")]);
    await publisher.publish(items([1, "10"], [2, "5"]), CONTEXT);
    await publisher.addSale(agreementWith("x", 1));
    await publisher.publish(items([3, "1"]), CONTEXT);
    const story = await storyOf(log, "x");
    expect(story.slice(4)).toEqual(["x/1/0", "x/1/1", "attest", "x/1/2"]);
    const opened = await publisher.openDeliveries(
      "x",
      story.map((_, index) => index),
    );
    expect([...opened.keys()]).toEqual([4, 5, 7]);
  });

  it("keeps to one writer: publications at the same time follow each other", async () => {
    const { publisher, log } = await open(openMemoryStore(), [agreementWith("x")]);
    await Promise.all([1, 2, 3, 1].map((n) => publisher.publish(items([n, "10"]), CONTEXT)));
    expect(await storyOf(log, "x")).toEqual(["attest", "x/0/0", "attest", "x/0/1", "attest", "x/0/2"]);
  });

  it("publishes the same again, whole, after the checkpoint's signer was away for a while", async () => {
    const signer = awaySigner();
    const { publisher, log } = await open(openMemoryStore(), [agreementWith("x")], signer);
    await publisher.publish(items([1, "10"]), CONTEXT);
    signer.away = true;
    const file = items([1, "11"], [2, "20"]);
    for (let tries = 0; tries < 2; tries++) {
      await expect(publisher.publish(file, CONTEXT)).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
      expect(await storyOf(log, "x")).toEqual(["attest", "x/0/0"]);
    }
    signer.away = false;
    const { published, deliveries } = await publisher.publish(file, CONTEXT);
    expect([published.map(({ unchanged }) => unchanged), deliveries]).toEqual([[false, false], 2]);
    expect(await storyOf(log, "x")).toEqual(["attest", "x/0/0", "supersede 0", "x/0/1", "attest", "x/0/2"]);
  });

  it("opens a delivery to its buyer, and to nobody else [RT-5]", async () => {
    const { publisher } = await open(openMemoryStore(), [agreementWith("x"), agreementWith("y")]);
    await publisher.publish(items([1, "10"]), CONTEXT);
    expect([...(await publisher.openDeliveries("x", [0, 1, 2, 9])).keys()]).toEqual([1]);
    expect([...(await publisher.openDeliveries("y", [0, 1, 2, 9])).keys()]).toEqual([2]);
    expect((await publisher.openDeliveries("z", [0, 1, 2])).size).toBe(0);
  });

  it("has addressed all that is live after a crash between any two writes, with no tag used twice", async () => {
    const many = items(...Array.from({ length: 300 }, (_, n) => [n, "10"] as const));
    for (const surviving of [0, 1, 2, 3]) {
      const store = openMemoryStore();
      const sales = [agreementWith("x")];
      const dying = await open(failingAfter(store, surviving), sales);
      await dying.publisher.publish(many, CONTEXT).catch(() => undefined);
      const { publisher, log } = await open(store, sales);
      await publisher.reconcile();
      await publisher.publish(many, CONTEXT);
      const leaves = (await log.readLeaves(0, log.size)).map(parseLeaf);
      const attested = leaves.filter(({ kind }) => kind === "attest");
      const tags = leaves.flatMap((leaf) => (leaf.kind === "deliver" ? [encodeBase64(leaf.routeTag)] : []));
      expect([attested.length, tags.length, new Set(tags).size]).toEqual([300, 300, 300]);
      const expected = Array.from({ length: 300 }, (_, counter) =>
        encodeBase64(routeTag(routeKeyOf("x", 0), ORIGIN, 0, counter)),
      );
      // In order: a buyer takes a skipped counter for a dropped delivery.
      expect(tags).toEqual(expected);
    }
  });
});

/** A store whose power goes after so many writes of leaves. */
function failingAfter(store: Store, writes: number): Store {
  let done = 0;
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    entries: (range) => store.entries(range),
    close: () => store.close(),
    write: async (ops: readonly WriteOp[], options) => {
      const isAppend = ops.some(({ key }) => key.startsWith("own/"));
      if (isAppend && done++ >= writes) throw new Error("the power went");
      await store.write(ops, options);
    },
  };
}
