import type { LogReader } from "@tallystick/registry";
import type { Cheat } from "./cheat.ts";
import { SwitchedLog } from "./switched-log.ts";
import type { Workbench } from "./workbench.ts";

/** Goes on publishing and shows its buyers nothing of it: for them, the log stands still. */
export function freezing(): Cheat {
  let served: SwitchedLog | undefined;
  const servedBy = ({ log }: Workbench): SwitchedLog => {
    served ??= new SwitchedLog(log);
    return served;
  };
  return {
    publish: async (bench, items) => {
      const { size } = bench.log;
      servedBy(bench).switchTo(standingStill(bench.log, size, bench.log.checkpoint()));
      for (const item of items) await bench.deliver(await bench.logHonestly(item));
    },
    logFor: (bench) => servedBy(bench),
  };
}

/** The log up to a size, for ever. */
function standingStill(log: LogReader, size: number, note: string): LogReader {
  return {
    origin: log.origin,
    size,
    checkpoint: () => note,
    checkpointAt: (at) => (at === size ? Promise.resolve(note) : log.checkpointAt(at)),
    nextCheckpoint: async (from) => {
      const next = await log.nextCheckpoint(from);
      return next !== undefined && next.size <= size ? next : undefined;
    },
    readLeaves: (from, to) => log.readLeaves(from, to),
    readTile: (level, index, width) => log.readTile(level, index, width),
    readEntryBundle: (index, width) => log.readEntryBundle(index, width),
    onAdvance: () => () => {},
  };
}
