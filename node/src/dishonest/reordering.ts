import type { Cheat } from "./cheat.ts";

/** Delivers later things first. */
export const reordering: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      const logged = await bench.logHonestly(item);
      for (const { offer } of bench.sales) {
        const [first, second] = [bench.takeCounter(offer.buyer), bench.takeCounter(offer.buyer)];
        await bench.deliver(logged, { buyer: offer.buyer, counter: second });
        await bench.deliver(logged, { buyer: offer.buyer, counter: first });
      }
    }
  },
};
