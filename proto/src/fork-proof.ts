import { equalBytes } from "./bytes.ts";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { isTallyError } from "./errors.ts";
import type { VerifierKey } from "./verifier-key.ts";

/** Two checkpoints of one log and one size that cannot both be true. */
export interface ForkShown {
  readonly origin: string;
  readonly treeSize: number;
  /** 32 bytes each, of the first note and of the second. */
  readonly roots: readonly [Uint8Array, Uint8Array];
}

/**
 * Whether two notes are a fork proof: signed by keys of one log, of one size, with different roots. Undefined where they are not, whatever
 * they are.
 *
 * @param keys every key under which the log's checkpoints are, or were
 */
export function forkShownBy(notes: readonly [string, string], keys: readonly VerifierKey[]): ForkShown | undefined {
  const [a, b] = notes.map((note) => openedBy(note, keys));
  if (a === undefined || b === undefined) return undefined;
  if (a.origin !== b.origin || a.treeSize !== b.treeSize || equalBytes(a.rootHash, b.rootHash)) return undefined;
  return { origin: a.origin, treeSize: a.treeSize, roots: [a.rootHash, b.rootHash] };
}

function openedBy(note: string, keys: readonly VerifierKey[]): Checkpoint | undefined {
  for (const key of keys) {
    try {
      return openCheckpoint(note, key).checkpoint;
    } catch (error) {
      if (!isTallyError(error)) throw error;
    }
  }
  return undefined;
}
