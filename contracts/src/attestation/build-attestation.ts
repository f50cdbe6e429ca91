import { type JsonObject, type JsonValue, makeDisclosure, placeholder } from "@tallystick/proto";
import { contractError } from "../errors.ts";
import type { ProductFootprint } from "../footprint/product-footprint.ts";
import { finding } from "../schema/findings.ts";
import {
  type AttestationPayload,
  type DetailLine,
  type HiddenPart,
  type InputPin,
  readAttestationPayload,
} from "./attestation-payload.ts";
import { checkAttestation } from "./check-attestation.ts";

/** All that an attestation says. */
export interface AttestationContent {
  readonly footprint: ProductFootprint;
  /** DID of the issuer. */
  readonly issuer: string;
  readonly contract: { readonly urn: string; readonly digest: string };
  readonly registry: AttestationPayload["registry"];
  readonly inputs: readonly InputPin[];
  readonly lines: readonly DetailLine[];
  readonly validFrom: string;
  /** 16 fresh random bytes for each input, then for each line. */
  readonly salts: readonly Uint8Array[];
}

/** What is to be signed, and what opens its hidden parts: inputs first, then lines. */
export interface BuiltAttestation {
  readonly payload: AttestationPayload;
  readonly disclosures: readonly string[];
}

/**
 * Makes the payload of an attestation with every input and line hidden. It is checked as its receiver will check it,
 * so that nothing is signed that an assurer would refuse.
 * @throws ATTESTATION_INVALID, FOOTPRINT_INVALID, DISCLOSURE_INVALID
 */
export function buildAttestation(content: AttestationContent): BuiltAttestation {
  const { inputs, lines, salts } = content;
  const parts: readonly (InputPin | DetailLine)[] = [...inputs, ...lines];
  if (salts.length !== parts.length) {
    const message = `${salts.length} salts for ${parts.length} parts`;
    throw contractError("ATTESTATION_INVALID", { issues: [finding("", "salts", message)] });
  }
  const disclosures = parts.map((part, at) =>
    makeDisclosure(part as unknown as JsonValue, salts[at] ?? new Uint8Array(0)),
  );
  const hidden = disclosures.map((disclosure) => placeholder(disclosure) as unknown as HiddenPart);
  const { payload } = readAttestationPayload({
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    type: ["VerifiableCredential", "ProductFootprintAttestation"],
    issuer: content.issuer,
    validFrom: content.validFrom,
    credentialSubject: content.footprint,
    credentialSchema: { id: content.contract.urn, type: "JsonSchema", digest: content.contract.digest },
    registry: content.registry,
    inputs: hidden.slice(0, inputs.length),
    lines: hidden.slice(inputs.length),
    _sd_alg: "sha-256",
  });
  const encoded = disclosures.map((disclosure) => disclosure.encoded);
  checkAttestation(payload as unknown as JsonObject, encoded, "complete");
  return { payload, disclosures: encoded };
}
