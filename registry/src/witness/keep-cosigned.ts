import { setTimeout as delay } from "node:timers/promises";
import type { CosignableLog, WitnessClient } from "./witness-client.ts";

export interface KeepCosignedOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How old a quiet log's last cosignature may grow. */
  readonly heartbeatMs: number;
  /** A number in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** Hears of every failed request; the request is tried again all the same. Must not throw. */
  readonly onFailure?: (witness: string, error: unknown) => void;
  /** Resolves after that time, or at once when the signal aborts. */
  readonly sleep?: (timeMs: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_RETRY_MS = 100;
/** Between two requests for a log that grows all the time: one cosignature covers all that came meanwhile. */
const PAUSE_MS = 20;

/**
 * Keeps a log cosigned: asks each witness whenever the log has grown, and every `heartbeatMs` when it has not. Each
 * witness at its own pace, one request at a time; appending never waits for any of them. Resolves when `signal` aborts.
 */
export async function keepCosigned(
  log: CosignableLog,
  witnesses: readonly WitnessClient[],
  options: KeepCosignedOptions,
): Promise<void> {
  await Promise.all(witnesses.map((witness) => keepCosignedBy(witness, log, options)));
}

async function keepCosignedBy(
  witness: WitnessClient,
  log: CosignableLog,
  { signal, heartbeatMs, random, onFailure, sleep = sleepFor }: KeepCosignedOptions,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      const { size } = await witness.cosign(log, signal);
      failures = 0;
      await sleep(Math.min(PAUSE_MS, heartbeatMs), signal);
      await untilAdvanced(log, size, (until) => sleep(heartbeatMs, until), signal);
    } catch (error) {
      if (signal.aborted) return;
      onFailure?.(witness.name, error);
      failures += 1;
      await sleep(retryDelayMs(failures, heartbeatMs, random()), signal);
    }
  }
}

/** Doubling from 100 ms up to the heartbeat, of which between a half and the whole is waited. */
export function retryDelayMs(failures: number, heartbeatMs: number, random: number): number {
  const whole = Math.min(heartbeatMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 30));
  return whole / 2 + (whole / 2) * random;
}

/** Resolves when the log is larger than `size`, or the heartbeat or the signal ends the wait. */
async function untilAdvanced(
  log: CosignableLog,
  size: number,
  heartbeat: (until: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const advanced = new AbortController();
  const stop = log.onAdvance(() => {
    if (log.size > size) advanced.abort();
  });
  try {
    if (log.size === size) await heartbeat(AbortSignal.any([signal, advanced.signal]));
  } finally {
    stop();
  }
}

async function sleepFor(timeMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(timeMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
