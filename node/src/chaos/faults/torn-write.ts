import { readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { ChaosNetwork } from "../network/chaos-network.ts";
import type { ProcessName } from "../network/members.ts";
import type { SeededRandom } from "../random.ts";
import type { PlannedFault } from "../schedule/fault.ts";
import { APPLIED, type Injector, type Outcome } from "./injector.ts";

/** A disk writes a sector whole or not at all. */
const SECTOR_BYTES = 512;

/** Takes the power away: of the store's write-ahead log, what was not forced to the disk is lost or is something else. */
export const tornWrite: Injector<"torn-write"> = ({ target, durationMs, tear }, { network, random, wait, tell }) => {
  const process = network.process(target);
  return process.alone<Outcome>(async () => {
    await process.killAndHold();
    const torn = await tearLogs(network, target, tear, random);
    tell(`${torn} bytes of ${target}'s store had not reached the disk`);
    await wait(durationMs);
    process.release();
    return APPLIED;
  });
};

/** Returns how many bytes were not on the disk, of which any may be gone now. */
async function tearLogs(
  network: ChaosNetwork,
  target: ProcessName,
  tear: Extract<PlannedFault, { kind: "torn-write" }>["tear"],
  random: SeededRandom,
): Promise<number> {
  const folder = join(network.homeOf(target), "store");
  const marks = JSON.parse(await readFile(network.marksOf(target), "utf8").catch(() => "{}")) as Record<string, number>;
  let torn = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".log")) continue;
    const path = join(folder, name);
    const { size } = await stat(path);
    // A log without a mark: nothing in it was ever forced to the disk.
    const durable = Math.min(size, marks[name] ?? 0);
    if (durable === size) continue;
    torn += size - durable;
    const kept = random.int(durable, size - 1);
    if (tear === "cut") {
      await truncate(path, kept);
      continue;
    }
    // The file had grown, and of its data some sectors had not arrived: they are read as zeros.
    await truncate(path, Math.min(size, Math.ceil(kept / SECTOR_BYTES) * SECTOR_BYTES));
    await truncate(path, size);
  }
  return torn;
}
