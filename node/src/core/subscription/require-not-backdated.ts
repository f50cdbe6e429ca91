import { nodeError } from "../../errors.ts";
import type { CheckedToken } from "./check-token.ts";
import type { PendingAttestation } from "./read-batch.ts";

/** How long before its log was seen without it an entry may be dated: a clock may be wrong, not by a day. */
export const BACKDATE_TOLERANCE_SECONDS = 86_400;

/**
 * An entry that a quorum of witnesses did not see in its log at some time was not issued before it (docs/protocol.md, ATT-10).
 * @throws BACKDATED
 */
export function requireNotBackdated({ absentAtUnix }: PendingAttestation, { payload }: CheckedToken): void {
  if (absentAtUnix === undefined) return;
  const { validFrom } = payload;
  if (Date.parse(validFrom) / 1000 >= absentAtUnix - BACKDATE_TOLERANCE_SECONDS) return;
  throw nodeError("BACKDATED", { validFrom, absentAt: new Date(absentAtUnix * 1000).toISOString() });
}
