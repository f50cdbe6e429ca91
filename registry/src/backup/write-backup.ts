import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { encodeBase64, utf8Encode } from "@tallystick/proto";
import { parseStateRecord } from "../log/log-records.ts";
import type { Store } from "../ports/store.ts";
import { makeFrame } from "./archive-frames.ts";
import { packRecords, type StoreRecord } from "./archive-records.ts";
import type { BackupHeader, BackupManifest } from "./backup-documents.ts";

export interface BackupOptions {
  readonly header: Omit<BackupHeader, "format" | "v">;
  readonly home: string;
  /** Files of the home that go with it, where they are there; no secret is among them. */
  readonly files: readonly string[];
  readonly store: Store;
}

const BATCH_BYTES = 256 * 1024;
const LOG_STATE = /^log\/[\w-]+\/state$/;
/** What says where a store has been, not what it holds. */
const META = "meta/";

/**
 * A whole store and the public files of its home as one archive. The store may be in use: what is written is how it was when
 * the writing began.
 *
 * @throws STORE_CORRUPT: what is damaged is not backed up
 */
export async function* writeBackup(options: BackupOptions): AsyncGenerator<Uint8Array> {
  const compressed = new PassThrough();
  // Whoever reads `compressed` hears of a failure.
  const done = pipeline(Readable.from(frames(options)), createGzip({ level: 1 }), compressed).catch((error) =>
    compressed.destroy(error),
  );
  for await (const chunk of compressed) yield chunk;
  await done;
}

async function* frames({ header, home, files, store }: BackupOptions): AsyncGenerator<Uint8Array> {
  const digest = createHash("sha256");
  const digested = (type: "header" | "file" | "records", payload: Uint8Array): Uint8Array => {
    const { bytes } = makeFrame(type, payload);
    digest.update(bytes);
    return bytes;
  };
  const manifest = {
    v: 1 as const,
    records: 0,
    recordBytes: 0,
    files: [] as string[],
    logs: [] as BackupManifest["logs"][number][],
  };
  // The first read fixes the moment that the archive is of.
  const records = store.entries({})[Symbol.asyncIterator]();
  let next = await records.next();
  yield digested("header", json({ format: "tallystick-backup", v: 1, ...header }));
  for (const path of files) {
    const file = await readIfThere(join(home, path));
    if (file === undefined) continue;
    manifest.files.push(path);
    yield digested("file", json({ path, ...file }));
  }
  let batch: StoreRecord[] = [];
  let size = 0;
  for (; next.done !== true; next = await records.next()) {
    const record = next.value;
    const [key, value] = record;
    if (key.startsWith(META)) continue;
    if (LOG_STATE.test(key)) {
      const { origin, treeSize, rootHash } = parseStateRecord(value);
      manifest.logs.push({ origin, size: treeSize, root: encodeBase64(rootHash) });
    }
    batch.push(record);
    size += key.length + value.length;
    manifest.records += 1;
    manifest.recordBytes += key.length + value.length;
    if (size < BATCH_BYTES) continue;
    yield digested("records", packRecords(batch));
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield digested("records", packRecords(batch));
  yield makeFrame("manifest", json({ ...manifest, sha256: digest.digest("hex") } satisfies BackupManifest)).bytes;
}

const json = (document: object): Uint8Array => utf8Encode(JSON.stringify(document));

async function readIfThere(path: string): Promise<{ mode: number; content: string } | undefined> {
  try {
    const { mode } = await stat(path);
    return { mode: mode & 0o777, content: encodeBase64(await readFile(path)) };
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}
