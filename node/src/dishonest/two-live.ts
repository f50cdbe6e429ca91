import type { Cheat } from "./cheat.ts";

/** Publishes two figures for one product, site and period and ends neither: each buyer may be told that the other one holds. */
export const twoLive: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      await bench.deliver(await bench.logHonestly(item));
      const { footprint } = item;
      const comment = "the figure for other buyers";
      await bench.deliver(await bench.logHonestly({ ...item, footprint: { ...footprint, comment } }));
    }
  },
};
