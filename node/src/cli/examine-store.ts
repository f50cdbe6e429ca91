import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

/** What a store takes of the disk it lies on, and what is left there. Bytes. */
export interface StoreSpace {
  readonly storeBytes: number;
  readonly freeBytes: number;
  readonly diskBytes: number;
}

/** Looks at sizes alone; undefined where there is no store yet. */
export async function measureStore(home: string): Promise<StoreSpace | undefined> {
  const path = join(home, "store");
  const names = await readdir(path).catch(() => undefined);
  if (names === undefined) return undefined;
  const { bavail, blocks, bsize } = await statfs(path);
  let storeBytes = 0;
  // A running node's files come and go.
  for (const name of names) storeBytes += (await stat(join(path, name)).catch(() => undefined))?.size ?? 0;
  return { storeBytes, freeBytes: bavail * bsize, diskBytes: blocks * bsize };
}

const FLOOR_BYTES = 64 * 1024 * 1024;
const LOW_BYTES = 1024 * 1024 * 1024;

/** Compaction needs room beside what is there, and so does the next quarter's work. */
export function judgeSpace({ storeBytes, freeBytes }: StoreSpace): "ok" | "low" | "full" {
  if (freeBytes < FLOOR_BYTES) return "full";
  return freeBytes < Math.max(LOW_BYTES, storeBytes / 2) ? "low" : "ok";
}
