import type { FactorRow, FactorSet } from "@tallystick/contracts";
import { type Container, knownContainers, placeName, REST_OF_WORLD, WORLD } from "./geography.ts";
import type { PlacedFactor } from "./selection.ts";

/** Why the rest of the world does not reach a place: the place of the row that covers it, in whole or in part, or may do so. */
export interface Covered {
  readonly by: string;
}

/** The places for which a set has rows of one activity. */
interface Coverage {
  readonly places: ReadonlySet<string>;
  /** Places that contain one of these, each with the one: what is left of them has no name. */
  readonly containing: ReadonlyMap<string, string>;
  /** A place that nobody can say where it lies: nothing is known to be outside of it. */
  readonly unplaced?: string;
}

/** Below this many rows, looking at each is faster than an index of their places. */
const FEW = 16;

const NONE: readonly PlacedFactor[] = [];
const REST_OF_WORLD_NAME = placeName(REST_OF_WORLD);
const WORLD_NAME = placeName(WORLD);

/** The rows of one version of a set, by key, by activity and by place. Made once for a set; immutable. */
export class IndexedRows {
  readonly #byKey = new Map<string, PlacedFactor>();
  /** Rows whose activity is not their own key. */
  readonly #byActivity = new Map<string, PlacedFactor[]>();
  readonly #byPlace = new Map<string, ReadonlyMap<string, readonly PlacedFactor[]>>();
  readonly #coverage = new Map<string, Coverage>();
  readonly #withdrawn = new Set<string>();

  constructor(set: FactorSet, rows: Iterable<{ readonly index: number; readonly row: FactorRow }>) {
    for (const { index, row } of rows) {
      const factor: PlacedFactor = { set, row, index };
      this.#byKey.set(row.key, factor);
      if (row.kind === "withdrawn") this.#withdrawn.add(row.key);
      const activity = activityOf(row);
      if (activity !== row.key) push(this.#byActivity, activity, factor);
    }
  }

  /** True if a query by this activity, or key, is about any row. */
  has(name: string): boolean {
    return this.#byKey.has(name) || this.#byActivity.has(name);
  }

  /** All rows that a query by this activity, or key, is about. */
  rowsOf(name: string): readonly PlacedFactor[] {
    const rows = this.#byActivity.get(name) ?? NONE;
    const keyed = this.#byKey.get(name);
    return keyed === undefined ? rows : [keyed, ...rows];
  }

  /** Of these, the one of that key and those for one of the places, by their names; it may give more. */
  rowsAt(name: string, places: Iterable<string>): readonly PlacedFactor[] {
    const rows = this.#byActivity.get(name) ?? NONE;
    if (rows.length <= FEW) return this.rowsOf(name);
    const byPlace = this.#placesOf(name, rows);
    const keyed = this.#byKey.get(name);
    const found = keyed === undefined ? [] : [keyed];
    for (const place of places) found.push(...(byPlace.get(place) ?? NONE));
    return found;
  }

  /** True if this version says of a key that there is no such factor any more. */
  withdraws(key: string): boolean {
    return this.#withdrawn.has(key);
  }

  /** Whether a row for the rest of the world is not one for this place; undefined where it is. Rows of every kind cover their place. */
  coveredBy(activity: string, place: string, containers: readonly Container[]): Covered | undefined {
    const { places, containing, unplaced } = this.#coverageOf(activity);
    if (places.has(place)) return { by: place };
    for (const { geography } of containers) {
      const name = placeName(geography);
      if (name !== WORLD_NAME && places.has(name)) return { by: name };
    }
    const by = containing.get(place) ?? unplaced;
    return by === undefined ? undefined : { by };
  }

  #placesOf(name: string, rows: readonly PlacedFactor[]): ReadonlyMap<string, readonly PlacedFactor[]> {
    const known = this.#byPlace.get(name);
    if (known !== undefined) return known;
    const made = new Map<string, PlacedFactor[]>();
    for (const factor of rows) push(made, placeName(factor.row.geography), factor);
    this.#byPlace.set(name, made);
    return made;
  }

  #coverageOf(activity: string): Coverage {
    const known = this.#coverage.get(activity);
    if (known !== undefined) return known;
    const places = new Set<string>();
    const containing = new Map<string, string>();
    let unplaced: string | undefined;
    for (const { row } of this.rowsOf(activity)) {
      const place = placeName(row.geography);
      // A row of that key may have another activity: it says nothing of this one's places.
      if (activityOf(row) !== activity || place === REST_OF_WORLD_NAME || places.has(place)) continue;
      places.add(place);
      const containers = knownContainers(row.geography);
      if (containers === undefined) unplaced ??= place;
      for (const { geography } of containers ?? []) containing.set(placeName(geography), place);
    }
    const made = { places, containing, ...(unplaced === undefined ? {} : { unplaced }) };
    this.#coverage.set(activity, made);
    return made;
  }
}

/** What a row is a factor of: the key where it names no activity. */
export function activityOf({ activity, key }: FactorRow): string {
  return activity ?? key;
}

function push<V>(map: Map<string, V[]>, name: string, value: V): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [value]);
  else list.push(value);
}
