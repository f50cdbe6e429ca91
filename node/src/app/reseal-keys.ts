import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type KeySecret, type KeySecrets, planReseal, type ResealStep, type Sealer } from "@tallystick/registry";
import { filesOf } from "./key-report.ts";
import { readKeySets } from "./key-sets.ts";

/**
 * Seals every key of a node's folder anew, or unseals it; see `planReseal`.
 *
 * @throws HOME_INVALID and what openKeyFile throws; nothing is changed then
 */
export async function planResealHome(
  home: string,
  firstKid: string,
  secrets: KeySecrets,
  next?: { readonly secret: KeySecret; readonly sealer: Sealer },
): Promise<readonly ResealStep[]> {
  const { current, staged, retired } = await readKeySets(home, firstKid);
  const sets = [current, ...(staged === undefined ? [] : [staged]), ...retired];
  const steps = await planReseal((await Promise.all(sets.map(filesOf))).flat(), secrets, next);
  // Folders of old have the transport key a second time, in the clear.
  const copy = join(home, "tls", "key.pem");
  return [...steps, { path: copy, run: () => rm(copy, { force: true }) }];
}
