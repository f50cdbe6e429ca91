import { isTallyError, parseNote, TILE_WIDTH } from "@tallystick/proto";
import type { Store, WriteOp } from "../ports/store.ts";
import { LogKeys, readText } from "./log-records.ts";

/** Most entries between two archived checkpoints, and so in one batch of a stream: as many as one write may append. */
const MAX_GAP = TILE_WIDTH;

/**
 * The archived checkpoints that nothing needs any more. A log archives one for every write, so that whoever follows it finds
 * one to verify by; once a later one is final, those that the log alone signed only decide how long a newcomer's batches are. Kept are
 * every cosigned one, which say when an entry was in the log; the last; and as many others as keep two within 256 entries.
 */
export async function* supersededNotes(store: Store, prefix: string): AsyncGenerator<WriteOp> {
  const keys = new LogKeys(prefix);
  const final = Number((await readText(store, keys.final)) ?? 0);
  let kept = 0;
  let candidate: { readonly key: string; readonly size: number } | undefined;
  for await (const [key, value] of store.entries(keys.checkpointsFrom(0))) {
    const size = keys.sizeOfCheckpoint(key);
    if (candidate !== undefined) {
      if (size - kept <= MAX_GAP) yield { type: "del", key: candidate.key };
      else kept = candidate.size;
      candidate = undefined;
    }
    if (size < final && isSignedOnce(new TextDecoder().decode(value))) candidate = { key, size };
    else kept = size;
  }
}

function isSignedOnce(note: string): boolean {
  try {
    const { signatures } = parseNote(note);
    return signatures.every(({ name }) => name === signatures[0]?.name);
  } catch (error) {
    // What is none is fsck's to name, and nobody's to drop.
    if (!isTallyError(error)) throw error;
    return false;
  }
}
