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

/**
 * A log from an index on: batches that each end at an archived checkpoint, then live. Nothing is read ahead: the next
 * batch is taken from the disk when it is asked for, so a slow reader costs no memory.
 *
 * @throws CURSOR_AHEAD where `from` is beyond the log
 */
export async function* streamBatches(log: LogReader, options: StreamOptions): AsyncGenerator<LogBatch> {
  const { once, signal } = options;
  let from = options.from;
  if (from > log.size) throw registryError("CURSOR_AHEAD", { origin: log.origin, size: log.size, from });
  let shown: string | undefined;
  while (!signal.aborted) {
    // Listens before it looks, so that no advance falls between.
    const news = nextAdvance(log, signal);
    const next = await log.nextCheckpoint(from);
    if (next !== undefined) {
      news.cancel();
      yield { firstIndex: from, leaves: await log.readLeaves(from, next.size), note: next.note };
      from = next.size;
      shown = next.note;
      continue;
    }
    const note = await log.checkpointAt(from);
    if (note !== undefined && note !== shown) {
      news.cancel();
      yield { firstIndex: from, leaves: [], note };
      shown = note;
      continue;
    }
    if (once) {
      news.cancel();
      return;
    }
    await news.promise;
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
