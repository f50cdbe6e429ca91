import type { Violation } from "./invariants/findings.ts";
import { type Invariant, MEANINGS } from "./invariants/findings.ts";
import type { FaultKind, PlannedFault } from "./schedule/fault.ts";

/** A fault that was applied, or why it was not. */
export interface AppliedFault {
  readonly round: number;
  readonly fault: PlannedFault;
  /** Milliseconds from the beginning of the run; absent while it lasts. */
  readonly endedAtMs?: number;
  readonly skipped?: string;
}

/** What a run came to: `--json` prints it. */
export interface ChaosReport {
  readonly seed: number;
  readonly minutes: number;
  /** How many of each kind were applied. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Planned, and not applied: how many of each kind, and why. */
  readonly skipped: Readonly<Record<string, { readonly count: number; readonly reasons: readonly string[] }>>;
  /** How often each invariant was checked. */
  readonly checked: Readonly<Record<string, number>>;
  readonly violations: number;
  readonly acknowledged: { readonly publications: number; readonly agreements: number; readonly lines: number };
  /** Checkpoints of different logs and sizes that anybody was shown. */
  readonly checkpoints: number;
  /** The longest that the network took to heal after a round. */
  readonly longestHealMs: number;
  readonly found?: readonly Violation[];
  /** The schedule up to the first violation, and the folders of every process. */
  readonly kept?: string;
}

/** The report as text. */
export function renderReport(report: ChaosReport): string {
  const { seed, minutes, faults, skipped, checked, violations, acknowledged, checkpoints, longestHealMs } = report;
  const lines = [
    `seed ${seed}, ${minutes} minutes of faults`,
    "faults applied",
    ...Object.entries(faults).map(([kind, count]) => `  ${kind.padEnd(16)} ${count}`),
    ...Object.entries(skipped).map(
      ([kind, { count, reasons }]) => `  NOT APPLIED: ${count} of ${kind}: ${reasons.join("; ")}`,
    ),
    "checked",
    ...Object.entries(checked).map(([invariant, count]) => `  ${MEANINGS[invariant as Invariant].padEnd(68)} ${count}`),
    `acknowledged: ${acknowledged.publications} publications, ${acknowledged.agreements} agreements, ${acknowledged.lines} ledger lines; ${checkpoints} checkpoints seen`,
    `longest time to heal: ${(longestHealMs / 1000).toFixed(1)} s`,
    `violations: ${violations}`,
    ...(report.found ?? []).map(
      ({ invariant, what, atMs }) => `  ${(atMs / 1000).toFixed(1)} s  ${MEANINGS[invariant]}: ${what}`,
    ),
    ...(report.kept === undefined
      ? []
      : [`kept: ${report.kept}`, `again: npm run chaos -- --seed ${seed} --minutes ${minutes}`]),
  ];
  return lines.join("\n");
}
