import { verifyCosignature } from "./cosignature.ts";
import { isTallyError } from "./errors.ts";
import type { Note } from "./note.ts";
import type { WitnessPolicy } from "./witness-policy.ts";

/** From four witnesses on one may be faulty. Below, every result is marked weak (docs/protocol.md, WIT-2). */
const ENOUGH_WITNESSES = 4;

export interface CountedCosignature {
  /** The witness's name in the policy. */
  readonly name: string;
  /** Its first and its last cosignature in the note, in seconds since 1970. */
  readonly timeUnix: number;
  readonly lastUnix: number;
}

/** What a policy makes of a note. */
export interface QuorumResult {
  readonly met: boolean;
  /** The fewest cosignatures that could meet it. */
  readonly required: number;
  /** Every valid cosignature of a witness in the policy, in the policy's order. */
  readonly cosignatures: readonly CountedCosignature[];
  /**
   * The log's time: the latest time within the quorum that was complete first, in seconds since 1970. Cosignatures that come
   * later do not move it. Absent where the quorum is not met, or is `none`.
   */
  readonly logTimeUnix?: number;
  /** Fewer than four witnesses stand behind the quorum. */
  readonly weak: boolean;
}

/**
 * Counts the cosignatures of a note. Lines of unknown keys are passed over; a witness with an invalid line does not count.
 * The log's own signature is openCheckpoint's work. Never throws on what a note may hold.
 */
export function evaluateQuorum(policy: WitnessPolicy, note: Note): QuorumResult {
  const cosignatures = policy.witnesses.flatMap(({ name, key }): CountedCosignature[] => {
    try {
      return [{ name, ...verifyCosignature(note, key) }];
    } catch (error) {
      if (isTallyError(error)) return [];
      throw error;
    }
  });
  const required = requiredOf(policy);
  const weak = witnessesBehind(policy) < ENOUGH_WITNESSES;
  if (policy.quorum === "none") return { met: true, required, cosignatures, weak };
  const logTimeUnix = quorumTime(policy, new Map(cosignatures.map(({ name, timeUnix }) => [name, timeUnix])));
  return logTimeUnix === undefined
    ? { met: false, required, cosignatures, weak }
    : { met: true, required, cosignatures, logTimeUnix, weak };
}

/** When the quorum was complete: a group at the time at which the last of its quickest members was. */
function quorumTime(policy: WitnessPolicy, times: ReadonlyMap<string, number>): number | undefined {
  return foldNames(policy, times, (group) => {
    const reached = group.members.filter((time) => time !== undefined).sort((a, b) => a - b);
    return reached[group.threshold - 1];
  });
}

function requiredOf(policy: WitnessPolicy): number {
  const single = new Map(policy.witnesses.map(({ name }) => [name, 1]));
  const required = foldNames(policy, single, ({ threshold, members }) =>
    sum(
      members
        .map((member) => member ?? 0)
        .sort((a, b) => a - b)
        .slice(0, threshold),
    ),
  );
  return required ?? 0;
}

function witnessesBehind(policy: WitnessPolicy): number {
  const single = new Map(policy.witnesses.map(({ name }) => [name, 1]));
  return foldNames(policy, single, ({ members }) => sum(members.map((member) => member ?? 0))) ?? 0;
}

/** Carries a value for each witness up through the groups to the quorum. Groups name only what precedes them. */
function foldNames(
  policy: WitnessPolicy,
  witnesses: ReadonlyMap<string, number>,
  join: (group: { threshold: number; members: (number | undefined)[] }) => number | undefined,
): number | undefined {
  const values = new Map<string, number | undefined>(witnesses);
  for (const { name, threshold, members } of policy.groups) {
    values.set(name, join({ threshold, members: members.map((member) => values.get(member)) }));
  }
  return values.get(policy.quorum);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
