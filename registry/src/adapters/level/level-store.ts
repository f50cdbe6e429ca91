import { existsSync } from "node:fs";
import { join } from "node:path";
import { equalBytes, isTallyError, type TallyError } from "@tallystick/proto";
import { Level } from "level";
import { registryError } from "../../errors.ts";
import { assertStoreKey, type KeyRange, type Store, type WriteOp, type WriteOptions } from "../../ports/store.ts";
import { inspectStoreFiles } from "./inspect-files.ts";
import { SEAL_2 } from "./record-seal.ts";
import { asStoreError, codesOf } from "./store-error.ts";
import { type Database, ensureFormat, FORMAT_KEYS, type FormatOptions } from "./store-format.ts";

/** LevelDB checks its blocks only when asked to, and the binding has no way to ask: so each value carries a checksum. */
const SEAL = SEAL_2;

/** A Store whose damage can be looked at, and whose disk can be seen to. */
export interface ScannableStore extends Store {
  /** Resolves when a write failed for a reason of the disk's. The store takes no more then: it has to be opened anew, by another process. */
  readonly failed: Promise<TallyError>;
  /** Rewrites the tables without what was overwritten or deleted. */
  compact(): Promise<void>;
  /** As `entries`, with `undefined` for a value that does not match its checksum. */
  scan(range: KeyRange): AsyncIterable<[key: string, value: Uint8Array | undefined]>;
}

export interface LevelStoreOptions extends FormatOptions {
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
    await ensureFormat(database, options);
  } catch (error) {
    await database.close();
    throw asStoreError(error, path);
  }
  return new LevelStore(database, path);
}

/** Tables read whole at every opening: about a second at most. `fsck` reads all of them. */
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
  const database = new Level(path, { errorIfExists: true });
  try {
    await database.open();
  } catch (error) {
    return codesOf(error).includes("LEVEL_LOCKED");
  } finally {
    await database.close();
  }
  return false;
}

const FIRST_KEY = "\0";
const LAST_KEY = "\u007f";

class LevelStore implements ScannableStore {
  readonly #database: Database;
  readonly #path: string;
  // Compare-and-swaps run one after another: between its read and its write each must be alone.
  #lastSwap: Promise<unknown> = Promise.resolve();
  readonly #failed = Promise.withResolvers<TallyError>();
  #failure: TallyError | undefined;

  constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const sealed = await this.#attempt(() => this.#database.get(key));
    return sealed && SEAL.open(key, sealed);
  }

  async getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const sealed = await this.#attempt(() => this.#database.getMany([...keys]));
    return sealed.map((value, at) => value && SEAL.open(keys[at] as string, value));
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
  async #commit(ops: readonly WriteOp[], sync: boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const batch = this.#database.batch();
    for (const op of ops) {
      if (op.type === "put") batch.put(op.key, SEAL.seal(op.key, op.value));
      else batch.del(op.key);
    }
    try {
      await batch.write({ sync });
    } catch (error) {
      throw this.#fail(error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * LevelDB may have written a part of a record, on a full disk for one, and goes on behind it as if it had not: what it then says is
   * written is not to be read when the store is opened again. So nothing is written behind it.
   */
  #fail(cause: unknown): TallyError {
    const failure = asStoreError(cause, this.#path);
    if (!isTallyError(failure, "STORE_FAILED") && !isTallyError(failure, "STORE_CORRUPT")) return failure;
    this.#failure ??= failure;
    this.#failed.resolve(this.#failure);
    return failure;
  }

  get failed(): Promise<TallyError> {
    return this.#failed.promise;
  }

  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array]> {
    const iterator = await this.#attempt(async () => this.#database.iterator({ ...range }));
    try {
      for (;;) {
        const entry = await this.#attempt(() => iterator.next());
        if (entry === undefined) return;
        const [key, sealed] = entry;
        if (!FORMAT_KEYS.has(key)) yield [key, SEAL.open(key, sealed)];
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
        if (!FORMAT_KEYS.has(key)) yield [key, SEAL.isSealed(key, sealed) ? SEAL.open(key, sealed) : undefined];
      }
    } finally {
      await iterator.close();
    }
  }

  compact(): Promise<void> {
    // The types of `level` leave out what only its binding for Node has.
    const database = this.#database as Database & { compactRange(from: string, to: string): Promise<void> };
    return this.#attempt(() => database.compactRange(FIRST_KEY, LAST_KEY));
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
