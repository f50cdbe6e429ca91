import type { AttestKeyRecord } from "@tallystick/registry";

/**
 * What the keys' history makes of an entry (docs/protocol.md, KEY-9 and KEY-10):
 * `good`: its key was the member's when a quorum saw the entry; `disputed`: it was, and somebody else may have had it too; `retired`: it
 * was no more; `undated`: its key is out of use, and it is not known yet when a quorum saw the entry, or the event that ended the key.
 */
export type KeyStanding = "good" | "disputed" | "retired" | "undated";

/**
 * @param seenUnix log time of the entry: when the first quorum that saw it was complete; absent while none did
 * @param endedUnix log time of the key event that ended the key
 */
export function standingOf(
  { untilEntry, compromisedSince }: AttestKeyRecord,
  seenUnix: number | undefined,
  endedUnix: number | undefined,
): KeyStanding {
  if (untilEntry === undefined) return "good";
  if (seenUnix === undefined || endedUnix === undefined) return "undated";
  // Of one second nobody can say which was first.
  if (seenUnix >= endedUnix) return "retired";
  return compromisedSince !== undefined && seenUnix >= compromisedSince ? "disputed" : "good";
}
