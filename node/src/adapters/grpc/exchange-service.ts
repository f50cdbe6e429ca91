import { ExchangeService } from "@tallystick/proto/wire";
import { type BoundService, bindService, type CallContext, type Member, registryError } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";
import type { DeliverySource } from "../../ports/delivery-source.ts";

/** Who answers offers. */
export interface OfferAnswerer {
  acceptOffer(peer: Member, offerJws: string, routeKey: Uint8Array): Promise<string>;
}

/** Most deliveries that may be asked for at once. */
const MAX_FETCHED = 256;

/** @param origin of the feed that `deliveries` opens */
export function makeExchangeService(
  answerer: OfferAnswerer,
  origin: string,
  deliveries: DeliverySource,
): BoundService<Member> {
  return bindService(ExchangeService, {
    proposeAgreement: async ({ offer, routeKey }, { peer }: CallContext<Member>) => ({
      acceptance: await answerer.acceptOffer(peer, offer, routeKey),
    }),
    fetchDeliveries: async ({ origin: asked, indices }, { peer }: CallContext<Member>) => {
      if (asked !== origin) throw registryError("LOG_UNKNOWN", { origin: asked.slice(0, 255) });
      const wanted = indices.map(Number).filter(Number.isSafeInteger);
      if (wanted.length > MAX_FETCHED)
        throw nodeError("TOO_MANY_DELIVERIES", { asked: wanted.length, max: MAX_FETCHED });
      const opened = await deliveries.openDeliveries(peer.did, wanted);
      return {
        deliveries: [...opened].map(([index, { salt, targetIndex, jws, disclosures }]) => ({
          index: BigInt(index),
          delivery: { salt, targetIndex: BigInt(targetIndex), jws, disclosures: [...disclosures] },
        })),
      };
    },
  });
}
