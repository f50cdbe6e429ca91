import type { FactorRow, FactorSet, RateSet } from "@tallystick/contracts";
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
}

/** A whole set as a table; `rows` in the set's own order. */
export function factorTable(set: FactorSet, rows: readonly FactorRow[]): FactorTable {
  return { set, rows: new Map(rows.map((row, index) => [row.key, { index, row }])) };
}

/** How a factor is called in results: `set@version#key`. */
export function factorName(set: SetId, key: string): string {
  return `${set.id}@${set.version}#${key}`;
}

/**
 * Picks what the policy names out of what is at hand.
 * @throws FACTOR_SET_MISSING
 */
export function selectLibrary(
  policy: InventoryPolicy,
  tables: readonly FactorTable[],
  rates: readonly RateSet[],
): FactorLibrary {
  const named = policy.factorSets.map((wanted) => {
    const table = tables.find(({ set }) => set.id === wanted.id && set.version === wanted.version);
    if (table === undefined) throw inventoryError("FACTOR_SET_MISSING", { id: wanted.id, version: wanted.version });
    return table;
  });
  const { rates: wanted } = policy;
  if (wanted === undefined) return { tables: named };
  const chosen = rates.find((set) => set.id === wanted.id && set.version === wanted.version);
  if (chosen === undefined) throw inventoryError("FACTOR_SET_MISSING", { id: wanted.id, version: wanted.version });
  return { tables: named, rates: chosen };
}
