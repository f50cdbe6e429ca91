import { equalBytes, hashJws, isTallyError, type Leaf, parseLeaf } from "@tallystick/proto";
import { LogKeys, type SoundRecords, type StoreCheck } from "@tallystick/registry";
import { FEED_PREFIX, keys, readRecord, records, under } from "../node-records.ts";

const UNDELIVERED = "the entry cannot be delivered, nor superseded";
const WITHHELD = "the buyer it was addressed to is told that it was withheld";

/** Checks that what an entry of the own feed commits to is there. */
export async function checkOwnEntry(
  store: SoundRecords,
  check: StoreCheck,
  index: number,
  bytes: Uint8Array,
): Promise<void> {
  const leaf = readLeaf(bytes);
  if (leaf === undefined) {
    check.find(`${FEED_PREFIX} ${index}`, "is not an entry of a feed", "every buyer refuses the feed", "restore");
  } else if (leaf.kind === "attest" || leaf.kind === "supersede") {
    const key = keys.publication(index);
    const value = await store.get(key);
    if (value === undefined) check.find(key, "is missing, though the feed commits to it", UNDELIVERED, "restore");
    else if (!isCommitted(leaf, key, value)) {
      check.find(key, "is not what the feed commits to", UNDELIVERED, "restore");
    }
  } else if (leaf.kind === "deliver" && (await store.get(keys.delivery(index))) === undefined) {
    check.find(keys.delivery(index), "is missing, though the feed commits to it", WITHHELD, "restore");
  }
}

function readLeaf(bytes: Uint8Array): Leaf | undefined {
  try {
    return parseLeaf(bytes);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return undefined;
  }
}

function isCommitted(leaf: { readonly jwsHash: Uint8Array }, key: string, value: Uint8Array): boolean {
  try {
    return equalBytes(hashJws(readRecord(records.publication, key, value).jws), leaf.jwsHash);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return false;
  }
}

/** Checks that each publication and delivery belongs to an entry of its kind. */
export async function checkOwnRecords(store: SoundRecords, check: StoreCheck): Promise<void> {
  const log = new LogKeys(FEED_PREFIX);
  for (const prefix of [keys.publications, keys.deliveries]) {
    const kinds = prefix === keys.deliveries ? ["deliver"] : ["attest", "supersede"];
    for await (const [key, value] of store.entries(under(prefix))) {
      const leaf = await store.get(log.leaf(Number(key.slice(prefix.length))));
      const kind = leaf && readLeaf(leaf)?.kind;
      if (kind === undefined || !kinds.includes(kind)) {
        check.find(
          key,
          "belongs to no entry of the feed",
          "it would be served for an entry that does not exist",
          "restore",
        );
      }
      if (prefix === keys.deliveries) await checkDelivery(store, check, key, value);
    }
  }
}

async function checkDelivery(store: SoundRecords, check: StoreCheck, key: string, value: Uint8Array): Promise<void> {
  try {
    const { targetIndex } = readRecord(records.delivery, key, value);
    if ((await store.get(keys.publication(targetIndex))) !== undefined) return;
    check.find(key, `delivers entry ${targetIndex}, which is not there`, WITHHELD, "restore");
  } catch (error) {
    if (!isTallyError(error)) throw error;
    check.find(key, "is not a delivery", WITHHELD, "restore");
  }
}
