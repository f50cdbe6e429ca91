import { HASH_BYTES, hashNode, TILE_HEIGHT, TILE_WIDTH } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import type { Store } from "../ports/store.ts";

/** Where a node of the tree stands in its tile: `count` (a power of two) hashes of the tile from `first` lie below it. */
export interface NodePlace {
  readonly tileLevel: number;
  readonly tileIndex: number;
  readonly first: number;
  readonly count: number;
}

/** The tile that holds the complete subtree [index * 2^level, (index + 1) * 2^level). */
export function placeOfNode(level: number, index: number): NodePlace {
  const count = 2 ** (level % TILE_HEIGHT);
  const first = index * count;
  return {
    tileLevel: Math.floor(level / TILE_HEIGHT),
    tileIndex: Math.floor(first / TILE_WIDTH),
    first: first % TILE_WIDTH,
    count,
  };
}

/** One tile in memory: its hashes, and the nodes above them once they were asked for. */
export class TileNodes {
  readonly #hashes: readonly Uint8Array[];
  readonly #joined = new Map<number, Uint8Array>();

  constructor(hashes: readonly Uint8Array[]) {
    this.#hashes = hashes;
  }

  get width(): number {
    return this.#hashes.length;
  }

  /** The root over `count` (a power of two) hashes from `first` (a multiple of it), all within the width. */
  node(first: number, count: number): Uint8Array {
    if (count === 1) return this.#hashes[first] as Uint8Array;
    const place = first * (TILE_WIDTH + 1) + count;
    const known = this.#joined.get(place);
    if (known !== undefined) return known;
    const half = count / 2;
    const joined = hashNode(this.node(first, half), this.node(first + half, half));
    this.#joined.set(place, joined);
    return joined;
  }
}

/** All the hashes of a stored tile. @throws STORE_CORRUPT where there are fewer than `atLeast` */
export async function loadTile(store: Store, key: string, atLeast: number): Promise<Uint8Array[]> {
  const bytes = (await store.get(key)) ?? new Uint8Array();
  if (bytes.length % HASH_BYTES !== 0 || bytes.length < atLeast * HASH_BYTES) {
    throw registryError("STORE_CORRUPT", { reason: `${key}: ${bytes.length} bytes for ${atLeast} hashes` });
  }
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}

/** Tiles kept in memory by a TileReader: at most about 40 KiB each, with all their nodes. */
const MAX_CACHED_TILES = 64;

/** Reads nodes from stored tiles and keeps the tiles used last. */
export class TileReader {
  readonly #store: Store;
  readonly #keyOf: (level: number, index: number) => string;
  readonly #tiles = new Map<string, TileNodes>();

  constructor(store: Store, keyOf: (level: number, index: number) => string) {
    this.#store = store;
    this.#keyOf = keyOf;
  }

  /** The root of a subtree that is complete in the stored log. @throws STORE_CORRUPT where it is not there */
  async node(level: number, index: number): Promise<Uint8Array> {
    const { tileLevel, tileIndex, first, count } = placeOfNode(level, index);
    const key = this.#keyOf(tileLevel, tileIndex);
    let tile = this.#tiles.get(key);
    // Tiles only ever grow at their end, so one that is wide enough is never stale.
    if (tile === undefined || tile.width < first + count) {
      tile = new TileNodes(await loadTile(this.#store, key, first + count));
    }
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    const [oldest] = this.#tiles.keys();
    if (this.#tiles.size > MAX_CACHED_TILES && oldest !== undefined) this.#tiles.delete(oldest);
    return tile.node(first, count);
  }
}
