import { setImmediate } from "node:timers/promises";
import type { Steps } from "../core/steps.ts";

/** Runs a computation, and between its steps whatever else waits: calls that came in, timers, the disk. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await setImmediate();
  }
}
