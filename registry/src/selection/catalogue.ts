import type { FactorRow, FactorSet } from "@tallystick/contracts";
import { placeName } from "./geography.ts";
import type { PlacedFactor } from "./selection.ts";

/** A version of a factor set as a catalogue takes it: its rows in the set's own order, or those of them that are at hand. */
export interface CatalogueSet {
  readonly set: FactorSet;
  readonly rows: Iterable<{ readonly index: number; readonly row: FactorRow }>;
  /** Its maintainers have withdrawn this version: it counts for nothing. */
  readonly withdrawn?: boolean;
}

/** The rows of one activity, and the places for which each set has one of its own. */
export interface ActivityRows {
  readonly factors: readonly CataloguedFactor[];
  /** By `id@version`: names of places. What is left of the world is its RoW. */
  readonly places: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A row with what is known of its set. */
export interface CataloguedFactor extends PlacedFactor {
  readonly withdrawn: boolean;
}

const NOTHING: ActivityRows = { factors: [], places: new Map() };

/** Factors by activity and by key. Immutable: another state of the registry is another catalogue. */
export class FactorCatalogue {
  readonly #byActivity = new Map<string, { factors: CataloguedFactor[]; places: Map<string, Set<string>> }>();
  /** Versions by `id@version`, for the question which of them supersedes which. */
  readonly #sets = new Map<string, FactorSet>();

  constructor(sets: Iterable<CatalogueSet>) {
    for (const { set, rows, withdrawn = false } of sets) {
      const name = versionName(set);
      this.#sets.set(name, set);
      for (const { index, row } of rows) {
        const factor: CataloguedFactor = { set, row, index, withdrawn };
        const { activity = row.key } = row;
        this.#add(activity, name, factor);
        if (row.key !== activity) this.#add(row.key, name, factor);
      }
    }
  }

  #add(activity: string, setName: string, factor: CataloguedFactor): void {
    const entry = this.#byActivity.get(activity) ?? { factors: [], places: new Map<string, Set<string>>() };
    entry.factors.push(factor);
    const places = entry.places.get(setName) ?? new Set<string>();
    entry.places.set(setName, places.add(placeName(factor.row.geography)));
    this.#byActivity.set(activity, entry);
  }

  /** The rows that a query by this activity, or key, is about. */
  rowsOf(activity: string): ActivityRows {
    return this.#byActivity.get(activity) ?? NOTHING;
  }

  /** True where `later` replaces `earlier`, at once or by versions in between. */
  supersedes(later: FactorSet, earlier: FactorSet): boolean {
    if (later.id !== earlier.id) return false;
    const seen = new Set<string>();
    for (let version = later.supersedes; version !== undefined && !seen.has(version); ) {
      if (version === earlier.version) return true;
      seen.add(version);
      version = this.#sets.get(`${later.id}@${version}`)?.supersedes;
    }
    return false;
  }
}

export function versionName({ id, version }: { readonly id: string; readonly version: string }): string {
  return `${id}@${version}`;
}
