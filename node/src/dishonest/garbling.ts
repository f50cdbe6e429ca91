import type { Cheat } from "./cheat.ts";

/** Logs what no reader can make sense of. */
export const garbling: Cheat = {
  publish: async (bench, items) => {
    for (const _item of items) await bench.append(bench.randomBytes(32));
  },
};
