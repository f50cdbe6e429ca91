import { isTallyError, rootOf } from "@tallystick/proto";
import { REGISTRY_LOGS } from "../core/registry-state.ts";
import type { Trust } from "../core/trust.ts";
import { formatStateRecord } from "../log/log-records.ts";
import { endOfPrefix, type WriteOp } from "../ports/store.ts";
import { Replica } from "../replica/replica.ts";
import { parseReplicaRecord, replicaKeys } from "../replica/replica-records.ts";
import type { SoundRecords } from "./sound-records.ts";
import type { StoreCheck } from "./store-check.ts";

const REPLICA = "replica/";
const DOES_NOT_START = "the process does not start";

/**
 * Checks a copy of the registry by opening it as a node does, which verifies every entry from the pinned genesis on and the
 * rows of every factor set against their root.
 */
export async function checkReplica(store: SoundRecords, trust: Trust, check: StoreCheck): Promise<Replica | undefined> {
  try {
    // No time is needed: nothing is asked of its age.
    return await Replica.open({ trust, store, now: () => 0 });
  } catch (error) {
    if (!isTallyError(error)) throw error;
    const what = `the copy of the registry does not verify: ${error.message}`;
    const ops = await planRefetch(store, trust);
    if (ops === undefined) check.find(REPLICA, what, DOES_NOT_START, "restore");
    else {
      const says =
        "dropped the copy of the registry, from entry 0 on: it is fetched again, and must lead through what was held";
      check.findDerived(REPLICA, what, DOES_NOT_START, { says, ops });
    }
    return undefined;
  }
}

/**
 * Drops the copy, and keeps of each log how far it was: a registry that shows another history then is found out. Nothing is
 * planned where that is not known.
 */
async function planRefetch(store: SoundRecords, trust: Trust): Promise<readonly WriteOp[] | undefined> {
  const ops: WriteOp[] = [];
  for await (const key of store.keys({ gte: REPLICA, lt: endOfPrefix(REPLICA) })) ops.push({ type: "del", key });
  for (const log of REGISTRY_LOGS) {
    const key = replicaKeys.state(log);
    const record = await store.get(key);
    const floor = await store.get(replicaKeys.floor(log));
    if (floor !== undefined) ops.push({ type: "put", key: replicaKeys.floor(log), value: floor });
    else if (record === undefined) return undefined;
    else {
      try {
        const { frontier } = parseReplicaRecord(key, record);
        const value = formatStateRecord({
          origin: trust.logs[log].origin,
          treeSize: frontier.size,
          rootHash: rootOf(frontier),
        });
        ops.push({ type: "put", key: replicaKeys.floor(log), value });
      } catch (error) {
        if (!isTallyError(error)) throw error;
        return undefined;
      }
    }
  }
  return ops;
}
