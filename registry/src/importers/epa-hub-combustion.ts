import {
  abs,
  add,
  compare,
  type FactorGas,
  type FactorRow,
  mul,
  parseDecimal,
  type Rational,
  rational,
  sub,
} from "@tallystick/contracts";
import { cellDecimal } from "./cell-decimal.ts";
import { cellOf, type GasColumn, type HubTable, isBlank, oneLine, slugOf } from "./epa-hub-table.ts";
import type { TableRow } from "./table-file.ts";

export const UNITED_STATES = { scheme: "iso-3166-1", code: "US" } as const;
const FUEL = 2;
const HEAT_CONTENT = 3;
const PER_HEAT = { from: 4, to: 7 };
const PER_UNIT = { from: 7, to: 10 };

/** A by-gas row, or a row that says that there are no figures. */
export function gasRow(
  row: Omit<Extract<FactorRow, { kind: "not-available" }>, "kind">,
  gases: FactorGas[] | undefined,
): FactorRow {
  return gases === undefined ? { ...row, kind: "not-available" } : { ...row, kind: "by-gas", gases };
}

/**
 * Table 1: each fuel per heat content and per mass or volume. Blocks begin with a row of units; fuels stand below
 * their category, which has no figures. CO2 of the categories that begin with "Biomass Fuels" is biogenic.
 */
export function importStationaryCombustion(table: HubTable): void {
  const header = table.header("Fuel Type");
  let block: { readonly perHeat: GasColumn[]; readonly perUnit: GasColumn[]; readonly unit: string } | undefined;
  let category = "";
  for (const row of table.rowsBelow(header)) {
    const fuel = table.label(row, FUEL);
    if (fuel === "") {
      block = readUnits(table, header, row);
      continue;
    }
    if (row.cells.slice(HEAT_CONTENT).every((cell) => cell === "")) {
      category = fuel;
      continue;
    }
    if (block === undefined || category === "") throw table.refuse(row, FUEL, `${fuel} has no units or no category`);
    const isBiogenic = category.startsWith("Biomass Fuels");
    if (isBiogenic && fuel === "Peat") {
      table.notice(row, FUEL, {
        trap: "biogenic-claim",
        done: "CO2 kept as biogenic, as published; the IPCC counts it as fossil",
      });
    }
    const activity = `stationary/${slugOf(category)}/${slugOf(fuel)}`;
    const base = {
      label: fuel,
      activity,
      path: table.path(category, fuel),
      geography: UNITED_STATES,
      source: table.source(row),
    };
    const add = (unit: string, columns: readonly GasColumn[], boundary: string): FactorGas[] | undefined => {
      const key = `${activity}/${unit.toLowerCase().replace("_it", "")}`;
      const gases = table.gases(row, columns, key, isBiogenic);
      table.report.add(table.place(row, FUEL), gasRow({ ...base, key, denominator: unit, boundary }, gases));
      return gases;
    };
    const perHeat = add("MMBtu_IT", block.perHeat, "combustion, per heat content (HHV)");
    const perUnit = add(block.unit, block.perUnit, "combustion");
    if (perHeat !== undefined && perUnit !== undefined)
      noticeInconsistency(table, row, block.perUnit, perHeat, perUnit);
  }
}

function readUnits(table: HubTable, header: TableRow, units: TableRow) {
  const word = /^mmBtu per (.+)$/.exec(cellOf(units, HEAT_CONTENT))?.[1];
  if (word === undefined) throw table.refuse(units, HEAT_CONTENT, "no unit of the heat content");
  const perHeat = table.gasColumns(header, PER_HEAT.from, PER_HEAT.to, units);
  const perUnit = table.gasColumns(header, PER_UNIT.from, PER_UNIT.to, units);
  const isAsSaid = perHeat.every(({ per }) => per === "mmBtu") && perUnit.every(({ per }) => per === word);
  if (!isAsSaid) throw table.refuse(units, HEAT_CONTENT, `columns that are not per mmBtu and per ${word}`);
  const unit = table.denominator(units, HEAT_CONTENT, word);
  if (unit === "short-ton") {
    table.notice(units, HEAT_CONTENT, { trap: "misleading-unit", done: "short tons, 907.18474 kg: not tonnes" });
  }
  return { perHeat, perUnit, unit };
}

/** Half a unit of the last digit of decimal text. */
function halfDigit(value: string): Rational {
  return rational(5n, 10n ** BigInt((value.split(".")[1] ?? "").length + 1));
}

/** Heat content times the figure per heat is the figure per unit, within the roundings of all three. */
function noticeInconsistency(
  table: HubTable,
  row: TableRow,
  columns: readonly GasColumn[],
  perHeat: readonly FactorGas[],
  perUnit: readonly FactorGas[],
): void {
  const heat = isBlank(cellOf(row, HEAT_CONTENT)) ? undefined : cellDecimal(cellOf(row, HEAT_CONTENT));
  if (heat === undefined) throw table.refuse(row, HEAT_CONTENT, "no heat content beside factors per unit");
  const [h, dh] = [parseDecimal(heat.value), halfDigit(heat.value)];
  for (const [i, { at }] of columns.entries()) {
    const [a, b] = [perHeat[i]?.value ?? "0", perUnit[i]?.value ?? "0"];
    const [exact, da] = [parseDecimal(a), halfDigit(a)];
    const allowed = add(add(mul(h, da), mul(exact, dh)), add(mul(da, dh), halfDigit(b)));
    const gap = abs(sub(mul(h, exact), parseDecimal(b)));
    if (compare(gap, allowed) > 0) {
      table.notice(row, at, {
        trap: "inconsistent",
        done: `kept as published, though ${heat.value} x ${a} is not ${b}`,
      });
    }
  }
}

const BIOFUEL = /^(Biodiesel|Ethanol) \(100%\)$/;

/** Table 2: CO2 of vehicle fuels. CO2 of pure biofuels is biogenic. */
export function importMobileCo2(table: HubTable): void {
  const header = table.header("Fuel Type");
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
