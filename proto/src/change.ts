import { encodeBase64url } from "./base64.ts";
import { equalBytes } from "./bytes.ts";
import { isSignatureValid, type PrivateKey, sign } from "./ed25519.ts";
import { isTallyError, protoError } from "./errors.ts";
import { canonicalJson } from "./jcs.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { type KeyResolver, parseJws } from "./jws.ts";
import { HASH_BYTES } from "./merkle.ts";
import { utf8DecodeStrict, utf8Encode } from "./platform.ts";
import type { Signer } from "./signer.ts";
import { readBase64 } from "./text-fields.ts";
import { MAX_ENTRY_BYTES } from "./tiles.ts";
import type { Verified } from "./verified.ts";

// The leaf of a registry log: one payload, many approvals. With the payload put between header and signature, each
// approval is a compact JWS that any JWS library verifies.

/** The first line of every leaf of a registry log. */
const CHANGE_HEADER = "tallystick/change/v1";
/** The `typ` of every approval. */
export const CHANGE_TYP = "tallystick-change+jws";
/** More maintainers never sign one change. */
const MAX_APPROVALS = 16;

/** Which entry of which log this is, and what it changes. `previous` is the leaf hash of entry sequence - 1 in base64. */
export interface ChangePayload extends JsonObject {
  v: 1;
  log: string;
  sequence: number;
  previous: string;
  change: JsonObject;
}

/** One maintainer's signature (64 bytes) over exactly these payload bytes. */
export interface Approval {
  readonly kid: string;
  readonly signature: Uint8Array;
}

/** Approvals stand in the order of their key ids, each once. */
export interface Change {
  readonly payload: ChangePayload;
  readonly approvals: readonly Approval[];
}

/** How many approvals a change needs, and by whose keys. */
export interface ApprovalPolicy {
  readonly threshold: number;
  readonly resolve: KeyResolver;
}

const malformed = (reason: string, cause?: unknown) => protoError("CHANGE_MALFORMED", { reason }, { cause });

/** One maintainer's approval. @throws JSON_NOT_CANONICAL where the payload has no canonical form. */
export function signChange(payload: ChangePayload, kid: string, key: PrivateKey): Approval {
  return { kid, signature: sign(key, utf8Encode(signingInput(encodePart(payload), kid))) };
}

/** As signChange, wherever the key lies. @throws what signChange throws, and what Signer.sign throws */
export async function signChangeAsync(payload: ChangePayload, kid: string, signer: Signer): Promise<Approval> {
  return { kid, signature: await signer.sign(utf8Encode(signingInput(encodePart(payload), kid))) };
}

/** The leaf's bytes, with the approvals sorted by key id. @throws CHANGE_MALFORMED, ENTRY_TOO_LARGE, JSON_NOT_CANONICAL */
export function formatChange({ payload, approvals }: Change): Uint8Array {
  requirePayload(payload);
  if (approvals.length < 1 || approvals.length > MAX_APPROVALS) throw malformed("a change has 1 to 16 approvals");
  const sorted = [...approvals].sort((a, b) => (a.kid < b.kid ? -1 : 1));
  if (sorted.some(({ kid }, at) => kid === sorted[at + 1]?.kid)) throw malformed("a key approves twice");
  const lines = sorted.map(({ kid, signature }) => {
    if (kid === "" || signature.length !== 64) throw malformed("an approval without key id or signature");
    return `${encodePart(header(kid))}.${encodeBase64url(signature)}`;
  });
  const bytes = utf8Encode(`${[CHANGE_HEADER, encodePart(payload), ...lines].join("\n")}\n`);
  if (bytes.length > MAX_ENTRY_BYTES) {
    throw protoError("ENTRY_TOO_LARGE", { sizeBytes: bytes.length, maxBytes: MAX_ENTRY_BYTES });
  }
  return bytes;
}

/** Takes a leaf apart. No approval is verified yet. @throws CHANGE_MALFORMED unless it is one that formatChange makes. */
export function parseChange(bytes: Uint8Array): Change {
  if (bytes.length > MAX_ENTRY_BYTES) throw malformed("too long");
  const [first, payloadPart, ...rest] = utf8DecodeStrict(bytes)?.split("\n") ?? [];
  if (first !== CHANGE_HEADER || payloadPart === undefined || rest.pop() !== "") throw malformed("not a change");
  if (rest.length < 1 || rest.length > MAX_APPROVALS) throw malformed("a change has 1 to 16 approvals");
  const tokens = rest.map((line) => {
    const [headerPart, signaturePart, more] = line.split(".");
    if (more !== undefined) throw malformed("an approval has two parts");
    return parseToken(`${headerPart}.${payloadPart}.${signaturePart}`);
  });
  const payload = requirePayload(tokens[0]?.payload ?? {});
  const change = { payload, approvals: tokens.map((token) => ({ kid: token.header.kid, signature: token.signature })) };
  if (!equalBytes(formatChange(change), bytes)) throw malformed("not canonical");
  return change;
}

/**
 * Accepts a change that enough maintainers approved. Every approval must hold: one by an unknown key or with a bad signature
 * refuses the change, so that a leaf has one meaning for everybody. Keys count once, however many key ids they have.
 *
 * @throws CHANGE_MALFORMED, KEY_UNKNOWN, SIGNATURE_INVALID, QUORUM_NOT_MET
 */
export function verifyChange(bytes: Uint8Array, policy: ApprovalPolicy): Verified<Change, "approvals"> {
  const change = parseChange(bytes);
  const payloadPart = encodePart(change.payload);
  const approvers: Uint8Array[] = [];
  for (const { kid, signature } of change.approvals) {
    const key = policy.resolve(kid);
    if (key === undefined) throw protoError("KEY_UNKNOWN", { kid });
    if (!isSignatureValid(key, utf8Encode(signingInput(payloadPart, kid)), signature)) {
      throw protoError("SIGNATURE_INVALID", { kid });
    }
    if (!approvers.some((known) => equalBytes(known, key.bytes))) approvers.push(key.bytes);
  }
  if (!(approvers.length >= policy.threshold)) {
    throw protoError("QUORUM_NOT_MET", { required: policy.threshold, valid: approvers.length });
  }
  return change as Verified<Change, "approvals">;
}

function parseToken(compact: string) {
  try {
    return parseJws(compact, CHANGE_TYP);
  } catch (cause) {
    if (isTallyError(cause)) throw malformed("an approval does not make a JWS", cause);
    throw cause;
  }
}

function requirePayload(payload: JsonObject): ChangePayload {
  const { v, log, sequence, previous, change, ...rest } = payload;
  if (v !== 1 || Object.keys(rest).length > 0) throw malformed("another version or an unknown member");
  if (typeof log !== "string" || log === "") throw malformed("no log");
  if (!Number.isSafeInteger(sequence) || (sequence as number) < 0) throw malformed("sequence out of range");
  const follows = typeof previous === "string" && readBase64(previous, HASH_BYTES) !== undefined;
  if (sequence === 0 ? previous !== "" : !follows) throw malformed('previous is not a leaf hash, or "" at the start');
  if (!isObject(change) || typeof change.kind !== "string") throw malformed("no change of any kind");
  return payload as ChangePayload;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function header(kid: string): JsonObject {
  return { alg: "Ed25519", kid, typ: CHANGE_TYP };
}

function signingInput(payloadPart: string, kid: string): string {
  return `${encodePart(header(kid))}.${payloadPart}`;
}

function encodePart(value: JsonObject): string {
  return encodeBase64url(utf8Encode(canonicalJson(value)));
}
