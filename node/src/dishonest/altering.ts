import type { JsonObject } from "@tallystick/proto";
import type { Cheat } from "./cheat.ts";

/** Logs one figure and hands over a lower one, signed anew with its true key. */
export const altering: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      const logged = await bench.logHonestly(item);
      const jws = await bench.resign(logged.jws, (payload) => {
        const subject = payload.credentialSubject as JsonObject;
        const pcf = { ...(subject.pcf as JsonObject), pcfExcludingBiogenicUptake: "0.001" };
        return { ...payload, credentialSubject: { ...subject, pcf } };
      });
      await bench.deliver({ ...logged, jws });
    }
  },
};
