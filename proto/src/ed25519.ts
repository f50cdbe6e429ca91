import { ed25519 } from "@noble/curves/ed25519.js";
import { equalBytes } from "./bytes.ts";
import { protoError } from "./errors.ts";
import {
  ed25519Sign,
  ed25519Verify,
  ed25519VerifyAsync,
  loadSignKey,
  loadVerifyKey,
  type SignHandle,
  type VerifyHandle,
} from "./platform.ts";
import type { Signer } from "./signer.ts";

/** An Ed25519 public key that passed admission: on such keys every verifier agrees (docs/protocol.md, KEY-1). */
export interface PublicKey {
  /** 32 bytes (RFC 8032, section 5.1.5). */
  readonly bytes: Uint8Array;
  readonly handle: VerifyHandle;
}

/** A key pair in memory: the signer of whoever may hold its own keys, and what vectors and tests sign with at once. */
export interface PrivateKey extends Signer {
  readonly handle: SignHandle;
}

class KeyInMemory implements PrivateKey {
  readonly publicKey: PublicKey;
  readonly handle: SignHandle;

  constructor(publicKey: PublicKey, handle: SignHandle) {
    this.publicKey = publicKey;
    this.handle = handle;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return sign(this, message);
  }
}

/**
 * Admits a raw public key only if it is canonically encoded, not the identity and free of torsion. On other keys
 * Ed25519 libraries disagree about which signatures are valid.
 *
 * @throws KEY_NOT_ADMISSIBLE
 */
export function admitPublicKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== 32) throw protoError("KEY_NOT_ADMISSIBLE", { reason: "not 32 bytes" });
  let point: ReturnType<typeof ed25519.Point.fromBytes>;
  try {
    point = ed25519.Point.fromBytes(bytes, false);
  } catch (cause) {
    throw protoError("KEY_NOT_ADMISSIBLE", { reason: "not the canonical encoding of a point" }, { cause });
  }
  if (point.is0()) throw protoError("KEY_NOT_ADMISSIBLE", { reason: "the identity" });
  if (!point.isTorsionFree()) throw protoError("KEY_NOT_ADMISSIBLE", { reason: "a point with torsion" });
  return { bytes, handle: loadVerifyKey(bytes) };
}

/** Loads the key pair of a 32-byte seed (RFC 8032, section 5.1.5). @throws KEY_NOT_ADMISSIBLE unless 32 bytes. */
export function privateKeyFromSeed(seed: Uint8Array): PrivateKey {
  if (seed.length !== 32) throw protoError("KEY_NOT_ADMISSIBLE", { reason: "a seed is 32 bytes" });
  const bytes = ed25519.getPublicKey(seed);
  return new KeyInMemory({ bytes, handle: loadVerifyKey(bytes) }, loadSignKey(seed, bytes));
}

/** A signature of 64 bytes by a key in memory, at once. What others will verify goes through a Signer. */
export function sign(key: PrivateKey, message: Uint8Array): Uint8Array {
  return ed25519Sign(key.handle, message);
}

/** The identity as a canonical point: (0, 1). */
const IDENTITY: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));

/**
 * Under an admitted key the identity is the only R of small order that can satisfy the equation. OpenSSL accepts it, newer
 * releases of Node refuse it (nodejs/node pull request 64026): refused here, so that every release agrees.
 */
function hasIdentityR(signature: Uint8Array): boolean {
  return equalBytes(signature.subarray(0, 32), IDENTITY);
}

/** True if `signature` is the key's over exactly these bytes: cofactorless, S < L, R not the identity. */
export function isSignatureValid(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return !hasIdentityR(signature) && ed25519Verify(key.handle, message, signature);
}

/** As isSignatureValid, on the thread pool. */
export function isSignatureValidAsync(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (hasIdentityR(signature)) return Promise.resolve(false);
  return ed25519VerifyAsync(key.handle, message, signature);
}
