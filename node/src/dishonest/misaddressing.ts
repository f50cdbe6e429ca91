import type { Cheat } from "./cheat.ts";

/** Logs deliveries to nobody, and hands them to its buyers all the same: for the log, they never got them. */
export const misaddressing: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      await bench.deliver(await bench.logHonestly(item), { routeKey: bench.randomBytes(32), counter: 0 });
    }
  },
};
