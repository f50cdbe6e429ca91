import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBase64url, sha256, utf8Encode, verifyJws } from "@tallystick/proto";
import { type KeySecret, KeySecrets, noSecrets, Sealer } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PERIOD_TYP, signStatement } from "../core/closing/period-statement.ts";
import { createPersonKey, readPerson, readPersonKey, resealPersonKey } from "./person-key.ts";

const DID = "did:web:buyer.example";
const SEED = sha256(utf8Encode("ann"));
const SECRET: KeySecret = { by: "key-file", bytes: new Uint8Array(32).fill(5) };
const OTHER: KeySecret = { by: "key-file", bytes: new Uint8Array(32).fill(6) };
const giving = (secret: KeySecret): KeySecrets => new KeySecrets(async () => secret);
const sealer = (secret: KeySecret): Promise<Sealer> => Sealer.create(secret, (size) => new Uint8Array(size).fill(9));
const STATEMENT = {
  v: 1,
  action: "close",
  member: DID,
  period: "2024",
  start: "2024-01-01",
  end: "2024-12-31",
  number: 0,
  report: "",
  reporting: "",
} as const;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-person-"));
  path = join(folder, "ann.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a person's key file", () => {
  it("that is sealed shows whose it is, and signs for who has its secret", async () => {
    const person = await createPersonKey(path, DID, "Ann Lee", SEED, await sealer(SECRET));
    expect(await readFile(path, "utf8")).not.toContain(encodeBase64url(SEED));
    expect(await readPerson(path)).toEqual(person);
    const { key } = await readPersonKey(path, giving(SECRET));
    const jws = await signStatement(STATEMENT, person.kid, key);
    expect(verifyJws(jws, PERIOD_TYP, () => key.publicKey).header.kid).toBe(person.kid);
    await expect(readPersonKey(path, noSecrets())).rejects.toMatchObject({ code: "KEY_LOCKED" });
    await expect(readPersonKey(path, giving(OTHER))).rejects.toMatchObject({ code: "KEY_SECRET_WRONG" });
  });

  it("does not open under another name, nor with another's seed", async () => {
    await createPersonKey(path, DID, "Ann Lee", SEED, await sealer(SECRET));
    const file = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...file, person: { ...file.person, name: "Ann Lea" } }));
    await expect(readPersonKey(path, giving(SECRET))).rejects.toMatchObject({ code: "KEY_FILE_ALTERED" });
    const plain = join(folder, "plain.json");
    await createPersonKey(plain, DID, "Ann Lee", SEED);
    const { seed: _seed, ...rest } = JSON.parse(await readFile(plain, "utf8"));
    await writeFile(plain, JSON.stringify({ ...rest, seed: encodeBase64url(sha256(SEED)) }));
    await expect(readPerson(plain)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });

  it("is sealed, sealed otherwise and opened again, whole each time, and not with a wrong secret", async () => {
    const person = await createPersonKey(path, DID, "Ann Lee", SEED);
    await resealPersonKey(path, noSecrets(), await sealer(SECRET));
    await expect(resealPersonKey(path, giving(OTHER), undefined)).rejects.toMatchObject({ code: "KEY_SECRET_WRONG" });
    await resealPersonKey(path, giving(SECRET), await sealer(OTHER));
    expect((await readPersonKey(path, giving(OTHER))).person).toEqual(person);
    await resealPersonKey(path, giving(OTHER), undefined);
    expect((await readPersonKey(path, noSecrets())).person).toEqual(person);
    expect(await readdir(folder)).toEqual(["ann.json"]);
  });

  it("that lies open for others is refused", async () => {
    await createPersonKey(path, DID, "Ann Lee", SEED);
    await chmod(path, 0o644);
    await expect(readPersonKey(path, noSecrets())).rejects.toMatchObject({ code: "KEY_FILE_EXPOSED" });
  });

  it.each(["", "{}", "x".repeat(9_000), '{"v":3}'])("is none: %s", async (text) => {
    await writeFile(path, text);
    await expect(readPersonKey(path, noSecrets())).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });
});
