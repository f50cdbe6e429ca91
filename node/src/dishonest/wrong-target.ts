import { formatLeaf, hashJws } from "@tallystick/proto";
import type { Cheat } from "./cheat.ts";

/** Revokes what is no attestation: a delivery, so that its receiver may doubt what she got. */
export const wrongTarget: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      const { jws } = await bench.attest(item);
      const lastDelivery = bench.log.size - 1;
      await bench.append(formatLeaf({ kind: "revoke", jwsHash: hashJws(jws), targetIndex: lastDelivery }));
    }
  },
};
