import type { Verdict } from "./verdict.ts";

/** An entry that counts by its log alone, until its signature is checked. */
export interface CoveredEntry {
  readonly member: string;
  readonly origin: string;
  readonly index: number;
  readonly kid: string;
  /** When it came to count: Unix seconds. */
  readonly at: number;
}

/**
 * The entries whose signatures are yet to be checked, oldest first. A function of the journal, and so as durable as that: what was
 * waiting when a node stopped waits when it starts.
 */
export class CoveredEntries {
  readonly #waiting = new Map<string, CoveredEntry>();
  #newestAt = 0;

  /** Takes in the next verdict of the journal. */
  take(verdict: Verdict): void {
    if (verdict.kind === "accepted" && verdict.mode === "covered") {
      const { member, origin, index, kid, at = 0 } = verdict;
      this.#waiting.set(`${origin}#${index}`, { member, origin, index, kid, at });
      this.#newestAt = at;
    } else if (verdict.kind === "signature-checked" || verdict.kind === "refused") {
      this.#waiting.delete(`${verdict.origin}#${verdict.index}`);
    }
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** When the oldest of them came to count. */
  get oldestAt(): number | undefined {
    const [oldest] = this.#waiting.values();
    return oldest?.at;
  }

  /** When the newest of them came to count. */
  get newestAt(): number | undefined {
    return this.size === 0 ? undefined : this.#newestAt;
  }

  oldest(count: number): readonly CoveredEntry[] {
    const found: CoveredEntry[] = [];
    for (const entry of this.#waiting.values()) {
      if (found.length >= count) break;
      found.push(entry);
    }
    return found;
  }
}
