import { isTallyError } from "@tallystick/proto";
import type { Trust } from "../core/trust.ts";
import type { Store } from "../ports/store.ts";
import { Replica } from "../replica/replica.ts";
import type { StoreCheck } from "./store-check.ts";

/**
 * Checks a copy of the registry by opening it as a node does, which verifies every entry from the pinned genesis on and the
 * rows of every factor set against their root.
 */
export async function checkReplica(store: Store, trust: Trust, check: StoreCheck): Promise<Replica | undefined> {
  try {
    // No time is needed: nothing is asked of its age.
    return await Replica.open({ trust, store, now: () => 0 });
  } catch (error) {
    if (!isTallyError(error)) throw error;
    const consequence = "the process does not start; the copy can be fetched from the registry again";
    check.find("replica/", `the copy of the registry does not verify: ${error.message}`, consequence, "repair");
    return undefined;
  }
}
