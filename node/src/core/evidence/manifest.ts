import { isTallyError, parseJws, type Signer, signJwsAsync, verifyJws } from "@tallystick/proto";
import { z } from "zod";
import { evidenceError } from "./evidence-errors.ts";
import type { RegistryProof } from "./registry-proof.ts";

/** `typ` of the JWS by which a preparer signs a bundle. */
export const BUNDLE_TYP = "tallystick-bundle+jws";

const statementSchema = z.strictObject({
  v: z.literal(1),
  bundle: z.string().max(64),
  preparer: z.string().min(1).max(2048),
  preparedAt: z.iso.datetime(),
  software: z.string().min(1).max(200),
});

/** What a preparer signs: the digest of the bundle's claims, who prepared it, when (its own clock) and with what. */
export interface ManifestStatement {
  readonly v: 1;
  /** Base64 SHA-256 over the manifest's list of claim digests. */
  readonly bundle: string;
  readonly preparer: string;
  readonly preparedAt: string;
  readonly software: string;
}

export function signManifest(statement: ManifestStatement, kid: string, key: Signer): Promise<string> {
  return signJwsAsync(BUNDLE_TYP, kid, { ...statement }, key);
}

/** The engine that a statement names, before anybody has verified it: for messages alone. */
export function statedEngine(compact: string): string | undefined {
  try {
    const { software } = parseJws(compact, BUNDLE_TYP).payload;
    return typeof software === "string" ? software.slice(0, 200) : undefined;
  } catch (error) {
    if (isTallyError(error)) return undefined;
    throw error;
  }
}

/**
 * Checks that a member signed for exactly these claims.
 * @throws SIGNATURE_INVALID, KEY_UNKNOWN, MEMBER_UNKNOWN, JWS_MALFORMED, CLAIM_MALFORMED
 */
export function requireManifest(compact: string, bundleDigest: string, registry: RegistryProof): ManifestStatement {
  const jws = verifyJws(compact, BUNDLE_TYP, (kid) => registry.attestKeyOwner(kid)?.key);
  const parsed = statementSchema.safeParse(jws.payload);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
    throw evidenceError("CLAIM_MALFORMED", { issues });
  }
  const statement = parsed.data;
  if (statement.bundle !== bundleDigest) {
    throw evidenceError("CLAIM_MALFORMED", { issues: [{ path: "bundle", message: "signed for other claims" }] });
  }
  const owner = registry.attestKeyOwner(jws.header.kid)?.did;
  if (owner !== statement.preparer) {
    throw evidenceError("ISSUER_DIFFERS", { issuer: statement.preparer, member: owner ?? "" });
  }
  return statement;
}
