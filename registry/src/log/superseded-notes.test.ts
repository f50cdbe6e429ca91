import { cosign, makeVerifierKey, parseNote, privateKeyFromSeed, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { checkLog } from "../check/check-log.ts";
import { StoreCheck } from "../check/store-check.ts";
import { NOT_FOLLOWED_YET, verifyBatch } from "../core/follow-log.ts";
import type { Store } from "../ports/store.ts";
import { LogKeys } from "./log-records.ts";
import { openLog } from "./open-log.ts";
import { streamBatches } from "./stream-batches.ts";
import { supersededNotes } from "./superseded-notes.ts";
import type { TiledLog } from "./tiled-log.ts";

const origin = "log.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const witness = privateKeyFromSeed(new Uint8Array(32).fill(2));
const logKey = makeVerifierKey(origin, "ed25519", key.publicKey);
const keys = new LogKeys("log");

/** A log written in appends of these sizes, each cosigned or not. */
async function makeLog(
  appends: readonly { readonly count: number; readonly cosigned: boolean }[],
): Promise<{ store: Store; log: TiledLog }> {
  const store = openMemoryStore();
  const log = await openLog({ origin, key, store, prefix: "log" });
  await log.guard([]);
  for (const { count, cosigned } of appends) {
    const leaves = Array.from({ length: count }, (_, n) => utf8Encode(`leaf ${log.size + n}`));
    await log.append(leaves);
    if (!cosigned) continue;
    await log.addCosignatures(log.size, [
      cosign(parseNote(log.checkpoint()).text, 1_700_000_000, "w.example", witness),
    ]);
  }
  return { store, log };
}

async function notesOf(store: Store): Promise<readonly { size: number; cosigned: boolean }[]> {
  const notes: { size: number; cosigned: boolean }[] = [];
  for await (const [name, value] of store.entries(keys.checkpointsFrom(0))) {
    const { signatures } = parseNote(new TextDecoder().decode(value));
    notes.push({ size: keys.sizeOfCheckpoint(name), cosigned: signatures.length > 1 });
  }
  return notes;
}

async function drop(store: Store): Promise<number> {
  const ops = [];
  for await (const op of supersededNotes(store, "log")) ops.push(op);
  await store.write(ops);
  return ops.length;
}

const append = fc.record({ count: fc.constantFrom(1, 1, 2, 40, 200, 256), cosigned: fc.boolean() });

describe("superseded checkpoints", () => {
  it("are what no newcomer and no log time needs", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(append, { maxLength: 12 }), async (appends) => {
        const { store, log } = await makeLog(appends);
        const before = await notesOf(store);
        const final = Math.max(0, ...before.filter(({ cosigned }) => cosigned).map(({ size }) => size));
        await drop(store);
        const after = await notesOf(store);
        const needed = before.filter(({ size, cosigned }) => cosigned || size >= final);
        expect(after).toEqual(expect.arrayContaining(needed));
        // The longest batch is the longest write, or 256.
        for (const [at, { size }] of after.entries()) {
          const from = after[at - 1]?.size ?? 0;
          expect(size - from).toBeLessThanOrEqual(256);
        }
        // A newcomer verifies all of it.
        let held = NOT_FOLLOWED_YET;
        const options = { from: 0, once: true, signal: AbortSignal.timeout(5_000) };
        for await (const batch of streamBatches(log, options)) held = verifyBatch(held, batch, logKey).followed;
        expect(held.frontier).toEqual(await log.frontierAt(log.size));
        // And the check of the whole finds nothing, nor does the log when it is opened again.
        const check = new StoreCheck();
        await checkLog({ store, prefix: "log", origin, keys: [logKey], check });
        expect(check.findings).toEqual([]);
        expect((await openLog({ origin, key, store, prefix: "log" })).checkpoint()).toBe(log.checkpoint());
        expect(await drop(store)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it("are most of them where entries came one at a time", async () => {
    const { store } = await makeLog(Array.from({ length: 300 }, (_, n) => ({ count: 1, cosigned: n === 299 })));
    expect(await drop(store)).toBe(299);
    expect(await notesOf(store)).toEqual([
      { size: 256, cosigned: false },
      { size: 300, cosigned: true },
    ]);
  });

  it("are none while nothing is final", async () => {
    const { store } = await makeLog(Array.from({ length: 20 }, () => ({ count: 1, cosigned: false })));
    expect(await drop(store)).toBe(0);
  });
});
