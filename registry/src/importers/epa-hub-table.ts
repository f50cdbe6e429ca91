import type { DataPeriod, FactorGas, FactorNumerator } from "@tallystick/contracts";
import { gasIdOf } from "./gas-names.ts";
import type { ImportNotice } from "./import-report.ts";
import { type CellPlace, invalidAt, type RowReport } from "./row-report.ts";
import type { TableRow } from "./table-file.ts";
import { columnLetter } from "./workbook.ts";

/** The sheet that all tables of the hub stand on, one below the other. */
export const HUB_SHEET = "Emission Factors Hub";

/** A column of a gas: "g CH4 per mmBtu". */
export interface GasColumn {
  /** Index of the column, from 0. */
  readonly at: number;
  readonly gas: string;
  readonly numerator: FactorNumerator;
  /** What it is per, in the publisher's words: "mmBtu", "ton-mile", or "unit" where each row names its own. */
  readonly per: string;
}

/** A numbered table: its rows from the one below the title to the one above "Source:" or "Notes:". */
export class HubTable {
  readonly number: number;
  readonly title: string;
  readonly rows: readonly TableRow[];
  readonly report: RowReport;
  /** The year that its source line names, where it does. */
  readonly dataPeriod: DataPeriod | undefined;
  readonly #file: string;
  readonly #edition: string;
  readonly #footnotes: ReadonlySet<string>;

  constructor(file: string, edition: string, report: RowReport, title: TableRow, rows: readonly TableRow[]) {
    this.#file = file;
    this.#edition = edition;
    this.report = report;
    this.number = Number(TABLE.exec(cellOf(title, 1))?.[1]);
    this.title = oneLine(cellOf(title, 2));
    const end = rows.findIndex((row) => /^(Source|Notes)\b/.test(cellOf(row, 2)));
    this.rows = rows.slice(0, end === -1 ? rows.length : end).filter(({ cells }) => cells.some((cell) => cell !== ""));
    const notes = (end === -1 ? [] : rows.slice(end)).map((row) => cellOf(row, 2)).join("\n");
    this.#footnotes = new Set([...notes.matchAll(/^([A-Z]) [A-Z]/gm)].map(([, letter = ""]) => letter));
    const year =
      /\beGRID(\d{4})\b/.exec(notes)?.[1] ?? /Greenhouse Gas Emissions and Sinks: 1990[-–](\d{4})/.exec(notes)?.[1];
    this.dataPeriod = year === undefined ? undefined : { start: `${year}-01-01`, end: `${year}-12-31` };
  }

  place(row: TableRow, at: number): CellPlace {
    return { file: this.#file, sheet: HUB_SHEET, row: row.row, column: columnLetter(at) };
  }

  refuse(row: TableRow, at: number, reason: string): Error {
    return invalidAt(this.place(row, at), `Table ${this.number}: ${reason}`);
  }

  notice(row: TableRow, at: number, what: Pick<ImportNotice, "trap" | "done" | "key">): void {
    this.report.notice(this.place(row, at), { found: cellOf(row, at), ...what });
  }

  /** Citation of a row. */
  source(row: TableRow): string {
    return `EPA GHG Emission Factors Hub, modified ${this.#edition}, Table ${this.number}, sheet "${HUB_SHEET}", row ${row.row}`;
  }

  /** The publisher's headings of a row, the table's first. */
  path(...labels: readonly string[]): string[] {
    return [`Table ${this.number}: ${this.title}`, ...labels];
  }

  /** A label in one line, without the letter of a footnote that the table's notes explain. */
  label(row: TableRow, at: number): string {
    const text = oneLine(cellOf(row, at));
    const match = /^(.*?[a-z)])( ?)([A-Z])$/.exec(text);
    if (match === null || !this.#footnotes.has(match[3] ?? "")) return text;
    const label = match[1] ?? "";
    this.notice(row, at, { trap: "footnote", done: `read as ${label}, with footnote ${match[3]}` });
    return label;
  }

  /** The table's header, which begins with such a text in column C. @throws FACTOR_FILE_INVALID */
  header(first: RegExp): TableRow {
    const row = this.rows.find((one) => first.test(oneLine(cellOf(one, 2))));
    if (row === undefined)
      throw this.refuse(this.rows[0] ?? { row: 0, cells: [] }, 2, `no header with ${first.source}`);
    return row;
  }

  rowsBelow(header: TableRow): TableRow[] {
    return this.rows.filter(({ row }) => row > header.row);
  }

  /**
   * The gas columns from `from` to `to` (not included), by their header and, where the units stand in a row of their
   * own, by that. Grams beside kilograms are noticed.
   * @throws FACTOR_FILE_INVALID at a column whose gas or unit is not said
   */
  gasColumns(header: TableRow, from: number, to: number, units?: TableRow): GasColumn[] {
    const columns: GasColumn[] = [];
    for (let at = from; at < to; at++) {
      const text = oneLine(`${cellOf(header, at)} ${units === undefined ? "" : cellOf(units, at)}`);
      const [, gasOfHeader, numerator, gasOfUnit, per = ""] = GAS_COLUMN.exec(text) ?? [];
      const gas = gasIdOf(gasOfUnit ?? gasOfHeader ?? "");
      const isSame = gasOfUnit === undefined || gasOfHeader === undefined || gasOfHeader === gasOfUnit;
      if (gas === undefined || numerator === undefined || !isSame) {
        throw this.refuse(units ?? header, at, `"${text}" does not say which gas in which unit`);
      }
      columns.push({ at, gas, numerator: numerator as FactorNumerator, per });
    }
    const [first] = columns;
    for (const column of columns) {
      if (first === undefined || column.numerator === first.numerator) continue;
      this.notice(units ?? header, column.at, {
        trap: "mixed-mass-units",
        done: `${column.gas} is kept in ${column.numerator}, beside ${first.gas} in ${first.numerator}`,
      });
    }
    return columns;
  }

  /**
   * The gases of a row; undefined where all of its cells are blank, which is noticed.
   * @throws FACTOR_FILE_INVALID at a cell that is no number, or a blank beside figures: the rest would be too little
   */
  gases(row: TableRow, columns: readonly GasColumn[], key: string, isBiogenic = false): FactorGas[] | undefined {
    if (columns.every(({ at }) => isBlank(cellOf(row, at)))) {
      const at = columns[0]?.at ?? 0;
      this.notice(row, at, { trap: "blank", done: "not available", key });
      return undefined;
    }
    return columns.map(({ at, gas, numerator }) => {
      const figure = this.report.decimal(this.place(row, at), cellOf(row, at), key);
      const id = isBiogenic && gas === "co2" ? "co2-biogenic" : gas;
      return { gas: id, basis: "gas", numerator, ...figure };
    });
  }

  /** The unit code of the publisher's word. @throws FACTOR_FILE_INVALID */
  denominator(row: TableRow, at: number, word: string): string {
    const unit = Object.hasOwn(DENOMINATORS, word.toLowerCase()) ? DENOMINATORS[word.toLowerCase()] : undefined;
    if (unit === undefined) throw this.refuse(row, at, `"${word}" is not a unit of the hub`);
    return unit;
  }
}

const TABLE = /^Table (\d{1,2})$/;
const GAS_COLUMN = /^(?:(CO2|CH4|N2O) Factor )?\(?(kg|g|lb)(?: (CO2|CH4|N2O))? (?:\/|per) (.+?)\)?$/;

/**
 * EPA's words for units, to codes. Its Btu is that of the International Table, 1055.06 J as 40 CFR 98 rounds it; the
 * thermochemical one is 1054.35 J. (Table 1 is per mmBtu of a fuel's heat content, which is on the gross calorific value; table
 * 7 is per mmBtu of heat delivered.) Its ton is the short ton and its gallon the US gallon.
 */
const DENOMINATORS: Readonly<Record<string, string>> = {
  mmbtu: "MMBtu_IT",
  mwh: "MWh",
  "short ton": "short-ton",
  scf: "scf",
  gallon: "gal-us",
  mile: "vehicle-mi",
  "vehicle-mile": "vehicle-mi",
  "passenger-mile": "passenger-mi",
  "ton-mile": "short-ton-mi",
};

/** The tables of the sheet, by number. @throws FACTOR_FILE_INVALID at a number twice */
export function splitTables(
  file: string,
  edition: string,
  report: RowReport,
  rows: readonly TableRow[],
): Map<number, HubTable> {
  // Column B holds the tables' numbers, and the headings of parts, which end a table too.
  const starts = rows.flatMap((row, at) => (cellOf(row, 1) === "" ? [] : [at]));
  const tables = new Map<number, HubTable>();
  for (const [i, at] of starts.entries()) {
    const title = rows[at];
    if (title === undefined || !TABLE.test(cellOf(title, 1))) continue;
    const table = new HubTable(file, edition, report, title, rows.slice(at + 1, starts[i + 1]));
    if (tables.has(table.number)) throw table.refuse(title, 1, "occurs twice");
    tables.set(table.number, table);
  }
  return tables;
}

export function cellOf(row: TableRow, at: number): string {
  return row.cells[at] ?? "";
}

/** Blank, or what the hub writes for "not available". */
export function isBlank(cell: string): boolean {
  return cell === "" || cell === "NA";
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** A label as a part of a key: "Naphtha (<401 deg F)" is naphtha-401-deg-f. */
export function slugOf(label: string): string {
  return label
    .toLowerCase()
    .replaceAll("≤", "to-")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}
