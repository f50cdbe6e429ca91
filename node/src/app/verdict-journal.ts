import { decodeUtf8, encodeBase64, parseCheckpoint, parseNote, type Signer } from "@tallystick/proto";
import { openLog, type Store, type TiledLog, type WriteOp } from "@tallystick/registry";
import type { LogPin } from "../core/closing/inventory-report.ts";
import { formatVerdict, parseVerdict, type Verdict } from "../core/journal/verdict.ts";
import type { Journal } from "../ports/journal.ts";
import { journalOrigin } from "./journal-origin.ts";
import { JOURNAL_PREFIX, readStored } from "./node-records.ts";

/** Verdicts read at once. */
const PAGE = 1_024;
/** Verdicts of several batches share a write: nobody streams the journal, so its groups need not be a batch's. */
const MAX_GROUP = 4_096;

/** The journal as a log of its own, signed by the node's checkpoint key: nothing that was judged can be taken back unseen. */
export class VerdictJournal implements Journal {
  readonly #log: TiledLog;
  readonly #nowUnix: () => number;
  readonly #onVerdict: (number: number, verdict: Verdict) => void;

  private constructor(log: TiledLog, nowUnix: () => number, onVerdict: (number: number, verdict: Verdict) => void) {
    this.#log = log;
    this.#nowUnix = nowUnix;
    this.#onVerdict = onVerdict;
  }

  /**
   * @param options.onVerdict hears of each verdict with its place in the journal, when it is replayed and when it is appended
   * @throws STORE_CORRUPT and whatever else opening a log refuses
   */
  static async open(options: {
    store: Store;
    feedOrigin: string;
    key: Signer;
    nowUnix: () => number;
    /** Whether the key still stands: until it does, verdicts wait. Default: it does. */
    maySign?: () => boolean;
    onVerdict?: (number: number, verdict: Verdict) => void;
  }): Promise<VerdictJournal> {
    const { store, feedOrigin, key, nowUnix, maySign = () => true, onVerdict = () => {} } = options;
    const log = await openLog({
      origin: await journalOrigin(store, feedOrigin),
      key,
      store,
      prefix: JOURNAL_PREFIX,
      maxGroupEntries: MAX_GROUP,
      // What comes in is no fault of who sent it: it waits.
      maySign,
      waitsForSigner: true,
    });
    // Nobody but this node holds its journal: there is nothing outside to be behind of. One that was restored has another name.
    await log.guard([]);
    return new VerdictJournal(log, nowUnix, onVerdict);
  }

  get size(): number {
    return this.#log.size;
  }

  /** Which journal, as it stands. */
  get pin(): LogPin {
    return pinOf(this.#log.checkpoint());
  }

  /** @inheritdoc */
  async append(verdicts: readonly Verdict[], records: readonly WriteOp[]): Promise<readonly Verdict[]> {
    const nowUnix = this.#nowUnix();
    const timed = verdicts.map((verdict) => ({ ...verdict, at: nowUnix }));
    const { firstIndex } = await this.#log.append(timed.map(formatVerdict), () => records);
    for (const [at, verdict] of timed.entries()) this.#onVerdict(firstIndex + at, verdict);
    return timed;
  }

  /** @inheritdoc */
  async *replay(): AsyncGenerator<Verdict> {
    for (let from = 0; from < this.#log.size; from += PAGE) {
      const leaves = await this.#log.readLeaves(from, Math.min(this.#log.size, from + PAGE));
      for (const [offset, leaf] of leaves.entries()) {
        const number = from + offset;
        const verdict = readStored(`${JOURNAL_PREFIX} ${number}`, () => parseVerdict(decodeUtf8(leaf)));
        this.#onVerdict(number, verdict);
        yield verdict;
      }
    }
  }

  /** For who would rather be refused than wait. @throws SIGNER_UNAVAILABLE, LOG_LOCKED */
  requireSigner(): Promise<void> {
    return this.#log.requireSigner();
  }

  /** Adds the key's signature to the newest checkpoint, once it may sign. */
  signNewest(): Promise<void> {
    return this.#log.signNewest();
  }

  /** What waits for the signer is refused from now on. */
  stopWaiting(): void {
    this.#log.stopWaiting();
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** What a checkpoint's note says: origin, size and root (base64). */
export function pinOf(note: string): LogPin {
  const { origin, treeSize: size, rootHash } = parseCheckpoint(parseNote(note).text);
  return { origin, size, root: encodeBase64(rootHash) };
}
