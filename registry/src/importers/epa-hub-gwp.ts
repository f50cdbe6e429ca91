import {
  abs,
  add,
  compare,
  type FactorGas,
  type GwpSet,
  gwpOf,
  mul,
  parseDecimal,
  type Rational,
  rational,
  sub,
  sum,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { cellDecimal } from "./cell-decimal.ts";
import { cellOf, type HubTable, oneLine, slugOf } from "./epa-hub-table.ts";
import { gasIdOf } from "./gas-names.ts";
import type { TableRow } from "./table-file.ts";

const NAME = 2;
const GWP = 3;
const COMPOSITION = 4;
const WORLD = { scheme: "global", code: "GLO" } as const;

/** The GWP that this project has of a gas, where it has one. */
function knownGwp(gas: string, gwpSet: GwpSet): Rational | undefined {
  try {
    return gwpOf(gas, gwpSet);
  } catch (error) {
    if (isTallyError(error, "GAS_UNKNOWN")) return undefined;
    throw error;
  }
}

/**
 * Table 11: kg CO2e of a kilogram released of each gas. ">7,500" is a bound.
 * @throws FACTOR_FILE_INVALID at a GWP that is not the one of the assessment report
 */
export function importGwps(table: HubTable, gwpSet: GwpSet): void {
  const header = table.header(/^(Gas|Industrial Designation or Common Name)$/);
  const gwpColumn = header.cells.indexOf("100-Year GWP");
  if (gwpColumn === -1) throw table.refuse(header, GWP, 'no "100-Year GWP"');
  for (const row of table.rowsBelow(header)) {
    const name = table.label(row, NAME);
    const gas = gasIdOf(name);
    if (gas === undefined) throw table.refuse(row, NAME, `"${name}" is not a gas that is known here`);
    const key = `gwp/${gas}`;
    const base = {
      key,
      label: name,
      path: table.path(name),
      denominator: "kg",
      boundary: "release of the gas",
      geography: WORLD,
      source: table.source(row),
    } as const;
    const cell = cellOf(row, gwpColumn);
    const [, comparator, bound] = /^([<>]) ?([\d,]+)$/.exec(cell) ?? [];
    if (bound !== undefined) {
      const value = bound.replaceAll(",", "");
      table.notice(row, gwpColumn, { trap: "bound", done: "kept as a bound, which nothing is calculated with", key });
      const comparison = { comparator: comparator === "<" ? "<" : ">", value, sourceText: cell } as const;
      table.report.add(table.place(row, NAME), { ...base, kind: "bound", ...comparison });
      continue;
    }
    const figure = table.report.decimal(table.place(row, gwpColumn), cell, key);
    const known = knownGwp(gas, gwpSet);
    if (known !== undefined && compare(known, parseDecimal(figure.value)) !== 0) {
      throw table.refuse(row, gwpColumn, `${name} has another GWP in ${gwpSet}`);
    }
    const gases = [{ gas, basis: "gas", value: "1" }] as const;
    table.report.add(table.place(row, NAME), { ...base, kind: "value", ...figure, gases });
  }
}

/** A share of a blend, in percent. `gas` is set for the HFCs and PFCs, which alone EPA counts. */
interface Share {
  readonly percent: string;
  readonly gas?: string;
}

/**
 * Table 12: kg CO2e of a kilogram released of each blend, of its HFCs and PFCs only: a blend of HCFCs has 0. The gases
 * are given where the printed composition comes to 100 % and to the printed GWP; else that is noticed.
 */
export function importBlends(table: HubTable, gwpSet: GwpSet): void {
  for (const row of table.rowsBelow(table.header(/^ASHRAE #$/))) {
    const name = table.label(row, NAME);
    const key = `gwp/${slugOf(name)}`;
    const figure = table.report.decimal(table.place(row, GWP), cellOf(row, GWP), key);
    const shares = readShares(table, row, key);
    const gases = gasesOf(table, row, key, shares, parseDecimal(figure.value), gwpSet);
    table.report.add(table.place(row, NAME), {
      key,
      label: name,
      path: table.path(name),
      denominator: "kg",
      boundary: "release of the blend, HFCs and PFCs only",
      geography: WORLD,
      technology: oneLine(cellOf(row, COMPOSITION)),
      source: table.source(row),
      kind: "value",
      ...figure,
      ...(gases.length === 0 ? {} : { gases }),
    });
  }
}

function readShares(table: HubTable, row: TableRow, key: string): Share[] {
  return cellOf(row, COMPOSITION)
    .split(",")
    .map((part): Share => {
      const [, percent, sign, name = ""] = /^(\d{1,3}(?:\.\d{1,2})?)(%?) (.+)$/.exec(oneLine(part)) ?? [];
      if (percent === undefined) throw table.refuse(row, COMPOSITION, `"${oneLine(part)}" is not a share of a gas`);
      const official = name.replace(/^HFC ?(?=\d)/, "HFC-");
      if (sign === "" || official !== name) {
        table.notice(row, COMPOSITION, { trap: "stray-label", done: `read as ${percent}% ${official}`, key });
      }
      const gas = gasIdOf(official);
      // Neither ozone-depleting gases nor hydrocarbons are counted.
      if (gas === undefined && !/^(CFC|HCFC)-\d+[a-z]?$|^[a-z]+(\/[a-z]+)?$/.test(official)) {
        throw table.refuse(row, COMPOSITION, `"${official}" is not a gas that is known here`);
      }
      return { percent, ...(gas === undefined ? {} : { gas }) };
    });
}

function gasesOf(
  table: HubTable,
  row: TableRow,
  key: string,
  shares: readonly Share[],
  published: Rational,
  gwpSet: GwpSet,
): FactorGas[] {
  const percent = sum(shares.map((share) => parseDecimal(share.percent)));
  const counted = shares.flatMap(({ gas, percent: text }) => (gas === undefined ? [] : [{ gas, text }]));
  const total = counted
    .map(({ gas, text }) => mul(parseDecimal(text), knownGwp(gas, gwpSet) ?? rational(0n)))
    .reduce(add, rational(0n));
  const isHundred = compare(percent, rational(100n)) === 0;
  // Published as a whole number.
  const isPublished = compare(abs(sub(total, mul(published, rational(100n)))), rational(50n)) <= 0;
  if (isHundred && isPublished) {
    return counted.map(({ gas, text }) => ({ gas, basis: "gas", value: cellDecimal(`${text}e-2`)?.value ?? text }));
  }
  const why = isHundred ? "its shares do not come to its GWP" : "its shares do not come to 100 %";
  table.notice(row, COMPOSITION, { trap: "inconsistent", done: `the GWP is kept, the gases are not: ${why}`, key });
  return [];
}
