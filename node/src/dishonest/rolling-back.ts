import type { LogReader } from "@tallystick/registry";
import type { Cheat } from "./cheat.ts";
import { SwitchedLog } from "./switched-log.ts";
import type { Workbench } from "./workbench.ts";

/** Shows an old checkpoint again, as if what came since had never been. */
export function rollingBack(): Cheat {
  let served: SwitchedLog | undefined;
  const servedBy = ({ log }: Workbench): SwitchedLog => {
    served ??= new SwitchedLog(log);
    return served;
  };
  return {
    publish: async (bench, items) => {
      for (const item of items) await bench.logHonestly(item);
      const old = await bench.log.nextCheckpoint(0);
      if (old === undefined) throw new TypeError("there is nothing to go back to");
      servedBy(bench).switchTo(olderThan(bench.log, old.note));
    },
    logFor: (bench) => servedBy(bench),
  };
}

/** The log with nothing after what a reader has, and an old checkpoint as the newest. */
function olderThan(log: LogReader, note: string): LogReader {
  return {
    origin: log.origin,
    get size() {
      return log.size;
    },
    checkpoint: () => note,
    checkpointAt: async () => note,
    nextCheckpoint: async () => undefined,
    readLeaves: (from, to) => log.readLeaves(from, to),
    readTile: (level, index, width) => log.readTile(level, index, width),
    readEntryBundle: (index, width) => log.readEntryBundle(index, width),
    onAdvance: (listener) => log.onAdvance(listener),
  };
}
