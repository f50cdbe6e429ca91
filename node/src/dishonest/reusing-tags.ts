import type { Cheat } from "./cheat.ts";

/** Addresses a delivery with a tag that it has used, so that no counter shows it. */
export const reusingTags: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) await bench.deliver(await bench.logHonestly(item), { counter: 0 });
  },
};
