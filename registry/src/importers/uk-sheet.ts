import { type CellPlace, invalidAt, type RowReport } from "./row-report.ts";
import type { TableRow } from "./table-file.ts";
import type { UkFigure } from "./uk-rows.ts";
import { columnLetter } from "./workbook.ts";

/** A sheet of the workbook, with what is needed to read and to cite it. */
export interface UkSheet {
  readonly file: string;
  readonly sheet: string;
  readonly year: string;
  readonly rows: readonly TableRow[];
}

/** A table of a sheet: its header row, and which columns hold what. */
interface Table {
  readonly header: TableRow;
  readonly labels: number;
  /** Column of the year, where there is one. */
  readonly yearColumn: number | undefined;
  readonly figures: readonly FigureColumn[];
}

interface FigureColumn {
  readonly at: number;
  /** "kg CO2e of CH4 per unit". */
  readonly label: string;
  /** Heading over a group of columns ("Diesel"), or "". */
  readonly group: string;
}

/**
 * The figures of all tables of a sheet. A table begins at a row that starts with "Activity" and ends before the first row without a unit.
 * Its text columns are filled down, and headings above it hold for all columns up to the next. Numbers outside every table are noticed.
 *
 * @throws FACTOR_FILE_INVALID at a header that is not understood
 */
export function readUkSheet(sheet: UkSheet, report: RowReport): UkFigure[] {
  const figures: UkFigure[] = [];
  const within = new Set<number>();
  for (const [at, row] of sheet.rows.entries()) {
    if (row.cells[0] !== "Activity") continue;
    const table = readHeader(sheet, row, sheet.rows[at - 1], report);
    within.add(at).add(at - 1);
    let above: readonly string[] = [];
    for (let line = at + 1; (sheet.rows[line]?.cells[table.labels] ?? "") !== ""; line += 1) {
      const tableRow = sheet.rows[line] as TableRow;
      above = fillDown(tableRow.cells.slice(0, table.labels), above);
      figures.push(...figuresOf(sheet, table, tableRow, above));
      within.add(line);
    }
  }
  for (const [at, { row, cells }] of sheet.rows.entries()) {
    if (at < HEAD_ROWS || within.has(at)) continue;
    for (const [column, cell] of cells.entries()) {
      if (!/^-?\d/.test(cell) || Number.isNaN(Number(cell))) continue;
      const done = "left out: a number outside the tables of factors";
      report.notice(placeOf(sheet, row, column), { trap: "outside-table", found: cell, done });
    }
  }
  return figures;
}

/** Title, edition and version, which stand above everything else. */
const HEAD_ROWS = 6;

function placeOf({ file, sheet }: UkSheet, row: number, column: number): CellPlace {
  return { file, sheet, row, column: columnLetter(column) };
}

function readHeader(sheet: UkSheet, header: TableRow, above: TableRow | undefined, report: RowReport): Table {
  const labels = header.cells.indexOf("Unit");
  if (labels === -1) throw invalidAt(placeOf(sheet, header.row, 0), "a table without units");
  const yearColumn = header.cells[labels + 1] === "Year" ? labels + 1 : undefined;
  const first = (yearColumn ?? labels) + 1;
  const last = header.cells.findLastIndex((cell) => cell !== "");
  const texts = header.cells.slice(first, last + 1);
  // A note may stand above a table, too, but not where its first heading would be.
  const headings = (above?.cells[first] ?? "") === "" ? undefined : above?.cells;
  if (headings === undefined && new Set(texts).size < texts.length) {
    throw invalidAt(placeOf(sheet, header.row, first), "columns of one name without headings above them");
  }
  let group = "";
  const figures = texts.map((label, i): FigureColumn => {
    const at = first + i;
    if (label === "") throw invalidAt(placeOf(sheet, header.row, at), "a column without a name");
    const heading = headings?.[at] ?? "";
    if (heading !== "") group = heading;
    return { at, label, group };
  });
  if (headings !== undefined) noticeMerged(sheet, (above as TableRow).row, figures, report);
  return { header, labels, yearColumn, figures };
}

/** Headings over several columns. Of each, no column may have the name of another. */
function noticeMerged(sheet: UkSheet, row: number, figures: readonly FigureColumn[], report: RowReport): void {
  for (const [group, columns] of Map.groupBy(figures, (figure) => figure.group)) {
    const [first] = columns as [FigureColumn];
    const last = columns.at(-1) as FigureColumn;
    if (new Set(columns.map(({ label }) => label)).size < columns.length || last.at - first.at >= columns.length) {
      throw invalidAt(placeOf(sheet, row, first.at), `"${group}" over columns of one name, or twice`);
    }
    if (columns.length === 1) continue;
    const done = `read for columns ${columnLetter(first.at)} to ${columnLetter(last.at)}`;
    report.notice(placeOf(sheet, row, first.at), { trap: "merged-cell", found: group, done });
  }
}

/** The text cells of a row: an empty one is that of the row above, unless one to its left begins anew. */
function fillDown(cells: readonly string[], above: readonly string[]): string[] {
  const anew = cells.findIndex((cell) => cell !== "");
  return cells.map((cell, at) => (cell === "" && (anew === -1 || at < anew) ? (above[at] ?? "") : cell));
}

function figuresOf(sheet: UkSheet, table: Table, { row, cells }: TableRow, levels: readonly string[]): UkFigure[] {
  const { labels, yearColumn, figures } = table;
  if (yearColumn !== undefined && cells[yearColumn] !== sheet.year) {
    throw invalidAt(placeOf(sheet, row, yearColumn), `${cells[yearColumn]} beside ${sheet.year}`);
  }
  return figures.map(({ at, label, group }) => ({
    place: placeOf(sheet, row, at),
    headings: { subject: sheet.sheet, levels, column: group, unit: cells[labels] ?? "" },
    label,
    cell: cells[at] ?? "",
    source: `sheet "${sheet.sheet}", row ${row}, column ${columnLetter(at)}`,
  }));
}
