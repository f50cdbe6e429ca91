import { protoError } from "./errors.ts";
import { HASH_BYTES, merkleRoot } from "./merkle.ts";
import type { NodeReader } from "./subtree.ts";
import { readNatural } from "./text-fields.ts";

// C2SP tlog-tiles v0.1.0.

/** Hashes, or entries, in a full tile. */
export const TILE_WIDTH = 256;
/** Levels of the tree that one level of tiles spans. */
export const TILE_HEIGHT = 8;
/** Entries are prefixed with a 16-bit length. */
export const MAX_ENTRY_BYTES = 65_535;
/** A full bundle of the longest entries. */
export const MAX_BUNDLE_BYTES: number = TILE_WIDTH * (2 + MAX_ENTRY_BYTES);
/** Levels 0 to 63 have paths; a log of 2^53 leaves needs 7. */
const MAX_TILE_LEVEL = 63;

/** What a path asks for: a tile of hashes or a bundle of entries, full (256) or partial (1 to 255). */
export type TilePath =
  | { readonly kind: "tile"; readonly level: number; readonly index: number; readonly width: number }
  | { readonly kind: "entries"; readonly index: number; readonly width: number };

const malformed = (reason: string) => protoError("TILE_MALFORMED", { reason });

/** `tile/<level>/<N>[.p/<width>]`, without a leading slash. @throws TILE_MALFORMED where a number is out of range. */
export function tilePath(level: number, index: number, width: number = TILE_WIDTH): string {
  if (!Number.isSafeInteger(level) || level < 0 || level > MAX_TILE_LEVEL) throw malformed("level out of range");
  return `tile/${level}/${formatIndex(index)}${formatWidth(width)}`;
}

/** `tile/entries/<N>[.p/<width>]`, without a leading slash. @throws TILE_MALFORMED where a number is out of range. */
export function entriesPath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${formatIndex(index)}${formatWidth(width)}`;
}

/** @throws TILE_MALFORMED unless the path is one that tilePath or entriesPath makes. */
export function parseTilePath(path: string): TilePath {
  const [, kind, digits, partial] =
    /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? [];
  if (kind === undefined || digits === undefined) throw malformed("not a tile's path");
  const index = Number(digits.replaceAll(/[x/]/g, ""));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const level = readNatural(kind);
  const parsed: TilePath =
    level === undefined ? { kind: "entries", index, width } : { kind: "tile", level, index, width };
  if ((level === undefined ? entriesPath(index, width) : tilePath(level, index, width)) !== path) {
    throw malformed("not canonical");
  }
  return parsed;
}

/** Groups of three digits, all but the last marked with `x`: 1234067 is `x001/x234/067`. */
function formatIndex(index: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw malformed("index out of range");
  const digits = String(index);
  const groups = digits.padStart(3 * Math.ceil(digits.length / 3), "0").match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join("/");
}

function formatWidth(width: number): string {
  if (!Number.isSafeInteger(width) || width < 1 || width > TILE_WIDTH) throw malformed("width out of range");
  return width === TILE_WIDTH ? "" : `.p/${width}`;
}

/** How many hashes tile `index` of `level` holds in a tree of `treeSize` leaves: 0 to 256. Level 0 also counts entries. */
export function tileWidth(level: number, index: number, treeSize: number): number {
  const hashes = Math.floor(treeSize / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** The hashes one after the other, 32 bytes each. @throws TILE_MALFORMED unless there are 1 to 256 of 32 bytes. */
export function formatTile(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length < 1 || hashes.length > TILE_WIDTH) throw malformed("a tile has 1 to 256 hashes");
  const tile = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, at) => {
    if (hash.length !== HASH_BYTES) throw malformed("a hash is not 32 bytes");
    tile.set(hash, at * HASH_BYTES);
  });
  return tile;
}

/** The hashes, as views of the tile. @throws TILE_MALFORMED unless the tile is exactly `width` hashes. */
export function parseTile(tile: Uint8Array, width: number): Uint8Array[] {
  formatWidth(width);
  if (tile.length !== width * HASH_BYTES) throw malformed("another width");
  return Array.from({ length: width }, (_, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/**
 * Entries, each after its length in two bytes, most significant first.
 *
 * @throws ENTRY_TOO_LARGE for an entry over 65,535 bytes.
 * @throws TILE_MALFORMED unless there are 1 to 256.
 */
export function formatEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) throw malformed("a bundle has 1 to 256 entries");
  for (const { length } of entries) {
    if (length > MAX_ENTRY_BYTES) throw protoError("ENTRY_TOO_LARGE", { sizeBytes: length, maxBytes: MAX_ENTRY_BYTES });
  }
  const bundle = new Uint8Array(entries.reduce((total, entry) => total + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    bundle[at] = entry.length >> 8;
    bundle[at + 1] = entry.length & 0xff;
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/** The entries, as views of the bundle. @throws TILE_MALFORMED unless it is exactly `width` entries (1 to 256). */
export function parseEntryBundle(bundle: Uint8Array, width: number): Uint8Array[] {
  formatWidth(width);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    const [high, low] = [bundle[at], bundle[at + 1]];
    if (high === undefined || low === undefined) throw malformed("cut off in a length");
    const end = at + 2 + high * 256 + low;
    if (end > bundle.length) throw malformed("cut off in an entry");
    entries.push(bundle.subarray(at + 2, end));
    if (entries.length > width) throw malformed("more entries than its width");
    at = end;
  }
  if (entries.length !== width) throw malformed("fewer entries than its width");
  return entries;
}

/** Answers the nodes of the tree out of its tiles: between tiles the hashes are made anew (tlog-tiles, "Merkle Tree"). */
export function nodesOfTiles(readTile: (level: number, index: number) => Promise<readonly Uint8Array[]>): NodeReader {
  return async (level, index) => {
    const height = level % TILE_HEIGHT;
    const first = index * 2 ** height;
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const hashes = await readTile((level - height) / TILE_HEIGHT, tileIndex);
    const from = first - tileIndex * TILE_WIDTH;
    const to = from + 2 ** height;
    if (to > hashes.length) throw malformed("narrower than the tree needs");
    return merkleRoot(hashes.slice(from, to));
  };
}
