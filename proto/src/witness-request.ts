import { encodeBase64 } from "./base64.ts";
import { protoError } from "./errors.ts";
import { HASH_BYTES } from "./merkle.ts";
import { MAX_NOTE_BYTES } from "./note.ts";
import { readBase64, readNatural } from "./text-fields.ts";

// C2SP tlog-witness v1.0.0, "add-checkpoint".

/** The specification allows no more; a log of 2^53 leaves needs 54. */
export const MAX_CONSISTENCY_LINES = 63;
/** The longest size line and proof, a blank line and the longest note. */
export const MAX_ADD_CHECKPOINT_BYTES: number = 32 + MAX_CONSISTENCY_LINES * 45 + MAX_NOTE_BYTES;

/** A log asks a witness to move from `oldSize` to the signed checkpoint (a whole note), by this proof of 32-byte hashes. */
export interface AddCheckpointRequest {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
}

const malformed = (reason: string) => protoError("WITNESS_REQUEST_MALFORMED", { reason });

/** The request's body. @throws WITNESS_REQUEST_MALFORMED where a part is out of range. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): string {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0) throw malformed("old size out of range");
  if (proof.length > MAX_CONSISTENCY_LINES) throw malformed("too many proof lines");
  if (proof.some((hash) => hash.length !== HASH_BYTES)) throw malformed("a hash is not 32 bytes");
  if (!checkpoint.endsWith("\n")) throw malformed("no checkpoint");
  return [`old ${oldSize}\n`, ...proof.map((hash) => `${encodeBase64(hash)}\n`), "\n", checkpoint].join("");
}

/**
 * Takes a body apart. The checkpoint is left as text: which answer a bad note gets is the witness's to decide.
 *
 * @throws WITNESS_REQUEST_MALFORMED unless the body is one that formatAddCheckpoint makes, of at most 63 proof lines.
 */
export function parseAddCheckpoint(body: string): AddCheckpointRequest {
  if (body.length > MAX_ADD_CHECKPOINT_BYTES) throw malformed("too long");
  const blank = body.indexOf("\n\n");
  if (blank < 0) throw malformed("no blank line");
  const [sizeLine = "", ...proofLines] = body.slice(0, blank).split("\n");
  const oldSize = sizeLine.startsWith("old ") ? readNatural(sizeLine.slice(4)) : undefined;
  if (oldSize === undefined) throw malformed("no old size");
  if (proofLines.length > MAX_CONSISTENCY_LINES) throw malformed("too many proof lines");
  const proof = proofLines.map((line) => {
    const hash = readBase64(line, HASH_BYTES);
    if (hash === undefined) throw malformed("a proof line is not a hash");
    return hash;
  });
  const request = { oldSize, proof, checkpoint: body.slice(blank + 2) };
  if (formatAddCheckpoint(request) !== body) throw malformed("not canonical");
  return request;
}
