import { setTimeout as delay } from "node:timers/promises";
import { inject } from "./faults/inject.ts";
import type { FaultContext, Outcome } from "./faults/injector.ts";
import { SeededRandom } from "./random.ts";
import type { AppliedFault, ChaosReport } from "./report.ts";
import { FAULT_KINDS, type FaultKind, type PlannedFault, type Round } from "./schedule/fault.ts";

const MAX_REASONS = 3;

/** Applies the faults of a schedule at their times, and keeps account of them. */
export class FaultRunner {
  readonly #context: Omit<FaultContext, "random">;
  readonly #nowMs: () => number;
  readonly #applied: AppliedFault[] = [];

  constructor(context: Omit<FaultContext, "random">, nowMs: () => number) {
    this.#context = context;
    this.#nowMs = nowMs;
  }

  /** Applies the faults of one round; resolves when the last one is taken back. */
  async run(round: Round, number: number): Promise<void> {
    const { wait, signal } = this.#context;
    const beganMs = this.#nowMs();
    const running: Promise<void>[] = [];
    for (const fault of round.faults) {
      await wait(beganMs + fault.atMs - this.#nowMs());
      if (signal.aborted) break;
      running.push(this.#apply(fault, number));
    }
    await Promise.all(running);
    await wait(beganMs + round.lengthMs - this.#nowMs());
  }

  async #apply(fault: PlannedFault, round: number): Promise<void> {
    const at = this.#applied.push({ round, fault }) - 1;
    const random = new SeededRandom(fault.seed);
    const outcome: Outcome = await inject(fault, { ...this.#context, random });
    const endedAtMs = Math.round(this.#nowMs());
    this.#applied[at] = { round, fault, endedAtMs, ...(outcome === "applied" ? {} : outcome) };
    if (outcome !== "applied") this.#context.tell(`not applied: ${fault.kind}: ${outcome.skipped}`);
  }

  /** What was begun so far. */
  get applied(): readonly AppliedFault[] {
    return this.#applied;
  }

  get counts(): Pick<ChaosReport, "faults" | "skipped"> {
    const faults = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
    const skipped: Record<string, { count: number; reasons: string[] }> = {};
    for (const { fault, skipped: reason } of this.#applied) {
      if (reason === undefined) {
        faults[fault.kind] += 1;
        continue;
      }
      const known = skipped[fault.kind] ?? { count: 0, reasons: [] };
      skipped[fault.kind] = known;
      known.count += 1;
      if (known.reasons.length < MAX_REASONS && !known.reasons.includes(reason)) known.reasons.push(reason);
    }
    return { faults, skipped };
  }
}

/** Resolves after that time, or at once when the signal aborts. */
export const waiting =
  (signal: AbortSignal) =>
  async (ms: number): Promise<void> => {
    await delay(Math.max(0, ms), undefined, { signal }).catch(() => {
      // Aborted: what waits goes on, to its end.
    });
  };
