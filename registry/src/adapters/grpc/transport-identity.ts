import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { encodeBase64url, type PrivateKey } from "@tallystick/proto";

/** What a process shows at the other end of a TLS connection: a self-signed certificate over its transport key. */
export interface TransportIdentity {
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
  /** base64url of the raw 32-byte Ed25519 public key: what the members log names. */
  readonly publicKey: string;
}

/** Certificates are containers of a key here; the members log, not a date, decides whether the key is good. */
const NOT_BEFORE: Date = new Date("2020-01-01T00:00:00Z");
const NOT_AFTER: Date = new Date("2120-01-01T00:00:00Z");

/**
 * Makes the X.509 certificate of a transport key.
 *
 * @param seed 32 bytes (RFC 8032), of a key that is used for transport only
 */
export async function createTransportIdentity(
  key: PrivateKey,
  seed: Uint8Array,
  name: string,
): Promise<TransportIdentity> {
  // Loaded here because only the making of an identity needs it, and it is slow to load.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const publicKey = encodeBase64url(key.publicKey.bytes);
  const jwk = { kty: "OKP", crv: "Ed25519", x: publicKey };
  const keys = {
    publicKey: await crypto.subtle.importKey("jwk", jwk, "Ed25519", true, ["verify"]),
    privateKey: await crypto.subtle.importKey("jwk", { ...jwk, d: encodeBase64url(seed) }, "Ed25519", true, ["sign"]),
  };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name.slice(0, 64)] }],
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: "Ed25519",
    keys,
  });
  return { certificatePem: certificate.toString("pem"), privateKeyPem: transportKeyPem(seed), publicKey };
}

/** What stands before the seed in the PKCS #8 form of an Ed25519 key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** The private key as TLS takes it: PKCS #8 in PEM. */
export function transportKeyPem(seed: Uint8Array): string {
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed]).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
}

/** The raw Ed25519 key (base64url) that the other end proved to hold, or undefined where it showed none. */
export function peerPublicKey(socket: TLSSocket): string | undefined {
  const { raw } = socket.getPeerCertificate();
  if (raw === undefined) return undefined;
  const { kty, crv, x } = new X509Certificate(raw).publicKey.export({ format: "jwk" });
  return kty === "OKP" && crv === "Ed25519" ? x : undefined;
}
