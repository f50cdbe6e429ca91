import { concatBytes, equalBytes, u64be } from "./bytes.ts";
import { isSignatureValid, type PrivateKey, type PublicKey, sign } from "./ed25519.ts";
import { protoError } from "./errors.ts";
import { formatNote, type Note, type NoteSignature, parseNote } from "./note.ts";
import { utf8Encode } from "./platform.ts";
import type { Signer } from "./signer.ts";
import { isLineOf, keyIdOf, type VerifierKey } from "./verifier-key.ts";

// C2SP tlog-cosignature v1.0.1, Ed25519 (type 0x04): a witness says that at this time this was the largest consistent
// tree it knew of this log.

/** The time in 8 bytes, then Ed25519's 64. */
const TIMESTAMPED_BYTES = 8 + 64;

/** When a witness cosigned: the first and the last of its lines in a note, in seconds since 1970. */
export interface CosignatureTime {
  readonly timeUnix: number;
  readonly lastUnix: number;
}

/**
 * Cosigns a note's text (its three lines) as of `timeUnix`, seconds since 1970.
 *
 * @throws COSIGNATURE_MALFORMED unless the time is a positive safe integer.
 */
export function cosign(noteText: string, timeUnix: number, name: string, key: PrivateKey): NoteSignature {
  return cosignatureLine(timeUnix, name, key.publicKey, sign(key, messageToCosign(noteText, timeUnix)));
}

/** As cosign, wherever the key lies. @throws what cosign throws, and what Signer.sign throws */
export async function cosignAsync(
  noteText: string,
  timeUnix: number,
  name: string,
  signer: Signer,
): Promise<NoteSignature> {
  const signature = await signer.sign(messageToCosign(noteText, timeUnix));
  return cosignatureLine(timeUnix, name, signer.publicKey, signature);
}

function messageToCosign(noteText: string, timeUnix: number): Uint8Array {
  if (!isTime(timeUnix)) throw protoError("COSIGNATURE_MALFORMED", { reason: "no time" });
  return cosignedMessage(noteText, timeUnix);
}

function cosignatureLine(timeUnix: number, name: string, publicKey: PublicKey, signature: Uint8Array): NoteSignature {
  const keyId = keyIdOf(name, "cosignature-v1", publicKey.bytes);
  return { name, keyId, signature: concatBytes(u64be(timeUnix), signature) };
}

/**
 * Checks every line that claims to be by this witness.
 *
 * @throws NOTE_UNSIGNED where there is none, or the key is no witness's.
 * @throws COSIGNATURE_MALFORMED where a line is not a time and a signature.
 * @throws NOTE_SIGNATURE_INVALID where one is not its signature over this text and time.
 */
export function verifyCosignature(note: Note, witness: VerifierKey): CosignatureTime {
  const lines = witness.algorithm === "cosignature-v1" ? note.signatures.filter((line) => isLineOf(line, witness)) : [];
  if (lines.length === 0) throw protoError("NOTE_UNSIGNED", { name: witness.name });
  const times = lines.map(({ signature }) => {
    if (signature.length !== TIMESTAMPED_BYTES) throw protoError("COSIGNATURE_MALFORMED", { reason: "another length" });
    const timeUnix = readTime(signature);
    if (!isSignatureValid(witness.publicKey, cosignedMessage(note.text, timeUnix), signature.subarray(8))) {
      throw protoError("NOTE_SIGNATURE_INVALID", { name: witness.name });
    }
    return timeUnix;
  });
  return { timeUnix: Math.min(...times), lastUnix: Math.max(...times) };
}

/**
 * Adds signature lines to a whole note, after those it has. Lines already there are dropped. Of one key the first line
 * stays, which dates the checkpoint, and of its later ones only the newest, which shows that the log is alive; so a quiet
 * log that is cosigned again and again does not outgrow its note.
 *
 * @throws NOTE_MALFORMED
 */
export function addSignatures(noteText: string, more: readonly NoteSignature[]): string {
  const note = parseNote(noteText);
  const signatures = [...note.signatures];
  for (const line of more) {
    const same = signatures.filter((held) => held.name === line.name && equalBytes(held.keyId, line.keyId));
    if (same.some((held) => equalBytes(held.signature, line.signature))) continue;
    const later = same[1];
    if (later === undefined) signatures.push(line);
    else signatures[signatures.indexOf(later)] = line;
  }
  return formatNote({ text: note.text, signatures });
}

function cosignedMessage(noteText: string, timeUnix: number): Uint8Array {
  return utf8Encode(`cosignature/v1\ntime ${timeUnix}\n${noteText}`);
}

function readTime(timestamped: Uint8Array): number {
  const { buffer, byteOffset } = timestamped;
  const time = Number(new DataView(buffer, byteOffset, 8).getBigUint64(0));
  if (!isTime(time)) throw protoError("COSIGNATURE_MALFORMED", { reason: "no time" });
  return time;
}

function isTime(time: number): boolean {
  return Number.isSafeInteger(time) && time > 0;
}
