import { setTimeout as delay } from "node:timers/promises";
import { decodeUtf8, isTallyError, type WitnessPolicy } from "@tallystick/proto";
import { FeedService, type StreamEntriesResponse } from "@tallystick/proto/wire";
import { connectGrpc, type Member, type Store, type TransportIdentity, type WriteOp } from "@tallystick/registry";
import { cutReason, type Verdict } from "../core/journal/verdict.ts";
import { FEED_FAULTS } from "../core/subscription/feed-faults.ts";
import { type FeedState, formatFeedState } from "../core/subscription/feed-state.ts";
import { type JudgeContext, type JudgedAttestation, judgeAttestation } from "../core/subscription/judge-attestation.ts";
import {
  type PendingAttestation,
  type ReceivedFeedBatch,
  readBatch,
  refOf,
  refusal,
} from "../core/subscription/read-batch.ts";
import { RouteWindow } from "../core/subscription/route-window.ts";
import { nodeError } from "../errors.ts";
import type { Journal } from "../ports/journal.ts";
import { keys, putRecord } from "./node-records.ts";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 30_000;

/** What this node must know of the registry to follow a feed; asked anew for each batch. */
export interface FollowContext {
  readonly member: Member;
  readonly policy: WitnessPolicy | undefined;
  readonly judge: Omit<JudgeContext, "contract">;
}

export interface FollowerOptions {
  readonly store: Store;
  readonly journal: Journal;
  readonly transport: TransportIdentity;
  readonly address: string;
  readonly contract: string;
  readonly routeKey: Uint8Array;
  readonly state: FeedState;
  readonly random: () => number;
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
  readonly judged: JudgedAttestation;
}

export interface AppliedBatch {
  readonly state: FeedState;
  readonly verdicts: readonly Verdict[];
  readonly accepted: readonly AcceptedAttestation[];
}

/**
 * Follows one supplier's feed: connects, verifies batch by batch, journals the verdicts, and goes on from where it was after any
 * interruption. A batch is applied whole, in one durable write, or not at all; applying one again changes nothing.
 */
export class Follower {
  readonly #options: FollowerOptions;
  #state: FeedState;
  #window: RouteWindow;
  #connected = false;
  #address: string;
  /** Ends the wait for the next try, or the connection that is open. */
  #moved = new AbortController();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#address = options.address;
    this.#window = this.#openWindow();
  }

  get state(): FeedState {
    return this.#state;
  }

  get address(): string {
    return this.#address;
  }

  /** Goes on at another address, at once. */
  moveTo(address: string): void {
    if (address === this.#address) return;
    this.#address = address;
    this.#moved.abort();
    this.#moved = new AbortController();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Follows until the signal aborts or the feed is at fault. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted && this.#state.fault === undefined; ) {
      const before = this.#state.frontier.size;
      const until = AbortSignal.any([signal, this.#moved.signal]);
      try {
        await this.#follow(until);
      } catch (error) {
        if (signal.aborted) return;
        if (!isTallyError(error)) throw error;
      }
      this.#connected = false;
      failures = this.#state.frontier.size > before ? 1 : failures + 1;
      const whole = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 20));
      await delay(whole / 2 + (whole / 2) * this.#options.random(), undefined, { signal: until }).catch(() => {
        // Told to stop, or to go on elsewhere: the loop's condition decides.
      });
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { transport } = this.#options;
    const { member } = this.#options.context();
    const ended = new AbortController();
    const connection = connectGrpc({ address: this.#address, identity: transport, expectedKey: member.transportKey });
    try {
      const from = BigInt(this.#state.frontier.size);
      const stream = connection
        .client(FeedService)
        .streamEntries({ origin: this.#state.origin, from }, { signal: AbortSignal.any([signal, ended.signal]) });
      for await (const response of oneAhead(stream)) {
        this.#connected = true;
        try {
          await this.apply(toBatch(response));
        } catch (error) {
          if (!isTallyError(error) || !FEED_FAULTS.has(error.code)) throw error;
          await this.#fault(error.code, error.message);
          return;
        }
      }
    } finally {
      ended.abort();
      connection.close();
    }
  }

  /**
   * Verifies and applies one batch.
   *
   * @throws FEED_FAULTS where the batch is refused whole; what `context` throws, and REGISTRY_UNREACHABLE, where it cannot be judged
   *   now. The state is then as it was.
   */
  async apply(batch: ReceivedFeedBatch): Promise<void> {
    try {
      await this.#apply(batch).catch(async (error: unknown) => {
        // The checkpoint's key may be one that only a newer registry has.
        if (!isTallyError(error, "NOTE_UNSIGNED")) throw error;
        await this.#learnAnew();
        await this.#apply(batch);
      });
    } catch (error) {
      this.#window = this.#openWindow();
      throw error;
    }
  }

  async #learnAnew(): Promise<void> {
    if (await this.#options.learnAnew()) return;
    throw nodeError("REGISTRY_UNREACHABLE", { origin: this.#state.origin });
  }

  async #apply(batch: ReceivedFeedBatch): Promise<void> {
    const { store, journal, context, onApplied } = this.#options;
    const { member, policy } = context();
    const { origin } = this.#state;
    const read = await readBatch(this.#state, batch, {
      checkpointKey: member.checkpointKey,
      policy,
      window: this.#window,
      leafAt: await this.#heldLeaves(batch),
    });
    const { verdicts, accepted } = await this.#judgeAll(read.pending);
    const all = [...read.verdicts, ...verdicts];
    const ops: WriteOp[] = [
      ...batch.leaves.map((value, i) => put(keys.feedLeaf(origin, batch.firstIndex + i), value)),
      put(keys.feedNote(origin, read.next.frontier.size), new TextEncoder().encode(batch.note)),
      put(keys.feedState(origin), formatFeedState(read.next)),
      ...accepted.map(({ pending: { index, jws, disclosures } }) =>
        putRecord(keys.attestation(origin, index), { v: 1, jws, disclosures }),
      ),
    ];
    // A verdict counts once it is in the journal: it and what it rests on are one write.
    const journalled = await ownStore(
      all.length > 0
        ? journal.append(all, ops)
        : store.write(ops, { sync: batch.leaves.length > 0 }).then((): readonly Verdict[] => []),
    );
    this.#state = read.next;
    onApplied({ state: read.next, verdicts: journalled, accepted });
  }

  /** Earlier leaves of the feed; those that the batch delivers are read at once. */
  async #heldLeaves(batch: ReceivedFeedBatch): Promise<(index: number) => Promise<Uint8Array | undefined>> {
    const { store } = this.#options;
    const { origin } = this.#state;
    const targets = [...new Set([...batch.deliveries.values()].map(({ targetIndex }) => targetIndex))].filter(
      (index) => index < batch.firstIndex,
    );
    const leaves = await ownStore(store.getMany(targets.map((index) => keys.feedLeaf(origin, index))));
    const held = new Map(targets.map((index, at) => [index, leaves[at]]));
    return async (index) => (held.has(index) ? held.get(index) : ownStore(store.get(keys.feedLeaf(origin, index))));
  }

  async #judgeAll(
    pending: readonly PendingAttestation[],
  ): Promise<{ verdicts: Verdict[]; accepted: AcceptedAttestation[] }> {
    let judged = await this.#judgeOnce(pending);
    // The supplier may know of a newer registry than this node does.
    const behind = judged.some(({ error }) => isTallyError(error) && REGISTRY_CODES.has(error.code));
    if (behind) {
      await this.#learnAnew();
      judged = await this.#judgeOnce(pending);
    }
    const { supplier: member, origin } = this.#state;
    const about = { v: 1, member, origin } as const;
    const verdicts: Verdict[] = [];
    const accepted: AcceptedAttestation[] = [];
    for (const { pending: item, result, error } of judged) {
      if (result !== undefined) {
        const { index, leaf } = refOf(origin, item);
        verdicts.push({ ...about, kind: "accepted", index, leaf, kid: result.kid, treeSize: item.treeSize });
        accepted.push({ pending: item, judged: result });
      } else if (isTallyError(error)) {
        verdicts.push(refusal(about, item.index, error));
      } else {
        throw error;
      }
    }
    return { verdicts, accepted };
  }

  #judgeOnce(pending: readonly PendingAttestation[]) {
    const { contract } = this.#options;
    const context = { ...this.#options.context().judge, contract };
    return Promise.all(
      pending.map(
        async (item): Promise<{ pending: PendingAttestation; result?: JudgedAttestation; error?: unknown }> => {
          try {
            return { pending: item, result: await judgeAttestation(item, context) };
          } catch (error) {
            return { pending: item, error };
          }
        },
      ),
    );
  }

  /** Stops at a checkpoint that does not verify: whatever follows it would hang in the air. */
  async #fault(code: string, reason: string): Promise<void> {
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
    const ops = [put(keys.feedState(origin), formatFeedState(state))];
    const verdicts = await ownStore(this.#options.journal.append([verdict], ops));
    this.#state = state;
    this.#options.onApplied({ state, verdicts, accepted: [] });
  }

  #openWindow(): RouteWindow {
    const { origin, epoch, nextCounter } = this.#state;
    return new RouteWindow(this.#options.routeKey, origin, epoch, nextCounter);
  }
}

/** The same items, with the next one on its way while the last is being worked on; never more than one. */
async function* oneAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const asked = iterator.next();
    // Whoever awaits it next hears of a failure; if nobody does, the consumer has failed already.
    asked.catch(() => {});
    return asked;
  };
  try {
    for (let next = ask(); ; ) {
      const { done, value } = await next;
      if (done === true) return;
      next = ask();
      yield value;
    }
  } finally {
    // Not awaited: it would wait for the item that is on its way, which may never come.
    iterator.return?.().catch(() => {});
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

/** What may come of a registry that this node has not caught up with. */
const REGISTRY_CODES: ReadonlySet<string> = new Set(["REGISTRY_PIN_UNKNOWN", "KEY_UNKNOWN", "CONTRACT_UNKNOWN"]);

const put = (key: string, value: Uint8Array): WriteOp => ({ type: "put", key, value });

/** @throws BATCH_MALFORMED */
function toBatch({ firstIndex, entries, checkpoint }: StreamEntriesResponse): ReceivedFeedBatch {
  const first = Number(firstIndex);
  if (!Number.isSafeInteger(first)) throw nodeError("BATCH_MALFORMED", { reason: "index out of range" });
  const deliveries = entries.flatMap(({ delivery }, i) => {
    if (delivery === undefined) return [];
    const targetIndex = Number(delivery.targetIndex);
    if (!Number.isSafeInteger(targetIndex)) throw nodeError("BATCH_MALFORMED", { reason: "index out of range" });
    const { salt, jws, disclosures } = delivery;
    return [[first + i, { salt, targetIndex, jws, disclosures }] as const];
  });
  return {
    firstIndex: first,
    leaves: entries.map(({ leaf }) => leaf),
    note: decodeUtf8(checkpoint),
    deliveries: new Map(deliveries),
  };
}
