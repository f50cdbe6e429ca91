import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkRegistryStore } from "../check/check-registry-store.ts";
import { checkStore, type StoreReport } from "../check/check-store.ts";
import { checkWitnessStore } from "../check/check-witness-store.ts";
import { parseTrust } from "../core/trust.ts";
import { readJson } from "./home-files.ts";

export interface CheckHomeOptions {
  readonly home: string;
  readonly repair?: boolean;
  readonly onProgress: (done: number, of: string) => void;
}

/**
 * Checks the store of a stopped registry or witness. No key is read.
 *
 * @throws REGISTRY_HOME_INVALID, TRUST_INVALID, and as `checkStore`
 */
export async function checkHome({ home, ...options }: CheckHomeOptions): Promise<StoreReport> {
  const path = join(home, "store");
  if (existsSync(join(home, "witness.json"))) return checkStore({ path, examine: checkWitnessStore, ...options });
  const trust = parseTrust(await readJson(join(home, "network.json"), z.unknown()));
  return checkStore({ path, examine: (store, check) => checkRegistryStore(store, trust, check), ...options });
}
