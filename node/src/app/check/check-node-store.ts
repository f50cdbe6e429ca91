import {
  type CheckedStore,
  checkLog,
  checkRecords,
  checkReplica,
  type ScannableStore,
  SoundRecords,
  type StoreCheck,
} from "@tallystick/registry";
import { parseVerdict, type Verdict } from "../../core/journal/verdict.ts";
import type { HomeIdentity } from "../home-identity.ts";
import { journalOrigin } from "../journal-origin.ts";
import { FEED_PREFIX, JOURNAL_PREFIX, keys } from "../node-records.ts";
import { checkDocuments } from "./check-documents.ts";
import { checkFollowedFeeds } from "./check-followed-feeds.ts";
import { checkOwnEntry, checkOwnRecords } from "./check-own-entries.ts";
import { CheckpointKeys } from "./checkpoint-keys.ts";
import { nodeKeyKind } from "./node-key-kinds.ts";

/**
 * Checks a node's store against itself, offline and without a key: its feed and journal, what they say, the feeds that it
 * follows, its copy of the registry, and every record of its own.
 */
export async function checkNodeStore(
  scannable: ScannableStore,
  identity: HomeIdentity,
  check: StoreCheck,
): Promise<CheckedStore> {
  const counted = await checkRecords(scannable, nodeKeyKind, check);
  const store = new SoundRecords(scannable);
  const replica = await checkReplica(store, identity.trust, check);
  const checkpointKeys = await CheckpointKeys.read(identity, replica);
  const { origin } = identity;

  const feed = await checkLog({
    store,
    prefix: FEED_PREFIX,
    origin,
    keys: checkpointKeys.of(origin),
    check,
    onLeaf: (index, leaf) => checkOwnEntry(store, check, index, leaf),
  });
  await checkOwnRecords(store, check);

  const journalName = await journalOrigin(store, origin);
  const accepted = new AcceptedEntries(store, check);
  const journal = await checkLog({
    store,
    prefix: JOURNAL_PREFIX,
    origin: journalName,
    keys: checkpointKeys.of(origin, journalName),
    check,
    onLeaf: (index, leaf) => accepted.see(index, leaf),
  });
  const followed = await checkFollowedFeeds(store, checkpointKeys, check);
  await checkDocuments(store, check);
  return {
    ...counted,
    logs: [{ origin, size: feed?.treeSize ?? 0 }, { origin: journalName, size: journal?.treeSize ?? 0 }, ...followed],
  };
}

/** What the journal accepted must be there to be shown. */
class AcceptedEntries {
  readonly #store: SoundRecords;
  readonly #check: StoreCheck;
  constructor(store: SoundRecords, check: StoreCheck) {
    this.#store = store;
    this.#check = check;
  }

  async see(index: number, leaf: Uint8Array): Promise<void> {
    const verdict = this.#read(index, leaf);
    if (verdict?.kind !== "accepted") return;
    const key = keys.attestation(verdict.origin, verdict.index);
    if ((await this.#store.get(key)) !== undefined) return;
    this.#check.find(key, "is missing, though the journal accepted it", "it cannot be shown or proved", "restore");
  }

  #read(index: number, leaf: Uint8Array): Verdict | undefined {
    try {
      return parseVerdict(new TextDecoder().decode(leaf));
    } catch {
      this.#check.find(`${JOURNAL_PREFIX} ${index}`, "is not a verdict", "the node does not start", "restore");
      return undefined;
    }
  }
}
