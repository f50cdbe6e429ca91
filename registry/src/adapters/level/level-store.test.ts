import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storeContract } from "../../ports/store.contract.ts";
import { openLevelStore } from "./level-store.ts";

const utf8Encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-store-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

storeContract("the level store", () => openLevelStore(folder, { createIfMissing: true }));

/** Writes to the folder behind the store's back. */
async function tamper(action: (raw: Level<string, Uint8Array>) => Promise<void>): Promise<void> {
  const raw = new Level<string, Uint8Array>(folder, { valueEncoding: "view" });
  await action(raw);
  await raw.close();
}

describe("openLevelStore", () => {
  it("keeps what was written across a close", async () => {
    const before = await openLevelStore(folder, { createIfMissing: true });
    await before.write([{ type: "put", key: "a", value: utf8Encode("1") }], { sync: true });
    await before.close();
    const after = await openLevelStore(folder, { createIfMissing: false });
    expect(await after.get("a")).toEqual(utf8Encode("1"));
    await after.close();
  });

  it("does not begin a store unasked, nor leave a trace: STORE_MISSING", async () => {
    const path = join(folder, "none");
    const attempt = openLevelStore(path, { createIfMissing: false });
    await expect(attempt).rejects.toMatchObject({ code: "STORE_MISSING", details: { path } });
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses a folder that is open already: STORE_LOCKED", async () => {
    const store = await openLevelStore(folder, { createIfMissing: true });
    const second = openLevelStore(folder, { createIfMissing: true });
    await expect(second).rejects.toMatchObject({ code: "STORE_LOCKED", details: { path: folder } });
    await store.close();
  });

  it("refuses a store of another format, and one that is not ours: STORE_FORMAT_UNSUPPORTED", async () => {
    await tamper((raw) => raw.put("something", utf8Encode("else")));
    const foreign = openLevelStore(folder, { createIfMissing: true });
    await expect(foreign).rejects.toMatchObject({ code: "STORE_FORMAT_UNSUPPORTED", details: { found: "none" } });
    await tamper((raw) => raw.put("meta/format", utf8Encode("tallystick-store/3")));
    const newer = openLevelStore(folder, { createIfMissing: true });
    await expect(newer).rejects.toMatchObject({ details: { found: "tallystick-store/3" } });
  });

  it("refuses a value that was changed, moved or cut: STORE_CORRUPT", async () => {
    const store = await openLevelStore(folder, { createIfMissing: true });
    const value = utf8Encode("a value");
    await store.write(["changed", "cut", "moved", "whole"].map((key) => ({ type: "put", key, value })));
    await store.close();
    await tamper(async (raw) => {
      const changed = (await raw.get("changed")) as Uint8Array;
      changed[0] = 0x41;
      await raw.put("changed", changed);
      await raw.put("cut", new Uint8Array(3));
      await raw.put("moved", (await raw.get("whole")) as Uint8Array);
    });
    const after = await openLevelStore(folder, { createIfMissing: false });
    for (const key of ["changed", "cut", "moved"]) {
      await expect(after.get(key)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
      await expect(after.getMany(["whole", key])).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    }
    const walk = async (): Promise<void> => {
      for await (const _ of after.entries({ lt: "m" }));
    };
    await expect(walk()).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    expect(await after.get("whole")).toEqual(value);
    await after.close();
  });
});
