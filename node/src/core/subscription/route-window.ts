import { encodeBase64, routeTag } from "@tallystick/proto";

/** How far ahead a tag is recognised: so many deliveries in a row can be dropped and still be named. */
export const WINDOW_AHEAD = 64;
/** How far back a reused tag is recognised. */
export const WINDOW_BEHIND = 64;

/** Recognises the route tags that are this node's own around the next counter (docs/protocol.md, RT-4). */
export class RouteWindow {
  readonly #routeKey: Uint8Array;
  readonly #origin: string;
  readonly #epoch: number;
  readonly #counters = new Map<string, number>();
  #computedTo: number;
  #next: number;

  constructor(routeKey: Uint8Array, origin: string, epoch: number, next: number) {
    this.#routeKey = routeKey;
    this.#origin = origin;
    this.#epoch = epoch;
    this.#next = next;
    this.#computedTo = Math.max(0, next - WINDOW_BEHIND);
    this.#extend();
  }

  get next(): number {
    return this.#next;
  }

  /** The counter of a tag, or undefined where it is not this node's or too far away. */
  counterOf(tag: Uint8Array): number | undefined {
    return this.#counters.get(encodeBase64(tag));
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

  #extend(): void {
    for (; this.#computedTo < this.#next + WINDOW_AHEAD; this.#computedTo++) {
      const tag = routeTag(this.#routeKey, this.#origin, this.#epoch, this.#computedTo);
      this.#counters.set(encodeBase64(tag), this.#computedTo);
    }
  }
}
