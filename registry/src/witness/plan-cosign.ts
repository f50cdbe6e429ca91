import {
  type AddCheckpointRequest,
  type Checkpoint,
  EMPTY_ROOT,
  equalBytes,
  isTallyError,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  protoError,
  type VerifierKey,
  verifyConsistency,
  verifyNote,
} from "@tallystick/proto";

// C2SP tlog-witness v1.0.0, "add-checkpoint".

/** An HTTP answer. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
  readonly contentType: string;
}

/** A request taken apart; its checkpoint is what it claims, nothing is verified. */
export interface CosignRequest {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly noteText: string;
  /** The three lines that a cosignature covers. */
  readonly checkpointText: string;
  readonly checkpoint: Checkpoint;
}

/** What to do about a request: refuse it, or store `next` and then cosign the text. */
export type CosignPlan =
  | { readonly kind: "refuse"; readonly answer: WitnessAnswer }
  | { readonly kind: "cosign"; readonly next: Checkpoint; readonly checkpointText: string };

/** An answer in words. */
export function answerOf(status: WitnessAnswer["status"], text: string): WitnessAnswer {
  return { status, body: `${text}\n`, contentType: "text/plain; charset=utf-8" };
}

/** @throws WITNESS_REQUEST_MALFORMED, CHECKPOINT_MALFORMED */
export function readCosignRequest(body: string): CosignRequest {
  const { oldSize, proof, checkpoint: noteText }: AddCheckpointRequest = parseAddCheckpoint(body);
  const split = noteText.lastIndexOf("\n\n");
  if (split < 0) throw protoError("WITNESS_REQUEST_MALFORMED", { reason: "an unsigned checkpoint" });
  const checkpointText = noteText.slice(0, split + 1);
  return { oldSize, proof, noteText, checkpointText, checkpoint: parseCheckpoint(checkpointText) };
}

/**
 * Decides on a request. Pure.
 * @param held the latest checkpoint cosigned for this origin, if any
 * @param keys the keys of the log with this origin; empty where the log is unknown
 */
export function planCosign(
  held: Checkpoint | undefined,
  request: CosignRequest,
  keys: readonly VerifierKey[],
): CosignPlan {
  const { oldSize, proof, checkpoint, checkpointText } = request;
  const { size: heldSize, root: heldRoot } = { size: held?.treeSize ?? 0, root: held?.rootHash ?? EMPTY_ROOT };
  const refuse = (status: WitnessAnswer["status"], text: string): CosignPlan => ({
    kind: "refuse",
    answer: answerOf(status, text),
  });

  if (keys.length === 0) return refuse(404, "unknown log");
  if (!isSigned(request.noteText, keys)) return refuse(403, "invalid signature");
  if (oldSize > checkpoint.treeSize) return refuse(400, "the old size is larger than the checkpoint's");
  const sameSizeOtherRoot = oldSize === checkpoint.treeSize && !equalBytes(checkpoint.rootHash, heldRoot);
  if (oldSize !== heldSize || sameSizeOtherRoot) {
    return { kind: "refuse", answer: { status: 409, body: `${heldSize}\n`, contentType: "text/x.tlog.size" } };
  }
  try {
    verifyConsistency(heldSize, heldRoot, checkpoint.treeSize, checkpoint.rootHash, proof);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return refuse(422, "invalid consistency proof");
  }
  return { kind: "cosign", next: checkpoint, checkpointText };
}

/** True if one of the keys signed the note and none of them has a bad line on it. */
function isSigned(noteText: string, keys: readonly VerifierKey[]): boolean {
  let signed = false;
  for (const key of keys) {
    try {
      verifyNote(parseNote(noteText), key);
      signed = true;
    } catch (error) {
      if (!isTallyError(error)) throw error;
      // Lines of unknown keys are ignored; a known key's bad line, or one that cannot be read, refuses the whole note.
      if (error.code !== "NOTE_UNSIGNED") return false;
    }
  }
  return signed;
}
