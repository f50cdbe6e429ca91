import { decodeUtf8, evaluateQuorum, parseNote, type WitnessPolicy } from "@tallystick/proto";
import type { Store } from "@tallystick/registry";
import { keys } from "./node-records.ts";

/** Checkpoints looked through for one that a quorum cosigned. */
const MAX_NOTES = 512;

/**
 * When a quorum last saw a followed feed without that entry: the log time of the largest final checkpoint that does not cover it, among
 * those that were kept. Unix seconds; undefined while there is none.
 */
export async function feedAbsentTime(
  store: Store,
  origin: string,
  index: number,
  policy: WitnessPolicy | undefined,
): Promise<number | undefined> {
  if (policy === undefined) return undefined;
  const range = {
    gte: keys.feedNote(origin, 0),
    lt: keys.feedNote(origin, index + 1),
    reverse: true,
    limit: MAX_NOTES,
  };
  for await (const [, value] of store.entries(range)) {
    const { logTimeUnix } = evaluateQuorum(policy, parseNote(decodeUtf8(value)));
    if (logTimeUnix !== undefined) return logTimeUnix;
  }
  return undefined;
}
