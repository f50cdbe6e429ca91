import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { inspectStoreFiles } from "./inspect-files.ts";
import { openLevelStore } from "./level-store.ts";

// The compiled store, written to as fast as it goes and killed with -9 at any moment: what is left is never taken for damage, and holds
// what was acknowledged.

const STORE_MODULE = fileURLToPath(new URL("../../../dist/adapters/level/level-store.js", import.meta.url));
const KILLS = 60;

const folder = await mkdtemp(join(tmpdir(), "tally-killed-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes numbered records of many sizes, each in a write of its own, and says each number that was acknowledged. */
const WRITE = `
import { writeSync } from "node:fs";
import { openLevelStore } from ${JSON.stringify(STORE_MODULE)};
const store = await openLevelStore(process.argv[1], { createIfMissing: true });
for (let n = Number(process.argv[2]); ; n++) {
  const value = new Uint8Array((n * 7919) % 60_000).fill(n);
  await store.write([{ type: "put", key: "record/" + String(n).padStart(12, "0"), value }], { sync: n % 8 === 0 });
  writeSync(1, n + "\\n");
}`;

function writeAndKill(path: string, from: number, afterMs: number): Promise<number> {
  const args = ["--input-type=module", "-e", WRITE, path, `${from}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    // From the first write on.
    if (said === "") setTimeout(() => child.kill("SIGKILL"), afterMs);
    said += chunk.toString();
  });
  return new Promise((resolve) => child.once("close", () => resolve(Number(said.trimEnd().split("\n").at(-1)))));
}

it(`holds what was acknowledged over ${KILLS} kills`, async () => {
  const path = join(folder, "store");
  let acknowledged = -1;
  for (let kill = 0; kill < KILLS; kill++) {
    acknowledged = await writeAndKill(path, acknowledged + 1, (kill * 37) % 300);
    expect(await inspectStoreFiles(path, { maxTableBytes: Number.POSITIVE_INFINITY })).toEqual([]);
    const store = await openLevelStore(path, { createIfMissing: false });
    const keys: number[] = [];
    for await (const [key, value] of store.entries({ gte: "record/", reverse: true, limit: 40 })) {
      const n = Number(key.slice("record/".length));
      expect(value).toEqual(new Uint8Array((n * 7919) % 60_000).fill(n));
      keys.push(n);
    }
    await store.close();
    // One more may have been written than was said.
    expect(keys[0]).toBeGreaterThanOrEqual(acknowledged);
    expect(keys).toEqual(keys.map((_, at) => (keys[0] as number) - at));
    acknowledged = keys[0] as number;
  }
  process.stdout.write(`writers killed: ${KILLS}, records: ${acknowledged + 1}\n`);
});
