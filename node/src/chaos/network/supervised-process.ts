import { setTimeout as delay } from "node:timers/promises";
import { type Ended, type Spawned, spawnChild } from "../../demo/child.ts";

const FIRST_RESTART_MS = 200;
const LAST_RESTART_MS = 3_000;

export interface SupervisedOptions {
  readonly name: string;
  readonly module: string;
  readonly args: readonly string[];
  readonly preload: readonly string[];
  readonly onStderr: (line: string) => void;
  /** Hears how it ended when nobody asked for it and nothing was done to it that it may end of. */
  readonly onEnd: (how: string) => void;
}

/** A process that is started again whenever it ends, as a service manager would, unless it is held down. */
export class SupervisedProcess {
  /** True while it runs on a store that was damaged on purpose. */
  isDamaged = false;
  readonly #options: SupervisedOptions;
  #child: Spawned | undefined;
  #ports: Readonly<Record<string, unknown>> | undefined;
  /** How many hold it down. */
  #holds = 1;
  #failures = 0;
  #expected = false;
  /** How it ended whenever nobody asked for it and nothing was done to it that it may end of. */
  readonly ended: string[] = [];
  #excusedUntilMs = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Undefined while it is down. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** A port that it said it listens on; undefined while it is not ready. */
  port(kind: string): number | undefined {
    const port = this.#ports?.[kind];
    return typeof port === "number" ? port : undefined;
  }

  get isReady(): boolean {
    return this.#ports !== undefined;
  }

  /** One fault of a process at a time: runs `action` when those before it are over. */
  alone<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Lets it run, from now on. */
  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && this.#child === undefined) this.#start();
  }

  /** Ends it at once, with SIGKILL, and keeps it down until `release`. */
  async killAndHold(): Promise<void> {
    this.#holds += 1;
    const child = this.#child;
    if (child === undefined) return;
    this.#expected = true;
    process.kill(child.pid, "SIGKILL");
    await child.ended;
  }

  /** For so long from now, what is done to it is reason enough to end: its disk is full, or damaged. */
  excuse(forMs: number): void {
    this.#excusedUntilMs = performance.now() + forMs;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    if (this.#child !== undefined) process.kill(this.#child.pid, signal);
  }

  /** Asks it to end, and keeps it down. */
  async stop(): Promise<void> {
    this.#holds += 1;
    this.#expected = true;
    await this.#child?.stop();
  }

  #start(): void {
    const { name, module, args, preload, onStderr } = this.#options;
    const child = spawnChild(name, module, args, { preload, onStderr });
    this.#child = child;
    this.#expected = false;
    child.ready.then(
      (ports) => {
        if (this.#child !== child) return;
        this.#ports = ports;
        this.#failures = 0;
      },
      () => {
        // Its end is heard of below.
      },
    );
    void child.ended.then((ended) => this.#ended(ended));
  }

  async #ended(ended: Ended): Promise<void> {
    this.#child = undefined;
    this.#ports = undefined;
    if (!this.#expected && performance.now() > this.#excusedUntilMs) {
      const how = ended.signal ?? `code ${ended.code}`;
      this.ended.push(how);
      this.#options.onEnd(how);
    }
    this.#failures += 1;
    const waitMs = this.#expected ? 0 : Math.min(LAST_RESTART_MS, FIRST_RESTART_MS * 2 ** Math.min(this.#failures, 10));
    this.#holds += 1;
    await delay(waitMs);
    this.release();
  }
}
