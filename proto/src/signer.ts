import { concatBytes } from "./bytes.ts";
import { isSignatureValidAsync, type PublicKey } from "./ed25519.ts";
import { protoError } from "./errors.ts";
import { encodeBytes, utf8Encode } from "./platform.ts";

/**
 * Signs for one key and one use, wherever the private key lies: in memory, in another process, in an HSM or a KMS.
 *
 * What an adapter must meet:
 *
 * - Pure Ed25519 (RFC 8032, section 5.1): `CKM_EDDSA` of PKCS#11 without parameters, never the forms with a hash before or a context. The
 *   message is signed whole; it is at most 1 MiB.
 * - The same key for as long as the object lives. Keys change by opening again (docs/decisions/0015).
 * - It gives back a signature that verifies under `publicKey`, or fails: `openSigner` sees to that for whatever is not this process.
 * - It fails with SIGNER_UNAVAILABLE where the same call may succeed later, and with no other code then.
 * - Calls may overlap; each message is signed as it was when it was given.
 */
export interface Signer {
  readonly publicKey: PublicKey;
  /**
   * Resolves where a signature can be had now: asked before something is written that cannot stay unsigned.
   * @throws SIGNER_UNAVAILABLE
   */
  ready(): Promise<void>;
  /** A signature of 64 bytes. @throws SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_FAULTY */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** No message is longer: the longest JWS. */
export const MAX_SIGNED_BYTES = 1_048_576;

/** What is signed to try a signer: begins as nothing else does that is signed here. */
export function trialMessage({ bytes }: PublicKey): Uint8Array {
  return concatBytes(utf8Encode("tallystick/signer-trial/v1\n"), bytes);
}

/**
 * Opens a signer that is another program's or a device's: tries it once, and checks each signature before it leaves. A signature made with
 * a fault can give the key away, and one that does not verify would stand in a log for good.
 *
 * @throws SIGNER_FAULTY where it signs with another key or in another form; what `signer` throws
 */
export async function openSigner(signer: Signer): Promise<Signer> {
  const { publicKey } = signer;
  const checked: Signer = {
    publicKey,
    ready: () => signer.ready(),
    async sign(message) {
      const signature = await signer.sign(message);
      if (await isSignatureValidAsync(publicKey, message, signature)) return signature;
      throw protoError("SIGNER_FAULTY", { key: encodeBytes(publicKey.bytes, "base64url") });
    },
  };
  await checked.sign(trialMessage(publicKey));
  return checked;
}
