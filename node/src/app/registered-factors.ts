import type { FactorRow } from "@tallystick/contracts";
import type { Replica } from "@tallystick/registry";
import { type FactorTable, factorTable } from "../core/inventory/factor-library.ts";
import { nodeError } from "../errors.ts";

/**
 * Looks up factors by their names, `SET@VERSION#KEY`, in the node's copy of the registry. Only those that a figure can have been
 * calculated with: with a value, in a version that was not withdrawn.
 * @throws FACTOR_NOT_HELD (the function that it returns)
 */
export function registeredFactors(replica: Replica): (name: string) => FactorRow {
  const tables = new Map<string, FactorTable>();
  return (name) => {
    const refuse = (reason: string): Error => nodeError("FACTOR_NOT_HELD", { factor: name, reason });
    const [set = "", key = ""] = name.split("#");
    const [id = "", version = ""] = set.split("@");
    const registered = replica.state.factorSet(id, version);
    if (registered === undefined) throw refuse("the registry has no such set");
    if (registered.withdrawn !== undefined) throw refuse(`the set was withdrawn: ${registered.withdrawn.reason}`);
    const { document } = registered;
    const table = tables.get(set) ?? factorTable(document, replica.rowsOf(document));
    if (table.rows.size < document.rowCount) throw refuse("the registry has not handed over the set's rows yet");
    tables.set(set, table);
    const row = table.rows.get(key)?.row;
    if (row === undefined) throw refuse("the set has no such row");
    if (row.kind !== "value" && row.kind !== "by-gas") throw refuse(`the row is ${row.kind}`);
    return row;
  };
}
