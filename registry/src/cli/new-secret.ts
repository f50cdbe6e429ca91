import type { Command } from "commander";
import type { KeySecret } from "../keys/sealing.ts";
import { newSecret } from "./key-secrets.ts";

/** What a command is told that seals keys anew. */
export interface NewSecretOptions {
  readonly newPassphraseFile?: string;
  readonly newKeyFile?: string;
  readonly remove?: true;
}

export function addNewSecretOptions(command: Command): Command {
  return command
    .option("--new-passphrase-file <file>", "file with the new passphrase (default: it is asked for)")
    .option("--new-key-file <file>", "seal by this file of 32 to 4096 random bytes instead")
    .option("--remove", "let them lie open, readable by their owner alone");
}

/** What seals from now on; undefined where nothing shall. @throws KEY_SECRET_INVALID, KEY_FILE_EXPOSED */
export async function chosenSecret(
  { newPassphraseFile, newKeyFile, remove }: NewSecretOptions,
  command: Command,
): Promise<KeySecret | undefined> {
  if ([newPassphraseFile, newKeyFile, remove].filter((one) => one !== undefined).length > 1) {
    command.error("error: only one of --new-passphrase-file, --new-key-file and --remove");
  }
  if (remove === true) return undefined;
  return newSecret({
    ...(newPassphraseFile === undefined ? {} : { passphraseFile: newPassphraseFile }),
    ...(newKeyFile === undefined ? {} : { keyFile: newKeyFile }),
  });
}
