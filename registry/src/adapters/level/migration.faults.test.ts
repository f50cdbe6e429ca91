import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { writeFormat1 } from "./format-1.fixture.ts";

// The compiled migration, killed with -9 again and again until it is through.

const STORE_MODULE = fileURLToPath(new URL("../../../dist/adapters/level/level-store.js", import.meta.url));
const KILLS = 24;
const RECORDS = 40_000;
const VALUE_BYTES = 700;

const folder = await mkdtemp(join(tmpdir(), "tally-migration-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Opens a store, and says on stdout how the migration goes; then reads all of it. */
const OPEN = `
import { writeSync } from "node:fs";
import { openLevelStore } from ${JSON.stringify(STORE_MODULE)};
const onMigration = () => writeSync(1, ".");
const store = await openLevelStore(process.argv[1], { createIfMissing: false, onMigration });
let count = 0;
for await (const [key, value] of store.entries({})) {
  if (value.length !== ${VALUE_BYTES} || value.some((byte) => byte !== Number(key.slice(-16)) % 256)) process.exit(3);
  count += 1;
}
process.exit(count === ${RECORDS} ? 0 : 4);`;

/** @param killAt after so many of the migration's writes */
function open(path: string, killAt = Number.POSITIVE_INFINITY): Promise<{ code: number | null; writes: number }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", OPEN, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let writes = 0;
  child.stdout.on("data", (dots: Buffer) => {
    writes += dots.length;
    if (writes >= killAt) child.kill("SIGKILL");
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, writes })));
}

it(`loses no record over up to ${KILLS} kills`, async () => {
  const path = join(folder, "store");
  const value = (n: number): Uint8Array => new Uint8Array(VALUE_BYTES).fill(n);
  const keys = Array.from({ length: RECORDS }, (_, n) => `log/feed/leaf/${String(n).padStart(16, "0")}`);
  await writeFormat1(path, new Map(keys.map((key, n) => [key, value(n)])));
  const copy = join(folder, "copy");
  await cp(path, copy, { recursive: true });
  const whole = await open(copy);
  expect(whole.code).toBe(0);
  expect(whole.writes).toBeGreaterThan(KILLS);
  let kills = 0;
  for (let n = 0; n < KILLS; n++) {
    const { code } = await open(path, 1);
    if (code === null) kills += 1;
    else expect(code).toBe(0);
  }
  process.stdout.write(`migrations killed: ${kills}\n`);
  expect(kills).toBeGreaterThan(KILLS / 2);
  expect(await open(path)).toMatchObject({ code: 0 });
});
