import { decodeUtf8, evaluateQuorum, parseNote, type WitnessPolicy } from "@tallystick/proto";
import type { KeyHistory, Store } from "@tallystick/registry";
import type { Verdict } from "../core/journal/verdict.ts";
import { standingOf } from "../core/keys/key-standing.ts";
import { kidOf } from "../core/keys/kid-of.ts";
import { keys, readRecord, records, under } from "./node-records.ts";

/**
 * Log time of an entry of a followed feed (docs/protocol.md, KEY-9): the time of the first checkpoint above it that a quorum
 * cosigned, among those that were kept. Unix seconds; undefined while there is none.
 */
export async function feedLogTime(
  store: Store,
  origin: string,
  index: number,
  policy: WitnessPolicy | undefined,
): Promise<number | undefined> {
  return (await feedFinalOver(store, origin, index, policy))?.logTimeUnix;
}

/** The first checkpoint above an entry of a followed feed that a quorum cosigned, among those that were kept. */
export async function feedFinalOver(
  store: Store,
  origin: string,
  index: number,
  policy: WitnessPolicy | undefined,
): Promise<{ readonly note: string; readonly logTimeUnix: number } | undefined> {
  if (policy === undefined) return undefined;
  const range = { ...under(keys.feedNotes(origin)), gte: keys.feedNote(origin, index + 1) };
  for await (const [, value] of store.entries(range)) {
    const note = decodeUtf8(value);
    const { logTimeUnix } = evaluateQuorum(policy, parseNote(note));
    if (logTimeUnix !== undefined) return { note, logTimeUnix };
  }
  return undefined;
}

export interface KeyReviewContext {
  readonly store: Store;
  readonly member: string;
  readonly origin: string;
  readonly history: KeyHistory;
  readonly policy: WitnessPolicy | undefined;
  /** Log time of an entry of the members log. */
  readonly timeOfEntry: (entry: number) => number | undefined;
}

/** What the keys' history makes of what was accepted. */
export interface ReviewedKeys {
  /** On entries on which there was none yet. */
  readonly verdicts: readonly Extract<Verdict, { kind: "disputed" }>[];
  /** False where something is still to be dated. */
  readonly settled: boolean;
}

/**
 * Judges again what was accepted from a feed by keys that are out of use (docs/protocol.md, KEY-9 and KEY-10). Reads all that was
 * accepted: for when a member's keys have changed, which is seldom.
 */
export async function reviewKeys(context: KeyReviewContext): Promise<ReviewedKeys> {
  const { store, member, origin, history, policy, timeOfEntry } = context;
  const verdicts: Extract<Verdict, { kind: "disputed" }>[] = [];
  let settled = true;
  const prefix = keys.attestations(origin);
  for await (const [key, value] of store.entries(under(prefix))) {
    const index = Number(key.slice(prefix.length));
    const kid = kidOf(readRecord(records.attestation, key, value).jws);
    const record = history.attestKey(kid);
    if (record?.untilEntry === undefined || (await store.get(keys.disputed(origin, index))) !== undefined) continue;
    const seenUnix = await feedLogTime(store, origin, index, policy);
    const standing = standingOf(record, seenUnix, timeOfEntry(record.untilEntry));
    if (standing === "undated") settled = false;
    else if (standing !== "good") {
      const why = standing === "disputed" ? "compromised" : "retired";
      verdicts.push({
        v: 1,
        kind: "disputed",
        member,
        origin,
        index,
        kid,
        why,
        event: eventOf(history, kid, record.untilEntry),
      });
    }
  }
  return { verdicts, settled };
}

/** The entry of the members log that says so: the compromise where there is one, or else the end of the key. */
export function eventOf(history: KeyHistory, kid: string, untilEntry: number): number {
  return history.compromises.find(({ kids }) => kids.includes(kid))?.entry ?? untilEntry;
}
