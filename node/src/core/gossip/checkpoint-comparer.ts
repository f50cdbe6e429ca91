import {
  type Checkpoint,
  equalBytes,
  isTallyError,
  parseCheckpoint,
  parseNote,
  type VerifierKey,
  verifyNote,
} from "@tallystick/proto";

/** What this node holds of one log. */
export interface HeldHistory {
  /** Every key under which the log's checkpoints are, or were. */
  readonly keys: readonly VerifierKey[];
  /** How many of its entries are held. */
  readonly size: number;
  /** Root of the first `size` of them, where a checkpoint of exactly that size is at hand. */
  rootHeldAt(size: number): Promise<Uint8Array | undefined>;
  /** Root of the first `size` of them, by whatever work that takes. */
  computeRootAt(size: number): Promise<Uint8Array>;
}

/** What a checkpoint that somebody showed comes to. */
export type Compared =
  | { readonly kind: "dropped"; readonly reason: "unknown-origin" | "malformed" | "unsigned" | "too-many" }
  /** The same history, or one seen before. */
  | { readonly kind: "agrees" }
  /** The log's key signed another root for entries that are held: both cannot be true. */
  | { readonly kind: "contradicts"; readonly note: string; readonly checkpoint: Checkpoint }
  /** More than is held: compared when the log has shown what leads there. */
  | { readonly kind: "ahead"; readonly note: string; readonly checkpoint: Checkpoint };

/** A checkpoint that a log's key signed, and whose entries the log did not show here. */
export interface UnshownCheckpoint {
  readonly origin: string;
  readonly size: number;
  /** When it was first heard of, Unix seconds. */
  readonly sinceUnix: number;
}

interface Awaited {
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly sinceUnix: number;
}

interface OriginRecord {
  /** Texts compared before, oldest first. */
  seen: string[];
  /** By size, smallest first. */
  awaited: Awaited[];
  windowFrom: number;
  checks: number;
  rootsComputed: number;
}

/** A checkpoint with the lines of some forty witnesses. */
export const MAX_NOTE_CHARS = 16_384;
const MAX_SEEN = 64;
const MAX_AWAITED = 4;
/** Work for one origin, whoever causes it. */
const WINDOW_SECONDS = 10;
const MAX_CHECKS = 64;
const MAX_ROOTS_COMPUTED = 2;

/**
 * Compares checkpoints that anybody shows with what this node holds of those logs (docs/protocol.md, FRK-1 to FRK-3). Memory and work are
 * bounded for each origin; nothing is remembered of an origin that is not known. A checkpoint counts by the log's own signature alone,
 * so it does not matter who brings it.
 */
export class CheckpointComparer {
  readonly #historyOf: (origin: string) => HeldHistory | undefined;
  readonly #records = new Map<string, OriginRecord>();

  constructor(historyOf: (origin: string) => HeldHistory | undefined) {
    this.#historyOf = historyOf;
  }

  /** @param nowUnix Unix seconds */
  async compare(note: string, nowUnix: number): Promise<Compared> {
    // The cheapest first: strangers' logs cost one look at a map.
    const origin = note.slice(0, Math.max(0, note.slice(0, 256).indexOf("\n")));
    const history = this.#historyOf(origin);
    if (history === undefined) return { kind: "dropped", reason: "unknown-origin" };
    if (note.length > MAX_NOTE_CHARS) return { kind: "dropped", reason: "malformed" };
    const split = note.lastIndexOf("\n\n");
    const text = note.slice(0, split + 1);
    const record = this.#recordOf(origin);
    if (record.seen.includes(text)) return { kind: "agrees" };
    if (!this.#spend(record, "checks", MAX_CHECKS, nowUnix)) return { kind: "dropped", reason: "too-many" };
    let checkpoint: Checkpoint;
    try {
      const parsed = parseNote(note);
      checkpoint = parseCheckpoint(parsed.text);
      if (!history.keys.some((key) => isSignedBy(parsed, key))) return { kind: "dropped", reason: "unsigned" };
    } catch (error) {
      if (!isTallyError(error)) throw error;
      return { kind: "dropped", reason: "malformed" };
    }
    return this.#judge(record, history, { note, checkpoint, sinceUnix: nowUnix }, nowUnix);
  }

  /** Compares what was ahead of a log with what the log has shown since. */
  async revisit(origin: string, nowUnix: number): Promise<readonly Compared[]> {
    const history = this.#historyOf(origin);
    const record = this.#records.get(origin);
    if (history === undefined || record === undefined) return [];
    const due = record.awaited.filter(({ checkpoint }) => checkpoint.treeSize <= history.size);
    const compared: Compared[] = [];
    for (const awaited of due) {
      record.awaited = record.awaited.filter((one) => one !== awaited);
      compared.push(await this.#judge(record, history, awaited, nowUnix));
    }
    return compared;
  }

  /** The oldest of each log that has not shown, for longer than the deadline, what leads to a checkpoint that its key signed. */
  unshown(nowUnix: number, deadlineSeconds: number): readonly UnshownCheckpoint[] {
    return [...this.#records].flatMap(([origin, { awaited }]) => {
      const overdue = awaited.filter(({ sinceUnix }) => nowUnix - sinceUnix > deadlineSeconds);
      const [first] = overdue.sort((a, b) => a.sinceUnix - b.sinceUnix);
      return first === undefined ? [] : [{ origin, size: first.checkpoint.treeSize, sinceUnix: first.sinceUnix }];
    });
  }

  async #judge(record: OriginRecord, history: HeldHistory, awaited: Awaited, nowUnix: number): Promise<Compared> {
    const { note, checkpoint } = awaited;
    const { treeSize, rootHash } = checkpoint;
    if (treeSize > history.size) {
      this.#await(record, awaited);
      return { kind: "ahead", note, checkpoint };
    }
    let root = await history.rootHeldAt(treeSize);
    if (root === undefined) {
      if (!this.#spend(record, "rootsComputed", MAX_ROOTS_COMPUTED, nowUnix)) {
        return { kind: "dropped", reason: "too-many" };
      }
      root = await history.computeRootAt(treeSize);
    }
    if (!equalBytes(root, rootHash)) return { kind: "contradicts", note, checkpoint };
    record.seen = [...record.seen, note.slice(0, note.lastIndexOf("\n\n") + 1)].slice(-MAX_SEEN);
    return { kind: "agrees" };
  }

  /** The smallest are compared soonest, and the largest says most: those between make room. */
  #await(record: OriginRecord, awaited: Awaited): void {
    const isKnown = record.awaited.some(
      ({ checkpoint: { treeSize, rootHash } }) =>
        treeSize === awaited.checkpoint.treeSize && equalBytes(rootHash, awaited.checkpoint.rootHash),
    );
    if (isKnown) return;
    record.awaited = [...record.awaited, awaited].sort((a, b) => a.checkpoint.treeSize - b.checkpoint.treeSize);
    if (record.awaited.length > MAX_AWAITED) record.awaited.splice(MAX_AWAITED - 1, 1);
  }

  #recordOf(origin: string): OriginRecord {
    const known = this.#records.get(origin);
    if (known !== undefined) return known;
    const record = { seen: [], awaited: [], windowFrom: 0, checks: 0, rootsComputed: 0 };
    this.#records.set(origin, record);
    return record;
  }

  #spend(record: OriginRecord, what: "checks" | "rootsComputed", limit: number, nowUnix: number): boolean {
    if (Math.abs(nowUnix - record.windowFrom) >= WINDOW_SECONDS) {
      record.windowFrom = nowUnix;
      record.checks = 0;
      record.rootsComputed = 0;
    }
    if (record[what] >= limit) return false;
    record[what] += 1;
    return true;
  }
}

function isSignedBy(...[note, key]: Parameters<typeof verifyNote>): boolean {
  try {
    verifyNote(note, key);
    return true;
  } catch (error) {
    if (isTallyError(error)) return false;
    throw error;
  }
}
