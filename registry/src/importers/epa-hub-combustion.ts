import type { FactorGas, FactorRow } from "@tallystick/contracts";
import { cellOf, type HubTable, oneLine, slugOf } from "./epa-hub-table.ts";

export const UNITED_STATES = { scheme: "iso-3166-1", code: "US" } as const;
const FUEL = 2;

/** A by-gas row, or a row that says that there are no figures. */
export function gasRow(
  row: Omit<Extract<FactorRow, { kind: "not-available" }>, "kind">,
  gases: FactorGas[] | undefined,
): FactorRow {
  return gases === undefined ? { ...row, kind: "not-available" } : { ...row, kind: "by-gas", gases };
}

const BIOFUEL = /^(Biodiesel|Ethanol) \(100%\)$/;

/** Table 2: CO2 of vehicle fuels. CO2 of pure biofuels is biogenic. */
export function importMobileCo2(table: HubTable): void {
  const header = table.header(/^Fuel Type$/);
  const columns = table.gasColumns(header, 3, 4);
  for (const row of table.rowsBelow(header)) {
    const fuel = table.label(row, FUEL);
    const key = `mobile-co2/${slugOf(fuel)}`;
    const gases = table.gases(row, columns, key, BIOFUEL.test(fuel));
    const base = { key, label: fuel, path: table.path(fuel), geography: UNITED_STATES, source: table.source(row) };
    const denominator = table.denominator(row, 4, cellOf(row, 4));
    table.report.add(table.place(row, FUEL), gasRow({ ...base, denominator, boundary: "combustion, CO2 only" }, gases));
  }
}

/** Table 7: steam and heat bought, one row. Its efficiency is said in the notes, not in a cell. */
export function importSteamAndHeat(table: HubTable): void {
  const [header, row] = table.rows;
  if (header === undefined || row === undefined) throw table.refuse({ row: 0, cells: [] }, 0, "no rows");
  const columns = table.gasColumns(header, 3, 6);
  const label = oneLine(cellOf(row, FUEL));
  const key = slugOf(label);
  const base = { key, label, path: table.path(label), geography: UNITED_STATES, source: table.source(row) };
  const denominator = table.denominator(header, 3, columns[0]?.per ?? "");
  const boundary = "generation from natural gas at 80 % efficiency (HHV)";
  table.report.add(table.place(row, FUEL), gasRow({ ...base, denominator, boundary }, table.gases(row, columns, key)));
}
