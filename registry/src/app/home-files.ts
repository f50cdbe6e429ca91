import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type PrivateKey, privateKeyFromSeed, type Signer } from "@tallystick/proto";
import type { z } from "zod";
import { registryError } from "../errors.ts";
import { openKeySigner } from "../keys/agent-signer.ts";
import { type OpenedKey, openKeyFile, writeKeyFile } from "../keys/key-file.ts";
import type { KeySecrets, Sealer } from "../keys/sealing.ts";

// The files of a registry's or a witness's folder. Keys are readable by their owner alone.

const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code;

/**
 * Makes a folder whole or not at all: what `fill` writes gets the folder's name when it is complete.
 *
 * @throws REGISTRY_HOME_EXISTS where there is something already; what `fill` throws
 */
export async function makeHome<T>(path: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const whole = resolve(path);
  await mkdir(dirname(whole), { recursive: true });
  const folder = await mkdtemp(`${whole}.`);
  try {
    const made = await fill(folder);
    await rename(folder, whole);
    return made;
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(codeOf(cause) ?? "")) {
      throw registryError("REGISTRY_HOME_EXISTS", { path }, { cause });
    }
    throw cause;
  }
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** As `writeJson`, whole or not at all: a reader never meets half of it. */
export async function replaceJson(path: string, value: unknown): Promise<void> {
  const folder = await mkdtemp(`${path}.`);
  try {
    await writeJson(join(folder, "whole"), value);
    await rename(join(folder, "whole"), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a file where there was none. @throws EXPORT_EXISTS */
export async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause;
    throw registryError("EXPORT_EXISTS", { path }, { cause });
  }
}

/** @throws REGISTRY_HOME_INVALID */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = codeOf(cause) === "ENOENT" ? "there is no such file" : "cannot be read";
    throw registryError("REGISTRY_HOME_INVALID", { path, reason }, { cause });
  }
}

/** @throws REGISTRY_HOME_INVALID */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(path);
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw registryError("REGISTRY_HOME_INVALID", { path, reason: "not what belongs there" }, { cause });
  }
}

const keyPath = (home: string, use: string): string => join(home, "keys", `${use}.json`);

/** Writes a seed where there was none. */
export async function writeKey(home: string, use: string, seed: Uint8Array, sealer?: Sealer): Promise<PrivateKey> {
  const path = keyPath(home, use);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeKeyFile(path, use, seed, sealer);
  return privateKeyFromSeed(seed);
}

/** @throws KEY_FILE_INVALID, KEY_FILE_EXPOSED, KEY_USE_MISMATCH, KEY_LOCKED and the other codes of openKeyFile */
export function readKey(home: string, use: string, secrets?: KeySecrets): Promise<OpenedKey> {
  return openKeyFile(keyPath(home, use), { use, ...(secrets === undefined ? {} : { secrets }) });
}

/** As readKey, wherever the key lies. @throws what openKeySigner throws */
export function readSigner(home: string, use: string, secrets?: KeySecrets): Promise<Signer> {
  return openKeySigner(keyPath(home, use), { use, ...(secrets === undefined ? {} : { secrets }) });
}
