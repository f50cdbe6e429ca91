import type { Cheat } from "./cheat.ts";

/** Sends something with each delivery that does not open it. */
export const misopening: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) await bench.deliver(await bench.logHonestly(item));
  },
  deliveries: (bench) => ({
    openDeliveries: async (buyer, indices) => {
      const opened = await bench.openDeliveries(buyer, indices);
      return new Map(
        [...opened].map(([index, delivery]) => [
          index,
          index <= 1 ? delivery : { ...delivery, salt: delivery.salt.map((byte) => byte ^ 1) },
        ]),
      );
    },
  }),
};
