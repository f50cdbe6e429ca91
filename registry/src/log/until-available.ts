import { setTimeout as delay } from "node:timers/promises";
import { isTallyError } from "@tallystick/proto";

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** What passes: the signer is away, or may not sign yet. */
const PASSING = ["SIGNER_UNAVAILABLE", "LOG_LOCKED"];

/** Tries until the signer is there. @throws what `attempt` throws for any other reason; SIGNER_UNAVAILABLE, LOG_LOCKED once the signal aborts */
export async function untilAvailable<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LAST_RETRY_MS, 2 * waitMs)) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !isTallyError(error) || !PASSING.includes(error.code)) throw error;
    }
    await delay(waitMs, undefined, { signal }).catch(() => {
      // Aborted: the last attempt's failure is the caller's.
    });
  }
}
