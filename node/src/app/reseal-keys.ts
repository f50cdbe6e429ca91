import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isTallyError } from "@tallystick/proto";
import {
  formatKeyFile,
  type KeySecret,
  KeySecrets,
  openKeyFile,
  replaceSecretFile,
  type Sealer,
} from "@tallystick/registry";
import { filesOf } from "./key-report.ts";
import { readKeySets } from "./key-sets.ts";

/** One key's file, to be replaced. */
export interface ResealStep {
  readonly path: string;
  readonly run: () => Promise<void>;
}

/**
 * Seals every key of a folder anew, or unseals it. All of them are opened before the first is replaced, each is replaced whole, and where
 * it was interrupted the same call again completes it: what bears the new secret already is left alone.
 *
 * @param secrets what opens the keys now
 * @param secret what shall open them from now on; undefined to let them lie open
 * @throws what openKeyFile throws; nothing is changed then
 */
export async function planReseal(
  home: string,
  firstKid: string,
  secrets: KeySecrets,
  next?: { readonly secret: KeySecret; readonly sealer: Sealer },
): Promise<readonly ResealStep[]> {
  const { current, staged, retired } = await readKeySets(home, firstKid);
  const sets = [current, ...(staged === undefined ? [] : [staged]), ...retired];
  const steps: ResealStep[] = [];
  for (const { path, use, by } of (await Promise.all(sets.map(filesOf))).flat()) {
    // Sealed where the agent's folder is.
    if (by === "agent") continue;
    const seed = await seedOf(path, use, secrets, next?.secret);
    if (seed === undefined) continue;
    const text = formatKeyFile(use, seed, next?.sealer);
    steps.push({ path, run: () => replaceSecretFile(path, text) });
  }
  // Folders of old have the transport key a second time, in the clear.
  const copy = join(home, "tls", "key.pem");
  return [...steps, { path: copy, run: () => rm(copy, { force: true }) }];
}

/** Undefined where the new secret opens it already, and the present one does not. */
async function seedOf(
  path: string,
  use: string,
  secrets: KeySecrets,
  next: KeySecret | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return (await openKeyFile(path, { use, secrets })).seed;
  } catch (error) {
    if (next === undefined || !(isTallyError(error, "KEY_SECRET_WRONG") || isTallyError(error, "KEY_LOCKED")))
      throw error;
    try {
      await openKeyFile(path, { use, secrets: new KeySecrets(async (by) => (by === next.by ? next : undefined)) });
      return undefined;
    } catch (another) {
      if (!isTallyError(another)) throw another;
      throw error;
    }
  }
}
