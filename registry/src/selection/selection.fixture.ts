import type { FactorRow, FactorSet } from "@tallystick/contracts";
import { type CatalogueSet, FactorCatalogue } from "./catalogue.ts";
import { parsePlace } from "./geography.ts";
import { FALLBACK_STEPS, type FactorQuery, type Selection, type SelectionPolicy } from "./selection.ts";

// Factors of electricity in several places, sets and years.

const place = (text: string) => {
  const [scheme = "", code = ""] = text.split(":");
  return { scheme, code };
};

export function row(key: string, geography: string, changes: Partial<FactorRow> = {}): FactorRow {
  return {
    kind: "value",
    key,
    activity: "electricity",
    label: key,
    value: "0.5",
    denominator: "kWh",
    boundary: "generation",
    geography: place(geography),
    source: "a table",
    ...changes,
  } as FactorRow;
}

export function set(
  id: string,
  version: string,
  rows: readonly FactorRow[],
  changes: Partial<FactorSet> = {},
): CatalogueSet {
  const about: FactorSet = {
    id,
    version,
    title: id,
    publisher: "a publisher",
    source: "a source",
    licence: "CC0",
    redistribution: true,
    gwpSet: "AR5",
    publishedOn: "2024-01-01",
    validFrom: "2024-01-01",
    rowCount: rows.length,
    rowsRoot: "",
    ...changes,
  };
  return { set: about, rows: rows.map((one, index) => ({ index, row: one })) };
}

export const QUERY: FactorQuery = {
  activity: "electricity",
  date: "2024-06-01",
  per: { kind: "unit", measures: "energy" },
};
export const STRICT: SelectionPolicy = { sets: [{ id: "grid" }, { id: "world" }], fallbacks: [] };
export const LENIENT: SelectionPolicy = { ...STRICT, fallbacks: FALLBACK_STEPS };
export const at = (text: string): FactorQuery => ({ ...QUERY, geography: parsePlace(text) });

export const GRID = set("grid", "2024.1", [
  row("electricity:DE", "iso-3166-1:DE"),
  row("electricity:US", "iso-3166-1:US"),
  row("electricity:CAMX", "egrid:CAMX"),
  row("electricity:western-europe", "un-m49:155"),
  row("electricity:europe", "un-m49:150"),
  row("electricity:rest", "row:RoW"),
]);
export const GLOBAL = set("world", "2024.1", [row("electricity:world", "global:GLO")]);
export const CATALOGUE = new FactorCatalogue([GRID, GLOBAL]);

/** "electricity:DE EXACT", or the rule of the refusal. */
export function answer(selection: Selection): string {
  if (selection.kind === "refused") return selection.rule;
  return `${selection.factor.row.key} ${selection.steps.join("+") || "EXACT"}`;
}
export const ruleOf = (selection: Selection, key: string): string | undefined =>
  selection.rejected.find(({ factor }) => factor.row.key === key)?.rule;
