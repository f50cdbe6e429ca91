import { ATTESTATION_TYP } from "@tallystick/contracts";
import { parseJws, privateKeyFromSeed, signJws } from "@tallystick/proto";
import type { Cheat } from "./cheat.ts";

/** Logs attestations under its own key id that another key signed, to deny them later. */
export const forging: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      const { jws, disclosures } = await bench.attest(item);
      const { header, payload } = parseJws(jws, ATTESTATION_TYP);
      const stranger = privateKeyFromSeed(bench.randomBytes(32));
      await bench.deliver(await bench.logJws(signJws(ATTESTATION_TYP, header.kid, payload, stranger), disclosures));
    }
  },
};
