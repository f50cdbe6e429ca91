import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { encodeBase64url, type PrivateKey } from "@tallystick/proto";
import {
  createTransportIdentity,
  type TransportIdentity,
  transportKeyPem,
} from "../adapters/grpc/transport-identity.ts";
import { replaceSecretFile } from "./key-file.ts";

/**
 * The TLS identity of a transport key. The certificate, which is public, is kept in a file and made anew where the key has changed; the
 * private key in the form that TLS wants is made in memory and never written.
 */
export async function openTransport(
  certificatePath: string,
  key: PrivateKey,
  seed: Uint8Array,
  name: string,
): Promise<TransportIdentity> {
  const publicKey = encodeBase64url(key.publicKey.bytes);
  const held = await readFile(certificatePath, "utf8").catch(() => undefined);
  if (held !== undefined && keyOf(held) === publicKey) {
    return { certificatePem: held, privateKeyPem: transportKeyPem(seed), publicKey };
  }
  const made = await createTransportIdentity(key, seed, name);
  await replaceSecretFile(certificatePath, made.certificatePem);
  return made;
}

function keyOf(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).publicKey.export({ format: "jwk" }).x;
  } catch {
    // Not a certificate: another is made.
    return undefined;
  }
}
