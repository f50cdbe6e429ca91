import { encodeBase64 } from "./base64.ts";
import { isTallyError, protoError } from "./errors.ts";
import { canonicalJson, parseCanonicalJson } from "./jcs.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { sha256, utf8Encode } from "./platform.ts";

// The container of an evidence bundle (docs/protocol.md, section 10). What claims mean is not known here.

const BUNDLE_HEADER = "tallystick/bundle/v1";
const MANIFEST_LINE = 2;
/** A year of a large company's ledger is some tens of MiB. */
export const MAX_BUNDLE_FILE_BYTES: number = 256 * 1024 * 1024;
/** One claim. The manifest, which lists the digests of all others, may be as long as the file. */
export const MAX_CLAIM_BYTES: number = 4 * 1024 * 1024;

/** Everything that may stand in a bundle beside its manifest: a closed list, so that nothing unread passes for checked. */
export const CLAIM_TYPES = [
  "anchor",
  "checkpoint",
  "log-time",
  "leaves",
  "inclusion",
  "consistency",
  "attestation",
  "delivery",
  "registry-entry",
  "contract",
  "factor-set",
  "factor-row",
  "policy",
  "verdict",
  "ledger-line",
  "calculation",
  "total",
  "input",
  "balance",
  "nullifier",
  "assurance",
  "agreement",
  "fork-proof",
  "witness-policy",
  "tombstone",
  "not-checked",
] as const;

export type ClaimType = (typeof CLAIM_TYPES)[number];

/** A claim, with the number of its line counted from 1. */
export interface BundleClaim {
  readonly line: number;
  readonly type: ClaimType;
  readonly body: JsonObject;
}

/** A bundle whose every byte its manifest covers. The statement is a compact JWS that nobody has verified yet. */
export interface ParsedBundle {
  readonly claims: readonly BundleClaim[];
  readonly statement: string;
  /** Base64 SHA-256 of the manifest's list of digests in JCS form: what the statement must be about. */
  readonly claimsDigest: string;
}

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(CLAIM_TYPES);

const malformed = (line: number, reason: string, cause?: unknown) =>
  protoError("BUNDLE_MALFORMED", { line, reason }, { cause });

/**
 * Writes a bundle: the manifest, then the claims in the order given.
 *
 * @param sign makes the preparer's statement, a compact JWS, about the 32-byte digest of the list of claims.
 * @throws BUNDLE_MALFORMED for a claim of no known type or over 4 MiB, JSON_NOT_CANONICAL for one without canonical form
 */
export function formatBundle(claims: readonly JsonObject[], sign: (claimsDigest: Uint8Array) => string): Uint8Array {
  const listed = listClaims(claims);
  return joinBundle(listed, sign(listed.digest));
}

/** As formatBundle, where the statement takes its time. @throws what formatBundle throws, and what `sign` throws */
export async function formatBundleAsync(
  claims: readonly JsonObject[],
  sign: (claimsDigest: Uint8Array) => Promise<string>,
): Promise<Uint8Array> {
  const listed = listClaims(claims);
  return joinBundle(listed, await sign(listed.digest));
}

interface ListedClaims {
  readonly lines: readonly string[];
  readonly digests: string[];
  readonly digest: Uint8Array;
}

function listClaims(claims: readonly JsonObject[]): ListedClaims {
  const lines = claims.map((claim, at) => {
    const text = canonicalJson(claim);
    requireClaim(claim, text, MANIFEST_LINE + 1 + at);
    return text;
  });
  const digests = lines.map(digestOf);
  return { lines, digests, digest: sha256(utf8Encode(canonicalJson(digests))) };
}

function joinBundle({ lines, digests }: ListedClaims, statement: string): Uint8Array {
  const manifest = canonicalJson({ type: "manifest", claims: digests, statement });
  const bundle = utf8Encode(`${[BUNDLE_HEADER, manifest, ...lines].join("\n")}\n`);
  if (bundle.length > MAX_BUNDLE_FILE_BYTES) throw malformed(0, "over 256 MiB");
  return bundle;
}

/**
 * Takes a bundle apart: canonical lines, known types, and a digest in the manifest for each line.
 *
 * @throws BUNDLE_MALFORMED with the first line at fault, 0 for the file as a whole
 */
export function parseBundle(text: string): ParsedBundle {
  if (text.length > MAX_BUNDLE_FILE_BYTES) throw malformed(0, "over 256 MiB");
  if (!text.endsWith("\n")) throw malformed(0, "the last line does not end in a newline");
  const [header, manifestText, ...lines] = text.slice(0, -1).split("\n");
  if (header !== BUNDLE_HEADER) throw malformed(1, "another header");
  if (manifestText === undefined) throw malformed(MANIFEST_LINE, "no manifest");
  const { digests, statement } = readManifest(parseLine(manifestText, MANIFEST_LINE));
  const claims = lines.map((line, at) => {
    const number = MANIFEST_LINE + 1 + at;
    if (line.length > MAX_CLAIM_BYTES) throw malformed(number, "over 4 MiB");
    if (digestOf(line) !== digests[at]) throw malformed(number, "not the line that the manifest lists");
    const body = parseLine(line, number);
    return { line: number, type: requireClaim(body, line, number), body };
  });
  if (digests.length !== lines.length) throw malformed(MANIFEST_LINE, "lists lines that are not there");
  return { claims, statement, claimsDigest: digestOf(canonicalJson(digests)) };
}

function readManifest(manifest: JsonObject): { digests: string[]; statement: string } {
  const { type, claims, statement, ...rest } = manifest;
  if (type !== "manifest" || Object.keys(rest).length > 0) throw malformed(MANIFEST_LINE, "not a manifest");
  if (!Array.isArray(claims) || !claims.every((digest) => typeof digest === "string")) {
    throw malformed(MANIFEST_LINE, "no list of digests");
  }
  if (typeof statement !== "string") throw malformed(MANIFEST_LINE, "no statement");
  return { digests: claims, statement };
}

function parseLine(line: string, number: number): JsonObject {
  let value: JsonValue;
  try {
    value = parseCanonicalJson(line);
  } catch (cause) {
    if (isTallyError(cause)) throw malformed(number, "not canonical JSON", cause);
    throw cause;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(number, "not an object");
  return value;
}

function requireClaim(body: JsonObject, line: string, number: number): ClaimType {
  if (!KNOWN_TYPES.has(body.type)) throw malformed(number, "an unknown type of claim");
  if (line.length > MAX_CLAIM_BYTES || utf8Encode(line).length > MAX_CLAIM_BYTES) throw malformed(number, "over 4 MiB");
  return body.type as ClaimType;
}

function digestOf(line: string): string {
  return encodeBase64(sha256(utf8Encode(line)));
}
