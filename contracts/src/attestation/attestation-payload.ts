import { z } from "zod";
import { contractError, type Finding } from "../errors.ts";
import { checkFootprint } from "../footprint/check-footprint.ts";
import type { ProductFootprint } from "../footprint/product-footprint.ts";
import { decimal, did, hash32, instant, line, logNumber, origin, unit } from "../schema/fields.ts";
import { findingsOf } from "../schema/findings.ts";

/** `typ` of an attestation's JWS. */
export const ATTESTATION_TYP = "vc+sd-jwt";

/** Most inputs, and most detail lines, of one attestation. */
export const MAX_ATTESTATION_PARTS = 1_000;

/** A hidden array element: the digest of its disclosure, base64url of 32 bytes (RFC 9901, section 4.2.4.2). */
export interface HiddenPart {
  readonly "...": string;
}

/** One entry upstream that went into the product: where it stands in whose log, and how much of it per declared unit. */
export interface InputPin {
  /** Origin of the supplier's feed. */
  readonly log: string;
  readonly index: number;
  /** Base64 of the entry's leaf hash. */
  readonly leaf: string;
  /** Decimal text, above 0. */
  readonly qty: string;
  readonly unit: string;
}

/** One part of the total, per declared unit, that an assurer sees. */
export interface DetailLine {
  readonly label: string;
  /** Decimal text, kg CO2e; lines add up to pcfExcludingBiogenicUptake exactly. */
  readonly kgCo2e: string;
  /** What the figure rests on. */
  readonly source?: string;
}

/** The signed payload: a W3C VC 2.0 object about one PACT v3 footprint, and the issuer-signed part of an SD-JWT. */
export interface AttestationPayload {
  readonly "@context": readonly ["https://www.w3.org/ns/credentials/v2"];
  readonly type: readonly ["VerifiableCredential", "ProductFootprintAttestation"];
  /** DID of the member that attests. */
  readonly issuer: string;
  /** RFC 3339; not what validity of keys is decided by, which is log time. */
  readonly validFrom: string;
  readonly credentialSubject: ProductFootprint;
  readonly credentialSchema: {
    /** `urn:tallystick:contract:<id>:<version>` */
    readonly id: string;
    readonly type: "JsonSchema";
    /** `sha256-<base64>` of the contract document's JCS. */
    readonly digest: string;
  };
  /** Size and root of the members log that the issuer relied on. */
  readonly registry: { readonly origin: string; readonly treeSize: number; readonly rootHash: string };
  readonly inputs: readonly (HiddenPart | InputPin)[];
  readonly lines: readonly (HiddenPart | DetailLine)[];
  readonly _sd_alg: "sha-256";
}

const hidden: z.ZodType<HiddenPart> = z.strictObject({
  "...": z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "not base64url of 32 bytes"),
});

export const inputPinSchema: z.ZodType<InputPin> = z.strictObject({
  log: origin,
  index: logNumber,
  leaf: hash32,
  qty: decimal.refine((text) => /[1-9]/.test(text) && !text.startsWith("-"), "not above 0"),
  unit,
});

export const detailLineSchema: z.ZodType<DetailLine> = z.strictObject({
  label: line(200),
  kgCo2e: decimal,
  source: line(300).exactOptional(),
});

/** Contract URNs: `urn:tallystick:contract:<id>:<semver>`. */
export const CONTRACT_URN: RegExp = /^urn:tallystick:contract:[a-z0-9]+(?:-[a-z0-9]+)*:\d{1,5}\.\d{1,5}\.\d{1,5}$/;

const envelope = z.strictObject({
  "@context": z.tuple([z.literal("https://www.w3.org/ns/credentials/v2")]),
  type: z.tuple([z.literal("VerifiableCredential"), z.literal("ProductFootprintAttestation")]),
  issuer: did,
  validFrom: instant,
  credentialSubject: z.unknown(),
  credentialSchema: z.strictObject({
    id: z.string().max(160).regex(CONTRACT_URN, "not a contract's URN"),
    type: z.literal("JsonSchema"),
    digest: z.string().regex(/^sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, "not sha256-<base64>"),
  }),
  registry: z.strictObject({ origin, treeSize: logNumber, rootHash: hash32 }),
  inputs: z.array(z.union([hidden, inputPinSchema])).max(MAX_ATTESTATION_PARTS),
  lines: z.array(z.union([hidden, detailLineSchema])).max(MAX_ATTESTATION_PARTS),
  _sd_alg: z.literal("sha-256"),
});

/** A payload of valid shape with a footprint that broke no rule, and the footprint's warnings. */
export interface ReadPayload {
  readonly payload: AttestationPayload;
  readonly warnings: readonly Finding[];
}

/** As `parseAttestationPayload`, with the footprint's warnings. @throws ATTESTATION_INVALID, FOOTPRINT_INVALID */
export function readAttestationPayload(value: unknown): ReadPayload {
  const parsed = envelope.safeParse(value);
  if (!parsed.success) throw contractError("ATTESTATION_INVALID", { issues: findingsOf(parsed.error) });
  const { footprint, warnings } = checkFootprint(parsed.data.credentialSubject);
  return { payload: { ...parsed.data, credentialSubject: footprint }, warnings };
}

/**
 * The payload of a JWS whose signature its caller has verified.
 * @throws ATTESTATION_INVALID for the envelope, FOOTPRINT_INVALID for its subject
 */
export function parseAttestationPayload(value: unknown): AttestationPayload {
  return readAttestationPayload(value).payload;
}
