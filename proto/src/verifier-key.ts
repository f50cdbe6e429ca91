import { encodeBase64, encodeHex } from "./base64.ts";
import { concatBytes, equalBytes } from "./bytes.ts";
import { admitPublicKey, type PublicKey } from "./ed25519.ts";
import { protoError } from "./errors.ts";
import { sha256, utf8Encode } from "./platform.ts";
import { readBase64 } from "./text-fields.ts";

/** What a key signs: plain notes (type 0x01) or timestamped cosignatures (0x04). C2SP signed-note v1.0.0, "Signature types". */
export type NoteAlgorithm = "ed25519" | "cosignature-v1";

const TYPE_BYTE = { ed25519: 0x01, "cosignature-v1": 0x04 } as const satisfies Record<NoteAlgorithm, number>;

/** A name and a key trusted to sign notes under it. `keyId` is 4 bytes and only tells signature lines apart. */
export interface VerifierKey {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly algorithm: NoteAlgorithm;
  readonly publicKey: PublicKey;
}

const inadmissible = (reason: string) => protoError("KEY_NOT_ADMISSIBLE", { reason });

/** True for what may name a key: not empty, without Unicode spaces, control characters and `+`. */
export function isKeyName(name: string): boolean {
  return name !== "" && name.isWellFormed() && !/[\p{White_Space}\p{Cc}+]/u.test(name);
}

/** @throws KEY_NOT_ADMISSIBLE where the name cannot name a key. */
export function makeVerifierKey(name: string, algorithm: NoteAlgorithm, publicKey: PublicKey): VerifierKey {
  if (!isKeyName(name)) throw inadmissible("not a key name");
  return { name, keyId: keyIdOf(name, algorithm, publicKey.bytes), algorithm, publicKey };
}

/** Key id: the first 4 bytes of SHA-256(name || 0x0A || type || public key). */
export function keyIdOf(name: string, algorithm: NoteAlgorithm, publicKey: Uint8Array): Uint8Array {
  const material = concatBytes(utf8Encode(`${name}\n`), Uint8Array.of(TYPE_BYTE[algorithm]), publicKey);
  return sha256(material).subarray(0, 4);
}

/** The vkey: `<name>+<hex key id>+<base64 of type and public key>` (signed-note v1.0.0, "Verifier keys"). */
export function formatVerifierKey(key: VerifierKey): string {
  const material = concatBytes(Uint8Array.of(TYPE_BYTE[key.algorithm]), key.publicKey.bytes);
  return `${key.name}+${encodeHex(key.keyId)}+${encodeBase64(material)}`;
}

/** @throws KEY_NOT_ADMISSIBLE unless it is the canonical vkey of an admissible Ed25519 key of type 0x01 or 0x04. */
export function parseVerifierKey(vkey: string): VerifierKey {
  const [, name, , encoded] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(vkey) ?? [];
  const material = readBase64(encoded, 33);
  if (name === undefined || material === undefined) throw inadmissible("not an Ed25519 verifier key");
  const algorithm = (Object.keys(TYPE_BYTE) as NoteAlgorithm[]).find((known) => TYPE_BYTE[known] === material[0]);
  if (algorithm === undefined) throw inadmissible("an unknown signature type");
  const key = makeVerifierKey(name, algorithm, admitPublicKey(material.subarray(1)));
  if (formatVerifierKey(key) !== vkey) throw inadmissible("the key id is another key's");
  return key;
}

/** True if a signature line with this name and key id claims to be by `key`. */
export function isLineOf(line: { readonly name: string; readonly keyId: Uint8Array }, key: VerifierKey): boolean {
  return line.name === key.name && equalBytes(line.keyId, key.keyId);
}
