import { isTallyError } from "@tallystick/proto";
import { formatKeyFile, type KeyFileFacts, openKeyFile, replaceSecretFile } from "./key-file.ts";
import { type KeySecret, KeySecrets, type Sealer } from "./sealing.ts";

/** One key's file, to be replaced. */
export interface ResealStep {
  readonly path: string;
  readonly run: () => Promise<void>;
}

/**
 * Seals keys anew, or unseals them. All of them are opened before the first is replaced, each is replaced whole, and where it was
 * interrupted the same call again completes it: what bears the new secret already is left alone, and so is what an agent holds.
 *
 * @param secrets what opens the keys now
 * @param next what shall open them from now on; undefined to let them lie open
 * @throws what openKeyFile throws; nothing is changed then
 */
export async function planReseal(
  files: readonly KeyFileFacts[],
  secrets: KeySecrets,
  next?: { readonly secret: KeySecret; readonly sealer: Sealer },
): Promise<readonly ResealStep[]> {
  const steps: ResealStep[] = [];
  for (const { path, use, by } of files) {
    // Sealed where the agent's folder is.
    if (by === "agent") continue;
    const seed = await seedOf(path, use, secrets, next?.secret);
    if (seed === undefined) continue;
    const text = formatKeyFile(use, seed, next?.sealer);
    steps.push({ path, run: () => replaceSecretFile(path, text) });
  }
  return steps;
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
