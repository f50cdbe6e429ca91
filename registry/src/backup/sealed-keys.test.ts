import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { formatKeyFile } from "../keys/key-file.ts";
import { Sealer } from "../keys/sealing.ts";
import { sealedKeyFiles } from "./sealed-keys.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "tally-sealed-"));
  await mkdir(join(home, "keys", "set-1"), { recursive: true });
});
afterEach(() => rm(home, { recursive: true, force: true }));

it("lists the keys where all of them are sealed", async () => {
  const sealer = await Sealer.create({ by: "key-file", bytes: randomBytes(32) }, randomBytes);
  await writeFile(join(home, "keys", "attest.json"), formatKeyFile("attest", randomBytes(32), sealer));
  await writeFile(join(home, "keys", "set-1", "set.json"), `{"v":1}`);
  await writeFile(join(home, "keys", "notes.txt"), "not a key");
  expect(await sealedKeyFiles(home)).toEqual(["keys/attest.json", "keys/set-1/set.json"]);
});

it("refuses where one lies open: BACKUP_REFUSED", async () => {
  await writeFile(join(home, "keys", "set-1", "attest.json"), formatKeyFile("attest", randomBytes(32)));
  await expect(sealedKeyFiles(home)).rejects.toMatchObject({
    code: "BACKUP_REFUSED",
    details: { reason: expect.stringContaining("keys/set-1/attest.json") },
  });
});
