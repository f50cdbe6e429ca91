import {
  abs,
  add,
  compare,
  type FactorGas,
  type FuelProperties,
  type FuelPropertySet,
  mul,
  parseDecimal,
  parseFuelPropertySet,
  type Rational,
  rational,
  sub,
} from "@tallystick/contracts";
import { cellDecimal } from "./cell-decimal.ts";
import { gasRow, UNITED_STATES } from "./epa-hub-combustion.ts";
import { cellOf, type GasColumn, type HubTable, isBlank, slugOf } from "./epa-hub-table.ts";
import type { TableRow } from "./table-file.ts";

// Table 1. Blocks begin with a row of units; fuels stand below their category, which has no figures.

const FUEL = 2;
const HEAT_CONTENT = 3;
const PER_HEAT = { from: 4, to: 7 };
const PER_UNIT = { from: 7, to: 10 };
/** EPA gives heat contents on the higher heating value: the gross calorific one. */
const HEAT = "MMBtu_IT_gross";

/** A fuel's row, with the row of units and the category that it stands below. */
interface StationaryFuel {
  readonly row: TableRow;
  readonly units: TableRow;
  readonly category: string;
  readonly fuel: string;
}

function stationaryFuels(table: HubTable, header: TableRow): StationaryFuel[] {
  const fuels: StationaryFuel[] = [];
  let units: TableRow | undefined;
  let category = "";
  for (const row of table.rowsBelow(header)) {
    const fuel = table.label(row, FUEL);
    if (fuel === "") units = row;
    else if (row.cells.slice(HEAT_CONTENT).every((cell) => cell === "")) category = fuel;
    else if (units !== undefined && category !== "") fuels.push({ row, units, category, fuel });
    else throw table.refuse(row, FUEL, `${fuel} has no units or no category`);
  }
  return fuels;
}

/**
 * Table 1: each fuel per heat content and per mass or volume. CO2 of the categories that begin with "Biomass Fuels" is
 * biogenic.
 */
export function importStationaryCombustion(table: HubTable): void {
  const header = table.header(/^Fuel Type$/);
  const blocks = new Map<TableRow, Block>();
  for (const { row, units, category, fuel } of stationaryFuels(table, header)) {
    const block = blocks.get(units) ?? readBlock(table, header, units);
    blocks.set(units, block);
    const isBiogenic = category.startsWith("Biomass Fuels");
    if (isBiogenic && fuel === "Peat") {
      const done = "CO2 kept as biogenic, as published; the IPCC counts it as fossil";
      table.notice(row, FUEL, { trap: "biogenic-claim", done });
    }
    const activity = `stationary/${slugOf(category)}/${slugOf(fuel)}`;
    const labels = { label: fuel, activity, path: table.path(category, fuel) };
    const base = { ...labels, geography: UNITED_STATES, source: table.source(row) };
    const add = (denominator: string, columns: readonly GasColumn[], boundary: string): FactorGas[] | undefined => {
      const key = `${activity}/${slugOf(columns[0]?.per ?? "")}`;
      const gases = table.gases(row, columns, key, isBiogenic);
      table.report.add(table.place(row, FUEL), gasRow({ ...base, key, denominator, boundary }, gases));
      return gases;
    };
    const perHeat = add(HEAT, block.perHeat, "combustion, per heat content (HHV)");
    const perUnit = add(block.unit, block.perUnit, "combustion");
    if (perHeat !== undefined && perUnit !== undefined) {
      noticeInconsistency(table, row, block.perUnit, perHeat, perUnit);
    }
  }
}

/** What a row of units says. */
interface Block {
  readonly perHeat: readonly GasColumn[];
  readonly perUnit: readonly GasColumn[];
  readonly unit: string;
}

function readBlock(table: HubTable, header: TableRow, units: TableRow): Block {
  const { word, unit } = readHeatUnit(table, units);
  const perHeat = table.gasColumns(header, PER_HEAT.from, PER_HEAT.to, units);
  const perUnit = table.gasColumns(header, PER_UNIT.from, PER_UNIT.to, units);
  const isAsSaid = perHeat.every(({ per }) => per === "mmBtu") && perUnit.every(({ per }) => per === word);
  if (!isAsSaid) throw table.refuse(units, HEAT_CONTENT, `columns that are not per mmBtu and per ${word}`);
  if (unit === "short-ton") {
    table.notice(units, HEAT_CONTENT, { trap: "misleading-unit", done: "short tons, 907.18474 kg: not tonnes" });
  }
  return { perHeat, perUnit, unit };
}

/** The unit that the heat contents of a block are per, in the publisher's word and as a code. */
function readHeatUnit(table: HubTable, units: TableRow): { word: string; unit: string } {
  const word = /^mmBtu per (.+)$/.exec(cellOf(units, HEAT_CONTENT))?.[1];
  if (word === undefined) throw table.refuse(units, HEAT_CONTENT, "no unit of the heat content");
  return { word, unit: table.denominator(units, HEAT_CONTENT, word) };
}

/**
 * The heat contents of table 1 as properties of fuels, by the slugs of their names; a fuel without one is not there.
 * @param about the set's id, version, title, source and licence
 * @throws FACTOR_FILE_INVALID, FUEL_PROPERTIES_INVALID
 */
export function readHeatContents(table: HubTable, about: Omit<FuelPropertySet, "fuels">): FuelPropertySet {
  const fuels = stationaryFuels(table, table.header(/^Fuel Type$/)).flatMap(
    ({ row, units, fuel }): FuelProperties[] => {
      if (isBlank(cellOf(row, HEAT_CONTENT))) return [];
      const { unit } = readHeatUnit(table, units);
      const { value } = table.report.decimal(table.place(row, HEAT_CONTENT), cellOf(row, HEAT_CONTENT));
      return [
        {
          fuel: slugOf(fuel),
          label: fuel,
          source: table.source(row),
          properties: [{ value, unit: `${HEAT}/${unit}` }],
        },
      ];
    },
  );
  return parseFuelPropertySet({ ...about, fuels });
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
