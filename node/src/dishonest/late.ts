import type { DeliverySource } from "../ports/delivery-source.ts";
import type { Cheat } from "./cheat.ts";

/** Withholds what it publishes until it publishes again. */
export function late(): Cheat {
  let heldBack: number | undefined;
  return {
    publish: async (bench, items) => {
      const from = bench.log.size;
      heldBack = heldBack === undefined ? from : Number.POSITIVE_INFINITY;
      for (const item of items) await bench.deliver(await bench.logHonestly(item));
    },
    deliveries: (bench): DeliverySource => ({
      openDeliveries: async (buyer, indices) => {
        const opened = await bench.openDeliveries(buyer, indices);
        return new Map([...opened].filter(([index]) => index < (heldBack ?? Number.POSITIVE_INFINITY)));
      },
    }),
  };
}
