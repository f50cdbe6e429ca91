import { decodeBase64url, decodeUtf8, encodeBase64url } from "./base64.ts";
import { isTallyError, protoError } from "./errors.ts";
import { canonicalJson, parseCanonicalJson } from "./jcs.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { sha256, utf8Encode } from "./platform.ts";

// The disclosure profile of SD-JWT (RFC 9901): hidden parts are array elements only, at any place of the clear payload, with
// 128-bit salts and no `_sd`, no decoys and no recursion. It is this tight because RFC 9901 lets an issuer put two digests for
// one claim name under one signature and show each recipient another: array elements are counted, so that trick shows.

/** One hidden array element, opened. */
export interface Disclosure {
  /** base64url of the JSON array [salt, value]: what is handed over. */
  readonly encoded: string;
  /** base64url SHA-256 of `encoded`: what stands in the signed payload. */
  readonly digest: string;
  /** base64url of 16 random bytes. */
  readonly salt: string;
  readonly value: JsonValue;
}

/** Most disclosures that one attestation may carry. */
const MAX_DISCLOSURES = 4_096;
/** Longest encoded disclosure. */
const MAX_DISCLOSURE_BYTES = 16_384;
const SALT_BYTES = 16;
/** The member that marks a hidden array element (RFC 9901, section 4.2.4.2). */
const ELEMENT = "...";
/** Names that must not occur in clear or disclosed content (RFC 9901, section 4.1), save where the profile puts them. */
const RESERVED: readonly string[] = ["_sd", ELEMENT];
const ALGORITHM = "_sd_alg";
// The last character of 32 bytes in base64url carries four bits: only these spellings are canonical.
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

const invalid = (reason: string, cause?: unknown): Error => protoError("DISCLOSURE_INVALID", { reason }, { cause });

/**
 * Hides a value. Never makes what parseDisclosure would refuse.
 *
 * @throws DISCLOSURE_INVALID unless the salt is 16 bytes, the value is free of reserved names and the whole at most 16,384 bytes
 * @throws JSON_NOT_CANONICAL where the value has no canonical form
 */
export function makeDisclosure(value: JsonValue, salt: Uint8Array): Disclosure {
  if (salt.length !== SALT_BYTES) throw invalid("a salt is 16 bytes");
  return parseDisclosure(encodeBase64url(utf8Encode(canonicalJson([encodeBase64url(salt), value]))));
}

/** @throws DISCLOSURE_INVALID */
export function parseDisclosure(encoded: string): Disclosure {
  if (encoded.length > MAX_DISCLOSURE_BYTES) throw invalid(`longer than ${MAX_DISCLOSURE_BYTES} bytes`);
  const parts = parseParts(encoded);
  if (!Array.isArray(parts)) throw invalid("not an array");
  const [salt, value] = parts;
  if (parts.length !== 2 || value === undefined) throw invalid("not two elements: only array elements can be hidden");
  if (typeof salt !== "string" || decodeSalt(salt).length !== SALT_BYTES) throw invalid("a salt is 16 bytes");
  refuseReserved(value);
  return { encoded, digest: digestOf(encoded), salt, value };
}

function parseParts(encoded: string): JsonValue {
  try {
    return parseCanonicalJson(decodeUtf8(decodeBase64url(encoded)));
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw invalid("not base64url of canonical JSON", cause);
  }
}

function decodeSalt(salt: string): Uint8Array {
  try {
    return decodeBase64url(salt);
  } catch (cause) {
    throw invalid("a salt is base64url", cause);
  }
}

const digestOf = (encoded: string): string => encodeBase64url(sha256(utf8Encode(encoded)));

/** What stands in the signed payload in place of the element. */
export function placeholder(disclosure: Disclosure): JsonObject {
  return { [ELEMENT]: disclosure.digest };
}

function refuseReserved(value: JsonValue): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value) && [...RESERVED, ALGORITHM].some((name) => Object.hasOwn(value, name))) {
    throw invalid("a reserved name");
  }
  for (const item of Array.isArray(value) ? value : Object.values(value)) refuseReserved(item);
}

/** A payload with its disclosed elements put back. */
export interface ResolvedPayload {
  /** Without `_sd_alg`. Elements that were not disclosed are removed. */
  readonly payload: JsonObject;
  readonly disclosed: number;
  readonly hidden: number;
}

/**
 * Puts disclosed elements back into the signed payload. In `complete` mode (an assurer's) every digest must resolve.
 *
 * @throws DISCLOSURE_INVALID where a disclosure is malformed, repeated or refers to nothing, where a digest occurs twice, where the
 *   payload uses `_sd` or another hash than `sha-256`, and in complete mode where a digest stays hidden
 */
export function resolveDisclosures(
  payload: JsonObject,
  encoded: readonly string[],
  mode: "partial" | "complete",
): ResolvedPayload {
  if (encoded.length > MAX_DISCLOSURES) throw invalid(`more than ${MAX_DISCLOSURES} disclosures`);
  const algorithm = payload[ALGORITHM];
  if (algorithm !== undefined && algorithm !== "sha-256") throw invalid("the hash is not sha-256");
  const open = new Map<string, Disclosure>();
  for (const text of encoded) {
    const disclosure = parseDisclosure(text);
    if (open.has(disclosure.digest)) throw invalid("a disclosure is repeated");
    open.set(disclosure.digest, disclosure);
  }
  const { [ALGORITHM]: _algorithm, ...clear } = payload;
  const seen = new Set<string>();
  const resolved = resolve(clear, open, seen) as JsonObject;
  const disclosed = [...open.keys()].filter((digest) => seen.has(digest)).length;
  if (disclosed !== open.size) throw invalid("a disclosure refers to nothing in the payload");
  if (seen.size > 0 && algorithm === undefined) throw invalid("hidden elements without _sd_alg");
  const hidden = seen.size - disclosed;
  if (mode === "complete" && hidden > 0) throw invalid(`${hidden} elements stay hidden`);
  return { payload: resolved, disclosed, hidden };
}

function resolve(value: JsonValue, open: ReadonlyMap<string, Disclosure>, seen: Set<string>): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.flatMap((item) => resolveElement(item, open, seen));
  if (Object.keys(value).some((name) => RESERVED.includes(name) || name === ALGORITHM))
    throw invalid("a reserved name");
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, open, seen)]));
}

function resolveElement(item: JsonValue, open: ReadonlyMap<string, Disclosure>, seen: Set<string>): JsonValue[] {
  const digest = placeholderDigest(item);
  if (digest === undefined) return [resolve(item, open, seen)];
  if (seen.has(digest)) throw invalid("a digest occurs twice");
  seen.add(digest);
  const disclosure = open.get(digest);
  return disclosure === undefined ? [] : [disclosure.value];
}

function placeholderDigest(item: JsonValue): string | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item) || !Object.hasOwn(item, ELEMENT))
    return undefined;
  const digest = item[ELEMENT];
  if (Object.keys(item).length !== 1 || typeof digest !== "string") throw invalid("a malformed placeholder");
  if (!DIGEST.test(digest)) throw invalid("a digest is base64url of 32 bytes");
  return digest;
}

/** `<JWS>~<disclosure>~…~` (RFC 9901, section 4): the form in which an attestation is exported. */
export function formatSdJwt(jws: string, encoded: readonly string[]): string {
  return `${[jws, ...encoded].join("~")}~`;
}

/** @throws DISCLOSURE_INVALID where the text ends without `~` (a key binding JWT is not part of the profile) */
export function parseSdJwt(text: string): { jws: string; disclosures: string[] } {
  const [jws = "", ...rest] = text.split("~");
  if (rest.pop() !== "" || jws === "" || rest.includes("")) throw invalid("not <JWS>~<disclosure>~…~");
  return { jws, disclosures: rest };
}
