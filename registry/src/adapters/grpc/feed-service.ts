import type { MessageInitShape } from "@bufbuild/protobuf";
import { utf8Encode } from "@tallystick/proto";
import { type EntrySchema, FeedService, type StreamEntriesResponseSchema } from "@tallystick/proto/wire";
import { registryError } from "../../errors.ts";
import { type LogBatch, streamBatches } from "../../log/stream-batches.ts";
import type { LogReader } from "../../ports/log-reader.ts";
import type { CallContext } from "./rpc-types.ts";
import { type BoundService, bindService } from "./serve-grpc.ts";

export interface FeedServiceOptions<Peer> {
  /** The served log of that origin, or undefined. */
  readonly logOf: (origin: string) => LogReader | undefined;
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
  const logOf = (origin: string): LogReader => {
    const log = options.logOf(origin);
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
    getCheckpoint: async ({ origin }) => ({ checkpoint: utf8Encode(logOf(origin).checkpoint()) }),
    getTile: async ({ origin, level, index, width }) => ({
      tile: await logOf(origin).readTile(level, toNumber(index), width),
    }),
    getEntryBundle: async ({ origin, index, width }) => ({
      bundle: await logOf(origin).readEntryBundle(toNumber(index), width),
    }),
    streamEntries: async function* ({ origin, from, once }, { peer, signal }: CallContext<Peer>) {
      for await (const batch of streamBatches(logOf(origin), { from: toNumber(from), once, signal })) {
        yield await toResponse(peer, batch);
      }
    },
  });
}

/** Indices beyond any log are left to the log to refuse. */
function toNumber(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
