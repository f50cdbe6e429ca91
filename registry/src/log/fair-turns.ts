interface Waiting {
  readonly begin: () => void;
}

/**
 * Work that many want done and that only so much of can be under way: whoever wants most waits most. Holders take turns; one holder's
 * work is done in its order.
 */
export class FairTurns {
  readonly #most: number;
  /** By holder, in the order of their next turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  #underWay = 0;

  /** @param most how much is under way at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work when it is the holder's turn. */
  async take<T>(holder: string, work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#most) {
      await new Promise<void>((begin) => {
        const mine = this.#waiting.get(holder) ?? [];
        mine.push({ begin });
        this.#waiting.set(holder, mine);
      });
    } else {
      this.#underWay += 1;
    }
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** The place that is free is handed on; who has had it goes to the end of the line. */
  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#underWay -= 1;
      return;
    }
    const [holder, mine] = first;
    this.#waiting.delete(holder);
    const next = mine.shift();
    if (mine.length > 0) this.#waiting.set(holder, mine);
    next?.begin();
  }
}
