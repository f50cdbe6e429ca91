import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { decodeBase64url, encodeBase64url, type PrivateKey, privateKeyFromSeed } from "@tallystick/proto";
import { z } from "zod";
import { keyFileError } from "./key-errors.ts";
import {
  type KeySecret,
  type KeySecrets,
  noSecrets,
  type Sealed,
  type Sealer,
  sealedSchema,
  securedBy,
  unseal,
} from "./sealing.ts";

/** No key's file is longer. */
const MAX_FILE_BYTES = 4_096;

/** 32 bytes in base64url. */
const raw32 = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "not 32 bytes in base64url");
const use = z.string().min(1).max(100);

const plainSchema = z.strictObject({ v: z.literal(1), use, seed: raw32 });
const lockedSchema = z.strictObject({ v: z.literal(2), use, publicKey: raw32, sealed: sealedSchema });
/** Says who holds the key: it is not here. */
const awaySchema = z.strictObject({ v: z.literal(3), use, publicKey: raw32, agent: z.string().min(1).max(4_096) });
const fileSchema = z.discriminatedUnion("v", [plainSchema, lockedSchema, awaySchema]);
type KeyFile = z.infer<typeof fileSchema>;

/** What a key's file says of it without being opened. */
export interface KeyFileFacts {
  readonly path: string;
  readonly use: string;
  /** base64url of the raw key. */
  readonly publicKey: string;
  readonly by: KeySecret["by"] | "nothing" | "agent";
  readonly sealed?: Sealed;
  /** The socket of the signing agent that holds the key in this file's place. */
  readonly agent?: string;
}

/** A key and what it is for. */
export interface OpenedKey {
  readonly use: string;
  readonly seed: Uint8Array;
  readonly key: PrivateKey;
}

/** What a sealed seed is bound to: the use and the public key that its file names. */
const boundTo = (keyUse: string, publicKey: string): string => `tallystick/key-file/v2\n${keyUse}\n${publicKey}\n`;

/** The text of a key's file. */
export function formatKeyFile(keyUse: string, seed: Uint8Array, sealer?: Sealer): string {
  const publicKey = encodeBase64url(privateKeyFromSeed(seed).publicKey.bytes);
  const file: KeyFile =
    sealer === undefined
      ? { v: 1, use: keyUse, seed: encodeBase64url(seed) }
      : { v: 2, use: keyUse, publicKey, sealed: sealer.seal(seed, boundTo(keyUse, publicKey)) };
  return `${JSON.stringify(file)}\n`;
}

/** The text of the file that stands in a key's place and names the agent that holds it. */
export function formatAgentKeyFile(keyUse: string, publicKey: string, agent: string): string {
  const file: KeyFile = { v: 3, use: keyUse, publicKey, agent };
  return `${JSON.stringify(file)}\n`;
}

/**
 * Opens a key's file.
 *
 * @param expected the use that the key must be for; any where that is left out
 * @throws KEY_FILE_INVALID, KEY_FILE_EXPOSED, KEY_USE_MISMATCH, KEY_LOCKED, KEY_SECRET_WRONG, KEY_FILE_ALTERED, KEY_COST_REFUSED,
 *   KEY_WITH_AGENT where the file only names who holds the key
 */
export async function openKeyFile(
  path: string,
  options: { readonly use?: string; readonly secrets?: KeySecrets } = {},
): Promise<OpenedKey> {
  const file = await readFileOf(path, options.use);
  if (file.v === 1) {
    await requirePrivate(path);
    const seed = Uint8Array.from(decodeBase64url(file.seed));
    return { use: file.use, seed, key: privateKeyFromSeed(seed) };
  }
  if (file.v === 3) throw keyFileError("KEY_WITH_AGENT", { path, agent: file.agent });
  const bound = boundTo(file.use, file.publicKey);
  const seed = await unseal(path, file.sealed, bound, options.secrets ?? noSecrets());
  const key = privateKeyFromSeed(seed);
  // The tag vouches for this already, unless somebody sealed a lie with the right secret.
  if (encodeBase64url(key.publicKey.bytes) !== file.publicKey) throw keyFileError("KEY_FILE_ALTERED", { path });
  return { use: file.use, seed, key };
}

/** What can be said of a key without its secret. @throws KEY_FILE_INVALID, KEY_USE_MISMATCH */
export async function describeKeyFile(path: string, expected?: string): Promise<KeyFileFacts> {
  const file = await readFileOf(path, expected);
  if (file.v === 2) {
    const { publicKey, sealed } = file;
    return { path, use: file.use, publicKey, by: securedBy(sealed.derivation), sealed };
  }
  if (file.v === 3) {
    const { publicKey, agent } = file;
    return { path, use: file.use, publicKey, by: "agent", agent };
  }
  const { publicKey } = privateKeyFromSeed(decodeBase64url(file.seed));
  return { path, use: file.use, publicKey: encodeBase64url(publicKey.bytes), by: "nothing" };
}

async function readFileOf(path: string, expected: string | undefined): Promise<KeyFile> {
  const invalid = (reason: string, cause?: unknown) => keyFileError("KEY_FILE_INVALID", { path, reason }, { cause });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw invalid((cause as { code?: string }).code === "ENOENT" ? "there is no such file" : "cannot be read", cause);
  }
  if (bytes.length > MAX_FILE_BYTES) throw invalid(`longer than ${MAX_FILE_BYTES} bytes`);
  let file: KeyFile;
  try {
    file = fileSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw invalid("not a key's file", cause);
  }
  if (expected !== undefined && file.use !== expected) {
    throw keyFileError("KEY_USE_MISMATCH", { path, expected, found: file.use });
  }
  return file;
}

/** @throws KEY_FILE_EXPOSED where others than its owner can read or write it */
export async function requirePrivate(path: string): Promise<void> {
  // Windows has no such bits.
  if (process.platform === "win32") return;
  const found = await stat(path);
  // A pipe or a descriptor is nobody's file.
  if (!found.isFile() || (found.mode & 0o077) === 0) return;
  throw keyFileError("KEY_FILE_EXPOSED", { path, mode: (found.mode & 0o777).toString(8) });
}

/** @throws KEY_FILE_EXPOSED where others than its owner can look into a folder */
export async function requirePrivateFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw keyFileError("KEY_FILE_EXPOSED", { path, mode: (mode & 0o777).toString(8) });
}

/** Writes a key where there was none, and makes it durable. */
export async function writeKeyFile(path: string, keyUse: string, seed: Uint8Array, sealer?: Sealer): Promise<void> {
  await writeDurably(path, formatKeyFile(keyUse, seed, sealer), "wx");
}

/** Writes a file where there was none, whole or not at all, and makes it durable. @throws EEXIST */
export function writeSecretFile(path: string, text: string): Promise<void> {
  return writeBeside(path, text, (fresh) => link(fresh, path));
}

/** Puts a file in another's place, whole or not at all: a reader or a crash meets the one or the other. */
export function replaceSecretFile(path: string, text: string): Promise<void> {
  return writeBeside(path, text, (fresh) => rename(fresh, path));
}

/** @param put gives what was written its name */
async function writeBeside(path: string, text: string, put: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    await writeDurably(fresh, text, "wx");
    await put(fresh);
    await syncFolder(dirname(path));
  } finally {
    await rm(fresh, { force: true });
  }
}

async function writeDurably(path: string, text: string, flag: "wx"): Promise<void> {
  const file = await open(path, flag, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
