import {
  isTallyError,
  type JsonObject,
  makeDisclosure,
  privateKeyFromSeed,
  signJws,
  verifyJws,
} from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FOOTPRINT, footprintWith } from "../footprint/footprint.fixture.ts";
import { ATTESTATION_TYP, type DetailLine, type InputPin, parseAttestationPayload } from "./attestation-payload.ts";
import { type AttestationContent, buildAttestation } from "./build-attestation.ts";
import { checkAttestation } from "./check-attestation.ts";
import { parseRevocation } from "./revocation.ts";

const HASH = `${"A".repeat(43)}=`;
const INPUT: InputPin = { log: "smelter.example/feed", index: 3, leaf: HASH, qty: "1.05", unit: "kilogram" };
const LINES: readonly DetailLine[] = [
  { label: "Electricity", kgCo2e: "4.715" },
  { label: "Anodes", kgCo2e: "2", source: "starter-activity@2024.1.0" },
];
const salts = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, at) => new Uint8Array(16).fill(at + 1));
const CONTENT: AttestationContent = {
  footprint: FOOTPRINT,
  issuer: "did:web:casting.example",
  contract: { urn: "urn:tallystick:contract:product-footprint:3.0.0", digest: `sha256-${HASH}` },
  registry: { origin: "registry.example/members", treeSize: 7, rootHash: HASH },
  inputs: [INPUT],
  lines: LINES,
  validFrom: "2024-02-01T00:00:00Z",
  salts: salts(3),
};
const payloadOf = (content: Partial<AttestationContent> = {}) => {
  const { payload, disclosures } = buildAttestation({ ...CONTENT, ...content });
  return { payload: payload as unknown as JsonObject, disclosures };
};

describe("attestations", () => {
  it("hide inputs and lines behind digests, and leave the footprint clear [ATT-3 ATT-5]", () => {
    const { payload, disclosures } = payloadOf();
    expect(disclosures).toHaveLength(3);
    expect(JSON.stringify(payload)).not.toContain("Electricity");
    expect(payload.credentialSubject).toEqual(FOOTPRINT);
    expect(parseAttestationPayload(payload).inputs).toHaveLength(1);
  });

  it("survive signing and verification unchanged", () => {
    const { payload, disclosures } = payloadOf();
    const key = privateKeyFromSeed(new Uint8Array(32).fill(9));
    const compact = signJws(ATTESTATION_TYP, "did:web:casting.example#key-1", payload, key);
    const jws = verifyJws(compact, ATTESTATION_TYP, () => key.publicKey);
    expect(checkAttestation(jws.payload, disclosures, "complete").footprint).toEqual(FOOTPRINT);
  });

  it("show each reader what was disclosed to it", () => {
    const { payload, disclosures } = payloadOf();
    expect(checkAttestation(payload, disclosures, "complete")).toMatchObject({
      inputs: [INPUT],
      lines: LINES,
      hidden: 0,
    });
    expect(checkAttestation(payload, disclosures.slice(0, 1), "partial")).toMatchObject({
      inputs: [INPUT],
      lines: [],
      hidden: 2,
    });
    expect(checkAttestation(payload, [], "partial")).toMatchObject({ inputs: [], hidden: 3 });
    expect(() => checkAttestation(payload, disclosures.slice(1), "complete")).toThrow("DISCLOSURE_INVALID");
  });

  it("are refused when their lines do not add up exactly [ATT-4]", () => {
    const lines = [LINES[0] as DetailLine, { label: "Anodes", kgCo2e: "2.000000000000000000001" }];
    expect(() => buildAttestation({ ...CONTENT, lines })).toThrow(/ATTESTATION_INVALID.*add up to/);
    const none = buildAttestation({ ...CONTENT, lines: [], salts: salts(1) });
    expect(none.disclosures).toHaveLength(1);
  });

  it("are refused when a disclosed part is not of its kind", () => {
    const { payload } = payloadOf();
    for (const part of [
      { label: "x" },
      { ...INPUT, qty: "0" },
      { ...INPUT, qty: "-1" },
      { ...INPUT, unit: "ton" },
      "x",
      null,
    ]) {
      const disclosure = makeDisclosure(part, new Uint8Array(16));
      const forged = { ...payload, inputs: [{ "...": disclosure.digest }] };
      expect(() => checkAttestation(forged, [disclosure.encoded], "partial")).toThrow("ATTESTATION_INVALID");
    }
  });

  it("are refused when anything but inputs and lines is hidden [ATT-3]", () => {
    const { payload } = payloadOf();
    const hidden = { "...": "A".repeat(43) };
    for (const changes of [{ productIds: [hidden] }, { _sd: ["x"] }, { note: [hidden] }]) {
      const forged = { ...payload, credentialSubject: footprintWith(changes) as JsonObject };
      expect(() => parseAttestationPayload(forged)).toThrow("FOOTPRINT_INVALID");
    }
  });

  it.each([
    { "@context": ["https://www.w3.org/2018/credentials/v1"] },
    { type: ["VerifiableCredential"] },
    { issuer: "casting.example" },
    { issuer: { id: "did:web:casting.example" } },
    { validFrom: "2024-02-30T00:00:00Z" },
    { credentialSchema: { id: "urn:x", type: "JsonSchema", digest: `sha256-${HASH}` } },
    { credentialSchema: { id: CONTENT.contract.urn, type: "JsonSchema", digest: "sha256-AAAA" } },
    { registry: { ...CONTENT.registry, treeSize: -1 } },
    { registry: { ...CONTENT.registry, rootHash: `${"A".repeat(42)}B=` } },
    { registry: { ...CONTENT.registry, origin: "https://registry.example" } },
    { inputs: [{ "...": "short" }] },
    { inputs: [{ ...INPUT, extra: 1 }] },
    { inputs: Array.from({ length: 1_001 }, () => INPUT) },
    { _sd_alg: "sha-512" },
    { _sd_alg: undefined },
    { evidence: [] },
  ])("are refused with %j [CON-1]", (change) => {
    expect(() => parseAttestationPayload({ ...payloadOf().payload, ...change })).toThrow("ATTESTATION_INVALID");
  });

  it("are refused with a footprint that breaks a rule, whoever signed it [ATT-7]", () => {
    const credentialSubject = footprintWith({}, { fossilGhgEmissions: "-1" });
    expect(() => parseAttestationPayload({ ...payloadOf().payload, credentialSubject })).toThrow("FOOTPRINT_INVALID");
  });

  it("need one salt a part", () => {
    expect(() => buildAttestation({ ...CONTENT, salts: salts(2) })).toThrow("ATTESTATION_INVALID");
    expect(() => buildAttestation({ ...CONTENT, salts: [...salts(2), new Uint8Array(8)] })).toThrow(
      "DISCLOSURE_INVALID",
    );
  });

  it("throw only their codes, whatever the value", () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(payloadOf().payload)), (value, name) => {
        for (const candidate of [value, { ...payloadOf().payload, [name]: value }]) {
          try {
            parseAttestationPayload(candidate);
          } catch (error) {
            if (!isTallyError(error, "ATTESTATION_INVALID") && !isTallyError(error, "FOOTPRINT_INVALID")) throw error;
          }
        }
      }),
    );
  });
});

describe("revocations", () => {
  const REVOCATION = {
    issuer: "did:web:casting.example",
    origin: "casting.example/feed",
    targetIndex: 4,
    targetLeaf: HASH,
    reason: "error",
    statement: "A meter was read twice",
  };
  it("are taken as they are", () => expect(parseRevocation(REVOCATION)).toEqual(REVOCATION));
  it.each([{ reason: "because" }, { targetIndex: 1.5 }, { targetLeaf: "" }, { issuer: "x" }, { more: 1 }])(
    "are refused with %j",
    (change) => {
      expect(() => parseRevocation({ ...REVOCATION, ...change })).toThrow("REVOCATION_INVALID");
    },
  );
});
