import { Buffer, isUtf8 } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from "node:crypto";

// The one door from the pure packages to the machine: hashing, Ed25519 and text encodings, nothing that does I/O,
// tells the time or draws randomness. Lenient primitives only: strictness is base64.ts's and ed25519.ts's work.

/** An Ed25519 public key, loaded for verification. */
export type VerifyHandle = KeyObject & { readonly __use?: "verify" };
/** An Ed25519 private key, loaded for signing. */
export type SignHandle = KeyObject & { readonly __use?: "sign" };

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** SHA-256 (FIPS 180-4) of the bytes: 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return hash("sha256", data, "buffer");
}

/** Bytes that SHA-256 takes in at once. */
const BLOCK_BYTES = 64;

/**
 * HMAC-SHA-256 (RFC 2104): 32 bytes. By its definition, as two hashes: Node makes a key object for each of its own, which takes five
 * times as long for the short inputs here (docs/decisions/0019).
 */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  const block = key.length > BLOCK_BYTES ? sha256(key) : key;
  const inner = Buffer.alloc(BLOCK_BYTES + data.length, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + 32, 0x5c);
  for (let i = 0; i < block.length; i++) {
    inner[i] = 0x36 ^ (block[i] as number);
    outer[i] = 0x5c ^ (block[i] as number);
  }
  inner.set(data, BLOCK_BYTES);
  outer.set(sha256(inner), BLOCK_BYTES);
  return sha256(outer);
}

export function utf8Encode(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/** The text, or undefined where the bytes are not well-formed UTF-8 (a byte order mark is kept as a character). */
export function utf8DecodeStrict(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? view(bytes).toString("utf8") : undefined;
}

export function encodeBytes(bytes: Uint8Array, encoding: "base64" | "base64url" | "hex"): string {
  return view(bytes).toString(encoding);
}

/** Lenient: skips what it does not know. Callers re-encode and compare. */
export function decodeBytesLenient(text: string, encoding: "base64" | "base64url" | "hex"): Uint8Array {
  return Buffer.from(text, encoding);
}

/** Lexicographic order of unsigned bytes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  return Buffer.compare(a, b);
}

/** Loads a raw 32-byte public key. Does not judge it: see ed25519.ts for admission. */
export function loadVerifyKey(publicKey: Uint8Array): VerifyHandle {
  return createPublicKey({
    format: "jwk",
    key: { kty: "OKP", crv: "Ed25519", x: encodeBytes(publicKey, "base64url") },
  });
}

/** Loads a raw 32-byte seed together with its public key (RFC 8032, section 5.1.5). */
export function loadSignKey(seed: Uint8Array, publicKey: Uint8Array): SignHandle {
  const x = encodeBytes(publicKey, "base64url");
  return createPrivateKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x, d: encodeBytes(seed, "base64url") } });
}

export function ed25519Sign(key: SignHandle, message: Uint8Array): Uint8Array {
  return nodeSign(null, message, key);
}

/** Cofactorless Ed25519 verification with S < L, as OpenSSL does it. */
export function ed25519Verify(key: VerifyHandle, message: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && nodeVerify(null, message, key, signature);
}

/** As ed25519Verify, on the thread pool, so that bulk verification uses every core. */
export function ed25519VerifyAsync(key: VerifyHandle, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (signature.length !== 64) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    nodeVerify(null, message, key, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
  });
}
