import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openLevelStore } from "@tallystick/registry";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FixtureNetwork, type FixtureNode, fileOf, productOf } from "../app/network.fixture.ts";
import { keys } from "../app/node-records.ts";
import { main } from "./main.ts";

let network: FixtureNetwork;
let supplier: FixtureNode;
const home = (): string => network.homeOf("supplier");
const beside = (name: string): string => join(home(), "..", name);

beforeAll(async () => {
  network = await FixtureNetwork.create("supplier");
  supplier = await network.start("supplier");
  await supplier.app.publish("a.json", fileOf(productOf("supplier", 1, "10"), productOf("supplier", 2, "20")));
});
afterAll(() => network.close());

/** Runs the program in this process. What it writes is kept from the terminal. */
async function tally(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const into = (stream: "out" | "err") => (text: unknown) => {
    written[stream] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(into("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(into("err"));
  try {
    return { code: await main(["--home", home(), ...args]), ...written };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

describe("the commands for a store", () => {
  it("back up a running node, and do not check or compact it", async () => {
    const made = await tally("backup", beside("one.tally"), "--json");
    expect(made.code).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({
      header: { kind: "node", of: supplier.did },
      manifest: { logs: [{ origin: supplier.origin, size: 2 }] },
    });
    expect((await stat(beside("one.tally"))).mode & 0o777).toBe(0o600);
    expect(await tally("backup", beside("one.tally"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("EXPORT_EXISTS"),
    });
    expect(await tally("backup", "--with-keys", beside("two.tally"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("BACKUP_REFUSED"),
    });
    expect(existsSync(beside("two.tally"))).toBe(false);
    expect(await tally("fsck")).toMatchObject({ code: 2, err: expect.stringContaining("STORE_LOCKED") });
    expect(await tally("compact")).toMatchObject({ code: 1, err: expect.stringContaining("STORE_LOCKED") });
  });

  it("verify and restore a backup, overwriting nothing", async () => {
    const verified = await tally("restore", "--verify", beside("one.tally"));
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining(`${supplier.origin}: 2 entries`) });
    for (const args of [["--verify", beside("none")], [beside("none")]]) {
      const missing = await tally("--home", beside("copy"), "restore", ...args);
      expect(missing).toMatchObject({ code: 1, err: expect.stringContaining("BACKUP_INVALID") });
    }
    const over = await tally("restore", beside("one.tally"));
    expect(over).toMatchObject({ code: 1, err: expect.stringContaining("RESTORE_TARGET_EXISTS") });
    const restored = await tally("--home", beside("copy"), "restore", beside("one.tally"));
    expect(restored).toMatchObject({ code: 0, out: expect.stringContaining("signs nothing until a quorum") });
    expect(existsSync(join(beside("copy"), "keys", "attest.json"))).toBe(false);
    expect(await tally("--home", beside("copy"), "fsck")).toMatchObject({ code: 0 });
  });

  it("compact a stopped node", async () => {
    await supplier.stop();
    const { code, out } = await tally("compact", "--json");
    expect(code).toBe(0);
    const { dropped, bytesBefore, bytesAfter } = JSON.parse(out);
    expect(dropped).toBeLessThan(3);
    expect(Math.min(bytesBefore, bytesAfter)).toBeGreaterThan(1_000);
    expect(await tally("fsck")).toMatchObject({ code: 0, out: expect.stringContaining("the store is sound") });
  });

  it("say by their exit code whether a store is sound, damaged, or not there", async () => {
    const store = await openLevelStore(join(home(), "store"), { createIfMissing: false });
    await store.write([{ type: "del", key: keys.publication(1) }]);
    await store.close();
    const { code, out } = await tally("fsck", "--repair", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      sound: false,
      findings: [{ where: keys.publication(1), mend: "restore" }],
      repaired: [],
    });
    expect(await tally("fsck")).toMatchObject({ code: 1, out: expect.stringContaining("restore a backup") });
    expect(await tally("--home", beside("nobody"), "fsck")).toMatchObject({
      code: 2,
      err: expect.stringContaining("HOME_MISSING"),
    });
  });
});
