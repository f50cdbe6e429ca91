import { makeVerifierKey, openCheckpoint, privateKeyFromSeed } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { FailingStore, PowerFailure } from "../ports/failing-store.ts";
import type { KeyRange, Store, WriteOp, WriteOptions } from "../ports/store.ts";
import { openLog } from "./open-log.ts";
import type { TiledLog } from "./tiled-log.ts";

const origin = "log.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const logKey = makeVerifierKey(origin, "ed25519", key.publicKey);
const bytesOf = (leaf: string): Uint8Array => new TextEncoder().encode(leaf);

/** Every root that was ever signed, by size: two for one size are a fork. */
class SignedRoots {
  readonly #roots = new Map<number, string>();

  see(note: string): number {
    const { treeSize, rootHash } = openCheckpoint(note, logKey).checkpoint;
    const root = Buffer.from(rootHash).toString("hex");
    const earlier = this.#roots.get(treeSize) ?? root;
    if (earlier !== root) throw new Error(`two roots signed for size ${treeSize}`);
    this.#roots.set(treeSize, root);
    return treeSize;
  }
}

async function reopen(store: Store): Promise<TiledLog> {
  const log = await openLog({ origin, key, store, prefix: "log" });
  await log.guard([]);
  return log;
}

const when = fc.constantFrom("before" as const, "after" as const);

describe("a log whose machine fails", () => {
  it("keeps everything it acknowledged, and never signs two roots for one size [LOG-3]", async () => {
    // Each life: the write at which it ends, before or after it, and the sizes of the appends made until then.
    const life = fc.record({
      failAt: fc.nat(7),
      when,
      // Few sizes, so that lives often reach for the same one with other leaves.
      appends: fc.array(fc.constantFrom(1, 1, 2, 255), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), async (lives) => {
        const disk = openMemoryStore();
        const signed = new SignedRoots();
        const acknowledged = new Map<number, string>();
        for (const [lifeAt, { failAt, when, appends }] of lives.entries()) {
          try {
            const log = await reopen(new FailingStore(disk, failAt, when));
            signed.see(log.checkpoint());
            for (const [appendAt, count] of appends.entries()) {
              const leaves = Array.from({ length: count }, (_, at) => `${lifeAt}.${appendAt}.${at}`);
              const { firstIndex, checkpoint } = await log.append(leaves.map(bytesOf));
              expect(signed.see(checkpoint)).toBe(firstIndex + count);
              for (const [at, leaf] of leaves.entries()) acknowledged.set(firstIndex + at, leaf);
            }
          } catch (error) {
            if (!(error instanceof PowerFailure)) throw error;
          }
          const after = await reopen(disk);
          expect(signed.see(after.checkpoint())).toBe(after.size);
          for await (const [, note] of disk.entries({ gte: "log/checkpoint/", lt: "log/checkpoint0" })) {
            signed.see(new TextDecoder().decode(note));
          }
          const held = await after.readLeaves(0, after.size);
          for (const [index, leaf] of acknowledged) expect(new TextDecoder().decode(held[index])).toBe(leaf);
        }
      }),
      { numRuns: 80 },
    );
  });

  it("finishes a write that was cut off between the disk and the signature", async () => {
    const disk = openMemoryStore();
    // Write 0 archives the empty checkpoint, write 1 is the append, write 2 would archive its note.
    const log = await reopen(new FailingStore(disk, 2, "before"));
    await expect(log.append([bytesOf("a")])).rejects.toBeInstanceOf(PowerFailure);
    expect(openCheckpoint(log.checkpoint(), logKey).checkpoint.treeSize).toBe(0);
    const after = await reopen(disk);
    expect(after.size).toBe(1);
    expect(await after.checkpointAt(1)).toBe(after.checkpoint());
  });

  it("appends no more after a write that may or may not have happened", async () => {
    for (const when of ["before", "after"] as const) {
      const log = await reopen(new FailingStore(openMemoryStore(), 1, when));
      const attempts = await Promise.allSettled([log.append([bytesOf("a")]), log.append([bytesOf("b")])]);
      expect(attempts.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      await expect(log.append([bytesOf("c")])).rejects.toBeInstanceOf(PowerFailure);
      expect(log.size).toBe(0);
    }
  });

  it("is refused its write where another writer was first: LOG_CONFLICT [LOG-3]", async () => {
    const disk = openMemoryStore();
    const [one, two] = [await reopen(disk), await reopen(disk)];
    const outcomes = await Promise.allSettled([one.append([bytesOf("one")]), two.append([bytesOf("two")])]);
    expect(outcomes[0]?.status).toBe("fulfilled");
    expect(outcomes[1]).toMatchObject({ reason: { code: "LOG_CONFLICT", details: { expectedSize: 0 } } });
    await expect(two.append([bytesOf("again")])).rejects.toMatchObject({ code: "LOG_CONFLICT" });
    expect((await reopen(disk)).size).toBe(1);
  });
});

/** Lets a scheduler decide when each access of the store happens. */
class ScheduledStore implements Store {
  readonly #below: Store;
  readonly #scheduler: fc.Scheduler;

  constructor(below: Store, scheduler: fc.Scheduler) {
    this.#below = below;
    this.#scheduler = scheduler;
  }
  async get(key: string): Promise<Uint8Array | undefined> {
    await this.#scheduler.schedule(Promise.resolve(), `get ${key}`);
    return this.#below.get(key);
  }
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.#below.getMany(keys);
  }
  async write(ops: readonly WriteOp[], options?: WriteOptions): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), `write ${ops.length}`);
    await this.#below.write(ops, options);
  }
  entries(range: KeyRange): AsyncIterable<[string, Uint8Array]> {
    return this.#below.entries(range);
  }
  async close(): Promise<void> {}
}

describe("concurrent appends to a log", () => {
  it("each get their own place, in whatever order the store answers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), async (s, turns) => {
        const disk = openMemoryStore();
        const signed = new SignedRoots();
        await reopen(disk);
        const log = await s.waitFor(reopen(new ScheduledStore(disk, s)));
        const calls = turns.map(async (count, at) => {
          await s.schedule(Promise.resolve(), `call ${at}`);
          const leaves = Array.from({ length: count + 1 }, (_, n) => `${at}.${n}`);
          const { firstIndex, checkpoint } = await log.append(leaves.map(bytesOf));
          expect(signed.see(checkpoint)).toBeGreaterThanOrEqual(firstIndex + leaves.length);
          const held = await log.readLeaves(firstIndex, firstIndex + leaves.length);
          expect(held.map((leaf) => new TextDecoder().decode(leaf))).toEqual(leaves);
        });
        await s.waitFor(Promise.all(calls));
        const total = turns.reduce((sum, count) => sum + count + 1, 0);
        expect(signed.see((await reopen(disk)).checkpoint())).toBe(total);
      }),
      { numRuns: 40 },
    );
  });
});
