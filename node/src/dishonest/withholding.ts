import type { Cheat } from "./cheat.ts";

/** Logs deliveries and does not send what they deliver. */
export const withholding: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) await bench.deliver(await bench.logHonestly(item));
  },
  deliveries: (bench) => ({
    openDeliveries: async (buyer, indices) => {
      const opened = await bench.openDeliveries(buyer, indices);
      // What was published honestly comes first: that is sent.
      return new Map([...opened].filter(([index]) => index <= 1));
    },
  }),
};
