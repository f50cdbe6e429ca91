import { equalBytes } from "@tallystick/proto";
import { registryError } from "../../errors.ts";
import { assertStoreKey, type KeyRange, type Store, type WriteOp, type WriteOptions } from "../../ports/store.ts";

/** A Store that lives and dies with the process: for tests and for what need not outlive a run. */
export function openMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly #values = new Map<string, Uint8Array>();
  // Sorted when an iteration asks for it, and forgotten when a key comes or goes.
  #sortedKeys: readonly string[] | undefined;
  #closed = false;

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#assertOpen();
    return copyOf(this.#values.get(key));
  }

  async getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    this.#assertOpen();
    return keys.map((key) => copyOf(this.#values.get(key)));
  }

  async write(ops: readonly WriteOp[], options: WriteOptions = {}): Promise<void> {
    this.#assertOpen();
    for (const { key } of ops) assertStoreKey(key);
    const { expect } = options;
    if (expect !== undefined && !isSame(this.#values.get(expect.key), expect.value)) {
      throw registryError("STORE_CONFLICT", { key: expect.key });
    }
    for (const op of ops) {
      if (op.type === "put") {
        if (!this.#values.has(op.key)) this.#sortedKeys = undefined;
        this.#values.set(op.key, new Uint8Array(op.value));
      } else if (this.#values.delete(op.key)) {
        this.#sortedKeys = undefined;
      }
    }
  }

  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array]> {
    this.#assertOpen();
    this.#sortedKeys ??= [...this.#values.keys()].sort();
    const keys = this.#sortedKeys;
    const from = range.gte === undefined ? 0 : lowerBound(keys, range.gte);
    const to = range.lt === undefined ? keys.length : lowerBound(keys, range.lt);
    const limit = range.limit ?? Number.POSITIVE_INFINITY;
    const selected = range.reverse
      ? keys.slice(Math.max(from, to - limit), to).reverse()
      : keys.slice(from, Math.min(to, from + limit));
    const snapshot = selected.map((key): [string, Uint8Array] => [
      key,
      new Uint8Array(this.#values.get(key) as Uint8Array),
    ]);
    yield* snapshot;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw registryError("STORE_CLOSED", {});
  }
}

// A Buffer's own slice() would share its memory.
function copyOf(value: Uint8Array | undefined): Uint8Array | undefined {
  return value && new Uint8Array(value);
}

function isSame(found: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
  if (found === undefined || expected === undefined) return found === expected;
  return equalBytes(found, expected);
}

/** The index of the first key that is not before `bound`. */
function lowerBound(keys: readonly string[], bound: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
