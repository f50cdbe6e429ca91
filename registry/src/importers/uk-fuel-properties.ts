import {
  add,
  compare,
  div,
  type FuelProperties,
  type FuelProperty,
  type FuelPropertySet,
  mul,
  parseDecimal,
  parseFuelPropertySet,
  type Rational,
  rational,
  roundHalfEven,
  sub,
} from "@tallystick/contracts";
import { cellDecimal } from "./cell-decimal.ts";
import type { ImportNotice } from "./import-report.ts";
import { type CellPlace, invalidAt } from "./row-report.ts";
import type { TableRow } from "./table-file.ts";
import { columnLetter, readWorkbookSheet } from "./workbook.ts";

/** The fuel properties of a workbook, and what was noticed on the way. */
export interface FuelPropertiesReport {
  readonly set: FuelPropertySet;
  readonly notices: readonly ImportNotice[];
}

const SHEET = "Fuel properties";
/** Columns of figures, as the two header rows name them, from column D on. */
const HEADERS = ["Net CV", "Gross CV", "Density", "Density [note 1]", "Net CV", "Gross CV", "Net CV", "Gross CV"];
const UNITS = ["GJ/tonne", "GJ/tonne", "kg/m3", "litres/tonne", "kWh/kg", "kWh/kg", "kWh/litre", "kWh/litre"];
const FIRST_FIGURE = 3;
const FUEL = 1;
const YEAR = 2;
/** Every figure of the sheet is rounded to this many decimals. */
const DECIMALS = 3;
const HALF_STEP = rational(5n, 10_000n);

/**
 * Imports the sheet "Fuel properties" of the UK conversion factors. The calorific values are those per tonne, from which
 * the values per kilogram and per litre follow; a density is that in kg/m3, or the litres per tonne where kg/m3 is their
 * rounding (0.796 kg/m3 of natural gas for 1,255,568.684 l/t, which is what the factors per cubic metre were made with).
 * Each derived figure is recomputed: one that the roundings do not explain is a contradiction, and the file is refused.
 *
 * @throws FACTOR_FILE_INVALID, FUEL_PROPERTIES_INVALID
 */
export async function importUkFuelProperties(name: string, bytes: Uint8Array): Promise<FuelPropertiesReport> {
  const rows = await readWorkbookSheet(name, bytes, SHEET);
  const notices: ImportNotice[] = [];
  const { year, version } = publicationOf(name, rows);
  const fuels: FuelProperties[] = [];
  let headed = false;
  for (const [at, row] of rows.entries()) {
    if (row.cells[YEAR] === "Year") {
      checkHeader(name, row, rows[at + 1]);
      headed = true;
    } else if (headed && (row.cells[FUEL] ?? "") !== "" && (row.cells[YEAR] ?? "") !== "") {
      fuels.push(readFuel(name, row, year, notices));
    }
  }
  const set = parseFuelPropertySet({
    id: "uk-fuel-properties",
    version: `${year}.${version}`,
    title: `UK Government GHG Conversion Factors for Company Reporting, ${year}: fuel properties`,
    source: "Department for Energy Security and Net Zero, Greenhouse gas reporting: conversion factors",
    licence: "Open Government Licence v3.0",
    fuels,
  });
  return { set, notices };
}

/** The cells beside "Year:" and "Version:" above the table. */
function publicationOf(name: string, rows: readonly TableRow[]): { year: string; version: string } {
  const beside = (label: string): string => {
    for (const { row, cells } of rows) {
      const at = cells.indexOf(label);
      if (at < 0) continue;
      const value = cellDecimal(cells[at + 1] ?? "")?.value;
      if (value === undefined) throw invalidAt(placeOf(name, row, at + 1), `${label} no number`);
      return value;
    }
    throw invalidAt(placeOf(name, 1, 0), `has no "${label}"`);
  };
  const version = beside("Version:");
  return { year: beside("Year:"), version };
}

function checkHeader(name: string, headers: TableRow, units: TableRow | undefined): void {
  for (const [at, header] of HEADERS.entries()) {
    const column = FIRST_FIGURE + at;
    const found = (headers.cells[column] ?? "").replace(/\s+/g, " ");
    if (found !== header) throw invalidAt(placeOf(name, headers.row, column), `"${found}" is not "${header}"`);
    const unit = units?.cells[column] ?? "";
    if (unit !== UNITS[at]) throw invalidAt(placeOf(name, headers.row + 1, column), `"${unit}" is not "${UNITS[at]}"`);
  }
}

type Notice = (figure: Figure, trap: ImportNotice["trap"], done: string) => void;

const placeOf = (file: string, row: number, column: number): CellPlace => ({
  file,
  sheet: SHEET,
  row,
  column: columnLetter(column),
});

/** A cell's figure. Blank is undefined: the property is not stated. */
interface Figure {
  readonly place: CellPlace;
  readonly value: string;
}

function readFuel(name: string, { row, cells }: TableRow, year: string, notices: ImportNotice[]): FuelProperties {
  const label = cells[FUEL] ?? "";
  if (cells[YEAR] !== year) throw invalidAt(placeOf(name, row, YEAR), `${cells[YEAR]} beside ${year}`);
  const [net, gross, perM3, perTonne, ...derived] = HEADERS.map((_, at): Figure | undefined => {
    const place = placeOf(name, row, FIRST_FIGURE + at);
    const cell = cells[FIRST_FIGURE + at] ?? "";
    if (cell === "") return undefined;
    const read = cellDecimal(cell);
    if (read === undefined) throw invalidAt(place, `"${cell.slice(0, 40)}" is not a number`);
    return { place, value: read.value };
  });
  if (net === undefined || gross === undefined) throw invalidAt(placeOf(name, row, FIRST_FIGURE), "no calorific value");
  const fuel = slugOf(label);
  const notice: Notice = ({ place, value }, trap, done) => {
    notices.push({ trap, sheet: SHEET, row, column: place.column, found: value, done, key: fuel });
  };
  const density = densityOf(perM3, perTonne, notice);
  for (const [at, figure] of derived.entries()) {
    if (figure !== undefined) checkDerived(figure, at % 2 === 0 ? net : gross, at < 2 ? undefined : density, notice);
  }
  const properties: FuelProperty[] = [];
  for (const [figure, unit] of [
    [net, "GJ_net/t"],
    [gross, "GJ_gross/t"],
  ] as const) {
    if (parseDecimal(figure.value).n > 0n) properties.push({ value: figure.value, unit });
    else notice(figure, "no-heat", "no calorific value: it does not burn");
  }
  if (density !== undefined) properties.push({ value: density.value, unit: density.unit });
  return { fuel, label, source: `sheet "${SHEET}", row ${row}`, properties };
}

interface Density extends Figure {
  readonly unit: "kg/m3" | "l/t";
}

function densityOf(perM3: Figure | undefined, perTonne: Figure | undefined, notice: Notice): Density | undefined {
  if (perM3 === undefined || perTonne === undefined) {
    if (perM3 !== undefined || perTonne !== undefined) {
      throw invalidAt((perM3 ?? (perTonne as Figure)).place, "one of density and litres per tonne without the other");
    }
    return undefined;
  }
  if (isReciprocal(perM3, perTonne)) return { ...perM3, unit: "kg/m3" };
  if (!isReciprocal(perTonne, perM3)) {
    throw invalidAt(perM3.place, `${perM3.value} kg/m3 contradicts ${perTonne.value} litres/tonne`);
  }
  notice(perM3, "rounding-gap", `${perTonne.value} litres/tonne taken, of which it is the rounding`);
  return { ...perTonne, unit: "l/t" };
}

const LITRES_PER_M3_AND_KG_PER_TONNE = rational(1_000_000n);

/** Whether `derived` is a million divided by `primary`, rounded. */
function isReciprocal(primary: Figure, derived: Figure): boolean {
  const divisor = parseDecimal(primary.value);
  if (divisor.n <= 0n) throw invalidAt(primary.place, `${primary.value} is no density`);
  const quotient = div(LITRES_PER_M3_AND_KG_PER_TONNE, divisor);
  return roundHalfEven(quotient, DECIMALS) === roundHalfEven(parseDecimal(derived.value), DECIMALS);
}

/** A value and the least and greatest that its rounding stands for. */
type Range = readonly [least: Rational, value: Rational, greatest: Rational];

function rangeOf({ value }: Figure): Range {
  const stated = parseDecimal(value);
  return [sub(stated, HALF_STEP), stated, add(stated, HALF_STEP)];
}

/** kWh/kg of a calorific value per tonne, and kWh/litre where a density is given. */
function checkDerived(derived: Figure, cv: Figure, density: Density | undefined, notice: Notice): void {
  const [least, value, greatest] = rangeOf(cv).map((gjPerTonne, at) => {
    const kwhPerKg = div(gjPerTonne, KWH_PER_KG_DIVISOR);
    return density === undefined ? kwhPerKg : mul(kwhPerKg, kgPerLitre(density, at));
  }) as [Rational, Rational, Rational];
  const [from, printed, to] = rangeOf(derived);
  if (compare(greatest, from) < 0 || compare(least, to) > 0) {
    throw invalidAt(derived.place, `${derived.value} does not follow from ${cv.value} GJ/tonne`);
  }
  if (roundHalfEven(value, DECIMALS) !== roundHalfEven(printed, DECIMALS)) {
    notice(derived, "rounding-gap", `not used: ${cv.value} GJ/tonne taken`);
  }
}

/** 1 GJ/t is 1/3.6 kWh/kg. */
const KWH_PER_KG_DIVISOR = rational(36n, 10n);

/** The least, stated or greatest density. Litres per tonne fall as it rises. */
function kgPerLitre(density: Density, at: number): Rational {
  const range = rangeOf(density);
  if (density.unit === "kg/m3") return div(range[at] as Rational, rational(1_000n));
  return div(rational(1_000n), range[2 - at] as Rational);
}

/** "Diesel (100% mineral diesel)" is diesel-100-mineral-diesel. */
function slugOf(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
