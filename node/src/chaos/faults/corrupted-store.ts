import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ChaosNetwork } from "../network/chaos-network.ts";
import type { ProcessName } from "../network/members.ts";
import type { SeededRandom } from "../random.ts";
import { APPLIED, type FaultContext, type Injector, type Outcome } from "./injector.ts";
import { runProgram } from "./run-program.ts";

const SOUND = 0;

/**
 * Flips bits in the store of a stopped process, after a backup, and starts it on that. What it makes of the damage is watched as everything is;
 * then it is stopped and its store checked. Damage that the check finds is healed as an operator does it: by restoring the backup.
 */
export const corruptedStore: Injector<"corrupted-store"> = ({ target, durationMs, flips }, context) => {
  const { network } = context;
  const process = network.process(target);
  return process.alone<Outcome>(async () => {
    const resting = await context.rest(target);
    // It may find that its backup has the store open, and later that this is damaged.
    process.excuse(Number.POSITIVE_INFINITY);
    try {
      if (!resting.isIdle) return { skipped: "what was asked of it was not acknowledged in time" };
      const backup = join(network.folder, "backups", `${target}.tally`);
      await rm(backup, { force: true });
      const made = await runProgram(target, network.homeOf(target), ["backup", backup]);
      if (made.code !== 0) return { skipped: `it could not be backed up: ${made.stderr.trim().slice(0, 200)}` };
      return await damage(target, backup, flips, durationMs, context);
    } finally {
      process.excuse(0);
      resting.resume();
    }
  });
};

async function damage(
  target: ProcessName,
  backup: string,
  flips: number,
  durationMs: number,
  { network, random, wait, check, tell }: FaultContext,
): Promise<Outcome> {
  const process = network.process(target);
  await process.killAndHold();
  const files = await flipBits(join(network.homeOf(target), "store"), flips, random);
  if (files.length === 0) {
    process.release();
    return { skipped: "its store has no file with records" };
  }
  process.isDamaged = true;
  process.release();
  await wait(durationMs);
  await process.killAndHold();
  const checked = await runProgram(target, network.homeOf(target), ["fsck"]);
  if (checked.code === SOUND) {
    tell(`${flips} bits of ${target}'s store flipped in ${files.join()}: nothing that it holds is damaged`);
  } else {
    tell(`${flips} bits of ${target}'s store flipped in ${files.join()}: found, and restored`);
    await restore(network, target, backup, check);
  }
  process.isDamaged = false;
  process.release();
  return APPLIED;
}

async function restore(
  network: ChaosNetwork,
  target: ProcessName,
  backup: string,
  check: FaultContext["check"],
): Promise<void> {
  const home = network.homeOf(target);
  const damaged = `${home}.damaged`;
  await rm(damaged, { recursive: true, force: true });
  await rename(home, damaged);
  const restored = await runProgram(target, home, ["restore", backup, "--keys", network.keysOf(target)]);
  check(restored.code === 0, () => `${target} could not be restored: ${restored.stderr.trim()}`);
  if (restored.code !== 0) return;
  await network.markDurable(target);
  await rm(damaged, { recursive: true, force: true });
}

/** Flips so many bits, anywhere in the tables and write-ahead logs of a store. Returns the files. */
async function flipBits(folder: string, flips: number, random: SeededRandom): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /\.(ldb|sst|log)$/.test(name)).sort();
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total === 0) return [];
  const hit = new Set<string>();
  for (let n = 0; n < flips; n++) {
    let at = random.int(0, total - 1);
    const file = sizes.findIndex((size) => {
      if (at < size) return true;
      at -= size;
      return false;
    });
    const name = names[file] as string;
    hit.add(name);
    const handle = await open(join(folder, name), "r+");
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] as number) ^ (1 << random.int(0, 7));
    await handle.write(byte, 0, 1, at);
    await handle.close();
  }
  return [...hit];
}
