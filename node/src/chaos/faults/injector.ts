import type { ChaosNetwork } from "../network/chaos-network.ts";
import type { SeededRandom } from "../random.ts";
import type { FaultKind, PlannedFault } from "../schedule/fault.ts";

/** What a fault is applied with. */
export interface FaultContext {
  readonly network: ChaosNetwork;
  /** Drawn from the fault's own seed. */
  readonly random: SeededRandom;
  /** Ends every fault early. */
  readonly signal: AbortSignal;
  /** Resolves after that time, or at once when the signal aborts. */
  readonly wait: (ms: number) => Promise<void>;
  /** Keeps a member's work from beginning, and waits until all that it began is acknowledged; false where that takes too long. */
  readonly rest: (member: string) => Promise<{ readonly isIdle: boolean; resume(): void }>;
  /** Damage must be found, and a store that is called sound must be. */
  readonly check: (holds: boolean, what: () => string) => void;
  readonly tell: (text: string) => void;
}

/** "applied", or why not. */
export const APPLIED = "applied";
export type Outcome = typeof APPLIED | { readonly skipped: string };

/** Applies a fault, and takes it back. */
export type Injector<K extends FaultKind> = (
  fault: Extract<PlannedFault, { kind: K }>,
  context: FaultContext,
) => Promise<Outcome>;
