import { setTimeout as delay } from "node:timers/promises";
import { evaluateQuorum, isTallyError, parseNote, type WitnessPolicy } from "@tallystick/proto";
import {
  clearRestoredMark,
  isRestored,
  keepCosigned,
  learnKnownSizes,
  type Store,
  type TiledLog,
  type WitnessClient,
} from "@tallystick/registry";
import { nodeError } from "../errors.ts";

const HEARTBEAT_MS = 3_600_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5_000;

export interface FeedSigningOptions {
  readonly log: TiledLog;
  /** The log's, which says whether it was restored from a backup. */
  readonly store: Store;
  readonly witnesses: readonly WitnessClient[];
  readonly policy: () => WitnessPolicy;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Runs once the log signs. */
  readonly onReady: () => Promise<void>;
}

/**
 * Lets the feed sign only once its witnesses, a quorum of them, were asked what they hold: a restored or cloned disk would be
 * behind, and its next signature a fork (LOG-4). Then has every checkpoint cosigned.
 */
export class FeedSigning {
  readonly #options: FeedSigningOptions;
  #ready = false;
  #reason = "its witnesses were not asked yet";

  constructor(options: FeedSigningOptions) {
    this.#options = options;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Why it does not sign. */
  get reason(): string {
    return this.#reason;
  }

  /** @throws SIGNING_LOCKED */
  requireReady(): void {
    if (!this.#ready) throw nodeError("SIGNING_LOCKED", { origin: this.#options.log.origin, reason: this.#reason });
  }

  /** Asks the witnesses once. */
  async guard(): Promise<void> {
    const { log, store, witnesses, policy, signal, onReady } = this.#options;
    try {
      const known = await learnKnownSizes(log, witnesses, signal);
      const { required } = evaluateQuorum(policy(), parseNote(log.checkpoint()));
      const restored = await isRestored(store);
      // A backup is old: somebody must say how old, also where a network gets by without witnesses.
      const wanted = restored ? Math.max(1, required) : Math.min(required, witnesses.length);
      if (known.length < wanted) {
        this.#reason = `${known.length} of ${required} witnesses answered${restored ? "; restored from a backup" : ""}`;
        return;
      }
      await log.guard(known);
      if (restored) await clearRestoredMark(store);
      this.#ready = true;
      await onReady();
    } catch (error) {
      if (!isTallyError(error)) throw error;
      this.#ready = false;
      this.#reason = error.message;
    }
  }

  /** Asks until the log signs, then has it cosigned until the signal aborts. */
  async run(): Promise<void> {
    const { log, witnesses, random, signal } = this.#options;
    for (let wait = FIRST_RETRY_MS; !signal.aborted && !this.#ready; wait *= 2) {
      await this.guard();
      if (this.#ready) break;
      await delay(Math.min(wait, LAST_RETRY_MS), undefined, { signal }).catch(() => {
        // Aborted: the loop's condition ends it.
      });
    }
    if (!signal.aborted) await keepCosigned(log, witnesses, { signal, heartbeatMs: HEARTBEAT_MS, random });
  }
}
