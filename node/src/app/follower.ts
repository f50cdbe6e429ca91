import { setTimeout as delay } from "node:timers/promises";
import { decodeUtf8, isTallyError } from "@tallystick/proto";
import {
  type Delivery,
  ExchangeService,
  FeedService,
  type FetchDeliveriesResponse,
  type StreamEntriesResponse,
} from "@tallystick/proto/wire";
import type { GrpcConnection } from "@tallystick/registry";
import type { OfferedCheckpoint } from "../core/evidence/fault/fault-sources.ts";
import { FEED_FAULTS } from "../core/subscription/feed-faults.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import type { ReceivedDelivery, ReceivedFeedBatch } from "../core/subscription/read-batch.ts";
import { nodeError } from "../errors.ts";
import type { OpenConnection } from "../ports/open-connection.ts";
import { FeedApplier, type FeedApplierOptions } from "./feed-applier.ts";
import { findContradiction } from "./find-contradiction.ts";
import { inFlight } from "./in-flight.ts";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 30_000;
/** Deliveries that did not come are asked for at each connection, and then this often. */
const ASK_AGAIN_SECONDS = 60;
/** Most deliveries asked for at once: so many fit into one message. */
const MAX_ASKED = 256;
/** Batches of one feed that are being verified at a time: one is read while others are judged and written. */
const BATCHES_IN_FLIGHT = 4;

export interface FollowerOptions extends FeedApplierOptions {
  readonly openConnection: OpenConnection;
  readonly address: string;
  readonly random: () => number;
}

/** Evidence against a feed that did not come from the feed itself. */
export interface Accusation {
  readonly code: string;
  readonly reason: string;
  readonly offered: OfferedCheckpoint;
}

/** Follows one supplier's feed: connects, hands what comes to a `FeedApplier`, and goes on from where it was after any interruption. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #applier: FeedApplier;
  #connected = false;
  #address: string;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Ends the wait for the next try, or the connection that is open. */
  #moved = new AbortController();
  #accusation: Accusation | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#applier = new FeedApplier(options);
    this.#address = options.address;
  }

  get state(): FeedState {
    return this.#applier.state;
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

  /** Judges anew what rests on keys of the supplier that are out of use by now. */
  reviewKeys(): Promise<void> {
    return this.#applier.reviewKeys();
  }

  /** Stops at what others showed of this feed: two histories under its key. */
  accuse(accusation: Accusation): void {
    this.#accusation ??= accusation;
    this.#moved.abort();
    this.#moved = new AbortController();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Follows until the signal aborts or the feed is at fault. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted && this.state.fault === undefined; ) {
      const before = this.state.frontier.size;
      const until = AbortSignal.any([signal, this.#moved.signal]);
      try {
        await this.#follow(until);
      } catch (error) {
        if (signal.aborted) return;
        if (!isTallyError(error)) throw error;
      }
      this.#connected = false;
      if (this.#accusation !== undefined && this.state.fault === undefined) {
        const { code, reason, offered } = this.#accusation;
        await this.#applier.restart();
        await this.#applier.fault(code, reason, offered);
        return;
      }
      failures = this.state.frontier.size > before ? 1 : failures + 1;
      const whole = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 20));
      await delay(whole / 2 + (whole / 2) * this.#options.random(), undefined, { signal: until }).catch(() => {
        // Told to stop, or to go on elsewhere: the loop's condition decides.
      });
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { openConnection } = this.#options;
    const { member } = this.#options.context();
    const ended = new AbortController();
    const connection = await openConnection(member, this.#address, signal);
    this.#askedAt = Number.NEGATIVE_INFINITY;
    try {
      const from = BigInt(this.state.frontier.size);
      const stream = connection
        .client(FeedService)
        .streamEntries({ origin: this.state.origin, from }, { signal: AbortSignal.any([signal, ended.signal]) });
      await inFlight(stream, BATCHES_IN_FLIGHT, async (response) => {
        this.#connected = true;
        await this.#applier.apply(toBatch(response));
        await this.#askAgain(connection, signal);
      });
    } catch (error) {
      const { refusedNote } = this.#applier;
      await this.#applier.restart();
      if (!isTallyError(error)) throw error;
      const isFault = FEED_FAULTS.has(error.code);
      if (!isFault && error.code !== "CURSOR_AHEAD") throw error;
      const refused = isFault && refusedNote !== undefined ? { note: refusedNote } : undefined;
      const offered = (await this.#contradiction(connection, signal)) ?? refused;
      // A log that is shorter than the one held may be a copy that is being mended; one that says otherwise is none.
      if (!isFault && offered === undefined) throw error;
      await this.#applier.fault(isFault ? error.code : "LOG_ROLLED_BACK", error.message, offered);
    } finally {
      ended.abort();
      connection.close();
    }
  }

  /** A checkpoint of the supplier that cannot be true beside the one that is held, where it serves one. */
  #contradiction(connection: GrpcConnection, signal: AbortSignal): Promise<OfferedCheckpoint | undefined> {
    const { origin, frontier } = this.state;
    const held = {
      origin,
      size: frontier.size,
      key: this.#options.context().member.checkpointKey,
      rootAt: (size: number) => this.#applier.rootAt(size),
    };
    return findContradiction(connection, held, AbortSignal.any([signal, AbortSignal.timeout(LAST_RETRY_MS)]));
  }

  /** Asks for the deliveries that are addressed to this node and were not sent, or not as the log has them (RT-7). */
  async #askAgain(connection: GrpcConnection, signal: AbortSignal): Promise<void> {
    const { origin, awaited } = this.state;
    const indices = awaited.flatMap(({ index }) => (index === undefined ? [] : [BigInt(index)]));
    if (indices.length === 0) return;
    const { now } = this.#options.context().judge;
    if (now < this.#askedAt + ASK_AGAIN_SECONDS) return;
    this.#askedAt = now;
    const answer = await connection
      .client(ExchangeService)
      .fetchDeliveries({ origin, indices: indices.slice(-MAX_ASKED) }, { signal })
      .catch((error: unknown) => {
        // What is not answered stays what it is: not sent.
        if (!isTallyError(error)) throw error;
        return undefined;
      });
    if (answer !== undefined) await this.#applier.applyLate(toDeliveries(answer));
  }
}

/** @throws BATCH_MALFORMED */
function toBatch({ firstIndex, entries, checkpoint }: StreamEntriesResponse): ReceivedFeedBatch {
  const first = Number(firstIndex);
  if (!Number.isSafeInteger(first)) throw nodeError("BATCH_MALFORMED", { reason: "index out of range" });
  const deliveries = entries.flatMap(({ delivery }, i) =>
    delivery === undefined ? [] : [[first + i, toDelivery(delivery)] as const],
  );
  return {
    firstIndex: first,
    leaves: entries.map(({ leaf }) => leaf),
    note: decodeUtf8(checkpoint),
    deliveries: new Map(deliveries),
  };
}

/** @throws BATCH_MALFORMED */
function toDelivery({ targetIndex: target, salt, jws, disclosures }: Delivery): ReceivedDelivery {
  const targetIndex = Number(target);
  if (!Number.isSafeInteger(targetIndex)) throw nodeError("BATCH_MALFORMED", { reason: "index out of range" });
  return { salt, targetIndex, jws, disclosures };
}

/** Those that can be read: what has another shape did not come. */
function toDeliveries({ deliveries }: FetchDeliveriesResponse): ReadonlyMap<number, ReceivedDelivery> {
  const readable = deliveries.flatMap(({ index, delivery }) =>
    delivery !== undefined && Number.isSafeInteger(Number(delivery.targetIndex))
      ? [[Number(index), toDelivery(delivery)] as const]
      : [],
  );
  return new Map(readable);
}
