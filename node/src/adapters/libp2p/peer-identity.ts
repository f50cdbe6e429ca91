import { generateKeyPairFromSeed, publicKeyFromRaw } from "@libp2p/crypto/keys";
import type { PeerId, PrivateKey } from "@libp2p/interface";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import { decodeBase64url, encodeBase64url } from "@tallystick/proto";
import type { TransportIdentity } from "@tallystick/registry";

// A peer's id is its member's transport key and nothing else: the key of the TLS certificate is the key of the Noise handshake.

/** An Ed25519 key in PKCS #8 (RFC 8410): 16 bytes that are always the same, then the seed. */
const PKCS8_BYTES = 48;
const SEED_BYTES = 32;

export async function toLibp2pKey({ privateKeyPem }: TransportIdentity): Promise<PrivateKey> {
  const der = Buffer.from(privateKeyPem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  if (der.length !== PKCS8_BYTES) throw new TypeError("a transport key is Ed25519 in PKCS #8");
  return generateKeyPairFromSeed("Ed25519", der.subarray(-SEED_BYTES));
}

/** @param publicKey raw Ed25519 key, base64url */
export function toPeerId(publicKey: string): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(decodeBase64url(publicKey)));
}

/** The raw Ed25519 key (base64url) behind a peer's id; undefined where it has a key of another kind. */
export function publicKeyOf(peer: PeerId): string | undefined {
  return peer.type === "Ed25519" ? encodeBase64url(peer.publicKey.raw) : undefined;
}
