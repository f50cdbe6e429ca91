import { encodeBase64, routeTag } from "@tallystick/proto";

/** How far ahead a tag is recognised: so many deliveries in a row can be dropped and still be named. */
export const WINDOW_AHEAD = 64;
/** How far back a reused tag is recognised. */
export const WINDOW_BEHIND = 64;
/** Most deliveries of one feed that are awaited at once; of more, the oldest are no longer awaited. */
export const MAX_AWAITED = 1_024;

/** A delivery that was addressed to this node, or skipped, and of which it has no valid opening. */
export interface AwaitedDelivery {
  readonly counter: number;
  /** Index of its `deliver` leaf; absent where its counter was skipped and no leaf has its tag. */
  readonly index?: number;
  /** What the last opening of it was refused with. */
  readonly code?: string;
}

/** The deliveries to this node in one feed: whose tag a leaf has, which is next, and which are awaited (docs/protocol.md, RT-4, RT-6). */
export class RouteWindow {
  readonly #routeKey: Uint8Array;
  readonly #origin: string;
  readonly #epoch: number;
  /** By tag: every counter in the window, oldest first. */
  readonly #counters = new Map<string, number>();
  /** By tag: counters that were skipped and have left the window behind. */
  readonly #skipped = new Map<string, number>();
  readonly #awaited = new Map<number, AwaitedDelivery>();
  #computedTo: number;
  #next: number;

  constructor(
    routeKey: Uint8Array,
    origin: string,
    epoch: number,
    next: number,
    awaited: readonly AwaitedDelivery[] = [],
  ) {
    this.#routeKey = routeKey;
    this.#origin = origin;
    this.#epoch = epoch;
    this.#next = next;
    this.#computedTo = Math.max(0, next - WINDOW_BEHIND);
    for (const delivery of awaited) {
      this.#awaited.set(delivery.counter, delivery);
      if (delivery.index === undefined) this.#skipped.set(this.#tagOf(delivery.counter), delivery.counter);
    }
    this.#extend();
  }

  get next(): number {
    return this.#next;
  }

  /** In the order in which they came to be awaited. */
  get awaited(): readonly AwaitedDelivery[] {
    return [...this.#awaited.values()];
  }

  /** The counter of a tag, or undefined where it is not this node's or too far away. */
  counterOf(tag: Uint8Array): number | undefined {
    const text = encodeBase64(tag);
    return this.#counters.get(text) ?? this.#skipped.get(text);
  }

  /** Whether the counter was skipped and its tag is in no leaf yet. */
  isSkipped(counter: number): boolean {
    const delivery = this.#awaited.get(counter);
    return delivery !== undefined && delivery.index === undefined;
  }

  /** Takes note that the delivery with this counter was seen. */
  advanceTo(next: number): void {
    this.#next = next;
    this.#extend();
    for (const [tag, counter] of this.#counters) {
      if (counter >= next - WINDOW_BEHIND) break;
      this.#counters.delete(tag);
    }
  }

  /** Takes note that a delivery was skipped, has a leaf without an opening, or one with an opening that was refused. */
  await(delivery: AwaitedDelivery): void {
    const { counter, index } = delivery;
    this.#awaited.set(counter, delivery);
    if (index === undefined) this.#skipped.set(this.#tagOf(counter), counter);
    else this.#skipped.delete(this.#tagOf(counter));
    const [oldest] = this.#awaited.keys();
    if (this.#awaited.size > MAX_AWAITED && oldest !== undefined) this.settle(oldest);
  }

  /** Takes note that nothing more is awaited under this counter. */
  settle(counter: number): void {
    if (this.#awaited.delete(counter)) this.#skipped.delete(this.#tagOf(counter));
  }

  #tagOf(counter: number): string {
    return encodeBase64(routeTag(this.#routeKey, this.#origin, this.#epoch, counter));
  }

  #extend(): void {
    for (; this.#computedTo < this.#next + WINDOW_AHEAD; this.#computedTo++) {
      this.#counters.set(this.#tagOf(this.#computedTo), this.#computedTo);
    }
  }
}
