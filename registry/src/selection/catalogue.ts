import type { FactorRow, FactorSet } from "@tallystick/contracts";
import { IndexedRows } from "./indexed-rows.ts";
import type { PlacedFactor } from "./selection.ts";

/** A version of a factor set as a catalogue takes it. */
export interface CatalogueSet {
  readonly set: FactorSet;
  /** Its rows in the set's own order, or those of them that are at hand; indexed already where another catalogue has them too. */
  readonly rows: IndexedRows | Iterable<{ readonly index: number; readonly row: FactorRow }>;
  /** Its maintainers have withdrawn this version: it counts for nothing. */
  readonly withdrawn?: boolean;
}

/** A version with its rows indexed. */
export interface CataloguedSet {
  readonly set: FactorSet;
  readonly rows: IndexedRows;
  readonly withdrawn: boolean;
  /** Versions that replace it, at once or by versions in between, and were not withdrawn themselves. */
  readonly replacements: readonly CataloguedSet[];
}

/** A row that a query may be about, with what is known of its set. */
export interface Candidate {
  readonly factor: PlacedFactor;
  readonly of: CataloguedSet;
}

/** Factors by activity and by key. Immutable: another state of the registry is another catalogue. */
export class FactorCatalogue {
  /** In the order of their names, so that nothing depends on the order in which they came: of two that replace a third, which is named. */
  readonly #sets: readonly CataloguedSet[];

  constructor(sets: Iterable<CatalogueSet>) {
    const byName = new Map<string, CataloguedSet & { readonly replacements: CataloguedSet[] }>();
    const sorted = [...sets].sort((a, b) => (versionName(a.set) < versionName(b.set) ? -1 : 1));
    for (const { set, rows, withdrawn = false } of sorted) {
      const indexed = rows instanceof IndexedRows ? rows : new IndexedRows(set, rows);
      byName.set(versionName(set), { set, rows: indexed, withdrawn, replacements: [] });
    }
    for (const later of byName.values()) {
      if (later.withdrawn) continue;
      for (const earlier of replacedBy(later.set, byName)) earlier.replacements.push(later);
    }
    this.#sets = [...byName.values()];
  }

  /** True if a query by this activity, or key, is about any row. */
  has(activity: string): boolean {
    return this.#sets.some(({ rows }) => rows.has(activity));
  }

  /** Every row that a query by this activity, or key, is about. */
  candidates(activity: string): readonly Candidate[] {
    return this.#sets.flatMap((of) => of.rows.rowsOf(activity).map((factor) => ({ factor, of })));
  }

  /** Of these, at least the one of that key and those for one of the places, by their names. */
  candidatesAt(activity: string, places: readonly string[]): readonly Candidate[] {
    const found: Candidate[] = [];
    for (const of of this.#sets) {
      for (const factor of of.rows.rowsAt(activity, places)) found.push({ factor, of });
    }
    return found;
  }
}

/** The versions before a version, as far as they are known. */
function replacedBy<T extends { readonly set: FactorSet }>(later: FactorSet, byName: ReadonlyMap<string, T>): Set<T> {
  const found = new Set<T>();
  for (let { supersedes } = later; supersedes !== undefined; ) {
    const earlier = byName.get(`${later.id}@${supersedes}`);
    if (earlier === undefined || earlier.set === later || found.has(earlier)) break;
    found.add(earlier);
    ({ supersedes } = earlier.set);
  }
  return found;
}

export function versionName({ id, version }: { readonly id: string; readonly version: string }): string {
  return `${id}@${version}`;
}
