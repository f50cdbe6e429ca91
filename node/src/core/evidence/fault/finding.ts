import type { ShownCheckpoint } from "./scene.ts";

/** What a fault document comes to: what anybody can see from it, what is the reporter's word alone, and what it does not show. */
export interface Finding {
  readonly proven: readonly string[];
  readonly claimed: readonly string[];
  readonly notProven: readonly string[];
  /** The checkpoint that what is proven stands under. */
  readonly checkpoint?: ShownCheckpoint;
}
