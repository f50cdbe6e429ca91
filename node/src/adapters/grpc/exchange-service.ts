import { ExchangeService } from "@tallystick/proto/wire";
import { type BoundService, bindService, type CallContext, type Member } from "@tallystick/registry";

/** Who answers offers. */
export interface OfferAnswerer {
  acceptOffer(peer: Member, offerJws: string, routeKey: Uint8Array): Promise<string>;
}

export function makeExchangeService(answerer: OfferAnswerer): BoundService<Member> {
  return bindService(ExchangeService, {
    proposeAgreement: async ({ offer, routeKey }, { peer }: CallContext<Member>) => ({
      acceptance: await answerer.acceptOffer(peer, offer, routeKey),
    }),
  });
}
