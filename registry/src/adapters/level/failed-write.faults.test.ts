import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const module = new URL("../../../dist/index.js", import.meta.url).href;

/** A process that runs out of room in the middle of a write, gets room again, and goes on. */
const WRITER = `
import { execFileSync } from "node:child_process";
import { openLevelStore } from ${JSON.stringify(module)};
const store = await openLevelStore(process.argv[1], { createIfMissing: true });
const limit = (size) => execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=" + size + ":unlimited"]);
const acknowledged = [];
const refused = [];
const write = (key, size) =>
  store.write([{ type: "put", key, value: new Uint8Array(size).fill(7) }], { sync: true }).then(
    () => acknowledged.push(key),
    (error) => refused.push(key + " " + error.code),
  );
for (let n = 0; n < 10; n++) await write("before/" + n, 1_000);
limit(40_000);
await write("during/0", 60_000);
limit("unlimited");
for (let n = 0; n < 10; n++) await write("after/" + n, 1_000);
const failed = await Promise.race([store.failed.then((error) => error.code), new Promise((resolve) => setTimeout(resolve, 100, "no"))]);
console.log(JSON.stringify({ acknowledged, refused, failed }));
process.kill(process.pid, "SIGKILL");
`;

const READER = `
import { openLevelStore } from ${JSON.stringify(module)};
const store = await openLevelStore(process.argv[1], { createIfMissing: false });
const keys = [];
for await (const [key] of store.entries({ gte: "a", lt: "z" })) keys.push(key);
await store.close();
console.log(JSON.stringify(keys));
`;

const hasLimits = spawnSync("prlimit", ["--version"]).status === 0;
if (!hasLimits) console.warn("SKIPPED: this machine has no prlimit, so no write can be made to fail");

it.runIf(hasLimits)(
  "acknowledges nothing after a write that the disk refused, and loses nothing that it acknowledged",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "tally-failed-write-"));
    try {
      const evaluate = (script: string): Promise<{ stdout: string }> =>
        run(process.execPath, ["--input-type=module", "--eval", script, join(folder, "store")]);
      const { stdout } = await evaluate(WRITER).catch((killed: { stdout: string }) => killed);
      const { acknowledged, refused, failed } = JSON.parse(stdout);
      expect(acknowledged).toEqual(Array.from({ length: 10 }, (_, n) => `before/${n}`));
      expect(refused).toHaveLength(11);
      expect(new Set(refused.map((each: string) => each.split(" ")[1]))).toEqual(new Set(["STORE_FAILED"]));
      expect(failed).toBe("STORE_FAILED");
      expect(JSON.parse((await evaluate(READER)).stdout)).toEqual([...acknowledged].sort());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
