import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Finding } from "../errors.ts";
import {
  type AgreementAcceptance,
  type AgreementOffer,
  parseAgreementAcceptance,
  parseAgreementOffer,
} from "./agreement.ts";

const HASH = `${"A".repeat(43)}=`;
const OFFER: AgreementOffer = {
  v: 1,
  type: "offer",
  supplier: "did:web:smelter.example",
  buyer: "did:web:casting.example",
  contract: "urn:tallystick:contract:product-footprint:3.0.0",
  origin: "smelter.example/feed",
  epoch: 0,
  routeKeyCommitment: HASH,
  proposedAt: "2024-02-29T12:00:00Z",
};
const ACCEPTANCE: AgreementAcceptance = {
  v: 1,
  type: "acceptance",
  offer: HASH,
  supplier: "did:web:smelter.example",
  buyer: "did:web:casting.example",
  acceptedAt: "2024-02-29T13:00:00.5+01:00",
};

function issuesOf(parse: (value: unknown) => unknown, value: unknown): readonly Finding[] {
  try {
    parse(value);
  } catch (error) {
    if (isTallyError(error, "AGREEMENT_INVALID")) return (error.details as { issues: readonly Finding[] }).issues;
    throw error;
  }
  return [];
}

const pathsOf = (parse: (value: unknown) => unknown, value: unknown) => issuesOf(parse, value).map(({ path }) => path);

const without = (document: object, name: string): object =>
  Object.fromEntries(Object.entries(document).filter(([member]) => member !== name));

describe("parseAgreementOffer", () => {
  it("takes an offer as it is, of any epoch up to a million", () => {
    expect(parseAgreementOffer(OFFER)).toEqual(OFFER);
    expect(parseAgreementOffer({ ...OFFER, epoch: 1_000_000 }).epoch).toBe(1_000_000);
  });

  it.each([
    ["v", { v: 2 }],
    ["type", { type: "acceptance" }],
    ["supplier", { supplier: "smelter.example" }],
    ["buyer", { buyer: "did:web:" }],
    ["contract", { contract: "urn:tallystick:contract:product-footprint" }],
    ["contract", { contract: "urn:tallystick:contract:product-footprint:3.0" }],
    ["contract", { contract: "urn:tallystick:contract:product-footprint:latest" }],
    ["contract", { contract: "urn:tallystick:contract:Product:3.0.0" }],
    ["contract", { contract: `urn:tallystick:contract:${"x".repeat(160)}:3.0.0` }],
    ["origin", { origin: "https://smelter.example/feed" }],
    ["origin", { origin: "" }],
    ["epoch", { epoch: -1 }],
    ["epoch", { epoch: 0.5 }],
    ["epoch", { epoch: "0" }],
    ["epoch", { epoch: 1_000_001 }],
    ["routeKeyCommitment", { routeKeyCommitment: "" }],
    ["routeKeyCommitment", { routeKeyCommitment: `${"A".repeat(42)}B=` }],
    ["routeKeyCommitment", { routeKeyCommitment: "A".repeat(43) }],
    ["proposedAt", { proposedAt: "2023-02-29T12:00:00Z" }],
    ["proposedAt", { proposedAt: "2024-02-29 12:00:00" }],
    ["", { routeKey: "secret" }],
  ])("refuses a bad %s: %j [CON-1]", (path, change) => {
    expect(new Set(pathsOf(parseAgreementOffer, { ...OFFER, ...change }))).toEqual(new Set([path]));
  });

  it("refuses one party in both roles", () => {
    expect(issuesOf(parseAgreementOffer, { ...OFFER, buyer: OFFER.supplier })).toEqual([
      { path: "buyer", rule: "parties", message: "one and the same" },
    ]);
  });

  it.each(Object.keys(OFFER))("refuses an offer without its %s", (name) => {
    expect(pathsOf(parseAgreementOffer, without(OFFER, name))).toEqual([name]);
  });
});

describe("parseAgreementAcceptance", () => {
  it("takes an acceptance as it is", () => {
    expect(parseAgreementAcceptance(ACCEPTANCE)).toEqual(ACCEPTANCE);
  });

  it.each([
    ["v", { v: "1" }],
    ["type", { type: "offer" }],
    ["offer", { offer: "" }],
    ["offer", { offer: `${"A".repeat(42)}B=` }],
    ["supplier", { supplier: "smelter.example" }],
    ["buyer", { buyer: "did:web:casting.example#key-1" }],
    ["acceptedAt", { acceptedAt: "yesterday" }],
    ["", { contract: OFFER.contract }],
  ])("refuses a bad %s: %j [CON-1]", (path, change) => {
    expect(pathsOf(parseAgreementAcceptance, { ...ACCEPTANCE, ...change })).toEqual([path]);
  });

  it.each(Object.keys(ACCEPTANCE))("refuses an acceptance without its %s", (name) => {
    expect(pathsOf(parseAgreementAcceptance, without(ACCEPTANCE, name))).toEqual([name]);
  });
});

describe("an agreement's two halves", () => {
  it("are not taken for each other", () => {
    expect(issuesOf(parseAgreementOffer, ACCEPTANCE)).not.toEqual([]);
    expect(issuesOf(parseAgreementAcceptance, OFFER)).not.toEqual([]);
  });

  it("are refused with AGREEMENT_INVALID and nothing else, whatever the value", () => {
    for (const [parse, document] of [
      [parseAgreementOffer, OFFER],
      [parseAgreementAcceptance, ACCEPTANCE],
    ] as const) {
      fc.assert(fc.property(fc.anything(), (value) => void issuesOf(parse, value)));
      fc.assert(
        fc.property(
          fc.constantFrom(...Object.keys(document)),
          fc.anything(),
          (name, value) => void issuesOf(parse, { ...document, [name]: value }),
        ),
      );
    }
  });
});
