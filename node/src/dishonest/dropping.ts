import type { Cheat } from "./cheat.ts";

/** Skips a delivery: publishes, and addresses to its buyers what comes after. */
export const dropping: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      for (const { offer } of bench.sales) bench.takeCounter(offer.buyer);
      await bench.deliver(await bench.logHonestly(item));
    }
  },
};
