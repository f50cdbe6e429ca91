import { type Command, InvalidArgumentError } from "commander";
import { operateRegistry, type RegistryAccess } from "../app/operate.ts";
import { openRegistryHome, type RegistryHome } from "../app/registry-home.ts";
import { SET_NAME } from "../factors/factor-version.ts";
import { type SecretOptions, secretsOf } from "./key-secrets.ts";
import type { Output } from "./output.ts";

/** How a command runs: with its output, its errors told, its exit code set. */
export type Runner = (command: Command, action: (output: Output) => Promise<void>) => Promise<void>;

/** The folder that the command works on. */
export const homeOf = (command: Command): string => command.optsWithGlobals<{ home: string }>().home;
const open = (command: Command): Promise<RegistryHome> =>
  openRegistryHome(homeOf(command), secretsOf(command.optsWithGlobals<SecretOptions>()));

/** Reads the registry of the command's folder. */
export async function read<T>(
  command: Command,
  use: (registry: RegistryAccess, home: RegistryHome) => Promise<T>,
): Promise<T> {
  const home = await open(command);
  return operateRegistry(home, (registry) => use(registry, home), "read");
}

/** Changes the registry of the command's folder. */
export async function change<T>(
  command: Command,
  use: (registry: RegistryAccess, home: RegistryHome) => Promise<T>,
): Promise<T> {
  const home = await open(command);
  return operateRegistry(home, (registry) => use(registry, home));
}

/** "id@version", so that nothing else becomes a path. */
export function versionName(text: string): string {
  if (!SET_NAME.test(text)) throw new InvalidArgumentError("not id@version");
  return text;
}
