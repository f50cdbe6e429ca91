import { type FactorFormat, firstLine, type ImportFile, type ImportOptions } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { RowReport } from "./row-report.ts";
import { invalidCell, readCsvRecords, type TableLimits, type TableRow } from "./table-file.ts";
import type { UkHeadings } from "./uk-path.ts";
import { finishUkSet } from "./uk-releases.ts";
import { UkRows } from "./uk-rows.ts";

const COLUMNS = [
  "source_id",
  "scope",
  "level_1",
  "level_2",
  "level_3",
  "level_4",
  "column_text",
  "uom",
  "ghg_unit",
  "value",
] as const;
type Cells = Readonly<Record<(typeof COLUMNS)[number], string>>;

const LIMITS: TableLimits = { maxBytes: 16 * 1024 * 1024, maxRows: 100_000, maxRecordLength: 4_096 };

/**
 * Imports the flat file of one year of the UK conversion factors: one factor for each path of headings and unit, with its gases as kg
 * CO2e of each. The year is read from the file's name, as the file does not say it; the GWP set is read off the factors of gases.
 *
 * @throws FACTOR_FILE_INVALID
 */
export async function importUkFlatFile(
  files: readonly ImportFile[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) throw invalidCell(files[0]?.name ?? "", 0, "", "not one flat file");
  const { name } = file;
  const year = yearOf(name);
  const report = new RowReport(name);
  const rows = new UkRows(report);
  const table = readCsvRecords(name, file.open(), LIMITS);
  for await (const row of table.rows) {
    if (row.row === 1) checkHeader(name, row);
    else addRow(name, row, rows, report);
  }
  return finishUkSet(report, rows, { file: name, sha256: table.sha256(), version: `${year}.1.0` }, options);
}

function yearOf(name: string): string {
  const years = [...new Set(name.match(/(?<!\d)20\d\d(?!\d)/g))];
  const [year] = years;
  if (year === undefined || years.length > 1) throw invalidCell(name, 0, "", "its name does not say the year");
  return year;
}

function checkHeader(name: string, { row, cells }: TableRow): void {
  for (const [at, column] of COLUMNS.entries()) {
    if (cells[at] !== column)
      throw invalidCell(name, row, column, `"${(cells[at] ?? "").slice(0, 40)}" for "${column}"`);
  }
}

function addRow(name: string, { row, cells }: TableRow, rows: UkRows, report: RowReport): void {
  const line = Object.fromEntries(COLUMNS.map((column, at) => [column, cells[at] ?? ""])) as Cells;
  const place = { file: name, row, column: "value" };
  const id = line.source_id === "" ? "" : `, id ${line.source_id}`;
  rows.add({
    place,
    headings: {
      subject: line.level_1,
      levels: [line.level_2, line.level_3, levelFourOf(line, { ...place, column: "level_4" }, report)],
      column: line.column_text,
      unit: line.uom,
    } satisfies UkHeadings,
    label: line.ghg_unit,
    cell: line.value,
    source: `flat file, row ${row}${id}`,
  });
}

/** The fourth level, but for what strayed into it: the year of the data, the unit once more, or a 0 for an empty cell. */
function levelFourOf(
  { level_4: level, uom }: Cells,
  place: Parameters<RowReport["notice"]>[0],
  report: RowReport,
): string {
  if (level !== uom && !/^(?:0|20\d\d)$/.test(level)) return level;
  report.notice(place, { trap: "stray-label", found: level, done: "left out of the path" });
  return "";
}

/** The official format, for the table of formats. */
export const UK_FLAT_FILE: FactorFormat = {
  id: "uk-flat-file",
  title: "UK Government GHG Conversion Factors, flat file (CSV)",
  detect: (_, firstBytes) => firstLine(firstBytes) === COLUMNS.join(),
  import: importUkFlatFile,
};
