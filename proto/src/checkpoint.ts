import { encodeBase64 } from "./base64.ts";
import type { PrivateKey } from "./ed25519.ts";
import { protoError } from "./errors.ts";
import { HASH_BYTES } from "./merkle.ts";
import { formatNote, MAX_NOTE_BYTES, type Note, parseNote, signNote, signNoteAsync, verifyNote } from "./note.ts";
import { utf8Encode } from "./platform.ts";
import type { Signer } from "./signer.ts";
import { readBase64, readNatural } from "./text-fields.ts";
import type { Verified } from "./verified.ts";
import { isKeyName, type VerifierKey } from "./verifier-key.ts";

// C2SP tlog-checkpoint v1.0.0, without extension lines: a cosignature vouches for the three lines only.

/** What a log says of itself at one size: which log, how many leaves, and the root over them (32 bytes). */
export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
}

/** A checkpoint with the note that carries it; `text` is the whole note, signatures included. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
  readonly text: string;
}

/** An origin fits a one-byte length, which later cosignature types need. */
const MAX_ORIGIN_BYTES = 255;

const malformed = (reason: string) => protoError("CHECKPOINT_MALFORMED", { reason });

/**
 * True for an origin that one of this network's logs may have: a URL without its scheme, 1 to 255 bytes, no Unicode space,
 * control character or `+`. Foreign logs may call themselves otherwise (`go.sum database tree`).
 */
export function isOrigin(text: string): boolean {
  return isKeyName(text) && !text.includes("://") && utf8Encode(text).length <= MAX_ORIGIN_BYTES;
}

/** The text of the note: origin, size and root, each ending in a newline. @throws CHECKPOINT_MALFORMED */
export function formatCheckpoint({ origin, treeSize, rootHash }: Checkpoint): string {
  if (origin === "" || !origin.isWellFormed() || /\p{Cc}/u.test(origin)) throw malformed("no origin");
  if (!Number.isSafeInteger(treeSize) || treeSize < 0) throw malformed("tree size out of range");
  if (rootHash.length !== HASH_BYTES) throw malformed("the root hash is not 32 bytes");
  return `${origin}\n${treeSize}\n${encodeBase64(rootHash)}\n`;
}

/** Reads a note's text; of any log, ours or not. @throws CHECKPOINT_MALFORMED unless it is exactly those three lines. */
export function parseCheckpoint(text: string): Checkpoint {
  if (text.length > MAX_NOTE_BYTES) throw malformed("too long");
  const [origin = "", size, root] = text.split("\n", 3);
  const treeSize = readNatural(size);
  const rootHash = readBase64(root, HASH_BYTES);
  if (treeSize === undefined) throw malformed("tree size out of range");
  if (rootHash === undefined) throw malformed("the root hash is not 32 bytes");
  const checkpoint = { origin, treeSize, rootHash };
  if (formatCheckpoint(checkpoint) !== text) throw malformed("not three lines");
  return checkpoint;
}

/** The whole signed note, under a key whose name is the origin. @throws CHECKPOINT_MALFORMED, NOTE_MALFORMED */
export function signCheckpoint(checkpoint: Checkpoint, key: PrivateKey): string {
  const text = formatCheckpoint(checkpoint);
  return formatNote({ text, signatures: [signNote(text, checkpoint.origin, key)] });
}

/** As signCheckpoint, wherever the key lies. @throws what signCheckpoint throws, and what Signer.sign throws */
export async function signCheckpointAsync(checkpoint: Checkpoint, signer: Signer): Promise<string> {
  const text = formatCheckpoint(checkpoint);
  return formatNote({ text, signatures: [await signNoteAsync(text, checkpoint.origin, signer)] });
}

/**
 * Takes a log's checkpoint from anyone. Says nothing of witnesses: see evaluateQuorum.
 *
 * @param origin the log meant. Only foreign logs sign under a name that is not their origin.
 * @throws NOTE_MALFORMED, CHECKPOINT_MALFORMED (another origin among the reasons), NOTE_UNSIGNED, NOTE_SIGNATURE_INVALID
 */
export function openCheckpoint(
  noteText: string,
  logKey: VerifierKey,
  origin: string = logKey.name,
): Verified<SignedCheckpoint, "log"> {
  const note = parseNote(noteText);
  verifyNote(note, logKey);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== origin) throw malformed("another log's origin");
  return { checkpoint, note, text: noteText } as Verified<SignedCheckpoint, "log">;
}
