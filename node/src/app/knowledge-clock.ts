/**
 * When something was learnt: the machine's clock, which here never goes back. What this node came to know first, be it of the ledger, a
 * policy or a verdict, is never dated after what it came to know later; so an inventory as of a time that has passed stays as it is, also
 * where the machine's clock is set back.
 */
export class KnowledgeClock {
  readonly #machine: () => number;
  #latest = 0;

  /** @param machine Unix seconds */
  constructor(machine: () => number) {
    this.#machine = machine;
  }

  /** Unix seconds, never less than what it said before. */
  readonly now = (): number => {
    this.#latest = Math.max(this.#latest, this.#machine());
    return this.#latest;
  };

  /** Takes note of a time that something known already is dated by. */
  saw(unix: number): void {
    this.#latest = Math.max(this.#latest, unix);
  }
}
