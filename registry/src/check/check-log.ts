import {
  appendLeafHash,
  type Checkpoint,
  EMPTY_FRONTIER,
  encodeBase64,
  equalBytes,
  type Frontier,
  formatTile,
  hashLeaf,
  isTallyError,
  merkleRoot,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  protoError,
  rootOf,
  TILE_WIDTH,
  type VerifierKey,
} from "@tallystick/proto";
import { LogKeys, parseStateRecord } from "../log/log-records.ts";
import { endOfPrefix, type Store } from "../ports/store.ts";
import type { StoreCheck } from "./store-check.ts";

export interface LogCheckOptions {
  readonly store: Store;
  readonly prefix: string;
  readonly origin: string;
  /** Keys under which the log may have signed, the newest first; empty where none is known, and then signatures are not checked. */
  readonly keys: readonly VerifierKey[];
  readonly check: StoreCheck;
  /** Sees every leaf that is there, in order. */
  readonly onLeaf?: (index: number, leaf: Uint8Array, leafHash: Uint8Array) => void | Promise<void>;
}

const BEGIN_ANEW = "the log would begin anew, under keys that have signed more";
const DOES_NOT_OPEN = "the log does not open";
const NOT_SERVED = "proofs and streams over these entries fail";
const SIGNED_MORE = "the log has signed more than it holds";
const CONTRADICTED = "the log contradicts what it signed: do not serve it";

const PROGRESS_EVERY = 65_536;

/**
 * Checks one log of a store against itself, offline: its leaves are all there and give its tiles, its stored root and the
 * root of every archived checkpoint, whose signatures hold.
 *
 * @returns the log's stored size, and what it says of itself
 */
export async function checkLog(options: LogCheckOptions): Promise<Checkpoint | undefined> {
  const { store, origin, check } = options;
  const keys = new LogKeys(options.prefix);
  const state = await readState(options, keys);
  const stored = state?.treeSize ?? 0;
  const walk = new LeafWalk(options, keys);
  const notes = new NoteWalk(options, keys);
  await notes.compare(walk.frontier);
  for await (const [key, leaf] of store.entries({ gte: keys.leaf(0), lt: endOfPrefix(keys.leaves) })) {
    const index = Number(key.slice(-16));
    if (index >= stored) {
      check.find(key, `a leaf beyond the stored size ${stored}`, "it is not part of the log", "restore");
      break;
    }
    if (index !== walk.size) break;
    await walk.add(leaf);
    await notes.compare(walk.frontier);
    if (walk.size % PROGRESS_EVERY === 0) check.progress(walk.size, `leaves of ${origin}`);
  }
  if (walk.size < stored) {
    const where = `${keys.leaf(walk.size)} .. ${keys.leaf(stored - 1)}`;
    check.find(where, "leaves are missing, from the first of these on", NOT_SERVED, "restore");
    return state;
  }
  await walk.finish();
  await notes.finish();
  if (state !== undefined && !equalBytes(rootOf(walk.frontier), state.rootHash)) {
    check.find(keys.state, `the leaves do not give the stored root of size ${stored}`, DOES_NOT_OPEN, "restore");
  }
  return state;
}

async function readState({ store, origin, check }: LogCheckOptions, keys: LogKeys): Promise<Checkpoint | undefined> {
  const record = await store.get(keys.state);
  if (record === undefined) {
    for await (const [key] of store.entries({ gte: keys.leaf(0), lt: endOfPrefix(keys.leaves), limit: 1 })) {
      check.find(keys.state, `is missing, though there are leaves from ${key}`, BEGIN_ANEW, "restore");
    }
    return undefined;
  }
  try {
    const state = parseStateRecord(record);
    if (state.origin !== origin) {
      check.find(keys.state, `is of another log, ${state.origin}`, DOES_NOT_OPEN, "restore");
    }
    return state;
  } catch {
    check.find(keys.state, "is not a state record", BEGIN_ANEW, "restore");
    return undefined;
  }
}

/** Goes through the archived notes in step with the leaves. */
class NoteWalk {
  readonly #options: LogCheckOptions;
  readonly #keys: LogKeys;
  readonly #notes: AsyncIterator<[string, Uint8Array]>;
  #next: { readonly key: string; readonly size: number; readonly text: string } | undefined;
  #begun = false;
  #final: string | undefined;

  constructor(options: LogCheckOptions, keys: LogKeys) {
    this.#options = options;
    this.#keys = keys;
    this.#notes = options.store.entries(keys.checkpointsFrom(0))[Symbol.asyncIterator]();
  }

  /** Compares the note of exactly that size, where there is one, with the tree. */
  async compare(frontier: Frontier): Promise<void> {
    if (!this.#begun) await this.#begin();
    while (this.#next !== undefined && this.#next.size <= frontier.size) {
      const { key, size, text } = this.#next;
      if (String(size) === this.#final) this.#final = undefined;
      this.#judge(key, text, frontier);
      await this.#advance();
    }
  }

  /** Refuses what lies beyond the leaves. */
  async finish(): Promise<void> {
    const { check } = this.#options;
    if (this.#next !== undefined) {
      check.find(this.#next.key, "a checkpoint beyond the stored size", SIGNED_MORE, "restore");
      await this.#notes.return?.();
    }
    if (this.#final === undefined) return;
    check.find(this.#keys.final, `no checkpoint of size ${this.#final} is archived`, DOES_NOT_OPEN, "restore");
  }

  async #begin(): Promise<void> {
    this.#begun = true;
    const final = await this.#options.store.get(this.#keys.final);
    this.#final = final && new TextDecoder().decode(final);
    await this.#advance();
  }

  async #advance(): Promise<void> {
    const { done, value } = await this.#notes.next();
    if (done === true) this.#next = undefined;
    else
      this.#next = {
        key: value[0],
        size: this.#keys.sizeOfCheckpoint(value[0]),
        text: new TextDecoder().decode(value[1]),
      };
  }

  #judge(key: string, text: string, frontier: Frontier): void {
    const { origin, check } = this.#options;
    try {
      const { treeSize, rootHash, origin: named } = readNote(text, this.#options.keys);
      if (treeSize !== frontier.size || named !== origin)
        throw protoError("CHECKPOINT_MALFORMED", { reason: "another log's or size's" });
      if (equalBytes(rootHash, rootOf(frontier))) return;
      check.find(
        key,
        `signs the root ${encodeBase64(rootHash)}, which the leaves do not give`,
        CONTRADICTED,
        "restore",
      );
    } catch (error) {
      if (!isTallyError(error)) throw error;
      check.find(
        key,
        `not this log's checkpoint: ${error.message}`,
        "who asks for it gets nothing that verifies",
        "restore",
      );
    }
  }
}

/** @throws what the note is refused with */
function readNote(text: string, keys: readonly VerifierKey[]): Checkpoint {
  if (keys.length === 0) return parseCheckpoint(parseNote(text).text);
  let refusal: unknown;
  for (const key of keys) {
    try {
      return openCheckpoint(text, key).checkpoint;
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

/** Builds the tree anew from the leaves, and compares each tile as it fills up. */
class LeafWalk {
  readonly #options: LogCheckOptions;
  readonly #keys: LogKeys;
  readonly #open: Uint8Array[][] = [];
  readonly #filled: number[] = [];
  frontier: Frontier = EMPTY_FRONTIER;

  constructor(options: LogCheckOptions, keys: LogKeys) {
    this.#options = options;
    this.#keys = keys;
  }

  get size(): number {
    return this.frontier.size;
  }

  async add(leaf: Uint8Array): Promise<void> {
    const hash = hashLeaf(leaf);
    await this.#options.onLeaf?.(this.size, leaf, hash);
    this.frontier = appendLeafHash(this.frontier, hash);
    await this.#push(0, hash);
  }

  async #push(level: number, hash: Uint8Array): Promise<void> {
    this.#open[level] ??= [];
    const tile = this.#open[level];
    tile.push(hash);
    if (tile.length < TILE_WIDTH) return;
    await this.#compare(level, tile);
    this.#open[level] = [];
    this.#filled[level] = (this.#filled[level] ?? 0) + 1;
    await this.#push(level + 1, merkleRoot(tile));
  }

  /** Compares the tiles that are not full. */
  async finish(): Promise<void> {
    for (const [level, tile] of this.#open.entries()) if (tile.length > 0) await this.#compare(level, tile);
  }

  async #compare(level: number, hashes: readonly Uint8Array[]): Promise<void> {
    const { store, check } = this.#options;
    const key = this.#keys.tile(level, this.#filled[level] ?? 0);
    const stored = await store.get(key);
    if (stored !== undefined && equalBytes(stored, formatTile(hashes))) return;
    const what = stored === undefined ? "the tile is missing" : "the tile is not the one that the leaves give";
    check.findDerived(key, what, NOT_SERVED, {
      says: `built ${key} from its leaves`,
      ops: [{ type: "put", key, value: formatTile(hashes) }],
    });
  }
}
