import { isTallyError } from "@tallystick/proto";
import type { ScannableStore } from "../adapters/level/level-store.ts";
import type { KeyRange, Store } from "../ports/store.ts";
import type { StoreCheck } from "./store-check.ts";

/** A store as a check reads it: a value that does not match its checksum is not there, and nothing can be written. */
export class SoundRecords implements Store {
  readonly #store: ScannableStore;

  constructor(store: ScannableStore) {
    this.#store = store;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#store.get(key);
    } catch (error) {
      if (!isTallyError(error, "STORE_CORRUPT")) throw error;
      return undefined;
    }
  }

  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array]> {
    for await (const [key, value] of this.#store.scan(range)) if (value !== undefined) yield [key, value];
  }

  /** Every key of the range, whatever its value. */
  async *keys(range: KeyRange): AsyncGenerator<string> {
    for await (const [key] of this.#store.scan(range)) yield key;
  }

  async write(): Promise<void> {
    throw new TypeError("a check writes nothing");
  }

  async close(): Promise<void> {}
}

/** What a key is for, and what its damage means; undefined for a key that this program does not write. */
export type KeyKinds = (key: string) => KeyKind | undefined;

export interface KeyKind {
  readonly consequence: string;
  /** True where all of it can be built or fetched again. */
  readonly derived: boolean;
}

const PROGRESS_EVERY = 65_536;

/** Reads every record once: its checksum, and whether its key is known. @returns how many there are, and their bytes */
export async function checkRecords(
  store: ScannableStore,
  kinds: KeyKinds,
  check: StoreCheck,
): Promise<{ readonly records: number; readonly bytes: number }> {
  let records = 0;
  let bytes = 0;
  for await (const [key, value] of store.scan({})) {
    records += 1;
    bytes += key.length + (value?.length ?? 0);
    const kind = kinds(key);
    if (kind === undefined) {
      check.find(key, "an unknown key", "none for what this program knows; it did not write it", "none");
    }
    if (value === undefined) {
      const mend = kind?.derived === true ? "repair" : "restore";
      const consequence = kind?.consequence ?? "unknown";
      check.find(key, "the value does not match its checksum", consequence, mend);
    }
    if (records % PROGRESS_EVERY === 0) check.progress(records, "records");
  }
  return { records, bytes };
}
