import {
  AGREEMENT_TYP,
  type AgreementAcceptance,
  type AgreementOffer,
  formatInstant,
  parseAgreementAcceptance,
  parseAgreementOffer,
} from "@tallystick/contracts";
import {
  commitRouteKey,
  encodeBase64,
  hashJws,
  type JsonObject,
  type Signer,
  signJwsAsync,
  verifyJws,
} from "@tallystick/proto";
import type { Member, RegistryState } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";
import { FUTURE_TOLERANCE_SECONDS } from "../subscription/judge-attestation.ts";

/** Who signs for a member: one of its attesting keys. */
export interface Signatory {
  readonly did: string;
  readonly kid: string;
  readonly key: Signer;
}

/** An agreement both parties signed, with the route key that both hold (docs/protocol.md, AGR-1 and RT-1). */
export interface Agreement {
  readonly offer: AgreementOffer;
  readonly offerJws: string;
  readonly acceptanceJws: string;
  readonly routeKey: Uint8Array;
}

/** The buyer's offer. `routeKey` is 32 fresh random bytes. */
export function makeOffer(
  terms: { supplier: Member; contract: string; epoch: number; routeKey: Uint8Array; nowUnix: number },
  buyer: Signatory,
): Promise<string> {
  const offer: AgreementOffer = {
    v: 1,
    type: "offer",
    supplier: terms.supplier.did,
    buyer: buyer.did,
    contract: terms.contract,
    origin: terms.supplier.origin,
    epoch: terms.epoch,
    routeKeyCommitment: encodeBase64(commitRouteKey(terms.routeKey)),
    proposedAt: formatInstant(terms.nowUnix * 1000),
  };
  return signJwsAsync(AGREEMENT_TYP, buyer.kid, offer as unknown as JsonObject, buyer.key);
}

export interface OfferContext {
  readonly registry: RegistryState;
  /** The member at the other end of the connection. */
  readonly peer: Member;
  readonly self: { readonly did: string; readonly origin: string };
  /** The agreement with that buyer that stands, if any. */
  readonly standing: Agreement | undefined;
  readonly nowUnix: number;
}

/**
 * Checks an offer as the supplier: signed by the peer itself, for this supplier's feed, on a contract the registry has, for the
 * next epoch, with the route key it commits to, not dated in the future.
 *
 * @throws JWS_MALFORMED, KEY_UNKNOWN, SIGNATURE_INVALID, AGREEMENT_INVALID, AGREEMENT_REFUSED, AGREEMENT_EPOCH_INVALID, CONTRACT_UNKNOWN,
 *   FUTURE_DATED, ROUTE_KEY_INVALID
 */
export function checkOffer(offerJws: string, routeKey: Uint8Array, context: OfferContext): AgreementOffer {
  const { registry, peer, self, standing, nowUnix } = context;
  const { payload } = verifyJws(offerJws, AGREEMENT_TYP, (kid) => registry.attestKey(peer, kid));
  const offer = parseAgreementOffer(payload);
  if (offer.buyer !== peer.did) throw nodeError("AGREEMENT_REFUSED", { reason: "the buyer is not who is connected" });
  if (offer.supplier !== self.did || offer.origin !== self.origin) {
    throw nodeError("AGREEMENT_REFUSED", { reason: "meant for another supplier or feed" });
  }
  if (registry.contract(offer.contract) === undefined)
    throw nodeError("CONTRACT_UNKNOWN", { contract: offer.contract });
  if (offer.routeKeyCommitment !== encodeBase64(commitRouteKey(routeKey))) {
    throw nodeError("AGREEMENT_REFUSED", { reason: "not the route key that the offer commits to" });
  }
  if (Date.parse(offer.proposedAt) / 1000 > nowUnix + FUTURE_TOLERANCE_SECONDS) {
    throw nodeError("FUTURE_DATED", { field: "proposedAt", at: offer.proposedAt });
  }
  const expected = standing === undefined ? 0 : standing.offer.epoch + 1;
  if (offer.epoch !== expected) throw nodeError("AGREEMENT_EPOCH_INVALID", { expected, found: offer.epoch });
  return offer;
}

/** The supplier's acceptance, which names the exact offer. */
export function makeAcceptance(
  offer: AgreementOffer,
  offerJws: string,
  nowUnix: number,
  supplier: Signatory,
): Promise<string> {
  const acceptance: AgreementAcceptance = {
    v: 1,
    type: "acceptance",
    offer: encodeBase64(hashJws(offerJws)),
    supplier: offer.supplier,
    buyer: offer.buyer,
    acceptedAt: formatInstant(nowUnix * 1000),
  };
  return signJwsAsync(AGREEMENT_TYP, supplier.kid, acceptance as unknown as JsonObject, supplier.key);
}

/** Checks an acceptance as the buyer. @throws JWS_MALFORMED, KEY_UNKNOWN, SIGNATURE_INVALID, AGREEMENT_INVALID, AGREEMENT_REFUSED */
export function checkAcceptance(
  acceptanceJws: string,
  offer: { jws: string; supplier: Member; buyer: string },
  registry: RegistryState,
): AgreementAcceptance {
  const { payload } = verifyJws(acceptanceJws, AGREEMENT_TYP, (kid) => registry.attestKey(offer.supplier, kid));
  const acceptance = parseAgreementAcceptance(payload);
  const matches =
    acceptance.offer === encodeBase64(hashJws(offer.jws)) &&
    acceptance.supplier === offer.supplier.did &&
    acceptance.buyer === offer.buyer;
  if (!matches) throw nodeError("AGREEMENT_REFUSED", { reason: "the acceptance is of another offer" });
  return acceptance;
}
