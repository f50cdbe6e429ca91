import type { JsonObject } from "@tallystick/proto";
import { dropNulls } from "../footprint/drop-nulls.ts";
import { isPlainFootprint } from "../footprint/plain-footprint.ts";
import type { ProductFootprint } from "../footprint/product-footprint.ts";
import { did, hash32, instant, logNumber, origin } from "../schema/fields.ts";
import { type AttestationPayload, CONTRACT_URN, MAX_ATTESTATION_PARTS } from "./attestation-payload.ts";
import { checkAttestation } from "./check-attestation.ts";

const VC_CONTEXT = "https://www.w3.org/ns/credentials/v2";
const TYPES = ["VerifiableCredential", "ProductFootprintAttestation"] as const;
const DIGEST = /^sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
const HIDDEN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
/** Members of the payload, all required. */
const MEMBERS = 10;

/**
 * As `checkAttestation` in partial mode, for whoever wants the payload alone: the same refusals at a fraction of the cost.
 * @throws ATTESTATION_INVALID, FOOTPRINT_INVALID, DISCLOSURE_INVALID
 */
export function requireAttestation(signed: JsonObject, disclosures: readonly string[]): AttestationPayload {
  if (disclosures.length === 0 && isPlainPayload(signed)) return signed;
  return checkAttestation(signed, disclosures, "partial").payload;
}

/** The payload of a token that `requireAttestation` has accepted, read again. */
export function readAgain(signed: JsonObject): AttestationPayload {
  const subject = dropNulls(signed.credentialSubject) as ProductFootprint;
  return { ...signed, credentialSubject: subject } as unknown as AttestationPayload;
}

/** True where the envelope's schema, the footprint's check and the disclosure profile accept the value as it is. False says nothing. */
function isPlainPayload(value: unknown): value is AttestationPayload {
  const payload = value as Partial<AttestationPayload>;
  const { issuer, validFrom, credentialSchema, registry, type } = payload;
  return (
    Object.keys(payload).length === MEMBERS &&
    isSame(payload["@context"], [VC_CONTEXT]) &&
    isSame(type, TYPES) &&
    did.safeParse(issuer).success &&
    instant.safeParse(validFrom).success &&
    isSchema(credentialSchema) &&
    isPin(registry) &&
    areHidden(payload.inputs, payload.lines) &&
    payload._sd_alg === "sha-256" &&
    isPlainFootprint(payload.credentialSubject)
  );
}

function isSame(value: unknown, expected: readonly string[]): boolean {
  return Array.isArray(value) && value.length === expected.length && value.every((item, at) => item === expected[at]);
}

function isSchema(value: AttestationPayload["credentialSchema"] | undefined): boolean {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 3) return false;
  const { id, type, digest } = value;
  return (
    type === "JsonSchema" &&
    typeof id === "string" &&
    id.length <= 160 &&
    CONTRACT_URN.test(id) &&
    typeof digest === "string" &&
    DIGEST.test(digest)
  );
}

function isPin(value: AttestationPayload["registry"] | undefined): boolean {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 3) return false;
  return (
    origin.safeParse(value.origin).success &&
    logNumber.safeParse(value.treeSize).success &&
    hash32.safeParse(value.rootHash).success
  );
}

/** Digests only, each once in the payload (RFC 9901, section 7.1). */
function areHidden(inputs: unknown, lines: unknown): boolean {
  if (!Array.isArray(inputs) || !Array.isArray(lines)) return false;
  if (inputs.length > MAX_ATTESTATION_PARTS || lines.length > MAX_ATTESTATION_PARTS) return false;
  const digests = [...inputs, ...lines].map((part: unknown) => {
    if (typeof part !== "object" || part === null || Object.keys(part).length !== 1) return undefined;
    const digest = (part as Readonly<Record<string, unknown>>)["..."];
    return typeof digest === "string" && HIDDEN.test(digest) ? digest : undefined;
  });
  return !digests.includes(undefined) && new Set(digests).size === digests.length;
}
