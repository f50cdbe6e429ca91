import { encodeBase64 } from "./base64.ts";
import { concatBytes } from "./bytes.ts";
import { isSignatureValid, type PrivateKey, sign } from "./ed25519.ts";
import { protoError } from "./errors.ts";
import { utf8Encode } from "./platform.ts";
import type { Signer } from "./signer.ts";
import { readBase64 } from "./text-fields.ts";
import { isKeyName, isLineOf, keyIdOf, type VerifierKey } from "./verifier-key.ts";

// C2SP signed-note v1.0.0.

/** No note is longer, text and signatures together: room for a checkpoint with 64 lines of the post-quantum kind's size. */
export const MAX_NOTE_BYTES = 65_536;
/** More lines than any quorum needs; the specification asks for 16 at least. */
export const MAX_NOTE_SIGNATURES = 64;

/** One signature line. The key id is 4 bytes; the signature's form depends on the key's type. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A text, which ends in a newline, and the lines that sign it. Not to be trusted before a known key's line is verified. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const malformed = (reason: string) => protoError("NOTE_MALFORMED", { reason });

/**
 * Takes a note apart at its last blank line, so that nobody's text can pass for signature lines. Nothing is verified yet.
 *
 * @throws NOTE_MALFORMED unless it is one that formatNote makes, of at most 65,536 bytes and 64 signatures.
 */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE_BYTES || utf8Encode(note).length > MAX_NOTE_BYTES) throw malformed("too long");
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) throw malformed("no signatures");
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > MAX_NOTE_SIGNATURES) throw malformed("too many signatures");
  const parsed: Note = { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
  if (formatNote(parsed) !== note) throw malformed("not canonical");
  return parsed;
}

/** @throws NOTE_MALFORMED where the parts do not make a note. */
export function formatNote(note: Note): string {
  if (!note.text.endsWith("\n")) throw malformed("the text does not end in a newline");
  if (!note.text.isWellFormed() || hasControlCharacter(note.text)) throw malformed("not plain text");
  if (note.signatures.length < 1 || note.signatures.length > MAX_NOTE_SIGNATURES) {
    throw malformed("a note has 1 to 64 signatures");
  }
  return `${note.text}\n${note.signatures.map(formatSignatureLine).join("")}`;
}

/** `— <name> <base64 of key id and signature>` and a newline. @throws NOTE_MALFORMED where a part has no such form. */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  if (!isKeyName(name)) throw malformed("not a key name");
  if (keyId.length !== 4 || signature.length === 0) throw malformed("a signature without key id or bytes");
  return `— ${name} ${encodeBase64(concatBytes(keyId, signature))}\n`;
}

/** One signature line, without its newline. @throws NOTE_MALFORMED */
export function parseSignatureLine(line: string): NoteSignature {
  const [dash, name, encoded, ...rest] = line.split(" ");
  const bytes = readBase64(encoded);
  if (dash !== "—" || name === undefined || bytes === undefined || bytes.length < 5 || rest.length > 0) {
    throw malformed("not a signature line");
  }
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

/** Signs a note's text (with its last newline) under a name, as type 0x01: 64 bytes of Ed25519. */
export function signNote(text: string, name: string, key: PrivateKey): NoteSignature {
  return { name, keyId: keyIdOf(name, "ed25519", key.publicKey.bytes), signature: sign(key, utf8Encode(text)) };
}

/** As signNote, wherever the key lies. @throws what Signer.sign throws */
export async function signNoteAsync(text: string, name: string, signer: Signer): Promise<NoteSignature> {
  const keyId = keyIdOf(name, "ed25519", signer.publicKey.bytes);
  return { name, keyId, signature: await signer.sign(utf8Encode(text)) };
}

/**
 * Checks every line that claims to be by this key; lines of other keys are ignored, as the specification demands.
 *
 * @throws NOTE_UNSIGNED where the note has no line of the key, or the key signs no plain notes.
 * @throws NOTE_SIGNATURE_INVALID where one of them is not its signature: the whole note is refused then.
 */
export function verifyNote(note: Note, key: VerifierKey): void {
  const lines = key.algorithm === "ed25519" ? note.signatures.filter((line) => isLineOf(line, key)) : [];
  if (lines.length === 0) throw protoError("NOTE_UNSIGNED", { name: key.name });
  const message = utf8Encode(note.text);
  if (!lines.every((line) => isSignatureValid(key.publicKey, message, line.signature))) {
    throw protoError("NOTE_SIGNATURE_INVALID", { name: key.name });
  }
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}
