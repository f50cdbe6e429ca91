import { type AgreementOffer, PRODUCT_FOOTPRINT_CONTRACT_URN } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { makeFixture } from "../evidence/evidence.fixture.ts";
import { type AgreementPolicy, DEFAULT_AGREEMENT_POLICY, requireAcceptable } from "./agreement-policy.ts";

const buyer = makeFixture().state.members.memberOf("did:web:buyer.example");
if (buyer === undefined) throw new Error("no such member");
const offer: AgreementOffer = {
  v: 1,
  type: "offer",
  supplier: "did:web:casting.example",
  buyer: buyer.did,
  contract: PRODUCT_FOOTPRINT_CONTRACT_URN,
  origin: "casting.example/feed",
  epoch: 0,
  routeKeyCommitment: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  proposedAt: "2024-03-01T00:00:00Z",
};
const sponsored = { ...buyer, vetting: "sponsored" as const, sponsor: "did:web:casting.example" };

describe("the policy on offers", () => {
  it("takes, by default, any member's offer under the contract that nodes publish under", () => {
    for (const member of [buyer, sponsored]) requireAcceptable(DEFAULT_AGREEMENT_POLICY, offer, member);
  });

  const named: Partial<AgreementPolicy> = { buyers: [buyer.did] };
  it("takes the offers of those it names", () => {
    requireAcceptable({ ...DEFAULT_AGREEMENT_POLICY, ...named }, offer, buyer);
  });

  it.each([
    ["under another contract", {}, { ...offer, contract: "urn:tallystick:contract:other:1.0.0" }, buyer],
    ["of a sponsored member where that is refused", { sponsored: "refuse" as const }, offer, sponsored],
    ["of whom it does not name", named, offer, { ...buyer, did: "did:web:other.example" }],
  ])("refuses an offer %s", (_what, changes, offered, member) => {
    expect(() => requireAcceptable({ ...DEFAULT_AGREEMENT_POLICY, ...changes }, offered, member)).toThrow(
      expect.objectContaining({ code: "AGREEMENT_REFUSED" }),
    );
  });
});
