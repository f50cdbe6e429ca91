import type { WriteOp } from "../ports/store.ts";

/**
 * How a finding is mended: by `--repair`, which only redoes what is derived, or by restoring a backup. "none": it is no damage,
 * and only named.
 */
export type Mend = "repair" | "restore" | "none";

/** One thing that is not as this program would have written it. */
export interface StoreFinding {
  /** The key, the first and last of a range, or a file of the store. */
  readonly where: string;
  readonly what: string;
  /** What follows from it for whoever uses the store. */
  readonly consequence: string;
  readonly mend: Mend;
}

/** What redoes something derived, in one write. */
export interface Repair {
  /** What was done, once it is. */
  readonly says: string;
  readonly ops: readonly WriteOp[];
}

/** Most findings that a report lists; the rest are counted. */
const MAX_FINDINGS = 1_000;

/** Collects the findings of a check, and says how far it is. */
export class StoreCheck {
  readonly #findings: StoreFinding[] = [];
  readonly #repairs: Repair[] = [];
  readonly #onProgress: (done: number, of: string) => void;
  #dropped = 0;

  /** @param onProgress hears now and then how many records of what were checked; must not throw */
  constructor(onProgress: (done: number, of: string) => void = () => {}) {
    this.#onProgress = onProgress;
  }

  find(where: string, what: string, consequence: string, mend: Mend): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ where, what, consequence, mend });
    else this.#dropped += 1;
  }

  /** Something derived that is wrong, and what redoes it. */
  findDerived(where: string, what: string, consequence: string, repair: Repair): void {
    this.find(where, what, consequence, "repair");
    this.#repairs.push(repair);
  }

  get repairs(): readonly Repair[] {
    return this.#repairs;
  }

  progress(done: number, of: string): void {
    this.#onProgress(done, of);
  }

  get findings(): readonly StoreFinding[] {
    return this.#findings;
  }

  /** Findings beyond those that are listed. */
  get dropped(): number {
    return this.#dropped;
  }

  get sound(): boolean {
    return this.#findings.every(({ mend }) => mend === "none");
  }
}
