import { LedgerHistory } from "../ledger/ledger-history.ts";
import type {
  EvidenceItem,
  InventoryBasis,
  InventoryInput,
  MemberFault,
  RefusedEvidence,
  Retraction,
} from "./inventory.ts";

/** Something with when this node came to know it: Unix seconds. */
interface Known<T> {
  readonly at: number;
  readonly value: T;
}

interface KnownFault extends Known<MemberFault> {
  /** What is missing, and since when it is not missing any more. */
  readonly missing?: string;
  healedAt?: number;
}

/** What an inventory is computed from, without what it is judged by. */
export type Facts = Omit<InventoryInput, keyof InventoryBasis>;

/**
 * All that a node knows, with when it came to know it: so an inventory can be computed as it would have been at any time. Whether an
 * entry is final is told as it is now: finality only ever grows, and no figure depends on it but how much of the total is provisional.
 */
export class Knowledge {
  readonly ledger: LedgerHistory = new LedgerHistory();
  readonly #evidence = new Map<string, Known<EvidenceItem>>();
  /** Keys of what is not final yet, by origin: a checkpoint costs what it makes final, not what was ever accepted. */
  readonly #provisional = new Map<string, Set<string>>();
  readonly #retractions: Known<Retraction>[] = [];
  readonly #refused: Known<RefusedEvidence>[] = [];
  readonly #faults: KnownFault[] = [];

  addEvidence(value: EvidenceItem, at: number): void {
    const { origin, index } = value.ref;
    const key = `${origin}#${index}`;
    this.#evidence.set(key, { at, value });
    if (value.final) {
      this.#provisional.get(origin)?.delete(key);
    } else {
      const keys = this.#provisional.get(origin) ?? new Set();
      this.#provisional.set(origin, keys.add(key));
    }
  }

  /** Whether that entry counts by its log alone. */
  isCovered(origin: string, index: number): boolean {
    return this.#evidence.get(`${origin}#${index}`)?.value.covered === true;
  }

  /** Marks that the signature of an entry was checked. @returns the entry, where it was covered */
  signatureChecked(origin: string, index: number): EvidenceItem | undefined {
    const key = `${origin}#${index}`;
    const known = this.#evidence.get(key);
    if (known?.value.covered !== true) return undefined;
    const { covered: _, ...value } = known.value;
    this.#evidence.set(key, { at: known.at, value });
    return value;
  }

  addRetraction(value: Retraction, at: number): void {
    this.#retractions.push({ at, value });
  }

  addRefused(value: RefusedEvidence, at: number): void {
    this.#refused.push({ at, value });
  }

  /** @param missing what the fault is that something is missing of: it may come yet, and heal it */
  addFault(value: MemberFault, at: number, missing?: string): void {
    this.#faults.push({ at, value, ...(missing === undefined ? {} : { missing }) });
  }

  /** Marks that what was missing has come. @returns the faults that it was */
  heal(missing: string, at: number): readonly MemberFault[] {
    const healed = this.#faults.filter((known) => known.missing === missing && known.healedAt === undefined);
    for (const known of healed) known.healedAt = at;
    return healed.map(({ value }) => value);
  }

  /** Marks what a quorum has cosigned since it was accepted. @returns what became final */
  finalise(origin: string, finalSize: number, logTimeUnix: number | undefined): readonly EvidenceItem[] {
    const changed: EvidenceItem[] = [];
    const provisional = this.#provisional.get(origin) ?? new Set();
    for (const key of provisional) {
      const known = this.#evidence.get(key);
      if (known === undefined || known.value.ref.index >= finalSize) continue;
      const { at, value } = known;
      provisional.delete(key);
      const final = { ...value, final: true, ...(logTimeUnix === undefined ? {} : { logTimeUnix }) };
      this.#evidence.set(key, { at, value: final });
      changed.push(final);
    }
    return changed;
  }

  /** When the last of it came to be known: Unix seconds, 0 where nothing is. */
  get latest(): number {
    let latest = this.ledger.versions.at(-1)?.at ?? 0;
    for (const known of [this.#evidence.values(), this.#retractions, this.#refused, this.#faults]) {
      for (const { at } of known) latest = Math.max(latest, at);
    }
    return latest;
  }

  /** What was known at that time (Unix seconds, that second included); without one, all that is known. */
  factsAt(unix = Number.POSITIVE_INFINITY): Facts {
    const known = <T>(all: Iterable<Known<T>>): T[] => {
      const values: T[] = [];
      for (const { at, value } of all) if (at <= unix) values.push(value);
      return values;
    };
    return {
      ledger: [...this.ledger.knownAt(unix).values()],
      evidence: known(this.#evidence.values()),
      retractions: known(this.#retractions),
      refused: known(this.#refused),
      faults: known(this.#faults.filter(({ healedAt }) => healedAt === undefined || healedAt > unix)),
    };
  }
}
