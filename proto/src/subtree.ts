import { bitLength, EMPTY_ROOT, hashNode } from "./merkle.ts";

/** Reads the hash of the complete subtree over leaves [index * 2^level, (index + 1) * 2^level): level 0 is a leaf's hash. */
export type NodeReader = (level: number, index: number) => Promise<Uint8Array> | Uint8Array;

/**
 * True if leaves [start, end) are a subtree of every tree that holds them: `start` is a multiple of the smallest power of
 * two that is not below the width (draft-ietf-plants-merkle-tree-certs-03, section 4.1). An empty range is one too.
 */
export function isSubtree(start: number, end: number): boolean {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end) return false;
  const width = end - start;
  return width < 2 || start % 2 ** bitLength(width - 1) === 0;
}

/** The root of the subtree [start, end), joined from the complete subtrees in it. */
export async function readSubtreeRoot(read: NodeReader, start: number, end: number): Promise<Uint8Array> {
  const parts = await Promise.all(completeSubtrees(start, end).map(({ level, index }) => read(level, index)));
  return parts.length === 0 ? EMPTY_ROOT : parts.reduceRight((right, left) => hashNode(left, right));
}

/** The complete subtrees that the subtree [start, end) divides into, largest first. */
export function completeSubtrees(start: number, end: number): { readonly level: number; readonly index: number }[] {
  const parts: { level: number; index: number }[] = [];
  for (let from = start; from < end; ) {
    const level = bitLength(end - from) - 1;
    parts.push({ level, index: from / 2 ** level });
    from += 2 ** level;
  }
  return parts;
}
