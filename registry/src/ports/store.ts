/** One write: keys are printable ASCII without spaces, values are opaque bytes. */
export type WriteOp =
  | { readonly type: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: string };

/** What a key must hold for a write to happen; `undefined` where it must be absent. */
export interface Expectation {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

export interface WriteOptions {
  /** True where the write must be on disk (fsync) before the promise resolves. Default false. */
  readonly sync?: boolean;
  /** Makes the write a compare-and-swap. Writers of one key must all use it, or none. */
  readonly expect?: Expectation;
}

/** Keys from `gte` (included) to `lt` (excluded), in ASCII order or reversed, at most `limit` of them. */
export interface KeyRange {
  readonly gte?: string;
  readonly lt?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/**
 * An ordered key-value store. Reads see every write that has resolved. The store keeps its own copy of what it is
 * given; what it returns belongs to the caller. Everything it throws is one of the STORE_ codes.
 */
export interface Store {
  /** @throws STORE_CORRUPT where the value does not match its checksum; STORE_FAILED, STORE_CLOSED */
  get(key: string): Promise<Uint8Array | undefined>;
  /** The values in the order of the keys. @throws as `get` */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * All of the operations or none, also across a crash; of two operations on one key the later wins.
   * @throws STORE_CONFLICT where `expect` does not hold (nothing is written); STORE_FAILED where it is unknown
   * whether the write happened; STORE_CLOSED
   */
  write(ops: readonly WriteOp[], options?: WriteOptions): Promise<void>;
  /** The entries of the range as they were when the iteration began. @throws as `get` */
  entries(range: KeyRange): AsyncIterable<[key: string, value: Uint8Array]>;
  /** Waits for what is under way. May be called twice. */
  close(): Promise<void>;
}

/** The first key after every key that begins with `prefix`. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u007f`;
}

const KEY = /^[\x21-\x7e]{1,1024}$/;

/** Keys are written by this program alone, so a bad one is its own mistake: throws TypeError. */
export function assertStoreKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError(`not a store key: ${JSON.stringify(key)}`);
}
