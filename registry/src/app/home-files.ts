import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { decodeBase64url, encodeBase64url, isTallyError, type PrivateKey, privateKeyFromSeed } from "@tallystick/proto";
import { z } from "zod";
import { registryError } from "../errors.ts";

// The files of a registry's or a witness's folder. Keys are readable by their owner alone.

const keySchema = z.strictObject({ v: z.literal(1), use: z.string(), seed: z.string() });

export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** @throws HOME_INVALID */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    const reason = (cause as { code?: string }).code === "ENOENT" ? "there is no such file" : "not what belongs there";
    throw registryError("REGISTRY_HOME_INVALID", { path, reason }, { cause });
  }
}

/** Writes a seed where there was none. */
export async function writeKey(home: string, use: string, seed: Uint8Array): Promise<PrivateKey> {
  const path = join(home, "keys", `${use}.json`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${JSON.stringify({ v: 1, use, seed: encodeBase64url(seed) })}\n`, { mode: 0o600, flag: "wx" });
  return privateKeyFromSeed(seed);
}

/** @throws REGISTRY_HOME_INVALID */
export async function readKey(home: string, use: string): Promise<PrivateKey> {
  return privateKeyFromSeed(decodeBase64url((await readJson(join(home, "keys", `${use}.json`), keySchema)).seed));
}
