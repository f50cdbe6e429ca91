import { IFI_REGION_SCHEME, ifiPlacesOf } from "./ifi-places.ts";
import { type FactorFormat, firstLine, type ImportFile, type ImportOptions } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { type CellPlace, invalidAt, RowReport } from "./row-report.ts";
import { invalidCell, readCsvRecords, type TableLimits, type TableRow } from "./table-file.ts";
import { columnLetter } from "./workbook.ts";

const LIMITS: TableLimits = { maxBytes: 1024 * 1024, maxRows: 2_000, maxRecordLength: 4_096 };
const ACTIVITY = "electricity/default-grid-factor";

/** The header's three rows, with line breaks as spaces. A group heading holds for the empty cells to its right. */
const HEADER: readonly (readonly string[])[] = [
  [
    "",
    "Combined Margin Grid Emission Factor, gCO2/kWh",
    "",
    "",
    "",
    "Operating Margin Grid Emission Factor, gCO2/kWh (including for use in PCAF GHG accounting)",
  ],
  [
    "",
    "Firm Energy (e.g., Hydro, Geothermal)",
    "Intermittent Energy (e.g., Solar, Wind, Tidal)",
    "Energy Efficiency",
    "Electricity Consumption",
    "",
  ],
  ["Country / Territory / Island", "", "", "", "", ""],
];

/** What the figures of each column after the first are of. */
const KINDS: readonly { readonly slug: string; readonly boundary: string }[] = [
  { slug: "combined-margin/firm-energy", boundary: "generation, combined margin, firm energy" },
  { slug: "combined-margin/intermittent-energy", boundary: "generation, combined margin, intermittent energy" },
  { slug: "combined-margin/energy-efficiency", boundary: "generation, combined margin, energy efficiency" },
  { slug: "combined-margin/consumption", boundary: "generation, combined margin, electricity consumption" },
  { slug: "operating-margin", boundary: "generation, operating margin" },
];

/** The publisher states no day of publication: this is the first on which the file is known to have been public. */
const RELEASES: Readonly<Record<string, string>> = { "2021.3.1": "2022-02-21" };

/**
 * Imports the default grid factors of the International Financial Institutions: for each country five factors of grams of CO2 (not CO2e)
 * per kilowatt-hour, told apart by boundary. Edition and version are read from the file's name.
 *
 * @throws FACTOR_FILE_INVALID
 */
export async function importIfiGrid(
  files: readonly ImportFile[],
  { supersedes }: ImportOptions = {},
): Promise<ImportReport> {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw invalidCell(files[0]?.name ?? "", 0, "", "not one table of factors");
  const { name } = file;
  const version = versionOf(name);
  const publishedOn = Object.hasOwn(RELEASES, version) ? RELEASES[version] : undefined;
  if (publishedOn === undefined) throw invalidCell(name, 0, "", `version ${version} is not known here`);
  const report = new RowReport(name);
  const table = readCsvRecords(name, file.open(), LIMITS);
  for await (const row of table.rows) {
    if (row.row <= HEADER.length) checkHeader(name, row, report);
    else addRow(name, row, report);
  }
  return report.finish({
    id: "ifi-default-grid-factors",
    version,
    title: `Harmonized IFI Default Grid Factors ${version.slice(0, 4)}, v${version.slice(5)}`,
    publisher: "International Financial Institutions Technical Working Group on GHG Accounting (UNFCCC)",
    source: "https://unfccc.int/climate-action/sectoral-engagement/ifis-harmonization-of-standards-for-ghg-accounting",
    sha256: table.sha256(),
    // Free to read; that it may be passed on is stated nowhere.
    licence: "Owned by the IFI Technical Working Group; no licence is stated",
    redistribution: false,
    // CO2 alone, which every report's GWP is 1 for.
    gwpSet: "AR5",
    publishedOn,
    validFrom: publishedOn,
    ...(supersedes === undefined ? {} : { supersedes }),
  });
}

function versionOf(name: string): string {
  const [, edition, major, minor] = /(?<!\d)(20\d\d)[-_ ]v(\d{1,3})\.(\d{1,3})(?!\d)/i.exec(name) ?? [];
  if (edition === undefined) throw invalidCell(name, 0, "", "its name does not say edition and version");
  return `${edition}.${major}.${minor}`;
}

const oneLine = (cell: string): string => cell.replaceAll(/\s+/g, " ").trim();

function checkHeader(name: string, { row, cells }: TableRow, report: RowReport): void {
  const expected = HEADER[row - 1] ?? [];
  for (const [at, text] of expected.entries()) {
    const found = oneLine(cells[at] ?? "");
    if (found !== text) {
      throw invalidCell(name, row, columnLetter(at), `"${found.slice(0, 40)}" for "${text.slice(0, 40)}"`);
    }
  }
  if (cells.length !== expected.length) throw invalidCell(name, row, "", `${cells.length} columns`);
  if (row > 1) return;
  const done = "read for columns B to E";
  report.notice({ file: name, row, column: "B" }, { trap: "merged-cell", found: oneLine(cells[1] ?? ""), done });
}

function addRow(name: string, { row, cells }: TableRow, report: RowReport): void {
  const [first = "", ...figures] = cells;
  const label = oneLine(first);
  if (figures.every((cell) => cell === "")) {
    // Empty rows and notes stand below the table.
    if (label === "" || /^Note \d+:/.test(label)) return;
    throw invalidCell(name, row, "A", `"${label.slice(0, 40)}" without figures`);
  }
  const at: CellPlace = { file: name, row, column: "A" };
  const named = ifiPlacesOf(label);
  if (named === undefined) throw invalidAt(at, `"${label.slice(0, 40)}" is no place that is known here`);
  if (named.odd !== undefined) report.notice(at, { trap: "stray-label", found: label, done: named.odd });
  if (named.places.some(({ scheme }) => scheme === IFI_REGION_SCHEME)) {
    const done = "kept under a scheme of its own: no country is taken to lie in it";
    report.notice(at, { trap: "own-region", found: label, done });
  }
  for (const geography of named.places) {
    for (const [column, { slug, boundary }] of KINDS.entries()) {
      const place = { ...at, column: columnLetter(column + 1) };
      const key = `electricity/${geography.code}/${slug}`;
      const base = {
        key,
        label: `Electricity, ${label}, ${boundary}`,
        activity: ACTIVITY,
        path: [label],
        denominator: "kWh",
        boundary,
        geography,
        source: `row ${row}, column ${place.column}`,
      } as const;
      const cell = figures[column] ?? "";
      if (cell === "") {
        report.notice(place, { trap: "blank", found: "", done: "not available", key });
        report.add(place, { ...base, kind: "not-available" });
        continue;
      }
      const figure = report.decimal(place, cell, key);
      report.add(place, { ...base, kind: "by-gas", gases: [{ gas: "co2", basis: "gas", numerator: "g", ...figure }] });
    }
  }
}

/** The official format, for the table of formats. */
export const IFI_GRID: FactorFormat = {
  id: "ifi-grid",
  title: "IFI default grid factors (CSV)",
  detect: (_, firstBytes) => /^,\s*Combined Margin Grid Emission/.test(firstLine(firstBytes)),
  import: importIfiGrid,
};
