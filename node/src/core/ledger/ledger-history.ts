import type { LedgerLine } from "@tallystick/contracts";
import { type LedgerVersion, lineIdOf } from "./ledger-version.ts";

/** What a ledger is to become: lines that are new or say something else than before, and ids of lines that were none. */
export interface LedgerChange {
  readonly lines: readonly LedgerLine[];
  readonly retracted: readonly { readonly id: string; readonly reason: string }[];
}

/** The ledger over time: every version of every line, in the order in which they were learnt. */
export class LedgerHistory {
  readonly #versions: LedgerVersion[] = [];
  readonly #current = new Map<string, LedgerLine>();

  /** Takes a version from where it was stored. @throws RangeError when it is not the next one, a fault of the store */
  add(version: LedgerVersion): void {
    const last = this.#versions.at(-1);
    if (version.sequence !== this.#versions.length || version.at < (last?.at ?? 0)) {
      throw new RangeError(`version ${version.sequence} does not come after ${this.#versions.length - 1}`);
    }
    this.#versions.push(version);
    if (version.kind === "line") this.#current.set(version.line.id, version.line);
    else this.#current.delete(version.id);
  }

  /** The versions by which a change would be recorded now. Pure: `add` takes them once they are stored. */
  plan({ lines, retracted }: LedgerChange, nowUnix: number): readonly LedgerVersion[] {
    // A clock that was set back does not unorder what is known.
    const at = Math.max(nowUnix, this.#versions.at(-1)?.at ?? 0);
    let sequence = this.#versions.length;
    const next = (): { v: 1; sequence: number; at: number } => ({ v: 1, sequence: sequence++, at });
    return [
      ...lines.map((line) => ({ ...next(), kind: "line" as const, line })),
      ...retracted.map(({ id, reason }) => ({ ...next(), kind: "retracted" as const, id, reason })),
    ];
  }

  /** The lines as they stand. */
  get current(): ReadonlyMap<string, LedgerLine> {
    return this.#current;
  }

  /** Ids of lines that were retracted and did not come back. */
  get retracted(): ReadonlySet<string> {
    const ids = this.#versions.flatMap((version) => (version.kind === "retracted" ? [version.id] : []));
    return new Set(ids.filter((id) => !this.#current.has(id)));
  }

  /** How many versions there are: with `versions`, what a report pins. */
  get size(): number {
    return this.#versions.length;
  }

  get versions(): readonly LedgerVersion[] {
    return this.#versions;
  }

  /** The lines as they were known at that time (Unix seconds, that second included). */
  knownAt(unix: number): ReadonlyMap<string, LedgerLine> {
    if ((this.#versions.at(-1)?.at ?? 0) <= unix) return this.#current;
    const known = new Map<string, LedgerLine>();
    for (const version of this.#versions) {
      if (version.at > unix) break;
      if (version.kind === "line") known.set(version.line.id, version.line);
      else known.delete(version.id);
    }
    return known;
  }

  /** Every version of one line, the first one first. */
  of(id: string): readonly LedgerVersion[] {
    return this.#versions.filter((version) => lineIdOf(version) === id);
  }
}
