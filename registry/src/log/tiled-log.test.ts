import {
  cosign,
  encodeBase64,
  formatEntryBundle,
  formatTile,
  hashLeaf,
  makeVerifierKey,
  merkleRoot,
  openCheckpoint,
  parseNote,
  privateKeyFromSeed,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "@tallystick/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import type { Store } from "../ports/store.ts";
import { openLog } from "./open-log.ts";
import type { LogOptions, TiledLog } from "./tiled-log.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const origin = "log.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const logKey = makeVerifierKey(origin, "ed25519", key.publicKey);
const witness = privateKeyFromSeed(new Uint8Array(32).fill(2));
const leafAt = (index: number): Uint8Array => utf8(`leaf ${index}`);
const leavesOf = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, at) => leafAt(from + at));
const rootAt = (size: number): Uint8Array => new Uint8Array(merkleRoot(leavesOf(0, size).map(hashLeaf)));
const opened = (note: string) => {
  const { checkpoint } = openCheckpoint(note, logKey);
  return { ...checkpoint, rootHash: new Uint8Array(checkpoint.rootHash) };
};

let store: Store;
beforeEach(() => {
  store = openMemoryStore();
});

async function open(options: Partial<LogOptions> = {}): Promise<TiledLog> {
  const log = await openLog({ origin, key, store, prefix: "log", ...options });
  await log.guard([]);
  return log;
}

describe("TiledLog", () => {
  it("signs an empty log", async () => {
    const log = await open();
    expect(opened(log.checkpoint())).toEqual({ origin, treeSize: 0, rootHash: rootAt(0) });
    expect(log.finalCheckpoint()).toBeUndefined();
    expect(await log.nextCheckpoint(0)).toBeUndefined();
  });

  it("signs the size and the root of what it holds, also after it is opened again [LOG-2]", async () => {
    const log = await open();
    const sizes = [1, 3, 256, 300, 812];
    for (const size of sizes) {
      const { firstIndex, checkpoint } = await log.append(leavesOf(log.size, size));
      expect(opened(checkpoint)).toEqual({ origin, treeSize: size, rootHash: rootAt(size) });
      expect(log.checkpoint()).toBe(checkpoint);
      expect(firstIndex + leavesOf(firstIndex, size).length).toBe(log.size);
      const again = await open();
      expect(again.checkpoint()).toBe(checkpoint);
      expect(again.size).toBe(size);
    }
  });

  it("archives a checkpoint for each write, to be met in order [LOG-7]", async () => {
    const log = await open();
    for (const size of [2, 5, 9]) await log.append(leavesOf(log.size, size));
    const met: number[] = [];
    for (let from = 0; ; ) {
      const next = await log.nextCheckpoint(from);
      if (next === undefined) break;
      expect(opened(next.note)).toEqual({ origin, treeSize: next.size, rootHash: rootAt(next.size) });
      expect(await log.checkpointAt(next.size)).toBe(next.note);
      met.push(next.size);
      from = next.size;
    }
    expect(met).toEqual([2, 5, 9]);
    expect(await log.checkpointAt(3)).toBeUndefined();
  });

  it("makes one write of concurrent appends, in the order of the calls", async () => {
    const log = await open();
    const all = await Promise.all(Array.from({ length: 40 }, (_, at) => log.append([leafAt(at)])));
    expect(all.map(({ firstIndex }) => firstIndex)).toEqual(Array.from({ length: 40 }, (_, at) => at));
    expect(new Set(all.map(({ checkpoint }) => checkpoint)).size).toBe(1);
  });

  it("begins another write after maxGroupEntries, and never divides one append", async () => {
    const log = await open({ maxGroupEntries: 4 });
    const [a, b, c] = await Promise.all([
      log.append(leavesOf(0, 3)),
      log.append(leavesOf(3, 6)),
      log.append(leavesOf(6, 20)),
    ]);
    expect([a, b, c].map(({ checkpoint }) => opened(checkpoint).treeSize)).toEqual([3, 6, 20]);
  });

  it("writes the caller's records together with the leaves", async () => {
    const log = await open();
    const record = (firstIndex: number) => [{ type: "put" as const, key: `mine/${firstIndex}`, value: utf8("mine") }];
    await Promise.all([log.append(leavesOf(0, 2), record), log.append(leavesOf(2, 3), record)]);
    expect(await store.getMany(["mine/0", "mine/2"])).toEqual([utf8("mine"), utf8("mine")]);
  });

  it("rejects the append whose own records fail, and that one alone", async () => {
    const log = await open();
    const failing = log.append([leafAt(9)], () => {
      throw new Error("no");
    });
    const [refused, kept] = await Promise.allSettled([failing, log.append([leafAt(0)])]);
    expect(refused).toMatchObject({ status: "rejected", reason: { message: "no" } });
    expect(kept).toMatchObject({ status: "fulfilled", value: { firstIndex: 0 } });
    expect(opened(log.checkpoint()).rootHash).toEqual(rootAt(1));
  });

  it("reads leaves, tiles, bundles, frontiers and hashes of any earlier size [LOG-5]", async () => {
    const log = await open();
    await log.append(leavesOf(0, 600));
    expect(await log.readLeaves(255, 258)).toEqual(leavesOf(255, 258));
    expect(await log.readLeaves(600, 600)).toEqual([]);
    expect(await log.readTile(0, 1, 256)).toEqual(formatTile(leavesOf(256, 512).map(hashLeaf)));
    expect(await log.readTile(0, 2, 7)).toEqual(formatTile(leavesOf(512, 519).map(hashLeaf)));
    expect(await log.readTile(1, 0, 2)).toEqual(
      formatTile([rootAt(256), merkleRoot(leavesOf(256, 512).map(hashLeaf))]),
    );
    expect(await log.readEntryBundle(2, 88)).toEqual(formatEntryBundle(leavesOf(512, 600)));
    expect(encodeBase64(await log.leafHash(599))).toBe(encodeBase64(hashLeaf(leafAt(599))));
    for (const size of [0, 1, 255, 256, 257, 512, 599, 600]) {
      expect(new Uint8Array(rootOf(await log.frontierAt(size)))).toEqual(rootAt(size));
    }
  });

  it("proves inclusion and consistency between any two sizes", async () => {
    const log = await open();
    await log.append(leavesOf(0, 300));
    await log.append(leavesOf(300, 530));
    for (const size of [1, 2, 255, 256, 257, 300, 511, 530]) {
      for (const index of [0, 1, 254, 255, 256, 299, 529].filter((each) => each < size)) {
        const proof = await log.inclusionProof(index, size);
        verifyInclusion(hashLeaf(leafAt(index)), index, size, proof, rootAt(size));
      }
      for (const old of [0, 1, 128, 256, 300].filter((each) => each <= size)) {
        verifyConsistency(old, rootAt(old), size, rootAt(size), await log.consistencyProof(old, size));
      }
    }
  });

  it("refuses to read what is not signed: LOG_RANGE_INVALID", async () => {
    const log = await open();
    await log.append(leavesOf(0, 300));
    const refused = { code: "LOG_RANGE_INVALID", details: { size: 300 } };
    for (const [from, to] of [
      [0, 301],
      [-1, 1],
      [2, 1],
      [0.5, 1],
    ] as const) {
      await expect(log.readLeaves(from, to)).rejects.toMatchObject(refused);
      await expect(log.consistencyProof(from, to)).rejects.toMatchObject(refused);
    }
    await expect(log.readTile(0, 1, 45)).rejects.toMatchObject(refused);
    await expect(log.readTile(0, 1, 0)).rejects.toMatchObject(refused);
    await expect(log.readTile(1, 0, 2)).rejects.toMatchObject(refused);
    await expect(log.readEntryBundle(2, 1)).rejects.toMatchObject(refused);
    await expect(log.frontierAt(301)).rejects.toMatchObject(refused);
    await expect(log.leafHash(300)).rejects.toMatchObject(refused);
    await expect(log.inclusionProof(5, 5)).rejects.toMatchObject(refused);
    await expect(log.inclusionProof(5, 301)).rejects.toMatchObject(refused);
    expect(await log.checkpointAt(301)).toBeUndefined();
  });

  it("refuses an entry over 65,535 bytes: ENTRY_TOO_LARGE [LOG-5]", async () => {
    const log = await open();
    await log.append([new Uint8Array(65_535)]);
    await expect(log.append([new Uint8Array(65_536)])).rejects.toMatchObject({ code: "ENTRY_TOO_LARGE" });
    await expect(log.append([])).rejects.toBeInstanceOf(TypeError);
    expect(log.size).toBe(1);
  });

  it("refuses more than it may hold in memory: LOG_BUSY", async () => {
    const log = await open();
    const full = log.append(leavesOf(0, 65_536));
    await expect(log.append([leafAt(65_536)])).rejects.toMatchObject({ code: "LOG_BUSY" });
    await full;
    expect((await log.append([leafAt(65_536)])).firstIndex).toBe(65_536);
  });

  it("finishes what it accepted when it is closed, then refuses: LOG_CLOSED", async () => {
    const log = await open();
    const accepted = log.append([leafAt(0)]);
    await log.close();
    expect((await accepted).firstIndex).toBe(0);
    await expect(log.append([leafAt(1)])).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("refuses a store that holds another log under the prefix: LOG_ORIGIN_MISMATCH", async () => {
    await (await open()).append([leafAt(0)]);
    const other = openLog({ origin: "other.example/feed", key, store, prefix: "log" });
    await expect(other).rejects.toMatchObject({ code: "LOG_ORIGIN_MISMATCH", details: { found: origin } });
  });

  it("refuses a store whose tiles are not those of its state: STORE_CORRUPT", async () => {
    await (await open()).append(leavesOf(0, 300));
    const tile = (await store.get("log/tile/0/0000000000000001")) as Uint8Array;
    for (const value of [tile.slice(32), tile.map((byte, at) => (at === 40 ? byte ^ 1 : byte)), tile.slice(1)]) {
      await store.write([{ type: "put", key: "log/tile/0/0000000000000001", value }]);
      await expect(open()).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    }
    await store.write([{ type: "put", key: "log/tile/0/0000000000000001", value: tile }]);
    await open();
    await store.write([{ type: "put", key: "log/state", value: utf8("{}") }]);
    await expect(open()).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });
});

describe("cosignatures of a TiledLog", () => {
  const line = (note: string, timeUnix: number) => cosign(parseNote(note).text, timeUnix, "witness.example", witness);

  it("are kept with the archived checkpoint, and make it final", async () => {
    const log = await open();
    const heard: number[] = [];
    log.onAdvance(() => heard.push(log.size));
    const { checkpoint } = await log.append(leavesOf(0, 2));
    await log.append(leavesOf(2, 3));
    await log.addCosignatures(2, [line(checkpoint, 1_700_000_000)]);
    const archived = await log.checkpointAt(2);
    expect(archived?.startsWith(checkpoint)).toBe(true);
    expect(archived?.split("\n")).toHaveLength(checkpoint.split("\n").length + 1);
    expect(log.finalCheckpoint()).toBe(archived);
    expect(opened(log.checkpoint()).treeSize).toBe(3);
    await log.addCosignatures(3, [line(log.checkpoint(), 1_700_000_001)]);
    expect(log.finalCheckpoint()).toBe(log.checkpoint());
    expect(heard).toEqual([2, 3, 3, 3]);

    const again = await open();
    expect(again.finalCheckpoint()).toBe(log.finalCheckpoint());
    expect(again.checkpoint()).toBe(log.checkpoint());
  });

  it("are final by the owner's rule, and never go back to a smaller size", async () => {
    const isFinal = (note: string): boolean => parseNote(note).signatures.length >= 3;
    const log = await open({ isFinal });
    const first = await log.append(leavesOf(0, 1));
    const second = await log.append(leavesOf(1, 2));
    await log.addCosignatures(2, [line(second.checkpoint, 1_700_000_000)]);
    expect(log.finalCheckpoint()).toBeUndefined();
    await log.addCosignatures(2, [line(second.checkpoint, 1_700_000_001)]);
    const final = log.finalCheckpoint();
    await log.addCosignatures(1, [line(first.checkpoint, 1_700_000_002), line(first.checkpoint, 1_700_000_003)]);
    expect(log.finalCheckpoint()).toBe(final);
  });

  it("are all kept when they arrive at once", async () => {
    const log = await open();
    const { checkpoint } = await log.append([leafAt(0)]);
    const names = ["w1.example", "w2.example", "w3.example", "w4.example"];
    const lines = names.map((name) => cosign(parseNote(checkpoint).text, 1_700_000_000, name, witness));
    await Promise.all(lines.map((each) => log.addCosignatures(1, [each])));
    expect(parseNote(log.checkpoint()).signatures.map(({ name }) => name)).toEqual([origin, ...names]);
  });

  it("are refused for a size without a checkpoint: LOG_RANGE_INVALID", async () => {
    const log = await open();
    const { checkpoint } = await log.append(leavesOf(0, 2));
    const attempt = log.addCosignatures(1, [line(checkpoint, 1_700_000_000)]);
    await expect(attempt).rejects.toMatchObject({ code: "LOG_RANGE_INVALID" });
  });

  it("stay when the checkpoint key changes, and the new key signs too", async () => {
    const log = await open();
    const { checkpoint } = await log.append(leavesOf(0, 2));
    await log.addCosignatures(2, [line(checkpoint, 1_700_000_000)]);
    const nextKey = privateKeyFromSeed(new Uint8Array(32).fill(3));
    const again = await open({ key: nextKey });
    expect(parseNote(again.checkpoint()).signatures).toHaveLength(3);
    openCheckpoint(again.checkpoint(), logKey);
    openCheckpoint(again.checkpoint(), makeVerifierKey(origin, "ed25519", nextKey.publicKey));
  });
});

describe("the guard of a TiledLog", () => {
  it("keeps a log locked after every start: LOG_LOCKED [LOG-4]", async () => {
    const log = await openLog({ origin, key, store, prefix: "log" });
    await expect(log.append([leafAt(0)])).rejects.toMatchObject({ code: "LOG_LOCKED" });
    await log.guard([{ size: 0 }]);
    await log.append([leafAt(0)]);
  });

  it("refuses to sign behind what others know: LOG_BEHIND [LOG-4]", async () => {
    const log = await open();
    await log.append(leavesOf(0, 2));
    const restored = await openLog({ origin, key, store, prefix: "log" });
    const guard = restored.guard([{ size: 1, rootHash: rootAt(1) }, { size: 3 }]);
    await expect(guard).rejects.toMatchObject({ code: "LOG_BEHIND", details: { localSize: 2, knownSize: 3 } });
    await expect(restored.append([leafAt(2)])).rejects.toMatchObject({ code: "LOG_LOCKED" });
  });

  it("refuses to sign beside another history: LOG_FORKED [LOG-3]", async () => {
    await (await open()).append(leavesOf(0, 3));
    const restored = await openLog({ origin, key, store, prefix: "log" });
    const guard = restored.guard([{ size: 2, rootHash: rootAt(1) }]);
    await expect(guard).rejects.toMatchObject({ code: "LOG_FORKED", details: { treeSize: 2 } });
    await expect(restored.append([leafAt(3)])).rejects.toMatchObject({ code: "LOG_LOCKED" });
    await restored.guard([{ size: 2, rootHash: rootAt(2) }]);
    await restored.append([leafAt(3)]);
  });

  it("takes a lost tail back from a mirror, and nothing but that tail", async () => {
    await (await open()).append(leavesOf(0, 3));
    const restored = await openLog({ origin, key, store, prefix: "log" });
    const known = { size: 6, rootHash: rootAt(6) };
    for (const wrong of [leavesOf(3, 5), leavesOf(4, 7)]) {
      await expect(restored.restoreTail(wrong, known)).rejects.toMatchObject({ code: "LOG_FORKED" });
    }
    await restored.restoreTail(leavesOf(3, 6), known);
    await restored.guard([known]);
    expect((await restored.append([leafAt(6)])).firstIndex).toBe(6);
    expect(opened(restored.checkpoint()).rootHash).toEqual(rootAt(7));
    await expect(restored.restoreTail([leafAt(7)], known)).rejects.toBeInstanceOf(TypeError);
  });

  it("does not reopen a log that is closed", async () => {
    const log = await open();
    await log.close();
    await log.guard([]);
    await expect(log.append([leafAt(0)])).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });
});
