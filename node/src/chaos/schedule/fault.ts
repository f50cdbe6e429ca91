import type { ProcessName } from "../network/members.ts";

export const FAULT_KINDS = [
  "kill",
  "pause",
  "full-disk",
  "torn-write",
  "clock-skew",
  "partition",
  "slow-link",
  "reorder",
  "duplicate",
  "corrupted-store",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

interface Planned<K extends FaultKind> {
  readonly kind: K;
  /** From the start of its round. */
  readonly atMs: number;
  /** How long it lasts; what is done once has none. */
  readonly durationMs: number;
  /** Of whatever else is drawn while it is applied. */
  readonly seed: number;
}

/** A fault as the schedule has it. */
export type PlannedFault =
  | (Planned<"kill"> & { readonly target: ProcessName })
  | (Planned<"pause"> & { readonly target: ProcessName })
  | (Planned<"full-disk"> & { readonly target: ProcessName; readonly spareBytes: number })
  | (Planned<"torn-write"> & { readonly target: ProcessName; readonly tear: "cut" | "zeros" })
  | (Planned<"clock-skew"> & { readonly target: ProcessName; readonly offsetSeconds: number })
  | (Planned<"partition"> & { readonly side: readonly ProcessName[]; readonly mode: "silent" | "reset" })
  | (Planned<"slow-link"> & {
      readonly links: readonly string[];
      readonly latencyMs: number;
      readonly bytesPerSecond: number;
    })
  | (Planned<"reorder"> & { readonly links: readonly string[]; readonly spreadMs: number })
  | (Planned<"duplicate"> & { readonly links: readonly string[] })
  | (Planned<"corrupted-store"> & { readonly target: ProcessName; readonly flips: number });

/** Faults, and then none until everything healed. */
export interface Round {
  readonly lengthMs: number;
  readonly faults: readonly PlannedFault[];
}

export interface Schedule {
  readonly seed: number;
  readonly rounds: readonly Round[];
}
