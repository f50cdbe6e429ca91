import type { MessageInitShape } from "@bufbuild/protobuf";
import { utf8Encode } from "@tallystick/proto";
import { type EntrySchema, FeedService, type StreamEntriesResponseSchema } from "@tallystick/proto/wire";
import { registryError } from "../../errors.ts";
import { FairTurns } from "../../log/fair-turns.ts";
import { type LogBatch, streamPrepared } from "../../log/stream-batches.ts";
import type { LogReader } from "../../ports/log-reader.ts";
import { type BoundService, bindService } from "./connection-server.ts";
import type { CallContext } from "./rpc-types.ts";

/** Streams that one peer may have open, over all its connections. */
export const MAX_STREAMS_PER_PEER = 16;
/** Batches read and opened at a time, for all peers: with more, a peer's wait for its turn would only be the disk's. */
const BATCHES_AT_A_TIME = 2;

export interface FeedServiceOptions<Peer> {
  /** The log of that origin that is served to this peer, or undefined. */
  readonly logOf: (origin: string, peer: Peer) => LogReader | undefined;
  /** Whose turns a peer's streams take: one name for all its connections. Default: the peer as text. */
  readonly peerId?: (peer: Peer) => string;
  /** What goes with each leaf to this peer: an opened delivery, or nothing. */
  readonly toEntries?: (
    peer: Peer,
    firstIndex: number,
    leaves: readonly Uint8Array[],
  ) => Promise<MessageInitShape<typeof EntrySchema>[]>;
}

/** FeedService over tiled logs: the registry's, or a member's feed. */
export function makeFeedService<Peer>(options: FeedServiceOptions<Peer>): BoundService<Peer> {
  const { toEntries = async (_peer, _first, leaves) => leaves.map((leaf) => ({ leaf })) } = options;
  const { peerId = String } = options;
  const turns = new FairTurns(BATCHES_AT_A_TIME);
  const streams = new Map<string, number>();
  const logOf = (origin: string, peer: Peer): LogReader => {
    const log = options.logOf(origin, peer);
    if (log === undefined) throw registryError("LOG_UNKNOWN", { origin: origin.slice(0, 255) });
    return log;
  };
  const toResponse = async (
    peer: Peer,
    batch: LogBatch,
  ): Promise<MessageInitShape<typeof StreamEntriesResponseSchema>> => ({
    firstIndex: BigInt(batch.firstIndex),
    entries: await toEntries(peer, batch.firstIndex, batch.leaves),
    checkpoint: utf8Encode(batch.note),
  });
  return bindService(FeedService, {
    getCheckpoint: async ({ origin }, { peer }: CallContext<Peer>) => ({
      checkpoint: utf8Encode(logOf(origin, peer).checkpoint()),
    }),
    getTile: async ({ origin, level, index, width }, { peer }: CallContext<Peer>) => ({
      tile: await logOf(origin, peer).readTile(level, toNumber(index), width),
    }),
    getEntryBundle: async ({ origin, index, width }, { peer }: CallContext<Peer>) => ({
      bundle: await logOf(origin, peer).readEntryBundle(toNumber(index), width),
    }),
    streamEntries: async function* ({ origin, from, once }, { peer, signal }: CallContext<Peer>) {
      const holder = peerId(peer);
      const open = streams.get(holder) ?? 0;
      if (open >= MAX_STREAMS_PER_PEER) throw registryError("STREAMS_EXHAUSTED", { limit: MAX_STREAMS_PER_PEER });
      streams.set(holder, open + 1);
      try {
        yield* streamPrepared(logOf(origin, peer), { from: toNumber(from), once, signal }, (take) =>
          turns.take(holder, async () => {
            const batch = await take();
            return batch && toResponse(peer, batch);
          }),
        );
      } finally {
        const left = (streams.get(holder) ?? 1) - 1;
        if (left > 0) streams.set(holder, left);
        else streams.delete(holder);
      }
    },
  });
}

/** Indices beyond any log are left to the log to refuse. */
function toNumber(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
