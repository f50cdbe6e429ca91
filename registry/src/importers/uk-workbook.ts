import { cellDecimal } from "./cell-decimal.ts";
import { type FactorFormat, type ImportFile, type ImportOptions, isZip } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { RowReport } from "./row-report.ts";
import { invalidCell, readWholeFile, type TableRow } from "./table-file.ts";
import { finishUkSet } from "./uk-releases.ts";
import { UkRows } from "./uk-rows.ts";
import { readUkSheet } from "./uk-sheet.ts";
import { readWorkbook, sheetRows } from "./workbook.ts";

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Sheets without factors. Any other one must have a table. */
const OTHER_SHEETS: ReadonlySet<string> = new Set([
  "Introduction",
  "What's new",
  "Index",
  "Overseas electricity",
  "Conversions",
  "Fuel properties",
  "Haul definition",
]);

/**
 * Imports the workbook of one year of the UK conversion factors ("full set for advanced users"), all sheets of factors, with the keys
 * that the flat files' rows have. An empty cell is a factor that is not available, or a combination that there is none for: the
 * workbook tells them apart by shades of grey, which are not read.
 *
 * @throws FACTOR_FILE_INVALID
 */
export async function importUkWorkbook(
  files: readonly ImportFile[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) throw invalidCell(files[0]?.name ?? "", 0, "", "not one workbook");
  const { name } = file;
  const workbook = await readWorkbook(name, await readWholeFile(name, file.open(), MAX_FILE_BYTES));
  const { year, version } = editionOf(name, sheetRows(name, workbook, "Introduction"));
  const report = new RowReport(name);
  const ukRows = new UkRows(report);
  for (const [sheet, rows] of workbook.sheets) {
    const figures = OTHER_SHEETS.has(sheet) ? [] : readUkSheet({ file: name, sheet, year, rows }, report);
    if (figures.length === 0 && !OTHER_SHEETS.has(sheet)) throw invalidCell(name, 0, sheet, "no table of factors");
    for (const figure of figures) ukRows.add(figure);
  }
  return finishUkSet(report, ukRows, { file: name, sha256: workbook.sha256, version: `${year}.${version}` }, options);
}

/** The cells beside "Year:" and "Version:". */
function editionOf(name: string, rows: readonly TableRow[]): { readonly year: string; readonly version: string } {
  const beside = (label: string): string => {
    for (const { cells } of rows) {
      const at = cells.indexOf(label);
      const value = at === -1 ? undefined : cellDecimal(cells[at + 1] ?? "")?.value;
      if (value !== undefined) return value;
    }
    throw invalidCell(name, 0, "Introduction", `has no "${label}"`);
  };
  const version = beside("Version:");
  return { year: beside("Year:"), version: version.includes(".") ? version : `${version}.0` };
}

/** The official format, for the table of formats. A workbook's first bytes say no more than that it is one: its name decides. */
export const UK_WORKBOOK: FactorFormat = {
  id: "uk-workbook",
  title: "UK Government GHG Conversion Factors, full set (XLSX)",
  detect: (name, firstBytes) =>
    isZip(firstBytes) && /(?:defra|ghg-conversion-factors)[-_ ].*full[-_ ]set.*\.xlsx$/i.test(name),
  import: importUkWorkbook,
};
