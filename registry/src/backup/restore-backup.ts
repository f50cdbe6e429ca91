import { existsSync } from "node:fs";
import { cp, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { decodeBase64, isTallyError } from "@tallystick/proto";
import { openLevelStore, type ScannableStore } from "../adapters/level/level-store.ts";
import type { CheckedStore } from "../check/check-registry-store.ts";
import { StoreCheck } from "../check/store-check.ts";
import { registryError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import type { BackupKind } from "./backup-documents.ts";
import { type ReadBackup, readBackup } from "./read-backup.ts";
import { RESTORED_MARK } from "./restored-mark.ts";

export interface RestoreOptions {
  readonly source: AsyncIterable<Uint8Array>;
  readonly kind: BackupKind;
  /** The folder to make: not there yet, or empty. */
  readonly home: string;
  /** A folder whose `keys` and `tls` go with it: no backup holds keys. */
  readonly keysFrom?: string;
  /** Nothing was signed since the backup was made, so no witness need say how long the logs were. Only its owner can know. */
  readonly newest?: boolean;
  /** Changes what must not go on as it was, unless the backup is the newest state. */
  readonly prepare?: (home: string, store: Store) => Promise<void>;
  /** Checks the store in its new folder. */
  readonly examine: (home: string, store: ScannableStore, check: StoreCheck) => Promise<CheckedStore>;
  readonly onProgress?: (records: number) => void;
}

const RUN_FOLDERS = ["run", "tls", "keys"];

/**
 * Makes a folder from a backup. It is made beside, verified to the last byte, checked as `fsck` does, and gets its name at the
 * end: whatever interrupts this, nothing half-made has the name.
 *
 * @throws BACKUP_INVALID, RESTORE_TARGET_EXISTS, STORE_FAILED where the disk is full, and others of the store
 */
export async function restoreBackup(options: RestoreOptions): Promise<ReadBackup> {
  const home = resolve(options.home);
  await requireFree(home);
  const folder = `${home}.restoring`;
  await mkdir(dirname(home), { recursive: true });
  // One that was cut off.
  await rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { mode: 0o700 });
    const read = await fill(folder, options);
    await syncTree(folder);
    await rename(folder, home);
    await syncPath(dirname(home));
    return read;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw asFailure(error);
  }
}

async function fill(
  folder: string,
  { source, kind, keysFrom, newest = false, prepare, examine, onProgress }: RestoreOptions,
): Promise<ReadBackup> {
  for (const name of RUN_FOLDERS) await mkdir(join(folder, name), { mode: 0o700 });
  const store = await openLevelStore(join(folder, "store"), { createIfMissing: true });
  try {
    const mark = newest ? [] : [RESTORED_MARK];
    await store.write(mark);
    let written = 0;
    const read = await readBackup(source, {
      header: (header) => {
        if (header.kind !== kind) throw registryError("BACKUP_INVALID", { reason: `it is a ${header.kind}'s` });
      },
      file: async ({ path, mode, content }) => {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), decodeBase64(content), { mode, flag: "wx" });
      },
      records: async (records) => {
        const own = records.find(([key]) => key.startsWith("meta/"));
        if (own !== undefined) throw registryError("BACKUP_INVALID", { reason: `it sets ${own[0]}` });
        await store.write(records.map(([key, value]) => ({ type: "put", key, value })));
        written += records.length;
        onProgress?.(written);
      },
    });
    await requireSound(folder, store, examine);
    if (!newest) await prepare?.(folder, store);
    if (keysFrom !== undefined) {
      await cp(join(keysFrom, "keys"), join(folder, "keys"), { recursive: true });
      // A certificate is made again from its key where there is none.
      const tls = join(keysFrom, "tls");
      if (existsSync(tls)) await cp(tls, join(folder, "tls"), { recursive: true });
    }
    return read;
  } finally {
    await store.close();
  }
}

async function requireSound(folder: string, store: ScannableStore, examine: RestoreOptions["examine"]): Promise<void> {
  const check = new StoreCheck();
  await examine(folder, store, check);
  const damage = check.findings.find(({ mend }) => mend !== "none");
  if (damage === undefined) return;
  throw registryError("BACKUP_INVALID", { reason: `what it holds is damaged: ${damage.where} ${damage.what}` });
}

async function requireFree(home: string): Promise<void> {
  try {
    if ((await readdir(home)).length === 0) return;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return;
  }
  throw registryError("RESTORE_TARGET_EXISTS", { path: home });
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else await syncPath(path);
  }
  await syncPath(folder);
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A full or failing disk is named as what it is. */
function asFailure(error: unknown): unknown {
  const { syscall, message } = error as { syscall?: string; message: string };
  if (isTallyError(error) || syscall === undefined) return error;
  return registryError("STORE_FAILED", { reason: message }, { cause: error });
}
