import { existsSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { equalBytes, isTallyError, type TallyError, utf8Encode } from "@tallystick/proto";
import { Level } from "level";
import { registryError } from "../../errors.ts";
import { assertStoreKey, type KeyRange, type Store, type WriteOp, type WriteOptions } from "../../ports/store.ts";
import { inspectStoreFiles } from "./inspect-files.ts";

/** Written once, when a store is created, and without a checksum: whatever comes later can read it. */
const FORMAT_KEY = "meta/format";
const FORMAT = "tallystick-store/1";
const CHECKSUM_BYTES = 4;

type Database = Level<string, Uint8Array>;

/** A Store whose damage can be looked at. */
export interface ScannableStore extends Store {
  /** As `entries`, with `undefined` for a value that does not match its checksum. */
  scan(range: KeyRange): AsyncIterable<[key: string, value: Uint8Array | undefined]>;
}

export interface LevelStoreOptions {
  /** False where opening a folder without a store in it is a mistake, not a beginning. */
  readonly createIfMissing: boolean;
}

/**
 * Opens one folder as a Store; one process at a time has it.
 * @throws STORE_MISSING, STORE_LOCKED where another process has it, STORE_FORMAT_UNSUPPORTED, STORE_CORRUPT,
 * STORE_FAILED
 */
export async function openLevelStore(path: string, options: LevelStoreOptions): Promise<ScannableStore> {
  // LevelDB makes its folder even when told not to, so look first. CURRENT is the file every store has.
  if (!options.createIfMissing && !existsSync(join(path, "CURRENT"))) throw registryError("STORE_MISSING", { path });
  if (existsSync(join(path, "CURRENT"))) await requireSoundFiles(path);
  const database: Database = new Level(path, { keyEncoding: "utf8", valueEncoding: "view" });
  try {
    await database.open();
    await checkFormat(database);
  } catch (error) {
    await database.close();
    throw asStoreError(error, path);
  }
  return new LevelStore(database, path);
}

/** Tables read whole at every opening: half a second at most. `fsck` reads all of them. */
const MAX_OPENING_BYTES = 256 * 1024 * 1024;

/**
 * Opening makes tables of the write-ahead log, without what is damaged in it; so it is looked at before.
 * @throws STORE_CORRUPT, STORE_LOCKED
 */
async function requireSoundFiles(path: string): Promise<void> {
  const options = { maxTableBytes: MAX_OPENING_BYTES };
  if ((await inspectStoreFiles(path, options)).length === 0) return;
  // Where another process writes, files come and go.
  if (await isLocked(path)) throw registryError("STORE_LOCKED", { path });
  const [damage] = await inspectStoreFiles(path, options);
  if (damage !== undefined) throw registryError("STORE_CORRUPT", { reason: `${damage.file}: ${damage.what}` });
}

/** Whether a process has the store open. Changes nothing: the attempt ends, having got the lock, at what exists already. */
export async function isLocked(path: string): Promise<boolean> {
  const database = new Level(path);
  try {
    await database.open({ errorIfExists: true });
  } catch (error) {
    return codesOf(error).includes("LEVEL_LOCKED");
  } finally {
    await database.close();
  }
  return false;
}

async function checkFormat(database: Database): Promise<void> {
  const found = await database.get(FORMAT_KEY);
  if (found === undefined) {
    const [anyKey] = await database.keys({ limit: 1 }).all();
    if (anyKey !== undefined) throw registryError("STORE_FORMAT_UNSUPPORTED", { found: "none", supported: FORMAT });
    await database.put(FORMAT_KEY, utf8Encode(FORMAT), { sync: true });
    return;
  }
  const text = new TextDecoder().decode(found.subarray(0, 64));
  if (text !== FORMAT) throw registryError("STORE_FORMAT_UNSUPPORTED", { found: text, supported: FORMAT });
}

class LevelStore implements ScannableStore {
  readonly #database: Database;
  readonly #path: string;
  // Compare-and-swaps run one after another: between its read and its write each must be alone.
  #lastSwap: Promise<unknown> = Promise.resolve();

  constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const sealed = await this.#attempt(() => this.#database.get(key));
    return sealed && open(key, sealed);
  }

  async getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const sealed = await this.#attempt(() => this.#database.getMany([...keys]));
    return sealed.map((value, at) => value && open(keys[at] as string, value));
  }

  async write(ops: readonly WriteOp[], options: WriteOptions = {}): Promise<void> {
    for (const { key } of ops) assertStoreKey(key);
    const { expect, sync = false } = options;
    const commit = (): Promise<void> => this.#attempt(() => this.#commit(ops, sync));
    if (expect === undefined) return commit();
    const swap = this.#lastSwap.then(async () => {
      const found = await this.get(expect.key);
      const holds = found && expect.value ? equalBytes(found, expect.value) : found === expect.value;
      if (!holds) throw registryError("STORE_CONFLICT", { key: expect.key });
      await commit();
    });
    // The next swap waits for this one but does not inherit its failure; the caller gets that.
    this.#lastSwap = swap.catch(() => undefined);
    return swap;
  }

  /** Operation by operation: an array of them would be taken apart by name in the binding, at twice the cost (docs/decisions/0019). */
  #commit(ops: readonly WriteOp[], sync: boolean): Promise<void> {
    const batch = this.#database.batch();
    for (const op of ops) {
      if (op.type === "put") batch.put(op.key, seal(op.key, op.value));
      else batch.del(op.key);
    }
    return batch.write({ sync });
  }

  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array]> {
    const iterator = await this.#attempt(async () => this.#database.iterator({ ...range }));
    try {
      for (;;) {
        const entry = await this.#attempt(() => iterator.next());
        if (entry === undefined) return;
        const [key, sealed] = entry;
        if (key !== FORMAT_KEY) yield [key, open(key, sealed)];
      }
    } finally {
      await iterator.close();
    }
  }

  async *scan(range: KeyRange): AsyncGenerator<[string, Uint8Array | undefined]> {
    const iterator = await this.#attempt(async () => this.#database.iterator({ ...range }));
    try {
      for (;;) {
        const entry = await this.#attempt(() => iterator.next());
        if (entry === undefined) return;
        const [key, sealed] = entry;
        if (key !== FORMAT_KEY) yield [key, isSealed(key, sealed) ? open(key, sealed) : undefined];
      }
    } finally {
      await iterator.close();
    }
  }

  async close(): Promise<void> {
    await this.#lastSwap;
    await this.#attempt(() => this.#database.close());
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw asStoreError(error, this.#path);
    }
  }
}

// LevelDB checks its blocks only when asked to, and the binding has no way to ask. So each value carries a CRC-32
// over its key and itself, which also catches a value that turns up under another key.
function seal(key: string, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(value.length + CHECKSUM_BYTES);
  sealed.set(value);
  new DataView(sealed.buffer).setUint32(value.length, crc32(value, crc32(key)));
  return sealed;
}

function open(key: string, sealed: Uint8Array): Uint8Array {
  if (!isSealed(key, sealed)) {
    throw registryError("STORE_CORRUPT", { reason: `${key}: the value does not match its checksum` });
  }
  return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length - CHECKSUM_BYTES);
}

function isSealed(key: string, sealed: Uint8Array): boolean {
  const length = sealed.length - CHECKSUM_BYTES;
  if (length < 0) return false;
  return (
    crc32(sealed.subarray(0, length), crc32(key)) ===
    new DataView(sealed.buffer, sealed.byteOffset + length).getUint32(0)
  );
}

const CLOSED = new Set(["LEVEL_DATABASE_NOT_OPEN", "LEVEL_ITERATOR_NOT_OPEN"]);

function asStoreError(error: unknown, path: string): TallyError {
  if (isTallyError(error)) return error;
  const codes = codesOf(error);
  const has = (code: string): boolean => codes.includes(code);
  if (has("LEVEL_LOCKED")) return registryError("STORE_LOCKED", { path }, { cause: error });
  if (has("LEVEL_CORRUPTION")) return registryError("STORE_CORRUPT", { reason: messageOf(error) }, { cause: error });
  // An open that fails says "not open" too, with what really happened as its cause.
  if (codes.length === 1 && CLOSED.has(codes[0] as string)) return registryError("STORE_CLOSED", {}, { cause: error });
  return registryError("STORE_FAILED", { reason: messageOf(error) }, { cause: error });
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) {
    if ("code" in each && typeof each.code === "string") codes.push(each.code);
  }
  return codes;
}

function messageOf(error: unknown): string {
  let deepest: unknown = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message : String(deepest);
}
