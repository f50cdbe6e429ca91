import {
  appendLeafHashes,
  type Checkpoint,
  EMPTY_FRONTIER,
  equalBytes,
  type Frontier,
  hashLeaf,
  openCheckpoint,
  protoError,
  rootOf,
  type SignedCheckpoint,
  type Verified,
  type VerifierKey,
} from "@tallystick/proto";
import { registryError } from "../errors.ts";

/** What a follower keeps of a log: enough to verify whatever comes next. */
export interface FollowedLog {
  readonly frontier: Frontier;
}

export const NOT_FOLLOWED_YET: FollowedLog = { frontier: EMPTY_FRONTIER };

/** A batch as it came: nothing of it is verified. */
export interface ReceivedBatch {
  readonly firstIndex: number;
  readonly leaves: readonly Uint8Array[];
  readonly note: string;
}

/** A batch that is what the log's owner signed, and follows what was held before. */
export interface VerifiedBatch {
  readonly followed: FollowedLog;
  readonly signed: Verified<SignedCheckpoint, "log">;
  readonly leafHashes: readonly Uint8Array[];
}

/** Most entries in one batch. */
export const MAX_BATCH_ENTRIES = 4_096;

/**
 * Verifies one batch (docs/protocol.md, LOG-7 and LOG-8): the checkpoint's signature, its size, and its root, computed from
 * what was held and what was received. That root is the inclusion proof of every entry and the consistency proof with all
 * before.
 *
 * @throws CHECKPOINT_MALFORMED, NOTE_MALFORMED, NOTE_UNSIGNED, NOTE_SIGNATURE_INVALID, BATCH_OUT_OF_ORDER, LOG_ROLLED_BACK, ROOT_MISMATCH
 */
export function verifyBatch(held: FollowedLog, batch: ReceivedBatch, logKey: VerifierKey): VerifiedBatch {
  const { size } = held.frontier;
  const signed = openCheckpoint(batch.note, logKey);
  const { origin, treeSize, rootHash }: Checkpoint = signed.checkpoint;
  if (treeSize < size) throw registryError("LOG_ROLLED_BACK", { origin, heldSize: size, offeredSize: treeSize });
  if (batch.leaves.length > MAX_BATCH_ENTRIES || batch.firstIndex !== size || treeSize !== size + batch.leaves.length) {
    throw registryError("BATCH_OUT_OF_ORDER", { origin, heldSize: size, firstIndex: batch.firstIndex, treeSize });
  }
  const leafHashes = batch.leaves.map(hashLeaf);
  const frontier = appendLeafHashes(held.frontier, leafHashes);
  if (!equalBytes(rootOf(frontier), rootHash)) throw protoError("ROOT_MISMATCH", { treeSize });
  return { followed: { frontier }, signed, leafHashes };
}
