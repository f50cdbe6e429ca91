import { equalBytes } from "./bytes.ts";
import { protoError } from "./errors.ts";
import { EMPTY_ROOT, HASH_BYTES, hashNode, splitOf } from "./merkle.ts";
import { isSubtree, type NodeReader, readSubtreeRoot } from "./subtree.ts";

/**
 * The hashes that show the tree of `oldSize` leaves to be a prefix of the tree of `newSize`: at most 54 of 32 bytes (RFC
 * 9162, section 2.1.4.1). Empty where a size is zero or both are equal.
 *
 * @throws RangeError unless 0 <= oldSize <= newSize.
 */
export function consistencyProof(read: NodeReader, oldSize: number, newSize: number): Promise<Uint8Array[]> {
  return subtreeConsistencyProof(read, 0, oldSize, newSize);
}

/**
 * The hashes that show the subtree [start, end) to be part of the tree of `size` leaves
 * (draft-ietf-plants-merkle-tree-certs-03, section 4.4.1).
 *
 * @throws RangeError unless [start, end) is a subtree and end <= size.
 */
export async function subtreeConsistencyProof(
  read: NodeReader,
  start: number,
  end: number,
  size: number,
): Promise<Uint8Array[]> {
  if (!isSubtree(start, end) || !Number.isSafeInteger(size) || end > size) {
    throw new RangeError(`no proof of [${start}, ${end}) in a tree of ${size}`);
  }
  if (start === end) return [];
  return Promise.all(proofRanges(start, end, 0, size, true).map(([from, to]) => readSubtreeRoot(read, from, to)));
}

/** SUBTREE_SUBPROOF over leaves [from, to); `known`: the subtree's own root is at hand, as its verifier holds it. */
function proofRanges(
  start: number,
  end: number,
  from: number,
  to: number,
  known: boolean,
): [from: number, to: number][] {
  if (start === from && end === to) return known ? [] : [[from, to]];
  const middle = from + splitOf(to - from);
  if (end <= middle) return [...proofRanges(start, end, from, middle, known), [middle, to]];
  if (start >= middle) return [...proofRanges(start, end, middle, to, known), [from, middle]];
  return [...proofRanges(middle, end, middle, to, false), [from, middle]];
}

/**
 * Checks that the tree of `newSize` leaves only appends to the tree of `oldSize` (RFC 9162, section 2.1.4.2). All hashes
 * are 32 bytes. The empty tree is consistent with every tree by an empty proof (C2SP tlog-witness), as long as its root is
 * EMPTY_ROOT.
 *
 * @throws CONSISTENCY_PROOF_INVALID whatever is wrong with the arguments.
 */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  if (newSize === 0 && !equalBytes(newRoot, EMPTY_ROOT)) {
    throw protoError("CONSISTENCY_PROOF_INVALID", { oldSize, newSize });
  }
  verifySubtreeConsistency(0, oldSize, newSize, proof, oldRoot, newRoot);
}

/**
 * Checks that the subtree [start, end) with root `subtreeRoot` is part of the tree of `size` leaves with root `root`
 * (draft-ietf-plants-merkle-tree-certs-03, section 4.4.3). An empty subtree says nothing about `root`.
 *
 * @throws CONSISTENCY_PROOF_INVALID whatever is wrong with the arguments.
 */
export function verifySubtreeConsistency(
  start: number,
  end: number,
  size: number,
  proof: readonly Uint8Array[],
  subtreeRoot: Uint8Array,
  root: Uint8Array,
): void {
  const invalid = () => protoError("CONSISTENCY_PROOF_INVALID", { oldSize: end, newSize: size });
  if (!isSubtree(start, end) || !Number.isSafeInteger(size) || end > size) throw invalid();
  if (start === end) {
    if (proof.length > 0 || !equalBytes(subtreeRoot, EMPTY_ROOT)) throw invalid();
    return;
  }
  // The whole tree is only compared; a smaller part is hashed, and hashNode takes nothing but 32 bytes.
  const isWhole = start === 0 && end === size;
  if (!isWhole && subtreeRoot.length !== HASH_BYTES) throw invalid();

  let used = 0;
  const next = (): Uint8Array => {
    const hash = proof[used++];
    if (hash?.length !== HASH_BYTES) throw invalid();
    return hash;
  };
  // Mirrors proofRanges: rebuilds both roots from the same hashes, so that one proof cannot tell two stories.
  const rebuild = (
    from: number,
    to: number,
    lower: number,
    known: boolean,
  ): { part: Uint8Array; whole: Uint8Array } => {
    if (lower === from && end === to) {
      const both = known ? subtreeRoot : next();
      return { part: both, whole: both };
    }
    const middle = from + splitOf(to - from);
    if (end <= middle) {
      const { part, whole } = rebuild(from, middle, lower, known);
      return { part, whole: hashNode(whole, next()) };
    }
    if (lower >= middle) {
      const { part, whole } = rebuild(middle, to, lower, known);
      return { part, whole: hashNode(next(), whole) };
    }
    const { part, whole } = rebuild(middle, to, middle, false);
    const left = next();
    return { part: hashNode(left, part), whole: hashNode(left, whole) };
  };
  const { part, whole } = rebuild(0, size, start, true);
  if (used !== proof.length || !equalBytes(part, subtreeRoot) || !equalBytes(whole, root)) throw invalid();
}
