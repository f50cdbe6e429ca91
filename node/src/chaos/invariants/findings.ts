/** What must hold, whatever happens. */
export const INVARIANTS = ["lost", "fork", "total", "unverified", "accused", "heal", "crash", "store"] as const;
export type Invariant = (typeof INVARIANTS)[number];

/** What each of them says. */
export const MEANINGS: Readonly<Record<Invariant, string>> = {
  lost: "nothing acknowledged is lost",
  fork: "no log forks",
  total: "totals equal the model's",
  unverified: "nothing unverified counts",
  accused: "no honest member is accused",
  heal: "everything heals",
  crash: "no process ends by itself while its disk is sound and has room",
  store: "every store is sound at the end; damage is detected",
};

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  /** Milliseconds from the beginning of the run. */
  readonly atMs: number;
}

const MAX_VIOLATIONS = 100;

/** Counts what was checked, and keeps what was violated. */
export class Findings {
  readonly #checked = new Map<Invariant, number>(INVARIANTS.map((one) => [one, 0]));
  readonly #violations: Violation[] = [];
  readonly #nowMs: () => number;
  readonly #onViolation: (violation: Violation) => void;
  readonly #seen = new Set<string>();

  constructor(nowMs: () => number, onViolation: (violation: Violation) => void) {
    this.#nowMs = nowMs;
    this.#onViolation = onViolation;
  }

  /** Counts one check; where it does not hold, that is a violation. The same one is listed once. */
  check(invariant: Invariant, holds: boolean, what: () => string): void {
    this.#checked.set(invariant, (this.#checked.get(invariant) ?? 0) + 1);
    if (!holds) this.violate(invariant, what());
  }

  violate(invariant: Invariant, what: string): void {
    const known = `${invariant} ${what}`;
    if (this.#seen.has(known) || this.#violations.length >= MAX_VIOLATIONS) return;
    this.#seen.add(known);
    const violation = { invariant, what, atMs: Math.round(this.#nowMs()) };
    this.#violations.push(violation);
    this.#onViolation(violation);
  }

  get checked(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#checked);
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }
}
