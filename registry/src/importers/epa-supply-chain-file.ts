import type { Readable } from "node:stream";
import { abs, add, compare, parsePactDecimal, type Rational, rational, sub } from "@tallystick/contracts";
import { cellDecimal } from "./cell-decimal.ts";
import { invalidCell, readCsvRecords } from "./table-file.ts";

// The two CSV files of a release of EPA's Supply Chain GHG Emission Factors by NAICS: CO2e, and by gas. One layout, one header.

export const COLUMNS = {
  code: "2017 NAICS Code",
  title: "2017 NAICS Title",
  gas: "GHG",
  unit: "Unit",
  without: "Supply Chain Emission Factors without Margins",
  margins: "Margins of Supply Chain Emission Factors",
  withMargins: "Supply Chain Emission Factors with Margins",
  reference: "Reference USEEIO Code",
} as const;
const HEADER: readonly string[] = Object.values(COLUMNS);
/** v1.2 names its first two columns the other way round. */
export const SUPPLY_CHAIN_HEADERS: readonly string[] = [
  HEADER,
  ["NAICS Code 2017", "NAICS Title 2017", ...HEADER.slice(2)],
].map((names) => names.join());
const UNIT = /^kg( CO2e)?\/(20\d\d) USD, purchaser price$/;
/** GHG of the CO2e file's rows. */
export const ALL_GASES = "All GHGs";
/** The official files hold 1,016 and at most 18,288 rows; a file that much longer is something else. */
const LIMITS = { maxBytes: 16 * 1024 * 1024, maxRows: 100_000, maxRecordLength: 4_096 };

/** A published figure: the cell, its plain decimal text, its value, and half a unit of its last published digit. */
export interface Figure {
  readonly text: string;
  readonly value: string;
  readonly exact: Rational;
  readonly halfDigit: Rational;
}

/** One row of either file, checked. */
export interface SupplyChainLine {
  readonly row: number;
  readonly code: string;
  readonly title: string;
  readonly gas: string;
  readonly unit: string;
  /** Whether the unit says kg CO2e; else it is kg of the gas. */
  readonly isCo2e: boolean;
  readonly priceYear: string;
  readonly without: Figure;
  readonly withMargins: Figure;
  /** With margins, less the other two columns: not zero where the publisher's roundings do not add up. */
  readonly gap: Rational;
  readonly reference: string;
}

export interface SupplyChainFile {
  readonly name: string;
  readonly sha256: string;
  readonly kind: "co2e" | "by-gas";
  readonly priceYear: string;
  readonly lines: readonly SupplyChainLine[];
}

/**
 * Reads either file, streaming. Any bad cell refuses the whole file, named by row and column.
 *
 * @param file the bytes as published; closed in any case
 * @throws FACTOR_FILE_INVALID
 */
export async function readSupplyChainFile(name: string, file: Readable): Promise<SupplyChainFile> {
  const table = readCsvRecords(name, file, LIMITS);
  const lines: SupplyChainLine[] = [];
  const seen = new Set<string>();
  for await (const { row, cells } of table.rows) {
    if (row === 1) {
      if (!SUPPLY_CHAIN_HEADERS.includes(cells.join())) {
        throw invalidCell(name, 1, "", `the header is not ${HEADER.join(", ")}`);
      }
      continue;
    }
    const line = readLine(name, row, cells, lines[0]);
    const id = `${line.code}|${line.gas}`;
    if (seen.has(id)) throw invalidCell(name, row, COLUMNS.code, `${line.code}, ${line.gas} occurs twice`);
    seen.add(id);
    lines.push(line);
  }
  const [first] = lines;
  if (first === undefined) throw invalidCell(name, 1, "", "no rows");
  const kind = first.gas === ALL_GASES ? "co2e" : "by-gas";
  return { name, sha256: table.sha256(), kind, priceYear: first.priceYear, lines };
}

function readLine(
  name: string,
  row: number,
  cells: readonly string[],
  first: SupplyChainLine | undefined,
): SupplyChainLine {
  const [code = "", title = "", gas = "", unit = "", without = "", margins = "", withMargins = "", reference = ""] =
    cells;
  if (!/^\d{6}$/.test(code)) throw invalidCell(name, row, COLUMNS.code, `"${code}" is not a six-digit NAICS code`);
  if (title === "") throw invalidCell(name, row, COLUMNS.title, "no title");
  const isAll = gas === ALL_GASES;
  if (first !== undefined && isAll !== (first.gas === ALL_GASES)) {
    throw invalidCell(name, row, COLUMNS.gas, `"${gas}" beside "${first.gas}": a file holds either all gases or each`);
  }
  const [, co2e, priceYear] = UNIT.exec(unit) ?? [];
  if (priceYear === undefined || (isAll && co2e === undefined)) {
    throw invalidCell(name, row, COLUMNS.unit, `"${unit}" is not the unit of such a file`);
  }
  if (first !== undefined && priceYear !== first.priceYear) {
    throw invalidCell(name, row, COLUMNS.unit, `price year ${priceYear} beside ${first.priceYear}`);
  }
  const figure = (column: string, text: string): Figure => readFigure(name, row, column, text, isAll);
  const parts = [figure(COLUMNS.without, without), figure(COLUMNS.margins, margins)] as const;
  const whole = figure(COLUMNS.withMargins, withMargins);
  const gap = sub(whole.exact, add(parts[0].exact, parts[1].exact));
  const allowed = [...parts, whole].map(({ halfDigit }) => halfDigit).reduce(add);
  if (compare(abs(gap), allowed) > 0) {
    throw invalidCell(name, row, COLUMNS.withMargins, "off the sum of its parts by more than their roundings");
  }
  const isCo2e = co2e !== undefined;
  return { row, code, title, gas, unit, isCo2e, priceYear, without: parts[0], withMargins: whole, gap, reference };
}

/** Three decimals in the CO2e file, three digits and an exponent by gas: anything else is another kind of file. */
const CO2E_FIGURE = /^\d{1,4}(?:\.\d{1,3})?$/;
const GAS_FIGURE = /^\d\.\d\de(-\d\d|\+0[0-3])$/;

function readFigure(name: string, row: number, column: string, text: string, isAll: boolean): Figure {
  const read = (isAll ? CO2E_FIGURE : GAS_FIGURE).test(text) ? cellDecimal(text) : undefined;
  if (read === undefined) {
    const form = isAll ? "a factor with three decimals" : "a factor of three digits and an exponent";
    throw invalidCell(name, row, column, `"${text}" is not ${form}`);
  }
  const exponent = Number(GAS_FIGURE.exec(text)?.[1] ?? "-1");
  const halfDigit = rational(5n, 10n ** BigInt(isAll ? 4 : 3 - exponent));
  return { text, value: read.value, exact: parsePactDecimal(text), halfDigit };
}
