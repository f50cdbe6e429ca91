import { evaluateQuorum, parseNote, type WitnessPolicy } from "@tallystick/proto";
import type { KeyHistory, TiledLog } from "@tallystick/registry";
import { standingOf } from "../core/keys/key-standing.ts";

/** An entry of this node's own feed that is live, and the key that attested it. */
export interface OwnEntry {
  readonly index: number;
  readonly kid: string;
}

/**
 * The own entries that others dispute by what the registry says of this member's keys, or that they will not take (docs/protocol.md,
 * KEY-9, KEY-10): those that must be attested again.
 */
export async function ownDisputes(
  entries: Iterable<OwnEntry>,
  log: Pick<TiledLog, "nextCheckpoint">,
  context: {
    readonly history: KeyHistory;
    readonly policy: WitnessPolicy;
    readonly timeOfEntry: (entry: number) => number | undefined;
  },
): Promise<ReadonlySet<number>> {
  const { history, policy, timeOfEntry } = context;
  const disputed = new Set<number>();
  for (const { index, kid } of entries) {
    const record = history.attestKey(kid);
    if (record?.untilEntry === undefined) continue;
    const standing = standingOf(record, await logTimeOf(index, log, policy), timeOfEntry(record.untilEntry));
    // What a quorum sees only now is seen after the key's end.
    if (standing !== "good") disputed.add(index);
  }
  return disputed;
}

async function logTimeOf(
  index: number,
  log: Pick<TiledLog, "nextCheckpoint">,
  policy: WitnessPolicy,
): Promise<number | undefined> {
  for (let next = await log.nextCheckpoint(index); next !== undefined; next = await log.nextCheckpoint(next.size)) {
    const { logTimeUnix } = evaluateQuorum(policy, parseNote(next.note));
    if (logTimeUnix !== undefined) return logTimeUnix;
  }
  return undefined;
}
