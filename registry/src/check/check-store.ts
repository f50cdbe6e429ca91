import { existsSync } from "node:fs";
import { join } from "node:path";
import { inspectStoreFiles } from "../adapters/level/inspect-files.ts";
import { isLocked, openLevelStore, type ScannableStore } from "../adapters/level/level-store.ts";
import { registryError } from "../errors.ts";
import type { CheckedStore } from "./check-registry-store.ts";
import { StoreCheck, type StoreFinding } from "./store-check.ts";

/** What a check of a whole store found. */
export interface StoreReport extends CheckedStore {
  readonly sound: boolean;
  readonly findings: readonly StoreFinding[];
  /** Findings beyond those listed. */
  readonly unlisted: number;
  /** What `--repair` did. */
  readonly repaired: readonly string[];
}

export interface CheckStoreOptions {
  readonly path: string;
  readonly examine: (store: ScannableStore, check: StoreCheck) => Promise<CheckedStore>;
  /** Redo what is derived, where nothing else is damaged. */
  readonly repair?: boolean;
  readonly onProgress?: (done: number, of: string) => void;
}

/**
 * Checks the store of a stopped process.
 *
 * @throws STORE_MISSING, STORE_LOCKED where a process has it open, STORE_FORMAT_UNSUPPORTED, STORE_FAILED: it cannot be checked
 */
export async function checkStore(options: CheckStoreOptions): Promise<StoreReport> {
  const { path, examine, repair = false, onProgress } = options;
  const check = new StoreCheck(onProgress);
  if (await checkFiles(path, check)) return reportOf({ records: 0, bytes: 0, logs: [] }, check);
  const store = await openLevelStore(path, { createIfMissing: false, keepFormat: true });
  try {
    const report = reportOf(await examine(store, check), check);
    const isDerivedAlone = check.findings.every(({ mend }) => mend !== "restore") && check.dropped === 0;
    if (report.sound || !repair || !isDerivedAlone) return report;
    await store.write(
      check.repairs.flatMap(({ ops }) => ops),
      { sync: true },
    );
    const again = new StoreCheck(onProgress);
    const repaired = check.repairs.map(({ says }) => says);
    return { ...reportOf(await examine(store, again), again), repaired };
  } finally {
    await store.close();
  }
}

function reportOf(checked: CheckedStore, check: StoreCheck): StoreReport {
  return { ...checked, sound: check.sound, findings: check.findings, unlisted: check.dropped, repaired: [] };
}

/**
 * Looks at the files themselves first: a store whose files are damaged is not opened, which would bury the damage.
 * @returns true where there is damage
 */
async function checkFiles(path: string, check: StoreCheck): Promise<boolean> {
  if (!existsSync(join(path, "CURRENT"))) throw registryError("STORE_MISSING", { path });
  if (await isLocked(path)) throw registryError("STORE_LOCKED", { path });
  const onProgress = (bytes: number): void => check.progress(Math.round(bytes / 1_048_576), "MiB of tables");
  const damaged = await inspectStoreFiles(path, { maxTableBytes: Number.POSITIVE_INFINITY, onProgress });
  for (const { file, what, keys } of damaged) {
    const consequence =
      keys === undefined
        ? "what was written last, or all of it, is not to be had; the store is not opened"
        : `records after ${keys.after} up to ${keys.last} are wrong, old or missing; the store is not opened`;
    check.find(file, what, consequence, "restore");
  }
  return damaged.length > 0;
}
