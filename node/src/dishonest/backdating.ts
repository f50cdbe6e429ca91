import type { Cheat } from "./cheat.ts";

const DAYS_BACK = 90;

/** Publishes today what it says it published a quarter ago. */
export const backdating: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      const { jws, disclosures } = await bench.attest(item);
      const validFrom = new Date((bench.nowUnix - DAYS_BACK * 86_400) * 1000).toISOString().replace(".000", "");
      const backdated = await bench.resign(jws, (payload) => ({ ...payload, validFrom }));
      await bench.deliver(await bench.logJws(backdated, disclosures));
    }
  },
};
