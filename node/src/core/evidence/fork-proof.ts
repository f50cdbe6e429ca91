import { decodeUtf8, encodeBase64, forkShownBy, parseVerifierKey, type VerifierKey } from "@tallystick/proto";
import type { Claim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";
import { type MembersExhibit, MembersProof } from "./fault/members-proof.ts";
import type { TrustAnchor } from "./registry-proof.ts";

/**
 * Checks that the log's key signed two different roots of one size: anyone can see that they cannot both be true.
 * @throws FORK_NOT_SHOWN
 */
export function requireForkProof({ origin, notes }: Claim<"fork-proof">, logKey: VerifierKey): void {
  const [a = "", b = ""] = notes;
  if (forkShownBy([a, b], [logKey])?.origin !== origin) throw evidenceError("FORK_NOT_SHOWN", { origin });
}

/** A fork proof that holds. */
export interface ForkVerdict {
  readonly ok: true;
  readonly type: "fork";
  readonly origin: string;
  readonly size: number;
  /** Base64, of the first note and of the second. */
  readonly roots: readonly [string, string];
  /** The member whose log it is; absent for a log of the registry. */
  readonly member?: string;
  readonly memberName?: string;
}

/**
 * Checks two notes offline: by the pinned keys of the registry's own logs, or by the keys that the members log, replayed from the pinned
 * genesis, gives the member whose log it is, or was.
 *
 * @param members needed for a member's log
 * @throws FORK_NOT_SHOWN; CLAIM_MISSING, MEMBER_UNKNOWN; and what the members log is refused with
 */
export function verifyForkNotes(
  notes: readonly [Uint8Array, Uint8Array],
  trust: TrustAnchor,
  members: MembersExhibit | undefined,
): ForkVerdict {
  const [a, b] = [decodeUtf8(notes[0]), decodeUtf8(notes[1])];
  const origin = a.slice(0, Math.max(0, a.slice(0, 256).indexOf("\n")));
  const own = Object.values(trust.logs).find((log) => log.origin === origin);
  if (own === undefined && members === undefined) throw evidenceError("CLAIM_MISSING", { what: "the members log" });
  const member =
    own !== undefined || members === undefined ? undefined : new MembersProof(trust, members).memberByOrigin(origin);
  const periods = member?.keys.periods.filter((period) => period.origin === origin) ?? [];
  const keys = own === undefined ? periods.map(({ checkpointKey }) => checkpointKey) : [parseVerifierKey(own.vkey)];
  const shown = forkShownBy([a, b], keys);
  if (shown === undefined) throw evidenceError("FORK_NOT_SHOWN", { origin });
  return {
    ok: true,
    type: "fork",
    origin,
    size: shown.treeSize,
    roots: [encodeBase64(shown.roots[0]), encodeBase64(shown.roots[1])],
    ...(member === undefined ? {} : { member: member.did, memberName: member.name }),
  };
}
