import { decodeBase64url, decodeUtf8, encodeBase64url } from "./base64.ts";
import { isSignatureValid, isSignatureValidAsync, type PrivateKey, type PublicKey, sign } from "./ed25519.ts";
import { isTallyError, protoError } from "./errors.ts";
import { canonicalJson, parseCanonicalJson, refuseUnsafeIntegers } from "./jcs.ts";
import type { JsonObject } from "./json.ts";
import { sha256, utf8Encode } from "./platform.ts";
import type { Signer } from "./signer.ts";
import type { Verified } from "./verified.ts";

/** The largest compact JWS that is parsed. */
export const MAX_JWS_BYTES = 262_144;

/** The protected header has exactly these three members (RFC 7515; `Ed25519` is RFC 9864's name). */
export interface JwsHeader {
  readonly alg: "Ed25519";
  readonly kid: string;
  readonly typ: string;
}

/** A compact JWS taken apart. Nothing is verified yet. */
export interface Jws {
  readonly compact: string;
  readonly header: JwsHeader;
  readonly payload: JsonObject;
  /** ASCII of `header.payload`: what was signed. */
  readonly signingInput: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Finds the admitted key of a key id, or undefined where nobody has it. */
export type KeyResolver = (kid: string) => PublicKey | undefined;

// The last character of 64 bytes in base64url carries two bits: only these four spellings are canonical.
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/;

/** 64 bytes in base64url. */
const SIGNATURE_CHARACTERS = 86;

const malformed = (reason: string, cause?: unknown): Error => protoError("JWS_MALFORMED", { reason }, { cause });

/**
 * Takes a compact JWS apart, strictly: one spelling of every part, the exact header, a canonical payload.
 *
 * @throws JWS_MALFORMED, JSON_NOT_CANONICAL (payload)
 */
export function parseJws(compact: string, typ: string): Jws {
  if (compact.length > MAX_JWS_BYTES) throw malformed(`longer than ${MAX_JWS_BYTES} bytes`);
  const [headerPart, payloadPart, signaturePart] = partsOf(compact);
  const header = parseHeader(headerPart, typ);
  const payload = parseCanonicalJson(decodePart(payloadPart));
  if (typeof payload !== "object" || payload === null || Array.isArray(payload))
    throw malformed("payload is no object");
  return {
    compact,
    header,
    payload,
    signingInput: utf8Encode(compact.slice(0, headerPart.length + 1 + payloadPart.length)),
    signature: decodeBase64url(signaturePart),
  };
}

/** The three parts, each of one character or more; that each is base64url throughout shows where it is decoded. */
function partsOf(compact: string): readonly [string, string, string] {
  if (!COMPACT.test(compact)) throw malformed("not three strict base64url parts with a 64-byte signature");
  const first = compact.indexOf(".");
  const second = compact.indexOf(".", first + 1);
  return [compact.slice(0, first), compact.slice(first + 1, second), compact.slice(second + 1)];
}

/**
 * The key id that a compact JWS claims, or undefined where it has none that can be read. Nothing is checked: for finding a key before
 * the token is looked at.
 */
export function peekKid(compact: string): string | undefined {
  try {
    const { kid } = JSON.parse(decodeUtf8(decodeBase64url(compact.slice(0, compact.indexOf("."))))) as {
      kid?: unknown;
    };
    return typeof kid === "string" ? kid : undefined;
  } catch {
    // Whatever is wrong with the header is said by whoever parses the token.
    return undefined;
  }
}

function decodePart(part: string): string {
  try {
    return decodeUtf8(decodeBase64url(part));
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw malformed("a part is not canonical base64url of UTF-8", cause);
  }
}

const encodeText = (text: string): string => encodeBase64url(utf8Encode(text));

function parseHeader(part: string, typ: string): JwsHeader {
  const text = decodePart(part);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw malformed("header is not JSON", cause);
  }
  const kid = header?.kid;
  if (typeof kid !== "string" || kid === "" || !kid.isWellFormed()) throw malformed("header has no kid");
  // One comparison settles the members, their order, duplicates and white space.
  if (text !== formatHeader(typ, kid)) throw malformed(`header is not exactly alg Ed25519, kid and typ ${typ}`);
  return { alg: "Ed25519", kid, typ };
}

function formatHeader(typ: string, kid: string): string {
  return canonicalJson({ alg: "Ed25519", kid, typ });
}

/**
 * Signs a payload in canonical form. Never issues what parseJws would refuse.
 *
 * @throws JSON_NOT_CANONICAL where the payload has no such form
 * @throws JWS_MALFORMED on an empty kid or a token longer than MAX_JWS_BYTES
 */
export function signJws(typ: string, kid: string, payload: JsonObject, key: PrivateKey): string {
  const signingInput = formatSigningInput(typ, kid, payload);
  return `${signingInput}.${encodeBase64url(sign(key, utf8Encode(signingInput)))}`;
}

/** As signJws, wherever the key lies. @throws what signJws throws, and what Signer.sign throws */
export async function signJwsAsync(typ: string, kid: string, payload: JsonObject, signer: Signer): Promise<string> {
  const signingInput = formatSigningInput(typ, kid, payload);
  return `${signingInput}.${encodeBase64url(await signer.sign(utf8Encode(signingInput)))}`;
}

function formatSigningInput(typ: string, kid: string, payload: JsonObject): string {
  if (kid === "") throw malformed("empty kid");
  const text = canonicalJson(payload);
  refuseUnsafeIntegers(payload);
  const signingInput = `${encodeText(formatHeader(typ, kid))}.${encodeText(text)}`;
  if (signingInput.length + 1 + SIGNATURE_CHARACTERS > MAX_JWS_BYTES)
    throw malformed(`longer than ${MAX_JWS_BYTES} bytes`);
  return signingInput;
}

/** @throws JWS_MALFORMED, JSON_NOT_CANONICAL, KEY_UNKNOWN, SIGNATURE_INVALID */
export function verifyJws(compact: string, typ: string, resolve: KeyResolver): Verified<Jws, "signature"> {
  const jws = parseJws(compact, typ);
  const key = keyOf(jws, resolve);
  return accept(jws, isSignatureValid(key, jws.signingInput, jws.signature));
}

/** As verifyJws, with the signature checked on the thread pool. */
export async function verifyJwsAsync(
  compact: string,
  typ: string,
  resolve: KeyResolver,
): Promise<Verified<Jws, "signature">> {
  const jws = parseJws(compact, typ);
  const key = keyOf(jws, resolve);
  return accept(jws, await isSignatureValidAsync(key, jws.signingInput, jws.signature));
}

function keyOf(jws: Jws, resolve: KeyResolver): PublicKey {
  const key = resolve(jws.header.kid);
  if (key === undefined) throw protoError("KEY_UNKNOWN", { kid: jws.header.kid });
  return key;
}

function accept(jws: Jws, valid: boolean): Verified<Jws, "signature"> {
  if (!valid) throw protoError("SIGNATURE_INVALID", { kid: jws.header.kid });
  return jws as Verified<Jws, "signature">;
}

/** What a leaf commits to: SHA-256 of the compact JWS's ASCII bytes. 32 bytes. */
export function hashJws(compact: string): Uint8Array {
  return sha256(utf8Encode(compact));
}
