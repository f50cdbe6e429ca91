import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FixtureNetwork, fileOf, productOf } from "./network.fixture.ts";

// The compiled command line, killed with -9 at every stage of what it does to a store, and run on a full disk.

const TALLY = fileURLToPath(new URL("../../bin/tally.js", import.meta.url));
const KILLS = 16;
const FOOTPRINTS = 1_200;

let folder: string;
let home: string;
let archive: string;
let network: FixtureNetwork;

interface Ran {
  readonly code: number | null;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs `tally`, and kills it after so many milliseconds where it still runs. */
function run(args: readonly string[], killAfterMs?: number): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, [TALLY, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stderr, ms: performance.now() - began });
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-storage-faults-"));
  network = await FixtureNetwork.create("supplier");
  const node = await network.start("supplier");
  for (let from = 0; from < FOOTPRINTS; from += 200) {
    const footprints = Array.from({ length: 200 }, (_, n) => productOf("supplier", from + n, `${n}.5`));
    await node.app.publish(`${from}.json`, fileOf(...footprints));
  }
  await node.stop();
  home = node.home;
  archive = join(folder, "whole.tally");
  expect(await run(["--home", home, "backup", archive])).toMatchObject({ code: 0 });
}, 120_000);
afterAll(async () => {
  await network.close();
  await rm(folder, { recursive: true, force: true });
});

const isSound = async (at: string): Promise<boolean> => (await run(["--home", at, "fsck"])).code === 0;

describe("kill -9", () => {
  it(`of ${KILLS} restores leaves no folder or a whole one, and the next one makes it`, async () => {
    const target = join(folder, "restored");
    const { ms } = await run(["--home", target, "restore", archive]);
    expect(await isSound(target)).toBe(true);
    let whole = 0;
    for (let n = 1; n <= KILLS; n++) {
      rmSync(target, { recursive: true, force: true });
      await run(["--home", target, "restore", archive], (1.3 * ms * n) / KILLS);
      if (!existsSync(target)) continue;
      whole += 1;
      expect(await isSound(target)).toBe(true);
    }
    process.stdout.write(`restores killed: ${KILLS - whole} left nothing, ${whole} were whole\n`);
    rmSync(target, { recursive: true, force: true });
    expect((await run(["--home", target, "restore", archive])).code).toBe(0);
    expect(await isSound(target)).toBe(true);
    expect(existsSync(`${target}.restoring`)).toBe(false);
  });

  it(`of ${KILLS} backups leaves no file or a whole one, and the store as it was`, async () => {
    const { ms } = await run(["--home", home, "backup", join(folder, "timed.tally")]);
    let whole = 0;
    for (let n = 1; n <= KILLS; n++) {
      const file = join(folder, `killed-${n}.tally`);
      await run(["--home", home, "backup", file], (1.3 * ms * n) / KILLS);
      if (!existsSync(file)) continue;
      whole += 1;
      expect((await run(["restore", "--verify", file])).code).toBe(0);
    }
    process.stdout.write(`backups killed: ${KILLS - whole} left nothing, ${whole} were whole\n`);
    expect(await isSound(home)).toBe(true);
  });
});

describe("kill -9 of a compaction", () => {
  it("leaves a whole store, and the next one finishes it", async () => {
    const { ms } = await run(["--home", home, "compact"]);
    for (let n = 1; n <= KILLS / 2; n++) {
      await run(["--home", home, "compact"], (1.2 * ms * n) / (KILLS / 2));
      expect(await isSound(home)).toBe(true);
    }
    expect((await run(["--home", home, "compact"])).code).toBe(0);
    expect(await isSound(home)).toBe(true);
  });
});

/** Only who may mount can fill a disk of its own. */
const mayMount = process.platform === "linux" && process.getuid?.() === 0;
if (!mayMount) process.stdout.write("SKIPPED: a full disk; it takes root on Linux\n");

describe.skipIf(!mayMount)("a full disk", () => {
  it("is said, and nothing half-made stays", async () => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", disk]);
    try {
      const restored = await run(["--home", join(disk, "home"), "restore", archive]);
      expect(restored.code).toBe(1);
      expect(restored.stderr).toContain("STORE_FAILED");
      expect(readdirSync(disk)).toEqual([]);
      const halfKib = Math.ceil(statSync(archive).size / 2_048);
      execFileSync("mount", ["-o", `remount,size=${halfKib}k`, disk]);
      const backedUp = await run(["--home", home, "backup", join(disk, "backup.tally")]);
      expect(backedUp.code).toBe(1);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
