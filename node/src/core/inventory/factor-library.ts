import type { FactorRow, FactorSet, RateSet } from "@tallystick/contracts";
import {
  FactorCatalogue,
  FactorSelector,
  type FallbackStep,
  IndexedRows,
  type SelectionPolicy,
} from "@tallystick/registry";
import { inventoryError } from "./inventory-errors.ts";
import type { InventoryPolicy, SetId } from "./inventory-policy.ts";

/** A row of a factor set with its place in the set, which its inclusion proof is about. */
export interface PlacedRow {
  readonly index: number;
  readonly row: FactorRow;
}

/** A factor set with the rows at hand: all of them in a node, the proven ones in a verifier. */
export interface FactorTable {
  readonly set: FactorSet;
  readonly rows: ReadonlyMap<string, PlacedRow>;
}

/** The sets that a policy names, in its order, and its rates. */
export interface FactorLibrary {
  readonly tables: readonly FactorTable[];
  readonly rates?: RateSet;
  /** Versions, as `id@version`, that their maintainers have withdrawn: none of their rows counts. */
  readonly withdrawn?: ReadonlySet<string>;
}

const wholeTables = new WeakMap<readonly FactorRow[], FactorTable>();

/** A whole set as a table; `rows` in the set's own order. Made once for the same rows: they outlast the state of the registry they came with. */
export function factorTable(set: FactorSet, rows: readonly FactorRow[]): FactorTable {
  const known = wholeTables.get(rows);
  if (known?.set === set) return known;
  const table = { set, rows: new Map(rows.map((row, index) => [row.key, { index, row }])) };
  wholeTables.set(rows, table);
  return table;
}

/** How a factor is called in results: `set@version#key`. */
export function factorName(set: SetId, key: string): string {
  return `${set.id}@${set.version}#${key}`;
}

/**
 * Picks what the policy names out of what is at hand; a set named without a version, in all of its versions.
 * @throws FACTOR_SET_MISSING
 */
export function selectLibrary(
  policy: InventoryPolicy,
  tables: readonly FactorTable[],
  rates: readonly RateSet[],
  withdrawn: ReadonlySet<string> = new Set(),
): FactorLibrary {
  const named = new Set<FactorTable>();
  for (const { id, version } of policy.factorSets) {
    const found = tables.filter(({ set }) => set.id === id && (version === undefined || set.version === version));
    if (found.length === 0) throw inventoryError("FACTOR_SET_MISSING", { id, version: version ?? "any" });
    for (const table of found) named.add(table);
  }
  const library = { tables: [...named], withdrawn };
  const { rates: wanted } = policy;
  if (wanted === undefined) return library;
  const chosen = rates.find((set) => set.id === wanted.id && set.version === wanted.version);
  if (chosen === undefined) throw inventoryError("FACTOR_SET_MISSING", { id: wanted.id, version: wanted.version });
  return { ...library, rates: chosen };
}

const indexes = new WeakMap<FactorTable, IndexedRows>();

/** A table's rows, indexed once: a set that is added to others costs its own rows. */
function indexOf(table: FactorTable): IndexedRows {
  const known = indexes.get(table);
  if (known !== undefined) return known;
  const made = new IndexedRows(table.set, table.rows.values());
  indexes.set(table, made);
  return made;
}

const selectors = new WeakMap<FactorLibrary, WeakMap<InventoryPolicy, FactorSelector>>();

/** Selects from a library under a policy; made once for each. */
export function selectorOf(library: FactorLibrary, policy: InventoryPolicy): FactorSelector {
  const made = selectors.get(library) ?? new WeakMap<InventoryPolicy, FactorSelector>();
  selectors.set(library, made);
  const known = made.get(policy);
  if (known !== undefined) return known;
  const { tables, withdrawn = new Set() } = library;
  const sets = tables.map((table) => ({
    set: table.set,
    rows: indexOf(table),
    withdrawn: withdrawn.has(`${table.set.id}@${table.set.version}`),
  }));
  const selector = new FactorSelector(selectionPolicy(policy), new FactorCatalogue(sets));
  made.set(policy, selector);
  return selector;
}

function selectionPolicy({
  factorSets,
  factorValidity,
  fallbacks = [],
  maxAgeYears,
  worstQuality,
}: InventoryPolicy): SelectionPolicy {
  const anyTime: readonly FallbackStep[] = factorValidity === "any" ? ["time:older", "time:later"] : [];
  return {
    sets: factorSets,
    fallbacks: [...new Set([...fallbacks, ...anyTime])],
    ...(maxAgeYears === undefined ? {} : { maxAgeYears }),
    ...(worstQuality === undefined ? {} : { worstQuality }),
  };
}
