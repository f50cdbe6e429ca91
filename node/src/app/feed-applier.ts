import { setTimeout as delay } from "node:timers/promises";
import {
  appendLeafHash,
  decodeBase64,
  EMPTY_FRONTIER,
  encodeBase64,
  encodeBase64url,
  hashLeaf,
  isTallyError,
  type PublicKey,
  rootOf,
  type WitnessPolicy,
} from "@tallystick/proto";
import type { Member, Store, WriteOp } from "@tallystick/registry";
import type { OfferedCheckpoint } from "../core/evidence/fault/fault-sources.ts";
import { cutReason, type Verdict } from "../core/journal/verdict.ts";
import { checkpointKeyOf } from "../core/keys/checkpoint-key.ts";
import { standingOf } from "../core/keys/key-standing.ts";
import { kidOf } from "../core/keys/kid-of.ts";
import type { CheckedToken } from "../core/subscription/check-token.ts";
import { type FeedState, formatFeedState } from "../core/subscription/feed-state.ts";
import {
  attestKeysFor,
  type JudgeContext,
  requireAdmissible,
  requireStanding,
} from "../core/subscription/judge-attestation.ts";
import {
  type PendingAttestation,
  type ReadBatch,
  type ReceivedDelivery,
  type ReceivedFeedBatch,
  readBatch,
  readLate,
  refOf,
  refusal,
} from "../core/subscription/read-batch.ts";
import { requireNotBackdated } from "../core/subscription/require-not-backdated.ts";
import { RouteWindow } from "../core/subscription/route-window.ts";
import { nodeError } from "../errors.ts";
import type { Journal } from "../ports/journal.ts";
import type { TokenChecker } from "../ports/token-checker.ts";
import { exhibitsOf } from "./exhibits.ts";
import { feedAbsentTime } from "./feed-absence.ts";
import { eventOf, feedLogTime, reviewKeys } from "./key-review.ts";
import { keys, putRecord, readAll, readRecord, records } from "./node-records.ts";

/** For how long a batch of much that may be covered awaits a checkpoint that covers it, in milliseconds. */
const AWAIT_FINAL_MS = 50;
const MUCH_AT_ONCE = 16;

/** What this node must know of the registry to follow a feed; asked anew for each batch. */
export interface FollowContext {
  readonly member: Member;
  readonly policy: WitnessPolicy | undefined;
  readonly judge: Omit<JudgeContext, "contract">;
  /** Whether final entries of this member may count by its log alone (docs/protocol.md, COV-1). */
  readonly mayBeCovered: boolean;
}

export interface FeedApplierOptions {
  readonly store: Store;
  readonly journal: Journal;
  readonly tokens: TokenChecker;
  readonly contract: string;
  readonly routeKey: Uint8Array;
  readonly state: FeedState;
  /** @throws NOT_A_MEMBER, REPLICA_STALE */
  readonly context: () => FollowContext;
  /** Learns all that the registry has published by now; false where it does not answer. */
  readonly learnAnew: () => Promise<boolean>;
  /** Hears of each batch that was applied, once it is durable. */
  readonly onApplied: (applied: AppliedBatch) => void;
}

/** An accepted attestation, in full. */
export interface AcceptedAttestation {
  readonly pending: PendingAttestation;
  readonly checked: CheckedToken;
  /** Where it counts by its log alone: the key that its signature must be by. */
  readonly coveredBy?: PublicKey;
}

export interface AppliedBatch {
  readonly state: FeedState;
  readonly verdicts: readonly Verdict[];
  readonly accepted: readonly AcceptedAttestation[];
}

/** What came with a checkpoint of its own, or without one: then it adds no leaves. */
type Received = Pick<ReceivedFeedBatch, "firstIndex" | "leaves" | "deliveries"> & { readonly note?: string };

interface JudgedBatch {
  readonly read: ReadBatch;
  readonly batch: Received;
  readonly verdicts: readonly Verdict[];
  readonly accepted: readonly AcceptedAttestation[];
  /** Waits until a quorum dates it. */
  readonly undated: readonly PendingAttestation[];
}

/**
 * Verifies and applies the batches of one feed: read in order, judged side by side, journalled in order. A batch is applied whole, in
 * one durable write, or not at all; applying one again changes nothing.
 */
export class FeedApplier {
  readonly #options: FeedApplierOptions;
  /** What is durable. */
  #state: FeedState;
  /** How far batches were read, and the leaves of those that are on their way to the disk. */
  #readState: FeedState;
  /** Called when the next batch was read. */
  #readers: (() => void)[] = [];
  readonly #unwritten = new Map<number, Uint8Array>();
  #unwrittenFinals: NonNullable<ReadBatch["final"]>[] = [];
  /** The member's last key event up to which what was accepted was reviewed; undefined before it is known. */
  #reviewedEvent: number | undefined;
  #window: RouteWindow;
  #lastRead: Promise<unknown> = Promise.resolve();
  #lastWrite: Promise<unknown> = Promise.resolve();
  #refusedNote: string | undefined;

  constructor(options: FeedApplierOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#readState = options.state;
    this.#window = this.#openWindow();
  }

  get state(): FeedState {
    return this.#state;
  }

  /**
   * Verifies and applies one batch; resolves when it is durable. The next may be handed over before that: it is read while this one is
   * judged. Where one is refused, so is every one after it, until `restart`.
   *
   * @throws FEED_FAULTS where the batch is refused whole; what `context` throws, REGISTRY_UNREACHABLE and TOKENS_UNCHECKED, where it cannot
   *   be judged now. The state is then as it was.
   */
  apply(batch: ReceivedFeedBatch): Promise<void> {
    return this.#inOrder(batch, () => this.#read(batch));
  }

  /** As `apply`, of openings that came after the batch of their leaf; what was not asked for is left. */
  applyLate(deliveries: ReadonlyMap<number, ReceivedDelivery>): Promise<void> {
    const received = { firstIndex: Number.MAX_SAFE_INTEGER, leaves: [], deliveries };
    return this.#inOrder(received, async () => {
      const leafAt = await this.#heldLeaves(received);
      const read = await readLate(this.#readState, deliveries, { window: this.#window, leafAt });
      this.#readState = read.next;
      return read;
    });
  }

  #inOrder(batch: Received, read: () => Promise<ReadBatch>): Promise<void> {
    const reading = this.#lastRead.then(read);
    const judging = reading.then((done) => this.#judgeAll(done, batch));
    // In order, also of what goes wrong: a batch says nothing before the one before it is applied.
    const writing = this.#lastWrite.then(async () => {
      const judged = await judging;
      await this.#write(judged);
      if (judged.read.final !== undefined) await this.#review();
    });
    this.#lastRead = reading;
    this.#lastWrite = writing;
    // Whoever waits for `writing` hears of what went wrong, once.
    for (const step of [reading, judging]) step.catch(() => {});
    return writing;
  }

  /** Goes on from what is durable, once every batch that was handed over has had its answer. */
  async restart(): Promise<void> {
    await this.#lastWrite.catch(() => {});
    this.#lastRead = this.#lastWrite = Promise.resolve();
    this.#readState = this.#state;
    this.#unwritten.clear();
    this.#unwrittenFinals = [];
    this.#refusedNote = undefined;
    this.#window = this.#openWindow();
  }

  async #learnAnew(): Promise<void> {
    if (await this.#options.learnAnew()) return;
    throw nodeError("REGISTRY_UNREACHABLE", { origin: this.#state.origin });
  }

  async #read(batch: ReceivedFeedBatch): Promise<ReadBatch> {
    const leafAt = await this.#heldLeaves(batch);
    const { origin } = this.#state;
    const read = async (): Promise<ReadBatch> => {
      const { member, policy, judge } = this.#options.context();
      const { timeOfEntry } = judge;
      const checkpointKey = checkpointKeyOf(origin, batch.note, { history: member.keys, policy, timeOfEntry });
      return readBatch(this.#readState, batch, {
        checkpointKey,
        policy,
        window: this.#window,
        leafAt,
      });
    };
    this.#refusedNote = batch.note;
    const done = await read().catch(async (error: unknown) => {
      // The checkpoint's key may be one that only a newer registry has.
      if (!isTallyError(error, "NOTE_UNSIGNED")) throw error;
      await this.#learnAnew();
      return read();
    });
    this.#refusedNote = undefined;
    this.#readState = done.next;
    if (done.final !== undefined) this.#unwrittenFinals.push(done.final);
    for (const resolve of this.#readers.splice(0)) resolve();
    for (const [at, leaf] of batch.leaves.entries()) this.#unwritten.set(batch.firstIndex + at, leaf);
    return done;
  }

  /** Earlier leaves of the feed; those that the batch delivers are read at once. */
  async #heldLeaves(
    batch: Pick<Received, "firstIndex" | "deliveries">,
  ): Promise<(index: number) => Promise<Uint8Array | undefined>> {
    const { store } = this.#options;
    const { origin } = this.#state;
    const targets = [...new Set([...batch.deliveries.values()].map(({ targetIndex }) => targetIndex))].filter(
      (index) => index < batch.firstIndex && !this.#unwritten.has(index),
    );
    const leaves = await ownStore(store.getMany(targets.map((index) => keys.feedLeaf(origin, index))));
    const held = new Map(targets.map((index, at) => [index, leaves[at]]));
    return async (index) => {
      const unwritten = this.#unwritten.get(index);
      if (unwritten !== undefined || held.has(index)) return unwritten ?? held.get(index);
      return ownStore(store.get(keys.feedLeaf(origin, index)));
    };
  }

  async #judgeAll(read: ReadBatch, batch: Received): Promise<JudgedBatch> {
    const isCoverable = this.#options.context().mayBeCovered && (await this.#isSoonFinal(read));
    const pending = await this.#dated(read.pending);
    // The grant is of the present keys: what one of before attested is checked by its signature.
    const covered = isCoverable && pending.every(({ seenUnix }) => seenUnix === undefined);
    let context = this.#context();
    let judged = await this.#judgeOnce(pending, context, covered);
    // The supplier may know of a newer registry than this node does.
    if (judged.some((one) => isTallyError(one) && REGISTRY_CODES.has(one.code))) {
      await this.#learnAnew();
      context = this.#context();
      judged = await this.#judgeOnce(pending, context, covered);
    }
    const { supplier: member, origin } = this.#state;
    const about = { v: 1, member, origin } as const;
    const verdicts = [...read.verdicts];
    const accepted: AcceptedAttestation[] = [];
    const undated: PendingAttestation[] = [];
    for (const [at, item] of pending.entries()) {
      const one = await this.#refuseBackdated(item, judged[at] as CheckedToken | Error);
      if (isTallyError(one, "KEY_UNDATED")) {
        undated.push(item);
      } else if (one instanceof Error) {
        if (!isTallyError(one)) throw one;
        verdicts.push(refusal(about, item.index, one));
      } else {
        const { index, leaf } = refOf(origin, item);
        const mode = covered ? ({ mode: "covered" } as const) : {};
        verdicts.push({ ...about, kind: "accepted", index, leaf, kid: one.kid, treeSize: item.treeSize, ...mode });
        const coveredBy = covered ? attestKeysFor(item, context)(one.kid) : undefined;
        if (covered && coveredBy === undefined) throw new TypeError("a token without a key was accepted");
        accepted.push({ pending: item, checked: one, ...(coveredBy === undefined ? {} : { coveredBy }) });
        verdicts.push(...this.#disputes(item, one.kid));
      }
    }
    return { read, batch, verdicts, accepted, undated };
  }

  /** Refuses what was delivered after it was final and is dated before its log was last seen without it (ATT-10). */
  async #refuseBackdated(item: PendingAttestation, judged: CheckedToken | Error): Promise<CheckedToken | Error> {
    const { logTimeUnix, origin } = this.#readState;
    if (judged instanceof Error || item.absentAtUnix !== undefined || logTimeUnix === undefined) return judged;
    // Where the newest final checkpoint does not speak against the date, no earlier one does.
    if (dateFault(item, judged, logTimeUnix) === undefined) return judged;
    const { store, context } = this.#options;
    const inFlight = this.#unwrittenFinals.findLast(({ size }) => size <= item.index)?.seenUnix;
    const absentAtUnix = inFlight ?? (await ownStore(feedAbsentTime(store, origin, item.index, context().policy)));
    return absentAtUnix === undefined ? judged : (dateFault(item, judged, absentAtUnix) ?? judged);
  }

  #context(): JudgeContext {
    const { context, contract } = this.#options;
    return { ...context().judge, contract };
  }

  /**
   * Whether a final checkpoint covers the batch. Of a log that is caught up with, one that does may come with the next batches: for much
   * at once it is worth a moment.
   */
  async #isSoonFinal({ next, pending }: ReadBatch): Promise<boolean> {
    const { size } = next.frontier;
    const deadline = performance.now() + (pending.length < MUCH_AT_ONCE ? 0 : AWAIT_FINAL_MS);
    while (this.#readState.finalSize < size) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      const late = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => this.#readers.push(resolve)),
        delay(left, undefined, { signal: late.signal }).catch(() => {}),
      ]);
      late.abort();
    }
    return true;
  }

  /** As `judgeAttestation` judges each; what is covered, without its signature. */
  async #judgeOnce(
    pending: readonly PendingAttestation[],
    context: JudgeContext,
    covered: boolean,
  ): Promise<readonly (CheckedToken | Error)[]> {
    const { tokens } = this.#options;
    const refused = (act: () => void): Error | undefined => {
      try {
        act();
        return undefined;
      } catch (error) {
        return error as Error;
      }
    };
    const suspended = refused(() => requireStanding(context));
    if (suspended !== undefined) return pending.map(() => suspended);
    const outcomes = await tokens.check(
      pending.map((item) => ({
        jws: item.jws,
        disclosures: item.disclosures,
        resolve: attestKeysFor(item, context),
      })),
      { covered },
    );
    const judge = (item: PendingAttestation, checked: CheckedToken): void => {
      requireAdmissible(checked, context);
      requireNotBackdated(item, checked);
    };
    return outcomes.map((outcome, at) =>
      "refused" in outcome
        ? outcome.refused
        : (refused(() => judge(pending[at] as PendingAttestation, outcome.checked)) ?? outcome.checked),
    );
  }

  /** With when a quorum saw them, those whose key is out of use. */
  async #dated(pending: readonly PendingAttestation[]): Promise<readonly PendingAttestation[]> {
    const { member, policy } = this.#options.context();
    const finals = [...this.#unwrittenFinals];
    return Promise.all(
      pending.map(async (item) => {
        if (member.keys.attestKey(kidOf(item.jws))?.untilEntry === undefined) return item;
        const { store } = this.#options;
        const seenUnix =
          (await ownStore(feedLogTime(store, this.#state.origin, item.index, policy))) ??
          finals.find(({ size }) => size > item.index)?.seenUnix;
        return seenUnix === undefined ? item : { ...item, seenUnix };
      }),
    );
  }

  /** What is to be said beside its acceptance of an entry whose key may have been another's. */
  #disputes({ index, seenUnix }: PendingAttestation, kid: string): readonly Verdict[] {
    const { supplier: member, origin } = this.#state;
    const { judge } = this.#options.context();
    const record = judge.member.keys.attestKey(kid);
    if (record?.untilEntry === undefined) return [];
    if (standingOf(record, seenUnix, judge.timeOfEntry(record.untilEntry)) !== "disputed") return [];
    const event = eventOf(judge.member.keys, kid, record.untilEntry);
    return [{ v: 1, kind: "disputed", member, origin, index, kid, why: "compromised", event }];
  }

  /**
   * Judges anew what rests on keys that are out of use by now: what was accepted, and what waits to be dated. What cannot be judged now is
   * judged at the next checkpoint, or when the registry has more.
   */
  reviewKeys(): Promise<void> {
    const reviewing = this.#lastWrite.then(() => this.#review());
    this.#lastWrite = reviewing;
    // A batch that was refused before says so to whoever handed it over.
    return reviewing.catch((error: unknown) => {
      if (!isTallyError(error)) throw error;
    });
  }

  async #review(): Promise<void> {
    try {
      await this.#judgeUndated();
      await this.#reviewAccepted();
    } catch (error) {
      if (!isTallyError(error)) throw error;
    }
  }

  async #judgeUndated(): Promise<void> {
    const { origin } = this.#state;
    const held = await ownStore(readAll(this.#options.store, keys.undatedOf(origin), records.undated));
    if (held.length === 0) return;
    const pending = held.map(([key, { jws, disclosures, leaf, treeSize, deliveredAt, salt, absentAtUnix }]) => ({
      index: Number(key.slice(keys.undatedOf(origin).length)),
      jws,
      disclosures,
      leaf: decodeBase64(leaf),
      treeSize,
      deliveredAt,
      salt: decodeBase64(salt),
      ...(absentAtUnix === undefined ? {} : { absentAtUnix }),
    }));
    const none = { firstIndex: this.#state.frontier.size, leaves: [], deliveries: new Map() };
    const judged = await this.#judgeAll({ next: this.#state, verdicts: [], pending }, none);
    if (judged.verdicts.length === 0) return;
    const waiting = new Set(judged.undated.map(({ index }) => index));
    const settled = pending.filter(({ index }) => !waiting.has(index));
    await this.#write(
      { ...judged, undated: [] },
      settled.map(({ index }) => del(keys.undated(origin, index))),
    );
  }

  async #reviewAccepted(): Promise<void> {
    const { store, journal, context, onApplied } = this.#options;
    const { origin, supplier } = this.#state;
    const { member, policy, judge } = context();
    if (member.event.sequence === 0) return;
    const key = keys.keysReviewed(origin);
    if (this.#reviewedEvent === undefined) {
      const value = await ownStore(store.get(key));
      this.#reviewedEvent = value === undefined ? -1 : readRecord(records.keysReviewed, key, value).event;
    }
    if (this.#reviewedEvent === member.eventIndex) return;
    const { timeOfEntry } = judge;
    const reviewing = reviewKeys({ store, member: supplier, origin, history: member.keys, policy, timeOfEntry });
    const { verdicts, settled } = await ownStore(reviewing);
    const ops = [
      ...markDisputed(origin, verdicts),
      ...(settled ? [putRecord(key, { v: 1, event: member.eventIndex })] : []),
    ];
    if (verdicts.length > 0) {
      const journalled = await ownStore(journal.append(verdicts, ops));
      onApplied({ state: this.#state, verdicts: journalled, accepted: [] });
    } else if (settled) await ownStore(store.write(ops, { sync: true }));
    if (settled) this.#reviewedEvent = member.eventIndex;
  }

  async #write(
    { read, batch, verdicts, accepted, undated }: JudgedBatch,
    also: readonly WriteOp[] = [],
  ): Promise<void> {
    const { store, journal, onApplied } = this.#options;
    const { origin } = this.#state;
    const ops: WriteOp[] = [
      ...batch.leaves.map((value, i) => put(keys.feedLeaf(origin, batch.firstIndex + i), value)),
      ...(batch.note === undefined
        ? []
        : [put(keys.feedNote(origin, read.next.frontier.size), new TextEncoder().encode(batch.note))]),
      put(keys.feedState(origin), formatFeedState(read.next)),
      ...accepted.map(({ pending: { index, jws, disclosures, deliveredAt, salt }, coveredBy }) =>
        putRecord(keys.attestation(origin, index), {
          v: 1,
          jws,
          disclosures,
          ...(coveredBy === undefined
            ? {}
            : { covered: { key: encodeBase64url(coveredBy.bytes), deliveredAt, salt: encodeBase64(salt) } }),
        }),
      ),
      ...exhibitsOf(verdicts, batch.deliveries),
      ...undated.map(({ index, jws, disclosures, leaf, treeSize, deliveredAt, salt, absentAtUnix }) =>
        putRecord(keys.undated(origin, index), {
          v: 1,
          jws,
          disclosures,
          leaf: encodeBase64(leaf),
          treeSize,
          deliveredAt,
          salt: encodeBase64(salt),
          ...(absentAtUnix === undefined ? {} : { absentAtUnix }),
        }),
      ),
      ...markDisputed(origin, verdicts),
      ...also,
    ];
    // A verdict counts once it is in the journal: it and what it rests on are one write.
    const journalled = await ownStore(
      verdicts.length > 0
        ? journal.append(verdicts, ops)
        : store.write(ops, { sync: batch.leaves.length > 0 }).then((): readonly Verdict[] => []),
    );
    this.#state = read.next;
    for (const at of batch.leaves.keys()) this.#unwritten.delete(batch.firstIndex + at);
    this.#unwrittenFinals = this.#unwrittenFinals.filter(({ size }) => size > read.next.frontier.size);
    onApplied({ state: read.next, verdicts: journalled, accepted });
  }

  /** The checkpoint of the batch that was refused last, where one was. */
  get refusedNote(): string | undefined {
    return this.#refusedNote;
  }

  /** Root of the first leaves that are held. */
  async rootAt(size: number): Promise<Uint8Array> {
    const { origin } = this.#state;
    let frontier = EMPTY_FRONTIER;
    const range = { gte: keys.feedLeaf(origin, 0), lt: keys.feedLeaf(origin, size) };
    for await (const [, leaf] of this.#options.store.entries(range)) {
      frontier = appendLeafHash(frontier, hashLeaf(leaf));
    }
    return rootOf(frontier);
  }

  /** Stops the feed at a checkpoint that does not verify: whatever follows it would hang in the air. `offered` is kept, to be shown. */
  async fault(code: string, reason: string, offered?: OfferedCheckpoint): Promise<void> {
    const { supplier: member, origin, frontier } = this.#state;
    const state = { ...this.#state, fault: code };
    const verdict: Verdict = {
      v: 1,
      kind: "feed-fault",
      member,
      origin,
      size: frontier.size,
      code,
      reason: cutReason(reason),
    };
    const ops = [
      put(keys.feedState(origin), formatFeedState(state)),
      ...(offered === undefined ? [] : [putRecord(keys.offered(origin), { v: 1, ...offered })]),
    ];
    const verdicts = await ownStore(this.#options.journal.append([verdict], ops));
    this.#state = state;
    this.#options.onApplied({ state, verdicts, accepted: [] });
  }

  #openWindow(): RouteWindow {
    const { origin, epoch, nextCounter, awaited } = this.#state;
    return new RouteWindow(this.#options.routeKey, origin, epoch, nextCounter, awaited);
  }
}

/** What this node's own store refuses ends the node: it says nothing of any supplier, and nothing can be relied on after it. */
async function ownStore<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error("the node's store failed", { cause: error });
  }
}

function dateFault(item: PendingAttestation, checked: CheckedToken, absentAtUnix: number): Error | undefined {
  try {
    requireNotBackdated({ ...item, absentAtUnix }, checked);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** What may come of a registry that this node has not caught up with. */
const REGISTRY_CODES: ReadonlySet<string> = new Set(["REGISTRY_PIN_UNKNOWN", "KEY_UNKNOWN", "CONTRACT_UNKNOWN"]);

function markDisputed(origin: string, verdicts: readonly Verdict[]): readonly WriteOp[] {
  return verdicts.flatMap((verdict) =>
    verdict.kind === "disputed" ? [putRecord(keys.disputed(origin, verdict.index), { v: 1 })] : [],
  );
}

const del = (key: string): WriteOp => ({ type: "del", key });
const put = (key: string, value: Uint8Array): WriteOp => ({ type: "put", key, value });
