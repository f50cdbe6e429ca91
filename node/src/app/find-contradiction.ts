import {
  consistencyProof,
  decodeUtf8,
  EMPTY_FRONTIER,
  encodeBase64,
  equalBytes,
  isTallyError,
  merkleRoot,
  type VerifierKey,
} from "@tallystick/proto";
import { FeedService } from "@tallystick/proto/wire";
import { type FollowedLog, type GrpcConnection, verifyBatch } from "@tallystick/registry";
import type { OfferedCheckpoint } from "../core/evidence/fault/fault-sources.ts";

/** A log that is longer is not read for this: its leaf hashes are held in memory. */
const MAX_LEAVES = 1_000_000;

export interface HeldLog {
  readonly origin: string;
  readonly size: number;
  readonly key: VerifierKey;
  /** Root of the first `size` leaves that are held, at most `size` of them. */
  rootAt(size: number): Promise<Uint8Array>;
}

/**
 * Reads the log that a supplier serves now from its first entry, to see whether it is another than the one held: two checkpoints that
 * cannot both be true can then be shown to anybody. Undefined where they agree, or where it does not serve it.
 */
export async function findContradiction(
  connection: GrpcConnection,
  held: HeldLog,
  signal: AbortSignal,
): Promise<OfferedCheckpoint | undefined> {
  const hashes: Uint8Array[] = [];
  let followed: FollowedLog = { frontier: EMPTY_FRONTIER };
  let note: string | undefined;
  try {
    const stream = connection
      .client(FeedService)
      .streamEntries({ origin: held.origin, from: 0n, once: true }, { signal });
    for await (const { firstIndex, entries, checkpoint } of stream) {
      const batch = {
        firstIndex: Number(firstIndex),
        leaves: entries.map(({ leaf }) => leaf),
        note: decodeUtf8(checkpoint),
      };
      const verified = verifyBatch(followed, batch, held.key);
      followed = verified.followed;
      hashes.push(...verified.leafHashes);
      note = batch.note;
      if (hashes.length >= held.size || hashes.length > MAX_LEAVES) break;
    }
  } catch (error) {
    // What it does not serve, or signs nothing for, shows nothing.
    if (!isTallyError(error)) throw error;
  }
  if (note === undefined || hashes.length > Math.max(MAX_LEAVES, held.size + 256)) return undefined;
  const size = Math.min(hashes.length, held.size);
  const root = merkleRoot(hashes.slice(0, size));
  if (equalBytes(root, await held.rootAt(size))) return undefined;
  if (hashes.length <= held.size) return { note };
  const nodes = (level: number, index: number): Uint8Array =>
    merkleRoot(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level));
  const path = await consistencyProof(nodes, size, hashes.length);
  return { note, prefix: { root: encodeBase64(root), path: path.map(encodeBase64) } };
}
