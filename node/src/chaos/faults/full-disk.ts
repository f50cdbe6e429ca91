import { APPLIED, type Injector, type Outcome } from "./injector.ts";

/** What failed for want of room may end the process a little later. */
const AFTERMATH_MS = 10_000;

/** Leaves the process's disk hardly any room, and gives it back. */
export const fullDisk: Injector<"full-disk"> = ({ target, durationMs, spareBytes }, { network, wait }) => {
  const { disks } = network;
  const process = network.process(target);
  if (disks.fullBy === undefined) {
    return Promise.resolve({ skipped: "this machine neither lets a file system be mounted nor has prlimit" });
  }
  return process.alone<Outcome>(async () => {
    const { pid } = process;
    if (pid === undefined) return { skipped: "the process was down" };
    process.excuse(Number.POSITIVE_INFINITY);
    const empty = await disks.fill(network.diskOf(target), pid, spareBytes);
    try {
      await wait(durationMs);
    } finally {
      await empty(process.pid);
      process.excuse(AFTERMATH_MS);
    }
    return APPLIED;
  });
};
