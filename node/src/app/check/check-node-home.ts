import { join } from "node:path";
import { type CheckStoreOptions, checkStore, type StoreReport } from "@tallystick/registry";
import { readHomeIdentity } from "../home-identity.ts";
import { checkNodeStore } from "./check-node-store.ts";

/**
 * Checks the store of a stopped node. No key is read.
 *
 * @throws HOME_MISSING, HOME_INVALID, TRUST_INVALID, and as `checkStore`
 */
export async function checkNodeHome(
  home: string,
  options: Pick<CheckStoreOptions, "repair" | "onProgress"> = {},
): Promise<StoreReport> {
  const identity = await readHomeIdentity(home);
  return checkStore({
    path: join(home, "store"),
    examine: (store, check) => checkNodeStore(store, identity, check),
    ...options,
  });
}
