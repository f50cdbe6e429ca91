import { utf8Encode } from "@tallystick/proto";
import type { Store, WriteOp } from "../ports/store.ts";

const KEY = "meta/restored";

/**
 * Says that a store was restored from a backup: its logs may be behind what they signed, so they sign nothing until a quorum of
 * their witnesses said how long they were (docs/protocol.md, LOG-4).
 */
export const RESTORED_MARK: WriteOp = { type: "put", key: KEY, value: utf8Encode("1") };

export async function isRestored(store: Store): Promise<boolean> {
  return (await store.get(KEY)) !== undefined;
}

/** Once every own log has heard from its quorum. */
export async function clearRestoredMark(store: Store): Promise<void> {
  await store.write([{ type: "del", key: KEY }], { sync: true });
}
