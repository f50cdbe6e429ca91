import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { promptPassphrase, type Terminal } from "./prompt-passphrase.ts";
import { passphrase, readKeySecret, readPassphrase, requireNewPassphrase, secretsFrom } from "./secret-sources.ts";

const folder = await mkdtemp(join(tmpdir(), "tally-secrets-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(content: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(folder, "secret");
  await rm(path, { force: true });
  await writeFile(path, content, { mode });
  await chmod(path, mode);
  return path;
}

describe("a passphrase's file", () => {
  it("gives its line, however that ends", async () => {
    for (const text of ["four words of mine", "four words of mine\n", "four words of mine\r\n"]) {
      expect(await readPassphrase(await file(text))).toEqual(passphrase("four words of mine"));
    }
  });

  it("gives the same bytes for words spelt in two ways", () => {
    expect(passphrase("cafe\u0301 au lait")).toEqual(passphrase("caf\u00e9 au lait"));
  });

  it.each([
    ["nothing", ""],
    ["an empty line", "\n"],
    ["two lines", "one\ntwo\n"],
    ["too much", "x".repeat(1_025)],
    ["far too much", "x".repeat(100_000)],
    ["no text", Uint8Array.of(0xff, 0xfe)],
  ])("with %s is refused", async (_what, content) => {
    await expect(readPassphrase(await file(content))).rejects.toMatchObject({ code: "KEY_SECRET_INVALID" });
  });

  it("that others can read, or that is not there, is refused", async () => {
    await expect(readPassphrase(await file("four words of mine", 0o644))).rejects.toMatchObject({
      code: "KEY_FILE_EXPOSED",
    });
    await expect(readPassphrase(join(folder, "nowhere"))).rejects.toMatchObject({ code: "KEY_SECRET_INVALID" });
  });

  it("must have twelve characters to seal with", () => {
    expect(() => requireNewPassphrase(passphrase("eleven char"))).toThrow(
      expect.objectContaining({ code: "KEY_SECRET_INVALID" }),
    );
    expect(requireNewPassphrase(passphrase("twelve chars")).by).toBe("passphrase");
  });
});

describe("a key file", () => {
  it("has 32 to 4096 bytes, which are taken as they are", async () => {
    const bytes = new Uint8Array(32).fill(10);
    expect((await readKeySecret(await file(bytes))).bytes).toEqual(bytes);
    for (const size of [0, 31, 4_097]) {
      await expect(readKeySecret(await file(new Uint8Array(size)))).rejects.toMatchObject({
        code: "KEY_SECRET_INVALID",
      });
    }
    await expect(readKeySecret(await file(bytes, 0o640))).rejects.toMatchObject({ code: "KEY_FILE_EXPOSED" });
  });
});

describe("a terminal", () => {
  class Input extends PassThrough {
    raw = false;
    setRawMode(raw: boolean): this {
      this.raw = raw;
      return this;
    }
  }

  function terminal(): { at: Terminal & { input: Input }; shown: () => string } {
    const output = new PassThrough();
    const at = { input: new Input(), output };
    return { at, shown: () => String(output.read() ?? "") };
  }

  it("is asked without an echo, and set back after", async () => {
    const { at, shown } = terminal();
    const asked = promptPassphrase(at, "passphrase: ");
    expect(at.input.raw).toBe(true);
    at.input.write("foul\u0015four wordz\u007fs\r");
    expect(await asked).toBe("four words");
    expect(at.input.raw).toBe(false);
    expect(shown()).toBe("passphrase: \n");
  });

  it.each(["\r", "abc\u0003", "\u0004"])("that gives %j gives nothing", async (typed) => {
    const { at } = terminal();
    const asked = promptPassphrase(at, "?");
    at.input.write(typed);
    await expect(asked).rejects.toMatchObject({ code: "KEY_SECRET_INVALID" });
    expect(at.input.raw).toBe(false);
  });

  it("is asked only where no file is named", async () => {
    const { at } = terminal();
    const secrets = secretsFrom({ passphraseFile: await file("four words of mine"), terminal: at });
    expect(await secrets.secret("passphrase", "attest.json")).toEqual(passphrase("four words of mine"));
    expect(await secrets.secret("key-file", "attest.json")).toBeUndefined();
    const asking = secretsFrom({ terminal: at }).secret("passphrase", "attest.json");
    at.input.write("typed words\n");
    expect(await asking).toEqual(passphrase("typed words"));
    expect(await secretsFrom({}).secret("passphrase", "attest.json")).toBeUndefined();
  });
});
