import { decodeUtf8 } from "@tallystick/proto";
import { FeedService, RegistryService } from "@tallystick/proto/wire";
import type { ReceivedBatch } from "../../core/follow-log.ts";
import type { Trust } from "../../core/trust.ts";
import type { RegistrySource } from "../../ports/registry-source.ts";
import { connectGrpc } from "./connect-grpc.ts";
import type { TransportIdentity } from "./transport-identity.ts";

/** Rows handed over in one message. */
const ROWS_PER_MESSAGE = 256;
/** The largest set that a registry takes is read, checked and sent in a third of this on two cores. */
const TIMEOUT_MS = 60_000;

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
        { signal, timeoutMs: TIMEOUT_MS },
      )) {
        const leaves = batch.entries.map(({ leaf }) => leaf);
        yield { firstIndex: Number(batch.firstIndex), leaves, note: decodeUtf8(batch.checkpoint) };
      }
    },
    streamRows: async function* (rowsRoot, signal): AsyncGenerator<Uint8Array> {
      for await (const { rows } of registry.streamRows({ rowsRoot }, { signal, timeoutMs: TIMEOUT_MS })) yield* rows;
    },
    // Before a set is published all of its rows are read.
    submitChange: async (origin, change) =>
      Number((await registry.submitChange({ origin, change }, { timeoutMs: TIMEOUT_MS })).index),
    stageRows: async (rows) => {
      const { rowsRoot, rowCount } = await registry.stageRows(inMessages(rows), { timeoutMs: TIMEOUT_MS });
      return { rowsRoot, rowCount: Number(rowCount) };
    },
    close: () => connection.close(),
  };
}

async function* inMessages(rows: readonly Uint8Array[]): AsyncGenerator<{ rows: Uint8Array[] }> {
  for (let at = 0; at < rows.length; at += ROWS_PER_MESSAGE) yield { rows: rows.slice(at, at + ROWS_PER_MESSAGE) };
}
