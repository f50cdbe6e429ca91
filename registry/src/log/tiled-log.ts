import { setImmediate as nextTurn } from "node:timers/promises";
import {
  addSignatures,
  completeSubtrees,
  consistencyProof,
  equalBytes,
  type Frontier,
  formatEntryBundle,
  formatTile,
  inclusionProof,
  isLineOf,
  isTallyError,
  MAX_ENTRY_BYTES,
  makeVerifierKey,
  type NoteSignature,
  parseFrontier,
  parseNote,
  protoError,
  rootOf,
  type Signer,
  signCheckpointAsync,
  signNoteAsync,
  TILE_WIDTH,
  tileWidth,
  type VerifierKey,
} from "@tallystick/proto";
import { registryError } from "../errors.ts";
import type { Store, WriteOp } from "../ports/store.ts";
import { type Appended, type AppendGroup, AppendQueue } from "./append-queue.ts";
import { appendOps, formatStateRecord, type LogKeys, putText, readText } from "./log-records.ts";
import { type AppendPlan, type LogState, planAppend } from "./plan-append.ts";
import { loadTile, TileReader } from "./tile-reader.ts";
import { untilAvailable } from "./until-available.ts";

export interface LogOptions {
  /** Scheme-less URL; also the name under which checkpoints are signed. */
  readonly origin: string;
  /** The checkpoint key: used for nothing else. */
  readonly key: Signer;
  readonly store: Store;
  /** Where in the store the log lives; no other log's prefix may begin with it. */
  readonly prefix: string;
  /** Whether a note's cosignatures make it final. Default: any one does. */
  readonly isFinal?: (noteText: string) => boolean;
  /** Concurrent appends share a write up to this many leaves. Default 256. */
  readonly maxGroupEntries?: number;
  /** Whether the key may sign now: asked before each write. Default: it may. */
  readonly maySign?: () => boolean;
  /** Where the signer is away, or may not sign yet, appends wait for it, instead of being refused. */
  readonly waitsForSigner?: boolean;
}

/** What somebody else holds of this log: a witness, a mirror, a subscriber. A witness's 409 tells only a size. */
export interface KnownSize {
  readonly size: number;
  readonly rootHash?: Uint8Array;
}

/** Leaves that may wait for their write, in all. */
const MAX_QUEUED_ENTRIES = 65_536;

/** A log's last final note. */
export interface FinalNote {
  readonly size: number;
  readonly note: string;
}

/** What openLog found in the store. */
export interface OpenedLog {
  readonly options: LogOptions;
  readonly isFinal: (noteText: string) => boolean;
  readonly maySign: () => boolean;
  readonly keys: LogKeys;
  readonly state: LogState;
  /** The bytes of the state record; undefined for a new log. */
  readonly record: Uint8Array | undefined;
  readonly note: string;
  readonly finalNote: FinalNote | undefined;
}

/**
 * An append-only log in a store: tiles of 256 (C2SP tlog-tiles), group commit, a signed checkpoint for every write.
 *
 * Order of an append: leaves, tiles, state and the callers' own records in one fsynced write that compares and swaps on
 * the state; then the signature; then the note is archived; then the callers hear of it. Memory is bounded by the queue.
 */
export class TiledLog {
  readonly origin: string;
  readonly #store: Store;
  readonly #key: Signer;
  readonly #isFinal: (noteText: string) => boolean;
  readonly #maxGroupEntries: number;
  readonly #keys: LogKeys;
  readonly #tiles: TileReader;
  readonly #queue = new AppendQueue();
  readonly #listeners = new Set<() => void>();
  #state: LogState;
  #record: Uint8Array | undefined;
  #note: string;
  #finalNote: FinalNote | undefined;
  // Why appends are refused now, if they are.
  #refusal: Error | undefined;
  #flushing: Promise<void> | undefined;
  #lastCosigning: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();
  readonly #maySign: () => boolean;
  readonly #waitsForSigner: boolean;

  /** For openLog alone. */
  constructor({ options, isFinal, maySign, keys, state, record, note, finalNote }: OpenedLog) {
    this.origin = options.origin;
    this.#store = options.store;
    this.#key = options.key;
    this.#isFinal = isFinal;
    this.#maxGroupEntries = options.maxGroupEntries ?? TILE_WIDTH;
    this.#maySign = maySign;
    this.#waitsForSigner = options.waitsForSigner === true;
    this.#keys = keys;
    this.#tiles = new TileReader(options.store, (level, index) => keys.tile(level, index));
    this.#state = state;
    this.#record = record;
    this.#note = note;
    this.#finalNote = finalNote;
    this.#refusal = registryError("LOG_LOCKED", { origin: options.origin });
  }

  /** Number of leaves under the latest signed checkpoint. */
  get size(): number {
    return this.#state.frontier.size;
  }

  /** The key that verifies its checkpoints. */
  get verifierKey(): VerifierKey {
    return makeVerifierKey(this.origin, "ed25519", this.#key.publicKey);
  }

  /** Refuses appends from now on, until `guard` finds nothing against it: somebody showed what this disk does not hold. */
  lock(): void {
    this.#refusal ??= registryError("LOG_LOCKED", { origin: this.origin });
  }

  /**
   * Unlocks appending, once the sizes that others know of this log show that its disk is neither old nor another's copy.
   * Whom to ask, and how many must answer, is the caller's to decide; an empty list vouches that nobody knows the log.
   * @throws LOG_BEHIND where somebody holds more, LOG_FORKED where somebody holds another root; the log stays locked
   */
  async guard(known: readonly KnownSize[]): Promise<void> {
    for (const { size, rootHash } of known) {
      if (size > this.size) {
        throw registryError("LOG_BEHIND", { origin: this.origin, localSize: this.size, knownSize: size });
      }
      if (rootHash !== undefined && !equalBytes(rootOf(await this.frontierAt(size)), rootHash)) {
        throw registryError("LOG_FORKED", { origin: this.origin, treeSize: size });
      }
    }
    if (isTallyError(this.#refusal, "LOG_LOCKED")) this.#refusal = undefined;
  }

  /**
   * Gives a log that is behind the leaves it lost, from a mirror; then call `guard` again.
   * @param known a signed checkpoint of this log that the leaves must lead to exactly
   * @throws LOG_FORKED where they do not (nothing is written); STORE_ codes
   */
  async restoreTail(leaves: readonly Uint8Array[], known: Required<KnownSize>): Promise<void> {
    if (!isTallyError(this.#refusal, "LOG_LOCKED")) throw new TypeError("only a locked log is restored");
    const plan = planAppend(this.#state, leaves);
    if (plan.checkpoint.treeSize !== known.size || !equalBytes(plan.checkpoint.rootHash, known.rootHash)) {
      throw registryError("LOG_FORKED", { origin: this.origin, treeSize: known.size });
    }
    await this.#perform(plan, []);
  }

  /**
   * Appends leaves, next to each other; resolves when they are on disk under a signed checkpoint. Concurrent calls share
   * one write.
   * @param extra the caller's own records, written together with the leaves: all or nothing
   * @throws LOG_LOCKED, LOG_BUSY, LOG_CLOSED, ENTRY_TOO_LARGE, SIGNER_UNAVAILABLE, what `extra` throws: nothing was written; LOG_CONFLICT and
   * STORE_ codes, after which this object appends no more: whether the write happened shows when the log is opened again
   */
  async append(leaves: readonly Uint8Array[], extra?: (firstIndex: number) => readonly WriteOp[]): Promise<Appended> {
    if (leaves.length === 0) throw new TypeError("nothing to append");
    for (const { length } of leaves) {
      if (length > MAX_ENTRY_BYTES)
        throw protoError("ENTRY_TOO_LARGE", { sizeBytes: length, maxBytes: MAX_ENTRY_BYTES });
    }
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#queue.entries >= MAX_QUEUED_ENTRIES) {
      throw registryError("LOG_BUSY", { origin: this.origin, queuedEntries: this.#queue.entries });
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ leaves, extra, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    while (this.#queue.entries > 0) {
      // Lets every call that this turn of the event loop brings join the group: idle, it costs microseconds.
      await nextTurn();
      try {
        await this.#signerThere();
      } catch (error) {
        this.#queue.rejectAll(error);
        continue;
      }
      const group = this.#queue.take(this.size, this.#maxGroupEntries);
      if (group.members.length > 0) await this.#commit(group);
    }
    this.#flushing = undefined;
  }

  /** For who would rather be refused than wait. @throws SIGNER_UNAVAILABLE, LOG_LOCKED where the key may not sign yet */
  async requireSigner(): Promise<void> {
    if (!this.#maySign()) throw registryError("LOG_LOCKED", { origin: this.origin });
    await this.#key.ready();
  }

  /** Asked before each write: what is written can only be signed then. */
  #signerThere(): Promise<void> {
    const required = (): Promise<void> => this.requireSigner();
    return this.#waitsForSigner ? untilAvailable(required, this.#closing.signal) : required();
  }

  async #commit({ members, leaves, extraOps }: AppendGroup): Promise<void> {
    try {
      const checkpoint = await this.#perform(planAppend(this.#state, leaves), extraOps);
      for (const { pending, firstIndex } of members) pending.resolve({ firstIndex, checkpoint });
    } catch (error) {
      this.#refusal = error as Error;
      for (const { pending } of members) pending.reject(error);
      this.#queue.rejectAll(error);
    }
  }

  async #perform(plan: AppendPlan, extraOps: readonly WriteOp[]): Promise<string> {
    const expect = { key: this.#keys.state, value: this.#record };
    try {
      await this.#store.write([...appendOps(this.#keys, plan), ...extraOps], { sync: true, expect });
    } catch (error) {
      if (!isTallyError(error, "STORE_CONFLICT")) throw error;
      const { origin } = this;
      throw registryError("LOG_CONFLICT", { origin, expectedSize: plan.expectedSize }, { cause: error });
    }
    // Sign only what is durable: a signature over a lost state would be a fork.
    // It cannot be taken back, so a signer that has gone since is waited for.
    const note = await untilAvailable(() => signCheckpointAsync(plan.checkpoint, this.#key), this.#closing.signal);
    // Not fsynced: if this is lost, the same note is signed again when the log is opened.
    await this.#store.write([putText(this.#keys.checkpoint(plan.checkpoint.treeSize), note)]);
    this.#state = plan.next;
    this.#record = formatStateRecord(plan.checkpoint);
    this.#note = note;
    this.#announce();
    return note;
  }

  /** The latest signed note, with the cosignatures it has so far. */
  checkpoint(): string {
    return this.#note;
  }

  /** The latest final note: the one to show to who wants no provisional entries. */
  finalCheckpoint(): string | undefined {
    return this.#finalNote?.note;
  }

  /** The archived note of exactly this size, where a write ended there. */
  async checkpointAt(size: number): Promise<string | undefined> {
    if (size > this.size) return undefined;
    const note = await readText(this.#store, this.#keys.checkpoint(size));
    return note === undefined ? undefined : this.#vouched(note);
  }

  /**
   * An archived note with the present key's signature: keys may have changed since it was archived, and what was signed before stands.
   * Its text is of this log, whose root at that size never changes; so nothing is contradicted.
   */
  async #vouched(note: string): Promise<string> {
    if (!this.#maySign() || isSignedBy(note, this.verifierKey)) return note;
    return addSignatures(note, [await signNoteAsync(parseNote(note).text, this.origin, this.#key)]);
  }

  /** Adds the present key's signature to the newest note, where it is missing because the key was not to sign yet. @throws as `addCosignatures` */
  async signNewest(): Promise<void> {
    if (!this.#maySign() || isSignedBy(this.#note, this.verifierKey)) return;
    await this.addCosignatures(this.size, []);
  }

  /** The archived note of the smallest size above `from`: with it, what follows `from` can be verified. */
  async nextCheckpoint(from: number): Promise<{ size: number; note: string } | undefined> {
    const range = { ...this.#keys.checkpointsFrom(from + 1), limit: 1 };
    for await (const [key, value] of this.#store.entries(range)) {
      const size = this.#keys.sizeOfCheckpoint(key);
      if (size <= this.size) return { size, note: await this.#vouched(new TextDecoder().decode(value)) };
    }
    return undefined;
  }

  /**
   * Adds witnesses' lines, verified by the caller, to the archived note of that size.
   * @throws LOG_RANGE_INVALID where no note of that size is archived; NOTE_MALFORMED; STORE_ codes
   */
  addCosignatures(size: number, lines: readonly NoteSignature[]): Promise<void> {
    const cosigning = this.#lastCosigning.then(() => this.#cosigned(size, lines));
    // One after the other, so that no line is lost; a failure is its caller's alone.
    this.#lastCosigning = cosigning.catch(() => undefined);
    return cosigning;
  }

  async #cosigned(size: number, lines: readonly NoteSignature[]): Promise<void> {
    const held = size > this.size ? undefined : await readText(this.#store, this.#keys.checkpoint(size));
    if (held === undefined) throw this.#outOfRange(`checkpoint ${size}`);
    const note = addSignatures(await this.#vouched(held), lines);
    if (note === held) return;
    const isNewFinal = size >= (this.#finalNote?.size ?? 0) && this.#isFinal(note);
    const ops = [putText(this.#keys.checkpoint(size), note)];
    if (isNewFinal) ops.push(putText(this.#keys.final, `${size}`));
    // Not fsynced: witnesses give their cosignatures again.
    await this.#store.write(ops);
    if (size === this.size) this.#note = note;
    if (isNewFinal) this.#finalNote = { size, note };
    this.#announce();
  }

  /** Leaves [from, to). @throws LOG_RANGE_INVALID, STORE_CORRUPT where one is not there */
  async readLeaves(from: number, to: number): Promise<Uint8Array[]> {
    if (!isRange(from, to, this.size)) throw this.#outOfRange(`leaves ${from} to ${to}`);
    const leaves: Uint8Array[] = [];
    if (from === to) return leaves;
    const range = { gte: this.#keys.leaf(from), lt: this.#keys.leaf(to) };
    for await (const [, leaf] of this.#store.entries(range)) leaves.push(leaf);
    if (leaves.length !== to - from) {
      throw registryError("STORE_CORRUPT", { reason: `${leaves.length} of the leaves ${from} to ${to}` });
    }
    return leaves;
  }

  /** The tile's bytes, 32 for each of `width` (1 to 256) hashes (tlog-tiles). @throws LOG_RANGE_INVALID, STORE_CORRUPT */
  async readTile(level: number, index: number, width: number): Promise<Uint8Array> {
    if (!isRange(1, width, tileWidth(level, index, this.size)))
      throw this.#outOfRange(`tile ${level}/${index}/${width}`);
    const hashes = await loadTile(this.#store, this.#keys.tile(level, index), width);
    return formatTile(hashes.slice(0, width));
  }

  /** The bundle of `width` (1 to 256) entries from index * 256 (tlog-tiles). @throws LOG_RANGE_INVALID, STORE_CORRUPT */
  async readEntryBundle(index: number, width: number): Promise<Uint8Array> {
    if (!isRange(1, width, tileWidth(0, index, this.size))) throw this.#outOfRange(`entries ${index}/${width}`);
    return formatEntryBundle(await this.readLeaves(index * TILE_WIDTH, index * TILE_WIDTH + width));
  }

  /** The frontier that the log had at an earlier size, or has now. @throws LOG_RANGE_INVALID, STORE_CORRUPT */
  async frontierAt(size: number): Promise<Frontier> {
    if (!isRange(0, size, this.size)) throw this.#outOfRange(`frontier ${size}`);
    if (size === this.size) return this.#state.frontier;
    const parts = completeSubtrees(0, size).map(({ level, index }) => this.#tiles.node(level, index));
    return parseFrontier(size, await Promise.all(parts));
  }

  /** 32 bytes. @throws LOG_RANGE_INVALID, STORE_CORRUPT */
  async leafHash(index: number): Promise<Uint8Array> {
    if (!isRange(0, index, this.size - 1)) throw this.#outOfRange(`leaf ${index}`);
    return this.#tiles.node(0, index);
  }

  /** The path from a leaf to the root at `size`. @throws LOG_RANGE_INVALID, STORE_CORRUPT */
  async inclusionProof(index: number, size: number): Promise<Uint8Array[]> {
    if (!isRange(0, index, size - 1) || size > this.size) throw this.#outOfRange(`leaf ${index} in ${size}`);
    return inclusionProof((level, at) => this.#tiles.node(level, at), index, size);
  }

  /** The hashes that show size `from` to be a prefix of size `to`. @throws LOG_RANGE_INVALID, STORE_CORRUPT */
  async consistencyProof(from: number, to: number): Promise<Uint8Array[]> {
    if (!isRange(from, to, this.size)) throw this.#outOfRange(`sizes ${from} to ${to}`);
    return consistencyProof((level, at) => this.#tiles.node(level, at), from, to);
  }

  /** Calls `listener` (which must not throw) after each new checkpoint and each new cosignature, until it is taken back. */
  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits for no signer any more: appends that would are refused. For who waits for their callers before it closes the log. */
  stopWaiting(): void {
    this.#closing.abort();
  }

  /** Waits for the appends that were accepted; refuses later ones. The store stays open: it is the caller's. */
  async close(): Promise<void> {
    this.#refusal = registryError("LOG_CLOSED", { origin: this.origin });
    this.stopWaiting();
    await this.#flushing;
    await this.#lastCosigning;
    this.#listeners.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #announce(): void {
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  #outOfRange(asked: string): Error {
    return registryError("LOG_RANGE_INVALID", { origin: this.origin, size: this.size, asked });
  }
}

function isSignedBy(note: string, key: VerifierKey): boolean {
  return parseNote(note).signatures.some((line) => isLineOf(line, key));
}

function isRange(from: number, to: number, size: number): boolean {
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from <= to && to <= size;
}
