import { setTimeout as delay } from "node:timers/promises";
import {
  evaluateQuorum,
  isTallyError,
  mayBeFaulty,
  parseCheckpoint,
  parseNote,
  type WitnessPolicy,
} from "@tallystick/proto";
import {
  clearRestoredMark,
  contradicts,
  isRestored,
  type KnownSize,
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
/** A witness that contradicts the log and is not believed is heard again after this. */
const DOUBT_AGAIN_MS = 60_000;

export interface FeedSigningOptions {
  readonly log: TiledLog;
  /** The log's, which says whether it was restored from a backup. */
  readonly store: Store;
  readonly witnesses: readonly WitnessClient[];
  readonly policy: () => WitnessPolicy;
  /** Why the keys must not sign, if they must not. */
  readonly whyNot: () => string | undefined;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Runs once the log signs. */
  readonly onReady: () => Promise<void>;
}

/**
 * Lets the feed sign only once its witnesses, a quorum of them, were asked what they hold: a restored or cloned disk would be
 * behind, and its next signature a fork (LOG-4). Then has every checkpoint cosigned; where a witness knows more of the log than
 * this disk does, another process signs it too, and this one stops.
 */
export class FeedSigning {
  readonly #options: FeedSigningOptions;
  #ready = false;
  #reason = "its witnesses were not asked yet";
  #doubted = new AbortController();
  /** The largest checkpoint that was shown of this log, or one of another root. */
  #shown: KnownSize | undefined;
  #hears = true;

  constructor(options: FeedSigningOptions) {
    this.#options = options;
  }

  get ready(): boolean {
    return this.#ready && this.#options.whyNot() === undefined;
  }

  /** Why it does not sign. */
  get reason(): string {
    return this.#options.whyNot() ?? this.#reason;
  }

  /** @throws SIGNING_LOCKED */
  requireReady(): void {
    if (!this.ready) throw nodeError("SIGNING_LOCKED", { origin: this.#options.log.origin, reason: this.reason });
  }

  /**
   * Takes a checkpoint of this log that its key signed and this disk may not hold: nothing more is signed until it does.
   * @param note verified under the log's key
   */
  shown(note: string): void {
    const { treeSize: size, rootHash } = parseCheckpoint(parseNote(note).text);
    if (this.#shown === undefined || this.#shown.size <= size) this.#shown = { size, rootHash };
    this.#options.log.lock();
    this.#ready = false;
    this.#reason = `somebody shows a checkpoint of ${size} entries that this disk does not hold; it is being checked`;
    this.#doubted.abort();
  }

  /** Asks the witnesses once. */
  async guard(): Promise<void> {
    const { log, store, witnesses, policy, signal, whyNot, onReady } = this.#options;
    if (whyNot() !== undefined) return;
    try {
      // Keys that were taken before the registry published them have signed nothing so far; witnesses know no others now.
      await log.signNewest();
      const { level, doubted, ...learnt } = await learnKnownSizes(
        log,
        witnesses,
        mayBeFaulty(witnesses.length),
        signal,
      );
      const known = [...learnt.known];
      const { required } = evaluateQuorum(policy(), parseNote(log.checkpoint()));
      const restored = await isRestored(store);
      // A backup is old: somebody must say how old, also where a network gets by without witnesses.
      const wanted = restored ? Math.max(1, required) : Math.min(required, witnesses.length);
      // What is shown, or said by too many to be a lie, decides whoever else is silent.
      if (this.#shown !== undefined) known.push(this.#shown);
      if (known.length > level) await log.guard(known);
      if (level < wanted) {
        const besides = doubted.length === 0 ? "" : `; ${doubted.join(", ")} said otherwise and showed nothing`;
        const from = restored ? "; restored from a backup" : "";
        this.#stop(`${level} of ${required} witnesses answered${besides}${from}`);
        return;
      }
      await log.guard(known);
      if (restored) await clearRestoredMark(store);
      const wasReady = this.#ready;
      this.#ready = true;
      if (!wasReady) await onReady();
    } catch (error) {
      if (!isTallyError(error)) throw error;
      this.#stop(error.message);
    }
  }

  #stop(reason: string): void {
    // Signatures are what cannot be taken back: none is made while it is open who else signs.
    this.#options.log.lock();
    this.#ready = false;
    this.#reason = reason;
  }

  /** Somebody may know more of this log than this disk does: the witnesses are asked again. One liar cannot stop the log by this. */
  doubt(): void {
    this.#doubted.abort();
  }

  /** Asks until the log signs, then has it cosigned, and asks again where a witness contradicts it, until the signal aborts. */
  async run(): Promise<void> {
    const { log, witnesses, random, signal } = this.#options;
    while (!signal.aborted) {
      for (let wait = FIRST_RETRY_MS; !signal.aborted && !this.#ready; wait *= 2) {
        await this.guard();
        if (this.#ready) break;
        await delay(Math.min(wait, LAST_RETRY_MS), undefined, { signal }).catch(() => {
          // Aborted: the loop's condition ends it.
        });
      }
      if (signal.aborted) return;
      await keepCosigned(log, witnesses, {
        signal: AbortSignal.any([signal, this.#doubted.signal]),
        heartbeatMs: HEARTBEAT_MS,
        random,
        onFailure: (_, error) => this.#hear(error),
      });
      if (signal.aborted) return;
      this.#doubted = new AbortController();
      await this.guard();
    }
  }

  #hear(error: unknown): void {
    if (!contradicts(error) || !this.#hears) return;
    this.#hears = false;
    void delay(DOUBT_AGAIN_MS, undefined, { signal: this.#options.signal, ref: false })
      .catch(() => {
        // Aborted: nobody is heard any more.
      })
      .then(() => {
        this.#hears = true;
      });
    this.doubt();
  }
}
