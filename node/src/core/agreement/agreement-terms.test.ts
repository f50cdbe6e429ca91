import { AGREEMENT_TYP, PRODUCT_FOOTPRINT_CONTRACT_URN } from "@tallystick/contracts";
import {
  type JsonObject,
  type PrivateKey,
  parseJws,
  privateKeyFromSeed,
  sha256,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import type { Member } from "@tallystick/registry";
import { describe, expect, it } from "vitest";
import { makeFixture } from "../evidence/evidence.fixture.ts";
import {
  type Agreement,
  checkAcceptance,
  checkOffer,
  makeAcceptance,
  makeOffer,
  type OfferContext,
  type Signatory,
} from "./agreement-terms.ts";

const { state } = makeFixture();
const memberOf = (did: string): Member => {
  const member = state.members.memberOf(did);
  if (member === undefined) throw new Error("no such member");
  return member;
};
const [supplier, buyer] = [memberOf("did:web:casting.example"), memberOf("did:web:buyer.example")];
/** The keys that the fixture's members attest with. */
const signatory = (member: Member, name: string): Signatory & { readonly key: PrivateKey } => ({
  did: member.did,
  kid: `${member.did}#1`,
  key: privateKeyFromSeed(sha256(utf8Encode(`fixture ${name} attest`))),
});
const [seller, purchaser] = [signatory(supplier, "caster"), signatory(buyer, "buyer")];

const routeKey = new Uint8Array(32).fill(1);
const nowUnix = 1_710_000_000;
const terms = { supplier, contract: PRODUCT_FOOTPRINT_CONTRACT_URN, epoch: 0, routeKey, nowUnix };
const context: OfferContext = {
  registry: state,
  peer: buyer,
  self: { did: supplier.did, origin: supplier.origin },
  standing: undefined,
  nowUnix,
};
const offerJws = await makeOffer(terms, purchaser);
const offer = checkOffer(offerJws, routeKey, context);

/** The buyer's offer with other words in it, validly signed. */
function changed(changes: JsonObject): string {
  const { payload } = parseJws(offerJws, AGREEMENT_TYP);
  return signJws(AGREEMENT_TYP, purchaser.kid, { ...payload, ...changes }, purchaser.key);
}

describe("an agreement [AGR-1] [RT-1]", () => {
  it("is an offer that the supplier takes, and an acceptance that names it", async () => {
    expect(offer).toMatchObject({ supplier: supplier.did, buyer: buyer.did, epoch: 0, origin: supplier.origin });
    const acceptanceJws = await makeAcceptance(offer, offerJws, nowUnix, seller);
    const acceptance = checkAcceptance(acceptanceJws, { jws: offerJws, supplier, buyer: buyer.did }, state);
    expect(acceptance).toMatchObject({ type: "acceptance", supplier: supplier.did, buyer: buyer.did });
  });

  it("begins a new epoch only after the one that stands", async () => {
    const standing: Agreement = { offer, offerJws, acceptanceJws: "", routeKey };
    const next = await makeOffer({ ...terms, epoch: 1 }, purchaser);
    expect(checkOffer(next, routeKey, { ...context, standing }).epoch).toBe(1);
    expect(() => checkOffer(offerJws, routeKey, { ...context, standing })).toThrow("AGREEMENT_EPOCH_INVALID");
    expect(() => checkOffer(next, routeKey, context)).toThrow("AGREEMENT_EPOCH_INVALID");
  });
});

describe("an offer is refused", () => {
  it.each([
    ["for another supplier", { supplier: "did:web:other.example" }, "AGREEMENT_REFUSED"],
    ["for another feed", { origin: "other.example/feed" }, "AGREEMENT_REFUSED"],
    ["in another buyer's name", { buyer: "did:web:other.example" }, "AGREEMENT_REFUSED"],
    ["on a contract nobody published", { contract: "urn:tallystick:contract:other:1.0.0" }, "CONTRACT_UNKNOWN"],
    ["dated in the future", { proposedAt: "2034-01-01T00:00:00Z" }, "FUTURE_DATED"],
    ["with a further member", { discount: "5 %" }, "AGREEMENT_INVALID"],
    ["without a date", { proposedAt: "soon" }, "AGREEMENT_INVALID"],
  ])("%s", (_what, changes, code) => {
    expect(() => checkOffer(changed(changes), routeKey, context)).toThrow(code);
  });

  it("with another route key than it commits to [RT-1]", () => {
    expect(() => checkOffer(offerJws, new Uint8Array(32).fill(2), context)).toThrow("AGREEMENT_REFUSED");
    expect(() => checkOffer(offerJws, new Uint8Array(31), context)).toThrow("ROUTE_KEY_INVALID");
  });

  it("by anyone but the connected member", async () => {
    const forged = await makeOffer(terms, { ...purchaser, key: seller.key });
    expect(() => checkOffer(offerJws, routeKey, { ...context, peer: supplier })).toThrow("KEY_UNKNOWN");
    expect(() => checkOffer(forged, routeKey, context)).toThrow("SIGNATURE_INVALID");
  });
});

describe("an acceptance is refused", () => {
  const to = { jws: offerJws, supplier, buyer: buyer.did };

  it("of another offer", async () => {
    const other = await makeOffer({ ...terms, nowUnix: nowUnix + 1 }, purchaser);
    const acceptance = await makeAcceptance(offer, other, nowUnix, seller);
    expect(() => checkAcceptance(acceptance, to, state)).toThrow("AGREEMENT_REFUSED");
  });

  it("by anyone but the supplier", async () => {
    const acceptance = await makeAcceptance(offer, offerJws, nowUnix, purchaser);
    expect(() => checkAcceptance(acceptance, to, state)).toThrow("KEY_UNKNOWN");
    expect(() => checkAcceptance("x", to, state)).toThrow("JWS_MALFORMED");
  });
});
