import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { judgeSpace, measureStore } from "./examine-store.ts";

const GIB = 1024 ** 3;

it("says how much of the disk a store takes, and what is left", async () => {
  const home = await mkdtemp(join(tmpdir(), "tally-space-"));
  expect(await measureStore(home)).toBeUndefined();
  await mkdir(join(home, "store"));
  await writeFile(join(home, "store", "000001.ldb"), new Uint8Array(1_000));
  await writeFile(join(home, "store", "CURRENT"), new Uint8Array(16));
  const space = await measureStore(home);
  expect(space?.storeBytes).toBe(1_016);
  expect(space?.diskBytes).toBeGreaterThan(space?.freeBytes ?? Number.POSITIVE_INFINITY);
  await rm(home, { recursive: true });
});

it.each([
  [1e6, 100 * GIB, "ok"],
  [1e6, GIB - 1, "low"],
  [10 * GIB, 4 * GIB, "low"],
  [10 * GIB, 6 * GIB, "ok"],
  [1e6, 1e6, "full"],
])("a store of %d bytes with %d left is %s", (storeBytes, freeBytes, expected) => {
  expect(judgeSpace({ storeBytes, freeBytes, diskBytes: 1e12 })).toBe(expected);
});
