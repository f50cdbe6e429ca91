import { ATTESTATION_TYP, type AttestationPayload, readAgain, requireAttestation } from "@tallystick/contracts";
import {
  decodeBase64url,
  decodeUtf8,
  type JsonObject,
  type KeyResolver,
  parseJws,
  protoError,
  verifyJws,
} from "@tallystick/proto";

/** A token and what was disclosed with it: all that can be checked of an attestation without the registry. */
export interface Token {
  readonly jws: string;
  readonly disclosures: readonly string[];
}

/** A token whose form, signature and content hold. Whether the registry bears it out is judged apart. */
export interface CheckedToken {
  readonly kid: string;
  readonly payload: AttestationPayload;
}

/**
 * Checks what a token shows by itself: form, signature, envelope, footprint, disclosures. Pure, and of one token alone, so that tokens
 * can be checked anywhere and in any order.
 *
 * @throws JWS_MALFORMED, JSON_NOT_CANONICAL, KEY_UNKNOWN and what `resolve` throws, SIGNATURE_INVALID, ATTESTATION_INVALID,
 *   FOOTPRINT_INVALID, DISCLOSURE_INVALID
 */
export function checkToken({ jws, disclosures }: Token, resolve: KeyResolver): CheckedToken {
  const { header, payload } = verifyJws(jws, ATTESTATION_TYP, resolve);
  return { kid: header.kid, payload: requireAttestation(payload, disclosures) };
}

/**
 * As `checkToken`, without the signature: for entries that the log itself binds its owner to. The key id must still be one that
 * `resolve` knows.
 *
 * @throws what `checkToken` throws but SIGNATURE_INVALID
 */
export function checkCoveredToken({ jws, disclosures }: Token, resolve: KeyResolver): CheckedToken {
  const { header, payload } = parseJws(jws, ATTESTATION_TYP);
  if (resolve(header.kid) === undefined) throw protoError("KEY_UNKNOWN", { kid: header.kid });
  return { kid: header.kid, payload: requireAttestation(payload, disclosures) };
}

/** What `checkToken` gave for a token that it accepted, read from the token again: cheaper than handing it from thread to thread. */
export function readCheckedToken({ jws }: Token, kid: string): CheckedToken {
  const text = decodeUtf8(decodeBase64url(jws.slice(jws.indexOf(".") + 1, jws.lastIndexOf("."))));
  const payload = JSON.parse(text) as JsonObject;
  // Nulls may have been accepted, and are dropped then; most payloads have none.
  return { kid, payload: text.includes("null") ? readAgain(payload) : (payload as unknown as AttestationPayload) };
}
