import type { MemberFault } from "../inventory/inventory.ts";
import { faultOf, healedKey, missingKey } from "./member-faults.ts";
import type { Verdict } from "./verdict.ts";

/** A fault of a member as this node's journal has it. */
export interface RecordedFault extends MemberFault {
  /** Its place in the journal, by which it is called. */
  readonly number: number;
  readonly verdict: Verdict;
  /** The entry of the journal by which what was missing came after all. */
  readonly healedBy?: number;
}

/** Every fault that the journal has, those that healed included: nothing is taken back, later entries say what became of it. */
export class FaultHistory {
  readonly #faults = new Map<number, RecordedFault>();
  readonly #missing = new Map<string, readonly number[]>();

  /** Takes in the verdict at that place of the journal. */
  take(number: number, verdict: Verdict): void {
    const healed = healedKey(verdict);
    for (const earlier of this.#missing.get(healed ?? "") ?? []) {
      this.#faults.set(earlier, { ...(this.#faults.get(earlier) as RecordedFault), healedBy: number });
    }
    if (healed !== undefined) this.#missing.delete(healed);
    const fault = faultOf(verdict);
    if (fault === undefined) return;
    this.#faults.set(number, { ...fault, number, verdict });
    const missing = missingKey(verdict);
    if (missing !== undefined) this.#missing.set(missing, [...(this.#missing.get(missing) ?? []), number]);
  }

  get(number: number): RecordedFault | undefined {
    return this.#faults.get(number);
  }

  /** In the order of the journal. */
  get all(): readonly RecordedFault[] {
    return [...this.#faults.values()].sort((a, b) => a.number - b.number);
  }
}
