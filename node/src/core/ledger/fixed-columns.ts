import type { LedgerColumns, LedgerMapping, QuantitySource } from "./ledger-mapping.ts";
import { PLAIN_NUMBERS } from "./number-cell.ts";

/** The columns of a ledger file, named after the properties of a ledger line. Order in the file is free. */
export const LEDGER_COLUMNS = [
  "id",
  "date",
  "category",
  "supplier",
  "productId",
  "description",
  "quantity",
  "unit",
  "amount",
  "currency",
  "activity",
  "naics",
  "period.start",
  "period.end",
  "geography",
  "method",
  "account",
  "fuel",
  "fuel.source",
  "fuel.properties",
  "componentOf",
  "part",
] as const;

/** Columns without which a file is not a ledger. */
export const REQUIRED_LEDGER_COLUMNS = ["id", "date", "category", "description"] as const;

/** Columns of named inputs: "amounts.distance" with "2000 km", "shares.allocated" with "0.25" or "200 m2 / 2000 m2". */
const NAMED = /^(amounts|shares)\.([a-z][A-Za-z0-9]{0,39})$/;
/** Columns of which one says nothing without the other. */
const PAIRS = [
  ["quantity", "unit"],
  ["amount", "currency"],
  ["period.start", "period.end"],
  ["fuel", "fuel.source"],
  ["fuel.source", "fuel.properties"],
] as const;

/** The mapping of a file whose columns are named as a ledger's are, or what is wrong with its header. */
export function fixedMapping(
  header: readonly string[],
): { readonly mapping: LedgerMapping } | { readonly missing: readonly string[]; readonly unknown: readonly string[] } {
  const has = (name: string): boolean => header.includes(name);
  const known: readonly string[] = LEDGER_COLUMNS;
  const unknown = header.filter((name) => !known.includes(name) && !NAMED.test(name));
  const missing: string[] = REQUIRED_LEDGER_COLUMNS.filter((name) => !has(name));
  for (const [one, other] of PAIRS) {
    if (has(one) !== has(other)) missing.push(has(one) ? other : one);
  }
  if (has("part") && !has("componentOf")) missing.push("componentOf");
  if (missing.length + unknown.length > 0) return { missing, unknown };
  const columns: Record<string, unknown> = {};
  const amounts: Record<string, QuantitySource> = {};
  const shares: Record<string, string> = {};
  for (const name of header) {
    const [, kind, input = ""] = NAMED.exec(name) ?? [];
    if (kind === "amounts") amounts[input] = { value: name, unit: { inCell: true } };
    else if (kind === "shares") shares[input] = name;
    else if (!name.startsWith("period.") && !name.startsWith("fuel")) columns[name] = name;
  }
  if (has("period.start")) columns.period = { start: "period.start", end: "period.end" };
  if (has("fuel")) columns.fuel = { name: "fuel", source: "fuel.source", properties: "fuel.properties" };
  return {
    mapping: { v: 1, numbers: PLAIN_NUMBERS, columns: { ...columns, amounts, shares } as unknown as LedgerColumns },
  };
}
