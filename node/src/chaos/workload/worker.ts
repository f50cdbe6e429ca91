import { setTimeout as delay } from "node:timers/promises";

/** One piece of work, done when it is acknowledged. It may give up only where the signal aborts. */
export type Work = (signal: AbortSignal) => Promise<void>;

const LOOK_MS = 50;

/** Does one piece of work after another, with pauses, until it is told to rest. */
export class Worker {
  readonly name: string;
  readonly #next: () => Work;
  readonly #pauseMs: () => number;
  readonly #signal: AbortSignal;
  /** How many want it to rest. */
  #rests = 1;
  #busy = false;
  readonly #running: Promise<void>;

  /** @param signal ends it */
  constructor(name: string, next: () => Work, pauseMs: () => number, signal: AbortSignal) {
    this.name = name;
    this.#next = next;
    this.#pauseMs = pauseMs;
    this.#signal = signal;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal: this.#signal }).catch(() => {});
    while (!this.#signal.aborted) {
      if (this.#rests > 0) {
        await wait(LOOK_MS);
        continue;
      }
      this.#busy = true;
      try {
        await this.#next()(this.#signal);
      } finally {
        this.#busy = false;
      }
      await wait(this.#pauseMs());
    }
  }

  /** Begins nothing more, until `resume`. */
  rest(): void {
    this.#rests += 1;
  }

  resume(): void {
    this.#rests -= 1;
  }

  /** Whether all that it began was acknowledged. */
  get isIdle(): boolean {
    return !this.#busy;
  }

  /** Resolves when the signal has ended it; rejects where the work failed for a reason of its own. */
  ended(): Promise<void> {
    return this.#running;
  }
}
