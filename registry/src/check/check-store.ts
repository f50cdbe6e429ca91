import { openLevelStore, type ScannableStore } from "../adapters/level/level-store.ts";
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
  readonly onProgress?: (done: number, of: string) => void;
}

/**
 * Checks the store of a stopped process.
 *
 * @throws STORE_MISSING, STORE_LOCKED where a process has it open, STORE_FORMAT_UNSUPPORTED, STORE_FAILED: it cannot be checked
 */
export async function checkStore({ path, examine, onProgress }: CheckStoreOptions): Promise<StoreReport> {
  const check = new StoreCheck(onProgress);
  const store = await openLevelStore(path, { createIfMissing: false });
  try {
    const checked = await examine(store, check);
    return { ...checked, sound: check.sound, findings: check.findings, unlisted: check.dropped, repaired: [] };
  } finally {
    await store.close();
  }
}
