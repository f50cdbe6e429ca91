import { chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBase64, encodeBase64url, isTallyError, privateKeyFromSeed, sha256, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeKeyFile, formatKeyFile, openKeyFile, replaceSecretFile, writeKeyFile } from "./key-file.ts";
import { type KeySecret, KeySecrets, type ScryptCost, Sealer } from "./sealing.ts";
import { passphrase } from "./secret-sources.ts";

/** The least that is taken: what is tested here is not how long a guess takes. */
const CHEAP: ScryptCost = { log2n: 14, r: 8, p: 1 };
const SEED = Uint8Array.from(sha256(utf8Encode("seed")));
const PUBLIC = encodeBase64url(privateKeyFromSeed(SEED).publicKey.bytes);
const WORDS = passphrase("correct horse battery staple");
const KEY_FILE: KeySecret = { by: "key-file", bytes: sha256(utf8Encode("key file")) };

let folder: string;
let drawn = 0;
const randomBytes = (size: number): Uint8Array => sha256(utf8Encode(`random ${drawn++}`)).subarray(0, size);
const giving = (secret: KeySecret): KeySecrets => new KeySecrets(async (by) => (by === secret.by ? secret : undefined));
let byWords: Sealer;
let byFile: Sealer;

beforeAll(async () => {
  byWords = await Sealer.create(WORDS, randomBytes, CHEAP);
  byFile = await Sealer.create(KEY_FILE, randomBytes);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-keys-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sealedFile(sealer: Sealer = byWords, use = "attest"): Promise<string> {
  const path = join(folder, `${use}.json`);
  await writeKeyFile(path, use, SEED, sealer);
  return path;
}

async function change(
  path: string,
  edit: (file: { sealed: { box: string; derivation: object } }) => void,
): Promise<void> {
  const file = JSON.parse(await readFile(path, "utf8"));
  edit(file);
  await writeFile(path, JSON.stringify(file));
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "opened",
    (error: unknown) => {
      if (!isTallyError(error)) throw error;
      return error.code;
    },
  );

describe("a key's file", () => {
  it("opens as it was written: plain, by a passphrase, by a key file", async () => {
    const plain = join(folder, "plain.json");
    await writeKeyFile(plain, "attest", SEED);
    expect((await openKeyFile(plain, { use: "attest" })).seed).toEqual(SEED);
    for (const [sealer, secret] of [
      [byWords, WORDS],
      [byFile, KEY_FILE],
    ] as const) {
      const path = await sealedFile(sealer, sealer.by);
      expect((await openKeyFile(path, { use: sealer.by, secrets: giving(secret) })).seed).toEqual(SEED);
      expect(await describeKeyFile(path)).toMatchObject({ use: sealer.by, publicKey: PUBLIC, by: sealer.by });
      const text = await readFile(path, "utf8");
      expect(text).not.toContain(encodeBase64url(SEED));
      expect(text).not.toContain(encodeBase64(SEED));
    }
  });

  it("of the first form opens as before", async () => {
    const path = join(folder, "old.json");
    await writeFile(path, `{"v":1,"use":"checkpoint","seed":"${encodeBase64url(SEED)}"}\n`, { mode: 0o600 });
    expect((await openKeyFile(path, { use: "checkpoint" })).seed).toEqual(SEED);
    expect(await describeKeyFile(path)).toMatchObject({ publicKey: PUBLIC, by: "nothing" });
  });

  it("is made once, readable by its owner alone", async () => {
    const path = await sealedFile();
    await expect(writeKeyFile(path, "attest", SEED)).rejects.toMatchObject({ code: "EEXIST" });
  });

  it.each([0o640, 0o604, 0o660])("that lies open is refused with mode %o", async (mode) => {
    const path = join(folder, "plain.json");
    await writeKeyFile(path, "attest", SEED);
    await chmod(path, mode);
    await expect(openKeyFile(path)).rejects.toMatchObject({
      code: "KEY_FILE_EXPOSED",
      details: { path, mode: mode.toString(8) },
    });
  });

  it("does not open without its secret, with another, or with a secret of the other kind", async () => {
    const path = await sealedFile();
    expect(await codeOf(openKeyFile(path))).toBe("KEY_LOCKED");
    expect(await codeOf(openKeyFile(path, { secrets: giving(KEY_FILE) }))).toBe("KEY_LOCKED");
    const wrong = giving(passphrase("correct horse battery stapler"));
    expect(await codeOf(openKeyFile(path, { secrets: wrong }))).toBe("KEY_SECRET_WRONG");
    const other: KeySecret = { by: "key-file", bytes: sha256(utf8Encode("another file")) };
    expect(await codeOf(openKeyFile(await sealedFile(byFile, "transport"), { secrets: giving(other) }))).toBe(
      "KEY_SECRET_WRONG",
    );
  });

  it("does not open where another's stands, whatever it calls itself", async () => {
    const path = await sealedFile();
    const swapped = join(folder, "checkpoint.json");
    await copyFile(path, swapped);
    await expect(openKeyFile(swapped, { use: "checkpoint", secrets: giving(WORDS) })).rejects.toMatchObject({
      code: "KEY_USE_MISMATCH",
      details: { expected: "checkpoint", found: "attest" },
    });
    await change(swapped, (file) => Object.assign(file, { use: "checkpoint" }));
    expect(await codeOf(openKeyFile(swapped, { use: "checkpoint", secrets: giving(WORDS) }))).toBe("KEY_FILE_ALTERED");
    const otherKey = encodeBase64url(privateKeyFromSeed(sha256(utf8Encode("other"))).publicKey.bytes);
    await change(path, (file) => Object.assign(file, { publicKey: otherKey }));
    expect(await codeOf(openKeyFile(path, { secrets: giving(WORDS) }))).toBe("KEY_FILE_ALTERED");
  });

  it("does not open with any one bit changed", async () => {
    const path = await sealedFile(byFile);
    const whole = await readFile(path);
    const bits = fc.record({ at: fc.nat(whole.length - 2), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(bits, async ({ at, bit }) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] as number) ^ (1 << bit);
        await writeFile(path, changed);
        expect(await codeOf(openKeyFile(path, { use: "attest", secrets: giving(KEY_FILE) }))).toMatch(
          /^KEY_(FILE_INVALID|FILE_ALTERED|SECRET_WRONG|USE_MISMATCH|LOCKED|COST_REFUSED)$/,
        );
      }),
    );
  });

  it("tells damage of the key itself from a wrong passphrase", async () => {
    const path = await sealedFile();
    await change(path, ({ sealed }) => {
      const box = Buffer.from(sealed.box, "base64");
      box[3] = (box[3] as number) ^ 1;
      sealed.box = box.toString("base64");
    });
    expect(await codeOf(openKeyFile(path, { secrets: giving(WORDS) }))).toBe("KEY_FILE_ALTERED");
  });

  it.each([{ log2n: 40 }, { log2n: 20 }, { r: 4_096 }, { p: 1_000_000 }, { p: 5 }, { log2n: 10 }, { log2n: 1 }])(
    "that states a cost of %j is refused before anything is computed",
    async (cost) => {
      const path = await sealedFile();
      await change(path, ({ sealed }) => Object.assign(sealed.derivation, cost));
      const neverAsked = new KeySecrets(async () => {
        throw new Error("asked for a passphrase");
      });
      expect(await codeOf(openKeyFile(path, { secrets: neverAsked }))).toBe("KEY_COST_REFUSED");
    },
  );

  it("is refused where it is none", async () => {
    const path = join(folder, "none.json");
    expect(await codeOf(openKeyFile(path))).toBe("KEY_FILE_INVALID");
    for (const text of ["", "{}", `{"v":3}`, `{"v":1,"use":"attest","seed":"AAAA"}`, "\xff", "[".repeat(5_000)]) {
      await writeFile(path, Buffer.from(text, "latin1"), { mode: 0o600 });
      expect(await codeOf(openKeyFile(path))).toBe("KEY_FILE_INVALID");
    }
  });

  it("is replaced whole, and nothing is left beside it", async () => {
    const path = await sealedFile();
    await replaceSecretFile(path, formatKeyFile("attest", SEED));
    expect(await describeKeyFile(path)).toMatchObject({ by: "nothing" });
    expect(await readdir(folder)).toEqual(["attest.json"]);
  });

  it("asks for a passphrase once for all files that were sealed together, and one more seals alike", async () => {
    let asked = 0;
    const secrets = new KeySecrets(async () => {
      asked += 1;
      return WORDS;
    });
    const [attest, checkpoint] = [await sealedFile(byWords), await sealedFile(byWords, "checkpoint")];
    await Promise.all([openKeyFile(attest, { secrets }), openKeyFile(checkpoint, { secrets })]);
    expect(asked).toBe(1);
    const { sealed } = await describeKeyFile(attest);
    if (sealed === undefined) throw new TypeError("it is sealed");
    const third = join(folder, "transport.json");
    await writeKeyFile(third, "transport", SEED, await Sealer.like(sealed, secrets, randomBytes));
    expect((await openKeyFile(third, { secrets: giving(WORDS) })).seed).toEqual(SEED);
  });
});
