import { decodeUtf8 } from "@tallystick/proto";
import { FeedService, RegistryService } from "@tallystick/proto/wire";
import type { ReceivedBatch } from "../../core/follow-log.ts";
import type { Trust } from "../../core/trust.ts";
import type { RegistrySource } from "../../ports/registry-source.ts";
import { connectGrpc } from "./connect-grpc.ts";
import type { TransportIdentity } from "./transport-identity.ts";

/** Rows handed over in one message. */
const ROWS_PER_MESSAGE = 256;

/** The registry at the other end of a connection that is pinned to its transport key. */
export interface RegistryConnection extends RegistrySource {
  /** Index of the change in its log. @throws what the registry refuses it with */
  submitChange(origin: string, change: Uint8Array): Promise<number>;
  /** Hands over the rows of a set, as their JCS bytes, before the change that names their root. */
  stageRows(rows: readonly Uint8Array[]): Promise<{ readonly rowsRoot: Uint8Array; readonly rowCount: number }>;
  close(): void;
}

export function connectRegistry(trust: Trust, identity: TransportIdentity): RegistryConnection {
  const { address, transportKey } = trust.registry;
  const connection = connectGrpc({ address, identity, expectedKey: transportKey });
  const feed = connection.client(FeedService);
  const registry = connection.client(RegistryService);
  return {
    streamEntries: async function* (origin, from, signal): AsyncGenerator<ReceivedBatch> {
      for await (const batch of feed.streamEntries(
        { origin, from: BigInt(from), once: true },
        { signal, timeoutMs: 60_000 },
      )) {
        const leaves = batch.entries.map(({ leaf }) => leaf);
        yield { firstIndex: Number(batch.firstIndex), leaves, note: decodeUtf8(batch.checkpoint) };
      }
    },
    streamRows: async function* (rowsRoot, signal): AsyncGenerator<Uint8Array> {
      for await (const { rows } of registry.streamRows({ rowsRoot }, { signal, timeoutMs: 60_000 })) yield* rows;
    },
    submitChange: async (origin, change) => Number((await registry.submitChange({ origin, change })).index),
    stageRows: async (rows) => {
      const { rowsRoot, rowCount } = await registry.stageRows(inMessages(rows), { timeoutMs: 60_000 });
      return { rowsRoot, rowCount: Number(rowCount) };
    },
    close: () => connection.close(),
  };
}

async function* inMessages(rows: readonly Uint8Array[]): AsyncGenerator<{ rows: Uint8Array[] }> {
  for (let at = 0; at < rows.length; at += ROWS_PER_MESSAGE) yield { rows: rows.slice(at, at + ROWS_PER_MESSAGE) };
}
