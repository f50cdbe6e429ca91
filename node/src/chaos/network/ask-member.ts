import { setTimeout as delay } from "node:timers/promises";
import { isTallyError } from "@tallystick/proto";
import { connectLocalNode } from "../../adapters/grpc/local-client.ts";
import { socketPathOf } from "../../app/node-home.ts";
import type { LocalApi } from "../../ports/local-api.ts";

/** A stopped process answers nothing, and a local call has no deadline. */
const ANSWER_MS = 20_000;
const PAUSE_MS = 150;

/** What a question came to: an answer, or why there is none (a code, or `NO_ANSWER`). */
export type Answer<T> = { readonly answer: T } | { readonly refused: string };

/** Asks a member's node once, through its socket. What a node refuses is a result here; whatever else is thrown is a mistake of ours. */
export async function askMember<T>(
  home: string,
  question: (node: LocalApi) => Promise<T>,
  timeoutMs: number = ANSWER_MS,
): Promise<Answer<T>> {
  const client = connectLocalNode(socketPathOf(home));
  const late = new AbortController();
  try {
    const answered = question(client).then(
      (answer): Answer<T> => ({ answer }),
      (error: unknown): Answer<T> => {
        if (!isTallyError(error)) throw error;
        return { refused: error.code };
      },
    );
    // The call is cancelled when the client closes; what becomes of it then is of no interest.
    answered.catch(() => {});
    const timeout = delay(timeoutMs, { refused: "NO_ANSWER" }, { signal: late.signal });
    timeout.catch(() => {});
    return await Promise.race([answered, timeout]);
  } finally {
    late.abort();
    client.close();
  }
}

/** Asks again and again until the node acknowledges. Undefined where the signal aborts before that; `onRefused` hears of each refusal. */
export async function untilAcknowledged<T>(
  home: string,
  question: (node: LocalApi) => Promise<T>,
  signal: AbortSignal,
  onRefused: (code: string) => void = () => {},
): Promise<T | undefined> {
  while (!signal.aborted) {
    const outcome = await askMember(home, question);
    if ("answer" in outcome) return outcome.answer;
    onRefused(outcome.refused);
    await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}
