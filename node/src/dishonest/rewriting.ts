import { formatLeaf, hashJws } from "@tallystick/proto";
import { openLog, openMemoryStore } from "@tallystick/registry";
import type { Cheat } from "./cheat.ts";
import { SwitchedLog } from "./switched-log.ts";
import type { Workbench } from "./workbench.ts";

/** Takes back its first entry: signs another history from the beginning, and shows that one from then on. */
export function rewriting(): Cheat {
  let served: SwitchedLog | undefined;
  const servedBy = ({ log }: Workbench): SwitchedLog => {
    served ??= new SwitchedLog(log);
    return served;
  };
  return {
    publish: async (bench, items) => {
      const { log, app } = bench;
      const [first, ...others] = await log.readLeaves(0, log.size);
      const other = await openLog({
        origin: log.origin,
        key: app.home.checkpointKey,
        store: openMemoryStore(),
        prefix: "other",
      });
      await other.guard([]);
      if (first === undefined) throw new TypeError("there is nothing to take back");
      await other.append([formatLeaf({ kind: "receipt", jwsHash: new Uint8Array(32) })]);
      for (const leaf of others) await other.append([leaf]);
      for (const item of items) {
        await other.append([formatLeaf({ kind: "attest", jwsHash: hashJws((await bench.attest(item)).jws) })]);
      }
      servedBy(bench).switchTo(other);
    },
    logFor: (bench) => servedBy(bench),
  };
}
