import { mkdir, readFile } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { keyFileError } from "./key-errors.ts";
import {
  describeKeyFile,
  formatAgentKeyFile,
  replaceSecretFile,
  requirePrivateFolder,
  writeSecretFile,
} from "./key-file.ts";

export interface HandOverOptions {
  /** The folder whose keys they are: the agent's lies outside of it. */
  readonly home: string;
  /** Files of keys. */
  readonly files: readonly string[];
  /** The agent's folder, made where it is not there. */
  readonly to: string;
  /** Where its agent listens. */
  readonly socketPath: string;
}

/** One step: a crash between two leaves each key with its old holder, the new one or both, and the same again completes it. */
export interface HandOverStep {
  readonly what: "copy to the agent" | "name the agent";
  readonly path: string;
  readonly run: () => Promise<void>;
}

/**
 * Gives keys to an agent: all are copied into its folder, sealed as they are, before the first one's file is replaced by one that names
 * the agent. Keys that an agent has already are left out.
 *
 * @throws SIGNER_REFUSED for an agent's folder inside the home, KEY_FILE_INVALID; the copying throws KEY_FILE_EXPOSED, and EEXIST where another file is in the way
 */
export async function planHandOver({ home, files, to, socketPath }: HandOverOptions): Promise<readonly HandOverStep[]> {
  if (liesWithin(home, to)) {
    throw keyFileError("SIGNER_REFUSED", {
      path: to,
      reason: "the agent's folder lies within the folder whose keys it is to hold",
    });
  }
  const facts = (await Promise.all(files.map((path) => describeKeyFile(path)))).filter(({ by }) => by !== "agent");
  const agent = resolve(socketPath);
  return [
    ...facts.map(({ path, use, publicKey }): HandOverStep => {
      const copy = join(to, `${use}-${publicKey.slice(0, 12)}.json`);
      return { what: "copy to the agent", path: copy, run: () => copyInto(to, path, copy) };
    }),
    ...facts.map(({ path, use, publicKey }): HandOverStep => {
      const run = (): Promise<void> => replaceSecretFile(path, formatAgentKeyFile(use, publicKey, agent));
      return { what: "name the agent", path, run };
    }),
  ];
}

/** Whether a path is that of a folder, or of something in it. */
export function liesWithin(folder: string, path: string): boolean {
  const within = relative(resolve(folder), resolve(path));
  return within === "" || !(within.startsWith("..") || isAbsolute(within));
}

async function copyInto(folder: string, from: string, to: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await requirePrivateFolder(folder);
  const text = await readFile(from, "utf8");
  // An attempt before this one was interrupted after it.
  if ((await readFile(to, "utf8").catch(() => undefined)) === text) return;
  await writeSecretFile(to, text);
}
