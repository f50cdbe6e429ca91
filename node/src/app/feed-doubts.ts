import { isTallyError, parseNote, verifyCosignature, type WitnessPolicy } from "@tallystick/proto";
import type { UnshownCheckpoint } from "../core/gossip/checkpoint-comparer.ts";
import type { FeedWarning } from "../core/gossip/feed-warning.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";

/** How long a log may take to show what leads to a checkpoint that its key signed. */
export const UNSHOWN_AFTER_SECONDS = 120;
/** How old a feed's newest cosignature may be: a quiet log is cosigned again every hour. */
export const FROZEN_AFTER_SECONDS = 3 * 3_600;

/** What makes a feed doubtful though nothing is proven against it (docs/protocol.md, FRK-2 and FRK-4). */
export function feedDoubts(
  { origin, note, frontier, fault }: FeedState,
  unshown: readonly UnshownCheckpoint[],
  policy: WitnessPolicy,
  nowUnix: number,
): readonly FeedWarning[] {
  if (fault !== undefined) return [];
  const doubts: FeedWarning[] = unshown
    .filter((one) => one.origin === origin)
    .map(({ size, sinceUnix }) => ({ origin, code: "checkpoint-unshown", size, sinceUnix }));
  const newest = note === "" ? 0 : newestCosignature(note, policy);
  // What no witness ever cosigned is provisional, and shown as that.
  if (newest > 0 && nowUnix - newest > FROZEN_AFTER_SECONDS) {
    doubts.push({ origin, code: "feed-frozen", size: frontier.size, sinceUnix: newest });
  }
  return doubts;
}

function newestCosignature(noteText: string, { witnesses }: WitnessPolicy): number {
  const note = parseNote(noteText);
  return Math.max(
    0,
    ...witnesses.map(({ key }) => {
      try {
        return verifyCosignature(note, key).lastUnix;
      } catch (error) {
        if (isTallyError(error)) return 0;
        throw error;
      }
    }),
  );
}
