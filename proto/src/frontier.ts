import { protoError } from "./errors.ts";
import { bitLength, EMPTY_ROOT, HASH_BYTES, hashNode } from "./merkle.ts";

/**
 * What a tree must remember to grow: the roots of the complete subtrees that leaves [0, size) divide into, largest first.
 * One hash for each bit set in `size`, 32 bytes each.
 */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

/** The frontier after one more leaf. */
export function appendLeafHash(frontier: Frontier, leafHash: Uint8Array): Frontier {
  return appendLeafHashes(frontier, [leafHash]);
}

/** The frontier after these leaves, in order: one node hash a leaf, amortised. */
export function appendLeafHashes(frontier: Frontier, leafHashes: Iterable<Uint8Array>): Frontier {
  const hashes = [...frontier.hashes];
  let size = frontier.size;
  for (const leafHash of leafHashes) {
    let root = leafHash;
    // Each trailing one of the size is a complete subtree as large as the one just finished: they become one.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) root = hashNode(hashes.pop() as Uint8Array, root);
    hashes.push(root);
    size++;
  }
  return { size, hashes };
}

/** The root hash of the tree that the frontier stands for, 32 bytes. */
export function rootOf(frontier: Frontier): Uint8Array {
  let root: Uint8Array | undefined;
  for (let i = frontier.hashes.length - 1; i >= 0; i--) {
    const left = frontier.hashes[i] as Uint8Array;
    root = root === undefined ? left : hashNode(left, root);
  }
  return root ?? EMPTY_ROOT;
}

/**
 * Takes a frontier from a peer or from disk. Nothing shows yet that it is a log's: compare rootOf with a signed root.
 *
 * @throws PROOF_MALFORMED unless the size is a safe integer and there is one hash of 32 bytes for each bit set in it.
 */
export function parseFrontier(size: number, hashes: readonly Uint8Array[]): Frontier {
  if (!Number.isSafeInteger(size) || size < 0) throw protoError("PROOF_MALFORMED", { reason: "size out of range" });
  if (hashes.length !== subtreeCount(size)) throw protoError("PROOF_MALFORMED", { reason: "wrong number of hashes" });
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) {
    throw protoError("PROOF_MALFORMED", { reason: "a hash is not 32 bytes" });
  }
  return { size, hashes: [...hashes] };
}

/** How many complete subtrees leaves [0, size) divide into: the number of bits set in `size`. */
export function subtreeCount(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest -= 2 ** (bitLength(rest) - 1)) count++;
  return count;
}
