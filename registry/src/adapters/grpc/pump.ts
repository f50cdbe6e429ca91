import { setTimeout as delay } from "node:timers/promises";
import type { ServerDuplexStream, ServerWritableStream } from "@grpc/grpc-js";
import { registryError } from "../../errors.ts";

/** A message that the peer has not taken after so long cuts its stream. */
export const SLOW_CONSUMER_MS = 30_000;

export interface PumpOptions {
  readonly slowConsumerMs: number;
  /** Ends the connection of a peer that does not even read why its stream was cut. */
  readonly cut: () => void;
}

/**
 * Writes a stream's messages no faster than the peer takes them: one is on its way while the next is made, and whatever comes after
 * stays where the handler takes it from (docs/protocol.md, STR-3).
 *
 * @throws CONSUMER_TOO_SLOW, and what the handler throws
 */
export async function pump(
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  open: () => AsyncIterable<unknown>,
  { slowConsumerMs, cut }: PumpOptions,
): Promise<void> {
  const gone = Promise.withResolvers<"gone">();
  call.once("cancelled", () => gone.resolve("gone"));
  let written: Promise<unknown> = Promise.resolve();
  for await (const message of open()) {
    const slow = new AbortController();
    const late = delay(slowConsumerMs, "late" as const, { signal: slow.signal, ref: false }).catch(
      () => "gone" as const,
    );
    const outcome = await Promise.race([written, gone.promise, late]);
    slow.abort();
    if (outcome === "gone" || call.cancelled) return;
    if (outcome === "late") {
      // What was written goes out before the status does, so that a peer that reads on learns why, and from where to resume.
      const ended = new Promise((resolve) => call.once("finish", resolve));
      const unread = delay(slowConsumerMs, "unread", { ref: false });
      void Promise.race([ended, gone.promise, unread]).then((how) => how === "unread" && cut());
      throw registryError("CONSUMER_TOO_SLOW", { unreadMs: slowConsumerMs });
    }
    // Without a message's end the next is not begun; a write that fails is a peer that is gone.
    written = new Promise<void>((resolve) => call.write(message, () => resolve()));
  }
  call.end();
}
