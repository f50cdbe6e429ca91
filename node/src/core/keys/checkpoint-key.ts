import {
  equalBytes,
  evaluateQuorum,
  isLineOf,
  type Note,
  parseNote,
  type VerifierKey,
  type WitnessPolicy,
} from "@tallystick/proto";
import type { KeyHistory } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";

/** What decides by which key a checkpoint counts. */
export interface CheckpointKeyContext {
  readonly history: KeyHistory;
  readonly policy: WitnessPolicy | undefined;
  /** Log time of an entry of the members log, Unix seconds; undefined while no quorum dates it. */
  readonly timeOfEntry: (entry: number) => number | undefined;
}

/**
 * The key that a checkpoint of a member's feed must be verified with (docs/protocol.md, KEY-11): the present one where it signed,
 * or else one of before whose signature a quorum saw before the key event that ended it.
 *
 * @throws CHECKPOINT_KEY_RETIRED where a key of before signed and that cannot be shown; NOTE_MALFORMED
 */
export function checkpointKeyOf(origin: string, noteText: string, context: CheckpointKeyContext): VerifierKey {
  const keys = keysOf(origin, context.history);
  const present = keys.at(-1);
  if (present === undefined) throw new TypeError("a feed has a key");
  const note = parseNote(noteText);
  const signed = keys.findLast(({ key }) => isSignedBy(note, key));
  // Signed by nobody that is known: it is the present key that is missing.
  if (signed === undefined || signed.untilEntry === undefined) return (signed ?? present).key;
  const seenUnix = context.policy && evaluateQuorum(context.policy, note).logTimeUnix;
  const endedUnix = context.timeOfEntry(signed.untilEntry);
  if (seenUnix === undefined || endedUnix === undefined || seenUnix >= endedUnix) {
    throw nodeError("CHECKPOINT_KEY_RETIRED", { origin, endedAt: signed.untilEntry });
  }
  return signed.key;
}

/** The keys of a feed, oldest first, each with the entry that ended it: a key may outlast several events. */
function keysOf(origin: string, { periods }: KeyHistory): { readonly key: VerifierKey; untilEntry?: number }[] {
  const keys: { readonly key: VerifierKey; untilEntry?: number }[] = [];
  for (const { origin: of, checkpointKey: key, untilEntry } of periods) {
    if (of !== origin) continue;
    const last = keys.at(-1);
    if (last !== undefined && equalBytes(last.key.publicKey.bytes, key.publicKey.bytes)) keys.pop();
    keys.push({ key, ...(untilEntry === undefined ? {} : { untilEntry }) });
  }
  return keys;
}

function isSignedBy({ signatures }: Note, key: VerifierKey): boolean {
  return signatures.some((line) => isLineOf(line, key));
}
