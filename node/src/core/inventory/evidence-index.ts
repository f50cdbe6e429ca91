import type { EvidenceItem, MemberFault, Retraction } from "./inventory.ts";
import { periodKey, siteKey } from "./product-key.ts";

/** Evidence for a product, with the rule that bars it from counting for any line, if one does. */
export interface Candidate {
  readonly item: EvidenceItem;
  readonly barred?: { readonly rule: string; readonly detail: string };
}

/**
 * Evidence by product id. The same set of evidence and retractions gives the same answers in whatever order and
 * however often they were added; a retraction may come before what it retracts.
 */
export class EvidenceIndex {
  /** By `origin#index`: one item, or several where the log showed different leaves at one index. */
  readonly #items = new Map<string, EvidenceItem[]>();
  readonly #retractions = new Map<string, Retraction>();
  readonly #keysByProduct = new Map<string, Set<string>>();
  readonly #candidates = new Map<string, readonly Candidate[]>();
  /** Of the products whose evidence shows any. */
  readonly #faults = new Map<string, readonly MemberFault[]>();
  /** Products of which `#faults` is not up to date. */
  readonly #touched = new Set<string>();
  #size = 0;
  #covered = 0;

  /** Adds an item. @returns the product ids whose candidates may have changed. */
  add(item: EvidenceItem): readonly string[] {
    const key = entryKey(item.ref.origin, item.ref.index);
    const held = this.#items.get(key) ?? [];
    const same = held.findIndex((other) => other.ref.leaf === item.ref.leaf);
    if (same >= 0) {
      if (!isStrongerSighting(item, held[same] as EvidenceItem)) return [];
      if (held[same]?.covered === true) this.#covered -= 1;
      if (item.covered === true) this.#covered += 1;
      held[same] = item;
    } else {
      held.push(item);
      if (item.covered === true) this.#covered += 1;
      this.#size += 1;
    }
    this.#items.set(key, held);
    for (const productId of item.footprint.productIds) {
      const keys = this.#keysByProduct.get(productId) ?? new Set<string>();
      this.#keysByProduct.set(productId, keys.add(key));
    }
    return this.#touch(held);
  }

  /** Ends an entry. @returns the product ids whose candidates may have changed. */
  retract(retraction: Retraction): readonly string[] {
    const key = entryKey(retraction.origin, retraction.targetIndex);
    const known = this.#retractions.get(key);
    // Of several retractions of one entry the earliest is the cause, whichever was heard of first.
    if (known !== undefined && !isEarlier(retraction, known)) return [];
    this.#retractions.set(key, retraction);
    return this.#touch(this.#items.get(key) ?? []);
  }

  /** All evidence that names the product, in the order of its log coordinates. */
  candidates(productId: string): readonly Candidate[] {
    const cached = this.#candidates.get(productId);
    if (cached !== undefined) return cached;
    const keys = [...(this.#keysByProduct.get(productId) ?? [])];
    const items = keys.flatMap((key) => this.#items.get(key) ?? []).sort(byCoordinates);
    const live = items.filter((item) => this.#endOf(item) === undefined);
    const candidates = items.map((item) => {
      const barred = this.#endOf(item) ?? duplicateOf(item, live);
      return barred === undefined ? { item } : { item, barred };
    });
    this.#candidates.set(productId, candidates);
    return candidates;
  }

  /** Every item, in the order of log coordinates. */
  items(): readonly EvidenceItem[] {
    return [...this.#items.values()].flat().sort(byCoordinates);
  }

  /** How many of them count by their log alone, or would. */
  get covered(): number {
    return this.#covered;
  }

  /** How many items there are. */
  get size(): number {
    return this.#size;
  }

  /** Faults that the evidence itself shows: forked entries, and two live footprints for one product. */
  faults(): readonly MemberFault[] {
    for (const productId of this.#touched) {
      const faults = this.#faultsOf(productId);
      if (faults.length > 0) this.#faults.set(productId, faults);
      else this.#faults.delete(productId);
    }
    this.#touched.clear();
    return [...this.#faults].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, faults]) => faults);
  }

  #faultsOf(productId: string): readonly MemberFault[] {
    const faults = new Map<string, MemberFault>();
    for (const { item, barred } of this.candidates(productId)) {
      if (barred === undefined || !FAULT_RULES.has(barred.rule)) continue;
      const { member } = item;
      const detail = `${productId}: ${barred.detail}`;
      faults.set(`${member}\n${barred.rule}\n${detail}`, { member, kind: barred.rule, caughtBy: "inventory", detail });
    }
    return [...faults.values()];
  }

  #endOf(item: EvidenceItem): Candidate["barred"] {
    const key = entryKey(item.ref.origin, item.ref.index);
    if ((this.#items.get(key)?.length ?? 0) > 1) {
      return { rule: "forked-entry", detail: `${key} was seen with two different leaves` };
    }
    const retraction = this.#retractions.get(key);
    if (retraction === undefined) return undefined;
    if (retraction.kind === "disputed") {
      return { rule: "disputed", detail: `its key is in doubt by entry ${retraction.byIndex} of the members log` };
    }
    return { rule: retraction.kind, detail: `by ${entryKey(retraction.origin, retraction.byIndex)}` };
  }

  #touch(items: readonly EvidenceItem[]): readonly string[] {
    const productIds = [...new Set(items.flatMap((item) => item.footprint.productIds))];
    for (const productId of productIds) {
      this.#candidates.delete(productId);
      this.#touched.add(productId);
    }
    return productIds;
  }
}

const FAULT_RULES: ReadonlySet<string> = new Set(["forked-entry", "duplicate-live-footprint"]);

/** How an entry is called in results: `origin#index`. */
export function entryKey(origin: string, index: number): string {
  return `${origin}#${index}`;
}

function duplicateOf(item: EvidenceItem, live: readonly EvidenceItem[]): Candidate["barred"] {
  const mine = identity(item);
  const twins = live.filter((other) => identity(other) === mine);
  if (twins.length < 2) return undefined;
  const entries = twins.map((twin) => entryKey(twin.ref.origin, twin.ref.index)).join(", ");
  return { rule: "duplicate-live-footprint", detail: `${entries} are live for one site and period` };
}

/**
 * Of two sightings of one entry the final one is kept, then the one whose signature was checked, then the earlier: what is final stays final, and which
 * sighting is shown does not depend on which came first.
 */
function isStrongerSighting(a: EvidenceItem, b: EvidenceItem): boolean {
  if (a.final !== b.final) return a.final;
  if ((a.covered === true) !== (b.covered === true)) return b.covered === true;
  const [timeA, timeB] = [a.logTimeUnix ?? Number.POSITIVE_INFINITY, b.logTimeUnix ?? Number.POSITIVE_INFINITY];
  return timeA === timeB ? a.source.treeSize < b.source.treeSize : timeA < timeB;
}

/** Candidates of one product id are the same footprint twice when these agree. */
function identity({ member, footprint }: EvidenceItem): string {
  return `${member}\n${siteKey(footprint)}\n${periodKey(footprint)}`;
}

/** By index, and then by kind: the answer must not depend on which came first, even of two that contradict each other. */
function isEarlier(a: Retraction, b: Retraction): boolean {
  // What its own log ended is ended, whatever becomes of its key.
  if ((a.kind === "disputed") !== (b.kind === "disputed")) return b.kind === "disputed";
  return a.byIndex === b.byIndex ? a.kind < b.kind : a.byIndex < b.byIndex;
}

function byCoordinates(a: EvidenceItem, b: EvidenceItem): number {
  if (a.ref.origin !== b.ref.origin) return a.ref.origin < b.ref.origin ? -1 : 1;
  if (a.ref.index !== b.ref.index) return a.ref.index - b.ref.index;
  return a.ref.leaf < b.ref.leaf ? -1 : 1;
}
