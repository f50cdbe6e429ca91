import { randomBytes } from "node:crypto";
import { type Command, Option } from "commander";
import { keyFileError } from "../keys/key-errors.ts";
import { ownTerminal, promptPassphrase } from "../keys/prompt-passphrase.ts";
import { type KeySecret, type KeySecrets, Sealer } from "../keys/sealing.ts";
import {
  passphrase,
  readKeySecret,
  readPassphrase,
  requireNewPassphrase,
  secretsFrom,
} from "../keys/secret-sources.ts";

/** Where a command is told what opens the keys; a passphrase itself is never an argument. */
export interface SecretOptions {
  readonly passphraseFile?: string;
  readonly keyFile?: string;
}

/** The options of a program that opens keys. @param variable what the names of their environment variables begin with */
export function addSecretOptions(program: Command, variable: string): Command {
  return program
    .addOption(
      new Option("--passphrase-file <file>", "file, or /dev/fd/<n>, with the passphrase of the keys").env(
        `${variable}_PASSPHRASE_FILE`,
      ),
    )
    .addOption(new Option("--key-file <file>", "file that opens the keys").env(`${variable}_KEY_FILE`));
}

/** What opens the keys: the files named, or a person at the terminal. */
export function secretsOf({ passphraseFile, keyFile }: SecretOptions): KeySecrets {
  const terminal = ownTerminal();
  return secretsFrom({
    ...(passphraseFile === undefined ? {} : { passphraseFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(terminal === undefined ? {} : { terminal }),
  });
}

/**
 * What seals keys from now on: a key file, the passphrase in a file, or one that a person types twice.
 *
 * @throws KEY_SECRET_INVALID, KEY_FILE_EXPOSED
 */
export async function newSecret({ passphraseFile, keyFile }: SecretOptions): Promise<KeySecret> {
  if (keyFile !== undefined) return readKeySecret(keyFile);
  if (passphraseFile !== undefined) return requireNewPassphrase(await readPassphrase(passphraseFile));
  const terminal = ownTerminal();
  if (terminal === undefined) {
    const reason = "no terminal to ask at: name a passphrase's file or a key file";
    throw keyFileError("KEY_SECRET_INVALID", { reason });
  }
  const typed = await promptPassphrase(terminal, "new passphrase: ");
  if ((await promptPassphrase(terminal, "once more: ")) !== typed) {
    throw keyFileError("KEY_SECRET_INVALID", { reason: "the two are not the same" });
  }
  return requireNewPassphrase(passphrase(typed));
}

export const sealerOf = (secret: KeySecret): Promise<Sealer> => Sealer.create(secret, randomBytes);
