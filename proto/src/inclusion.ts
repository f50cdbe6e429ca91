import { equalBytes } from "./bytes.ts";
import { protoError } from "./errors.ts";
import { HASH_BYTES, hashNode, splitOf } from "./merkle.ts";
import { isSubtree, type NodeReader, readSubtreeRoot } from "./subtree.ts";

/**
 * The path from leaf `index` to the root of the tree of `treeSize` leaves, the leaf's sibling first: at most 53 hashes of
 * 32 bytes (RFC 9162, section 2.1.3.1).
 *
 * @throws RangeError unless 0 <= index < treeSize.
 */
export async function inclusionProof(read: NodeReader, index: number, treeSize: number): Promise<Uint8Array[]> {
  if (!isIndex(index, treeSize)) throw new RangeError(`no leaf ${index} in a tree of ${treeSize}`);
  return Promise.all(siblingsOf(index, 0, treeSize).map(([start, end]) => readSubtreeRoot(read, start, end)));
}

/** The subtrees beside the path, lowest first. */
function siblingsOf(index: number, start: number, end: number): [start: number, end: number][] {
  if (end - start === 1) return [];
  const middle = start + splitOf(end - start);
  return index < middle
    ? [...siblingsOf(index, start, middle), [middle, end]]
    : [...siblingsOf(index, middle, end), [start, middle]];
}

/**
 * Checks that a leaf stands at `index` of the tree with this size and root (RFC 9162, section 2.1.3.2). All hashes are 32
 * bytes.
 *
 * @throws INCLUSION_PROOF_INVALID whatever is wrong with the arguments.
 */
export function verifyInclusion(
  leafHash: Uint8Array,
  index: number,
  treeSize: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  verifySubtreeInclusion(leafHash, index, 0, treeSize, proof, root);
}

/**
 * Checks that a leaf stands at `index` (counted in the whole log) of the subtree [start, end) with this root
 * (draft-ietf-plants-merkle-tree-certs-03, section 4.3).
 *
 * @throws INCLUSION_PROOF_INVALID whatever is wrong with the arguments.
 */
export function verifySubtreeInclusion(
  leafHash: Uint8Array,
  index: number,
  start: number,
  end: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  const invalid = () => protoError("INCLUSION_PROOF_INVALID", { index, treeSize: end });
  if (!isSubtree(start, end) || !isIndex(index - start, end - start)) throw invalid();
  if ([leafHash, ...proof].some((hash) => hash.length !== HASH_BYTES)) throw invalid();

  let used = 0;
  const climb = (at: number, size: number): Uint8Array => {
    if (size === 1) return leafHash;
    const left = splitOf(size);
    const below = at < left ? climb(at, left) : climb(at - left, size - left);
    const sibling = proof[used++];
    if (sibling === undefined) throw invalid();
    return at < left ? hashNode(below, sibling) : hashNode(sibling, below);
  };
  const computed = climb(index - start, end - start);
  if (used !== proof.length || !equalBytes(computed, root)) throw invalid();
}

function isIndex(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
}
