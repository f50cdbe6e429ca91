import type { Member, Replica } from "@tallystick/registry";
import { checkOffer, makeAcceptance } from "../core/agreement/agreement-terms.ts";
import { type AgreementPolicy, requireAcceptable } from "../core/policy/agreement-policy.ts";
import type { Agreements } from "./agreements.ts";
import type { FeedSigning } from "./feed-signing.ts";
import type { NodeHome } from "./node-home.ts";
import type { Publisher } from "./publisher.ts";
import type { RegistryLink } from "./registry-link.ts";

export interface OfferDeskOptions {
  readonly home: NodeHome;
  readonly agreements: Agreements;
  readonly publisher: Publisher;
  readonly replica: Replica;
  readonly link: RegistryLink;
  readonly signing: FeedSigning;
  readonly policy: AgreementPolicy;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Answers the offers of buyers. */
export class OfferDesk {
  readonly #options: OfferDeskOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: OfferDeskOptions) {
    this.#options = options;
  }

  /** Answers a buyer's offer with a signed acceptance; the same offer gets the acceptance that stands (AGR-1). */
  accept(peer: Member, offerJws: string, routeKey: Uint8Array): Promise<string> {
    const answered = this.#last.then(() => this.#answer(peer, offerJws, routeKey));
    // One after the other, so that an offer sent twice is accepted once; a failure is its caller's alone.
    this.#last = answered.catch(() => undefined);
    return answered;
  }

  async #answer(peer: Member, offerJws: string, routeKey: Uint8Array): Promise<string> {
    const { home, agreements, publisher, replica, link, signing, policy, now } = this.#options;
    signing.requireReady();
    const standing = agreements.sale(peer.did);
    if (standing?.offerJws === offerJws) return standing.acceptanceJws;
    const nowUnix = now();
    const self = { did: home.signatory.did, origin: home.origin };
    const check = () => checkOffer(offerJws, routeKey, { registry: replica.state, peer, self, standing, nowUnix });
    const offer = await link.knowing("CONTRACT_UNKNOWN", check);
    requireAcceptable(policy, offer, peer);
    const acceptanceJws = await makeAcceptance(offer, offerJws, nowUnix, home.signatory);
    const agreement = { offer, offerJws, acceptanceJws, routeKey };
    await agreements.addSale(agreement);
    await publisher.addSale(agreement);
    return acceptanceJws;
  }
}
