import { readFile } from "node:fs/promises";
import { decodeUtf8, isTallyError, utf8Encode } from "@tallystick/proto";
import { keyFileError } from "./key-errors.ts";
import { requirePrivate } from "./key-file.ts";
import { promptPassphrase, type Terminal } from "./prompt-passphrase.ts";
import {
  type KeySecret,
  KeySecrets,
  MAX_KEY_FILE_BYTES,
  MAX_PASSPHRASE_BYTES,
  MIN_KEY_FILE_BYTES,
  MIN_NEW_PASSPHRASE_CHARACTERS,
} from "./sealing.ts";

/** Where the secrets that open keys come from. A passphrase never stands among a process's arguments: others can read those. */
export interface SecretSources {
  /** A file, or a descriptor such as /dev/fd/3, with the passphrase in its first line. */
  readonly passphraseFile?: string;
  readonly keyFile?: string;
  /** Asked where no file is named. */
  readonly terminal?: Terminal;
}

/** Secrets that are fetched when a sealed file needs them. */
export function secretsFrom({ passphraseFile, keyFile, terminal }: SecretSources): KeySecrets {
  return new KeySecrets(async (by, path) => {
    if (by === "key-file") return keyFile === undefined ? undefined : readKeySecret(keyFile);
    if (passphraseFile !== undefined) return readPassphrase(passphraseFile);
    if (terminal === undefined) return undefined;
    return passphrase(await promptPassphrase(terminal, `passphrase of ${path}: `));
  });
}

/** @throws KEY_SECRET_INVALID, KEY_FILE_EXPOSED */
export async function readPassphrase(path: string): Promise<KeySecret> {
  const bytes = await readSecret(path, MAX_PASSPHRASE_BYTES + 2);
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw keyFileError("KEY_SECRET_INVALID", { reason: `${path} is not UTF-8` }, { cause });
  }
  return passphrase(text.replace(/\r?\n$/, ""));
}

/** Spelt in one way, so that the same words typed on two machines are the same bytes. @throws KEY_SECRET_INVALID */
export function passphrase(text: string): KeySecret {
  const bytes = utf8Encode(text.normalize("NFKC"));
  if (bytes.length === 0 || bytes.length > MAX_PASSPHRASE_BYTES || text.includes("\n")) {
    throw keyFileError("KEY_SECRET_INVALID", {
      reason: `a passphrase is one line of 1 to ${MAX_PASSPHRASE_BYTES} bytes`,
    });
  }
  return { by: "passphrase", bytes };
}

/** @throws KEY_SECRET_INVALID for a new passphrase that is too easily guessed */
export function requireNewPassphrase(secret: KeySecret): KeySecret {
  if (secret.by === "passphrase" && [...decodeUtf8(secret.bytes)].length < MIN_NEW_PASSPHRASE_CHARACTERS) {
    const reason = `a new passphrase has at least ${MIN_NEW_PASSPHRASE_CHARACTERS} characters`;
    throw keyFileError("KEY_SECRET_INVALID", { reason });
  }
  return secret;
}

/** @throws KEY_SECRET_INVALID, KEY_FILE_EXPOSED */
export async function readKeySecret(path: string): Promise<KeySecret> {
  const bytes = await readSecret(path, MAX_KEY_FILE_BYTES);
  if (bytes.length < MIN_KEY_FILE_BYTES) {
    const reason = `${path} has ${bytes.length} bytes; a key file has ${MIN_KEY_FILE_BYTES} to ${MAX_KEY_FILE_BYTES}, all random`;
    throw keyFileError("KEY_SECRET_INVALID", { reason });
  }
  return { by: "key-file", bytes };
}

async function readSecret(path: string, maxBytes: number): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    await requirePrivate(path);
    bytes = new Uint8Array(await readFile(path));
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    throw keyFileError("KEY_SECRET_INVALID", { reason: `${path} cannot be read` }, { cause });
  }
  if (bytes.length > maxBytes) {
    throw keyFileError("KEY_SECRET_INVALID", { reason: `${path} is longer than ${maxBytes} bytes` });
  }
  return bytes;
}
