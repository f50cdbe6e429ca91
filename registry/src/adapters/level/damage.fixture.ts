import { cp, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { encodeHex, isTallyError, sha256, utf8Encode } from "@tallystick/proto";
import type { WriteOp } from "../../ports/store.ts";
import { openLevelStore } from "./level-store.ts";

/** Fills a store in several lives, so that it has tables, a manifest with edits, and a write-ahead log with writes in it. */
export async function fillStore(path: string, records: number): Promise<void> {
  for (let life = 0; life < 3; life++) {
    const store = await openLevelStore(path, { createIfMissing: true });
    for (let n = life; n < records; n += 3) {
      // Half of it compressible, as the real records are.
      const hex = encodeHex(sha256(utf8Encode(`value ${n}`)));
      const value = utf8Encode(`{"v":1,"leaf":"${hex}","note":"${"the same again, ".repeat(n % 5)}"}`);
      const ops: WriteOp[] = [{ type: "put", key: `log/feed/leaf/${String(n).padStart(16, "0")}`, value }];
      if (n > 20) ops.push({ type: "put", key: "log/feed/state", value });
      await store.write(ops, { sync: n % 16 === 0 });
    }
    await store.close();
  }
}

/** Every record, as text; or the code with which the store refuses. */
export async function readAllRecords(path: string): Promise<string> {
  try {
    const store = await openLevelStore(path, { createIfMissing: false });
    try {
      const lines: string[] = [];
      for await (const [key, value] of store.entries({})) lines.push(`${key} ${encodeHex(value)}`);
      return lines.join("\n");
    } finally {
      await store.close();
    }
  } catch (error) {
    if (isTallyError(error)) return error.code;
    throw error;
  }
}

/** The files that say what the store holds; the others are a lock and notes for people. */
export async function storeFiles(
  path: string,
): Promise<readonly { readonly name: string; readonly sizeBytes: number }[]> {
  const names = (await readdir(path)).filter((name) => /\.(?:ldb|log)$|^MANIFEST|^CURRENT$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, sizeBytes: (await stat(join(path, name))).size })));
}

/** Reads a copy of the store in which one bit is another. */
export async function readWithFlippedBit(path: string, file: string, bit: number): Promise<string> {
  return readChanged(path, async (copy) => {
    const handle = await open(join(copy, file), "r+");
    const byte = new Uint8Array(1);
    await handle.read(byte, 0, 1, bit >> 3);
    byte[0] = (byte[0] as number) ^ (1 << (bit & 7));
    await handle.write(byte, 0, 1, bit >> 3);
    await handle.close();
  });
}

/** Reads a copy of the store after a change. */
export async function readChanged(path: string, change: (copy: string) => Promise<void>): Promise<string> {
  const copy = `${path}.copy`;
  await cp(path, copy, { recursive: true });
  try {
    await change(copy);
    return await readAllRecords(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
