import {
  type Checkpoint,
  decodeBase64,
  encodeBase64,
  equalBytes,
  formatTile,
  parseFrontier,
  rootOf,
  TILE_WIDTH,
  utf8Encode,
} from "@tallystick/proto";
import { z } from "zod";
import { registryError } from "../errors.ts";
import { endOfPrefix, type KeyRange, type Store, type WriteOp } from "../ports/store.ts";
import { type AppendPlan, emptyLogState, type LogState } from "./plan-append.ts";
import { loadTile, TileNodes } from "./tile-reader.ts";

/** Enough digits for every safe integer, so that keys sort as numbers do. */
const digits = (value: number): string => value.toString().padStart(16, "0");

/**
 * Where a log keeps what in its store, below its prefix:
 * `state` (size and root, the record that compare-and-swap guards), `leaf/<index>`, `tile/<level>/<index>` (1 to 256
 * hashes of 32 bytes, only ever extended), `checkpoint/<size>` (the signed note), `final` (size of the last final one).
 */
export class LogKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix.endsWith("/") ? prefix : `${prefix}/`;
  }

  get state(): string {
    return `${this.#prefix}state`;
  }
  get final(): string {
    return `${this.#prefix}final`;
  }
  leaf(index: number): string {
    return `${this.#prefix}leaf/${digits(index)}`;
  }
  get leaves(): string {
    return `${this.#prefix}leaf/`;
  }
  tile(level: number, index: number): string {
    return `${this.#prefix}tile/${level}/${digits(index)}`;
  }
  checkpoint(size: number): string {
    return `${this.#prefix}checkpoint/${digits(size)}`;
  }
  sizeOfCheckpoint(key: string): number {
    return Number(key.slice(-16));
  }
  checkpointsFrom(size: number): KeyRange {
    return { gte: this.checkpoint(size), lt: endOfPrefix(`${this.#prefix}checkpoint/`) };
  }
}

const stateRecord = z.strictObject({ v: z.literal(1), origin: z.string(), size: z.int().min(0), root: z.string() });

/** The state record's bytes. Equal states give equal bytes: compare-and-swap compares them. */
export function formatStateRecord({ origin, treeSize, rootHash }: Checkpoint): Uint8Array {
  return utf8Encode(JSON.stringify({ v: 1, origin, size: treeSize, root: encodeBase64(rootHash) }));
}

/** @throws STORE_CORRUPT */
export function parseStateRecord(bytes: Uint8Array): Checkpoint {
  try {
    const { origin, size, root } = stateRecord.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return { origin, treeSize: size, rootHash: decodeBase64(root) };
  } catch (cause) {
    throw registryError("STORE_CORRUPT", { reason: "state record" }, { cause });
  }
}

/** The writes of one append: leaves, tiles and the new state. */
export function appendOps(keys: LogKeys, plan: AppendPlan): WriteOp[] {
  return [
    ...plan.leaves.map((value, at): WriteOp => ({ type: "put", key: keys.leaf(plan.expectedSize + at), value })),
    ...plan.tiles.map(
      ({ level, index, hashes }): WriteOp => ({
        type: "put",
        key: keys.tile(level, index),
        value: formatTile(hashes),
      }),
    ),
    { type: "put", key: keys.state, value: formatStateRecord(plan.checkpoint) },
  ];
}

/**
 * Loads what a log needs to grow: the last tile of each level. The stored root checks them all.
 * @throws LOG_ORIGIN_MISMATCH, STORE_CORRUPT
 */
export async function loadLogState(
  store: Store,
  keys: LogKeys,
  origin: string,
): Promise<{ state: LogState; record: Uint8Array | undefined }> {
  const record = await store.get(keys.state);
  if (record === undefined) return { state: emptyLogState(origin), record };
  const stored = parseStateRecord(record);
  if (stored.origin !== origin) throw registryError("LOG_ORIGIN_MISMATCH", { expected: origin, found: stored.origin });

  const openTiles: Uint8Array[][] = [];
  for (let level = 0, width = stored.treeSize; width > 0; level++, width = Math.floor(width / TILE_WIDTH)) {
    const open = width % TILE_WIDTH;
    const key = keys.tile(level, Math.floor(width / TILE_WIDTH));
    openTiles.push(open === 0 ? [] : (await loadTile(store, key, open)).slice(0, open));
  }
  const state = { origin, frontier: parseFrontier(stored.treeSize, frontierHashes(openTiles)), openTiles };
  if (!equalBytes(rootOf(state.frontier), stored.rootHash)) {
    throw registryError("STORE_CORRUPT", { reason: "the tiles do not give the stored root" });
  }
  return { state, record };
}

/** The complete subtrees of the tree, largest first: a level's open tile divides into one for each bit of its width. */
function frontierHashes(openTiles: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  return openTiles.toReversed().flatMap((open) => {
    const tile = new TileNodes(open);
    const roots: Uint8Array[] = [];
    let first = 0;
    for (let count = TILE_WIDTH / 2; count >= 1; count /= 2) {
      if ((open.length & count) === 0) continue;
      roots.push(tile.node(first, count));
      first += count;
    }
    return roots;
  });
}

/** The write of one text record. */
export function putText(key: string, text: string): WriteOp {
  return { type: "put", key, value: utf8Encode(text) };
}

/** A text record, where there is one. */
export async function readText(store: Store, key: string): Promise<string | undefined> {
  const value = await store.get(key);
  return value && new TextDecoder().decode(value);
}
