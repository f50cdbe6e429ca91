import { registryError } from "../errors.ts";
import type { LogReader } from "../ports/log-reader.ts";

/** Entries that follow `firstIndex`, and a signed note of exactly the size they lead to. */
export interface LogBatch {
  readonly firstIndex: number;
  /** Empty where only the note's cosignatures are news. */
  readonly leaves: readonly Uint8Array[];
  readonly note: string;
}

export interface StreamOptions {
  readonly from: number;
  /** End where the stream would go live. */
  readonly once: boolean;
  readonly signal: AbortSignal;
}

/** Takes the next batch, or undefined where there is none yet, and makes of it what its reader gets. */
export type Prepare<T> = (take: () => Promise<LogBatch | undefined>) => Promise<T | undefined>;

/**
 * A log from an index on: batches that each end at an archived checkpoint, then live. Nothing is read ahead: the next
 * batch is taken from the disk when it is asked for, so a slow reader costs no memory.
 *
 * @throws CURSOR_AHEAD where `from` is beyond the log
 */
export function streamBatches(log: LogReader, options: StreamOptions): AsyncGenerator<LogBatch> {
  return streamPrepared(log, options, (take) => take());
}

/** As `streamBatches`, of what `prepare` makes of each batch. @throws CURSOR_AHEAD, what `prepare` throws */
export async function* streamPrepared<T>(
  log: LogReader,
  { from, once, signal }: StreamOptions,
  prepare: Prepare<T>,
): AsyncGenerator<T> {
  if (from > log.size) throw registryError("CURSOR_AHEAD", { origin: log.origin, size: log.size, from });
  let at = from;
  let shown: string | undefined;
  const take = async (): Promise<LogBatch | undefined> => {
    const next = await log.nextCheckpoint(at);
    const note = next?.note ?? (await log.checkpointAt(at));
    if (note === undefined || note === shown) return undefined;
    const firstIndex = at;
    const leaves = next === undefined ? [] : await log.readLeaves(firstIndex, next.size);
    at = next?.size ?? at;
    shown = note;
    return { firstIndex, leaves, note };
  };
  while (!signal.aborted) {
    // Listens before it looks, so that no advance falls between.
    const news = nextAdvance(log, signal);
    try {
      const prepared = await prepare(take);
      if (prepared !== undefined) {
        yield prepared;
        continue;
      }
      if (once) return;
      await news.promise;
    } finally {
      news.cancel();
    }
  }
}

function nextAdvance(log: LogReader, signal: AbortSignal): { promise: Promise<void>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = log.onAdvance(() => done());
  const done = (): void => {
    stop();
    signal.removeEventListener("abort", done);
    resolve();
  };
  signal.addEventListener("abort", done, { once: true });
  return { promise, cancel: done };
}
