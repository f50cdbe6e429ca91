import { appendLeafHashes, EMPTY_FRONTIER, type Frontier, hashLeaf } from "@tallystick/proto";
import type { Replica, Store } from "@tallystick/registry";
import { evidenceError } from "../core/evidence/evidence-errors.ts";
import type { EvidenceSources } from "../core/evidence/evidence-sources.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import { feedFinalOver } from "./key-review.ts";
import { keys, readRecord, records } from "./node-records.ts";

/** Leaves hashed at once where a frontier has to be rebuilt. */
const PAGE = 4_096;

/** What a bundle is built from, out of what this node's followers verified and kept. */
export function evidenceSources(
  store: Store,
  replica: Replica,
  feeds: ReadonlyMap<string, FeedState>,
): EvidenceSources {
  const feedOf = (origin: string): FeedState => {
    const feed = feeds.get(origin);
    if (feed === undefined) throw evidenceError("EVIDENCE_NOT_HELD", { what: `the feed ${origin}` });
    return feed;
  };
  const leaves = async (origin: string, from: number, to: number): Promise<Uint8Array[]> => {
    const found: Uint8Array[] = [];
    const range = { gte: keys.feedLeaf(origin, from), lt: keys.feedLeaf(origin, to) };
    for await (const [, leaf] of store.entries(range)) found.push(leaf);
    if (found.length !== to - from) {
      throw evidenceError("EVIDENCE_NOT_HELD", { what: `leaves ${from} to ${to} of ${origin}` });
    }
    return found;
  };
  return {
    feedCheckpoint: async (origin) => {
      const { frontier, note } = feedOf(origin);
      return { size: frontier.size, note };
    },
    feedFrontier: async (origin, size): Promise<Frontier> => {
      let frontier = EMPTY_FRONTIER;
      for (let from = 0; from < size; from += PAGE) {
        const page = await leaves(origin, from, Math.min(size, from + PAGE));
        frontier = appendLeafHashes(frontier, page.map(hashLeaf));
      }
      return frontier;
    },
    feedLeaves: leaves,
    attestation: async ({ origin, index }) => {
      const key = keys.attestation(origin, index);
      const value = await store.get(key);
      if (value === undefined) throw evidenceError("EVIDENCE_NOT_HELD", { what: `the attestation ${origin}#${index}` });
      const { jws, disclosures } = readRecord(records.attestation, key, value);
      return { jws, disclosures };
    },
    feedFinalOver: async (origin, index) =>
      (await feedFinalOver(store, origin, index, replica.state.members.witnessPolicy))?.note,
    membersFinalOver: async (entry) => replica.finalOver(entry)?.note,
    registryLog: async (log) => {
      const note = replica.noteOf(log);
      if (note === undefined) throw evidenceError("EVIDENCE_NOT_HELD", { what: `the registry's ${log} log` });
      return { note, entries: await replica.leaves(log) };
    },
  };
}
