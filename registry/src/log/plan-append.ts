import {
  appendLeafHashes,
  type Checkpoint,
  EMPTY_FRONTIER,
  type Frontier,
  hashLeaf,
  merkleRoot,
  rootOf,
  TILE_WIDTH,
} from "@tallystick/proto";

/** What a log must remember to grow. */
export interface LogState {
  readonly origin: string;
  readonly frontier: Frontier;
  /** By tile level, the hashes of its last tile while that is not full: 0 to 255 of 32 bytes. */
  readonly openTiles: readonly (readonly Uint8Array[])[];
}

/** A tile as it stands after an append: 1 to 256 hashes of 32 bytes, the earlier ones unchanged. */
export interface TileWrite {
  readonly level: number;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
}

/** An append that is decided and not yet performed. */
export interface AppendPlan {
  /** The store compares and swaps on this. */
  readonly expectedSize: number;
  readonly leaves: readonly Uint8Array[];
  readonly tiles: readonly TileWrite[];
  readonly next: LogState;
  readonly checkpoint: Checkpoint;
}

/** The state of a log without leaves. */
export function emptyLogState(origin: string): LogState {
  return { origin, frontier: EMPTY_FRONTIER, openTiles: [] };
}

/** What a checkpoint over this state says. */
export function checkpointOf({ origin, frontier }: LogState): Checkpoint {
  return { origin, treeSize: frontier.size, rootHash: rootOf(frontier) };
}

/** Computes an append without performing it. Pure: same arguments, same plan. */
export function planAppend(state: LogState, leaves: readonly Uint8Array[]): AppendPlan {
  const leafHashes = leaves.map(hashLeaf);
  const { tiles, openTiles } = planTiles(state, leafHashes);
  const next = { origin: state.origin, frontier: appendLeafHashes(state.frontier, leafHashes), openTiles };
  return { expectedSize: state.frontier.size, leaves, tiles, next, checkpoint: checkpointOf(next) };
}

function planTiles(
  state: LogState,
  leafHashes: readonly Uint8Array[],
): Pick<AppendPlan, "tiles"> & Pick<LogState, "openTiles"> {
  const tiles: TileWrite[] = [];
  const openTiles: (readonly Uint8Array[])[] = [];
  let added = leafHashes;
  // Each tile that fills up is one more hash for the level above (tlog-tiles: level L + 1 holds the roots of level L).
  for (let level = 0; level < state.openTiles.length || added.length > 0; level++) {
    const open = state.openTiles[level] ?? [];
    const hashes = [...open, ...added];
    const firstIndex = Math.floor(state.frontier.size / TILE_WIDTH ** (level + 1));
    const roots: Uint8Array[] = [];
    for (let from = 0; from < hashes.length && added.length > 0; from += TILE_WIDTH) {
      const tile = hashes.slice(from, from + TILE_WIDTH);
      tiles.push({ level, index: firstIndex + from / TILE_WIDTH, hashes: tile });
      if (tile.length === TILE_WIDTH) roots.push(merkleRoot(tile));
    }
    openTiles.push(hashes.slice(hashes.length - (hashes.length % TILE_WIDTH)));
    added = roots;
  }
  return { tiles, openTiles };
}
