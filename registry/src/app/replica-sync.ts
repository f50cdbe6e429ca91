import { setTimeout as delay } from "node:timers/promises";
import { isTallyError } from "@tallystick/proto";
import type { RegistrySource } from "../ports/registry-source.ts";
import type { Replica } from "../replica/replica.ts";

export interface ReplicaSyncOptions {
  readonly replica: Pick<Replica, "sync">;
  readonly source: RegistrySource;
  /** The source is asked at most this often. */
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Milliseconds that only grow. */
  readonly monotonicMs: () => number;
  /** Hears of every failed sync; what is held already stays good. Must not throw. */
  readonly onFailure: (error: unknown) => void;
}

/** Keeps a copy of the registry in step with its source: never two syncs at once, and at most one in `everyMs`. */
export class ReplicaSync {
  readonly #options: ReplicaSyncOptions;
  #running: Promise<void> | undefined;
  #startedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReplicaSyncOptions) {
    this.#options = options;
  }

  /** Asks the source for news, joins the asking that is under way, or lets it be where it was asked a moment ago. */
  async refresh(): Promise<void> {
    const { everyMs, monotonicMs } = this.#options;
    if (this.#running === undefined && monotonicMs() - this.#startedMs >= everyMs) {
      this.#startedMs = monotonicMs();
      this.#running = this.#sync().finally(() => {
        this.#running = undefined;
      });
    }
    await this.#running;
  }

  async #sync(): Promise<void> {
    const { replica, source, signal, timeoutMs, onFailure } = this.#options;
    try {
      await replica.sync(source, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    } catch (error) {
      if (!isTallyError(error)) throw error;
      if (!signal.aborted) onFailure(error);
    }
  }

  /** Refreshes again and again until the signal aborts, and waits for the sync that is under way then. */
  async keepInStep(): Promise<void> {
    const { signal, everyMs } = this.#options;
    while (!signal.aborted) {
      await this.refresh();
      await delay(everyMs, undefined, { signal }).catch(() => {
        // Aborted: the loop's condition ends it.
      });
    }
    await this.#running;
  }
}
