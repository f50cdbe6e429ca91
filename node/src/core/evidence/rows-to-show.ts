import type { LedgerLine } from "@tallystick/contracts";
import { REST_OF_WORLD } from "@tallystick/registry";
import type { FactorTable, PlacedRow } from "../inventory/factor-library.ts";

/** Rows of a set that a bundle shows, in the set's order. */
export interface ShownRows {
  readonly table: FactorTable;
  readonly rows: readonly PlacedRow[];
}

/** Sets of at most so many rows are shown whole, where they may be passed on: then nobody has to be believed that no other row fits better. */
const WHOLE_SET_ROWS = 500;

/**
 * The rows that decide which factor a ledger line gets, with those that were not chosen, so that a verifier selects among the same: every row
 * of an activity or key that a line asks for; for a row of the rest of the world, all rows of its activity, which say what that is; and
 * what another version of the set says of the same keys, since it may have withdrawn them.
 */
export function rowsToShow(tables: readonly FactorTable[], ledger: readonly LedgerLine[]): readonly ShownRows[] {
  const asked = namesIn(ledger);
  const shown = tables.map((table) => {
    const rows = [...table.rows.values()];
    if (table.set.redistribution && rows.length <= WHOLE_SET_ROWS) return { table, rows: new Set(rows) };
    const about = rows.filter(({ row }) => asked.has(row.key) || asked.has(row.activity ?? row.key));
    const ofRest = new Set(about.filter(isRestOfWorld).map(activityOf));
    return { table, rows: new Set([...about, ...rows.filter((one) => ofRest.has(activityOf(one)))]) };
  });
  for (const { table, rows } of shown) {
    for (const other of shown) {
      if (other.table === table || other.table.set.id !== table.set.id) continue;
      for (const { row } of [...rows]) {
        const same = other.table.rows.get(row.key);
        if (same?.row.kind === "withdrawn") other.rows.add(same);
      }
    }
  }
  return shown.map(({ table, rows }) => ({ table, rows: [...rows].sort((a, b) => a.index - b.index) }));
}

function namesIn(ledger: readonly LedgerLine[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { activity, naics, components = [] } of ledger) {
    for (const part of [{ activity, naics }, ...components]) {
      if (part.activity !== undefined) names.add(part.activity);
      if (part.naics !== undefined) names.add(part.naics);
    }
  }
  return names;
}

const activityOf = ({ row }: PlacedRow): string => row.activity ?? row.key;

const isRestOfWorld = ({ row }: PlacedRow): boolean =>
  row.geography.scheme === REST_OF_WORLD.scheme && row.geography.code === REST_OF_WORLD.code;
