import { sha256 } from "./platform.ts";

/** SHA-256: 32 bytes. */
export const HASH_BYTES = 32;

/** The root of a tree without leaves: SHA-256 of nothing (RFC 9162, section 2.1.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

/** Hash of a leaf: SHA-256(0x00 || entry), 32 bytes (RFC 9162, section 2.1.1). */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + entry.length);
  prefixed.set(entry, 1);
  return sha256(prefixed);
}

// One buffer for every node: hashing is synchronous, and allocating it anew costs a third of the throughput.
const node = new Uint8Array(1 + 2 * HASH_BYTES);
node[0] = 1;

/** Hash of an inner node: SHA-256(0x01 || left || right), 32 bytes (RFC 9162, section 2.1.1). Both are 32 bytes. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    throw new RangeError("a node joins two 32-byte hashes");
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/** Number of bits of a safe non-negative integer: 0 for 0, 1 for 1, 2 for 2 and 3. */
export function bitLength(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

/** The largest power of two smaller than `size` (2 or more): where a tree of that size divides (RFC 9162, 2.1.1). */
export function splitOf(size: number): number {
  return 2 ** (bitLength(size - 1) - 1);
}

/** The Merkle tree hash by its definition (RFC 9162, section 2.1.1). For long lists a Frontier does the same without recursion. */
export function merkleRoot(leafHashes: readonly Uint8Array[]): Uint8Array {
  return rootOfRange(leafHashes, 0, leafHashes.length);
}

function rootOfRange(leafHashes: readonly Uint8Array[], from: number, to: number): Uint8Array {
  const size = to - from;
  if (size === 0) return EMPTY_ROOT;
  if (size === 1) return leafHashes[from] as Uint8Array;
  const middle = from + splitOf(size);
  return hashNode(rootOfRange(leafHashes, from, middle), rootOfRange(leafHashes, middle, to));
}
