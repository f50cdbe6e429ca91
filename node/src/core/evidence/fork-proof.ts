import { equalBytes, openCheckpoint, type VerifierKey } from "@tallystick/proto";
import type { Claim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";

/**
 * Checks that the log's key signed two different roots of one size: anyone can see that they cannot both be true.
 * @throws FORK_NOT_SHOWN, and what openCheckpoint throws
 */
export function requireForkProof({ origin, notes }: Claim<"fork-proof">, logKey: VerifierKey): void {
  const [a, b] = notes.map((note) => openCheckpoint(note, logKey).checkpoint);
  const shown =
    a !== undefined &&
    b !== undefined &&
    a.origin === origin &&
    b.origin === origin &&
    a.treeSize === b.treeSize &&
    !equalBytes(a.rootHash, b.rootHash);
  if (!shown) throw evidenceError("FORK_NOT_SHOWN", { origin });
}
