import { decodeUtf8, evaluateQuorum, parseNote, type WitnessPolicy } from "@tallystick/proto";
import type { Replica, Store } from "@tallystick/registry";
import { evidenceError } from "../core/evidence/evidence-errors.ts";
import type { SizedNote } from "../core/evidence/evidence-sources.ts";
import type { FaultSources } from "../core/evidence/fault/fault-sources.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import type { Agreements } from "./agreements.ts";
import { evidenceSources } from "./evidence-store.ts";
import { keys, readRecord, records } from "./node-records.ts";

/** Checkpoints looked through for one that a quorum cosigned. */
const MAX_NOTES = 512;

/** What fault documents are built from, out of what this node's followers kept. */
export function faultSources(
  store: Store,
  replica: Replica,
  feeds: ReadonlyMap<string, FeedState>,
  agreements: Agreements,
  policy: () => WitnessPolicy,
): FaultSources {
  const { feedLeaves, attestation } = evidenceSources(store, replica, feeds);
  const sizeOf = (origin: string): number => feeds.get(origin)?.frontier.size ?? 0;
  const isFinal = ({ note }: SizedNote): boolean => evaluateQuorum(policy(), parseNote(note)).met;
  /** Checkpoints of sizes in [from, to], in order or the other way round. */
  async function* notes(origin: string, from: number, to: number, reverse: boolean): AsyncGenerator<SizedNote> {
    const range = { gte: keys.feedNote(origin, from), lt: keys.feedNote(origin, to + 1), reverse, limit: MAX_NOTES };
    for await (const [key, value] of store.entries(range)) {
      yield { size: Number(key.slice(key.lastIndexOf("/") + 1)), note: decodeUtf8(value) };
    }
  }
  const newestNote = async (origin: string): Promise<SizedNote> => {
    const state = feeds.get(origin);
    if (state === undefined || state.note === "") {
      throw evidenceError("EVIDENCE_NOT_HELD", { what: `a checkpoint of ${origin}` });
    }
    return { size: state.frontier.size, note: state.note };
  };
  return {
    leaves: feedLeaves,
    newestNote,
    noteCovering: async (origin, size) => {
      let first: SizedNote | undefined;
      for await (const note of notes(origin, size, sizeOf(origin), false)) {
        first ??= note;
        if (isFinal(note)) return note;
      }
      return first ?? newestNote(origin);
    },
    finalNoteUpTo: async (origin, size) => {
      for await (const note of notes(origin, 0, size, true)) if (isFinal(note)) return note;
      return undefined;
    },
    handedOver: async (origin, index) => {
      const key = keys.exhibit(origin, index);
      const value = await store.get(key);
      return value === undefined ? undefined : readRecord(records.exhibit, key, value);
    },
    offered: async (origin) => {
      const key = keys.offered(origin);
      const value = await store.get(key);
      if (value === undefined) return undefined;
      const { note, prefix } = readRecord(records.offered, key, value);
      return { note, ...(prefix === undefined ? {} : { prefix }) };
    },
    attestation: async (origin, index) => (await attestation({ origin, index, leaf: "" })).jws,
    agreement: (origin) => agreements.purchases.find(({ agreement }) => agreement.offer.origin === origin)?.agreement,
    members: async () => {
      const note = replica.noteOf("members");
      if (note === undefined) throw evidenceError("EVIDENCE_NOT_HELD", { what: "the registry's members log" });
      return { note, entries: (await replica.leaves("members")).map(decodeUtf8) };
    },
  };
}
