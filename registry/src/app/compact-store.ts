import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { openLevelStore } from "../adapters/level/level-store.ts";
import { supersededNotes } from "../log/superseded-notes.ts";
import type { WriteOp } from "../ports/store.ts";

export interface CompactReport {
  /** Archived checkpoints that nothing needed. */
  readonly dropped: number;
  /** Of the store's files. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

const BATCH = 1_000;

/**
 * Gives back the room of a stopped process's store that is taken for nothing: superseded checkpoints of its logs, and whatever was
 * overwritten. Interrupted at any moment it leaves a whole store.
 *
 * @param logs prefixes of the own logs
 * @throws STORE_MISSING, STORE_LOCKED, STORE_FORMAT_UNSUPPORTED, STORE_CORRUPT, STORE_FAILED
 */
export async function compactStore(path: string, logs: readonly string[]): Promise<CompactReport> {
  const store = await openLevelStore(path, { createIfMissing: false, keepFormat: true });
  let dropped = 0;
  try {
    const bytesBefore = await sizeOf(path);
    for (const prefix of logs) {
      let batch: WriteOp[] = [];
      for await (const op of supersededNotes(store, prefix)) {
        batch.push(op);
        dropped += 1;
        if (batch.length < BATCH) continue;
        await store.write(batch);
        batch = [];
      }
      await store.write(batch, { sync: true });
    }
    await store.compact();
    return { dropped, bytesBefore, bytesAfter: await sizeOf(path) };
  } finally {
    await store.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  // Files come and go.
  for (const name of await readdir(path)) bytes += (await stat(join(path, name)).catch(() => undefined))?.size ?? 0;
  return bytes;
}
