import { makeDisclosure } from "@tallystick/proto";
import type { Cheat } from "./cheat.ts";

/** Hands over the entry that it logged, with a detail line that it did not sign. */
export const falseDisclosing: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      const logged = await bench.logHonestly(item);
      const added = makeDisclosure({ label: "green power", kgCo2e: "-1" }, bench.randomBytes(16));
      await bench.deliver({ ...logged, disclosures: [...logged.disclosures, added.encoded] });
    }
  },
};
