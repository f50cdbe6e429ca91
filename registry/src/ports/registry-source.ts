import type { ReceivedBatch } from "../core/follow-log.ts";

/** Where a replica gets the registry's data from: the registry itself, or anyone who holds a copy. Nothing of it is trusted. */
export interface RegistrySource {
  /** Entries from an index on, up to the newest. */
  streamEntries(origin: string, from: number, signal: AbortSignal): AsyncIterable<ReceivedBatch>;
  /** The rows under a root, in order, as their JCS bytes. */
  streamRows(rowsRoot: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array>;
}
