import { compare, GWP_SETS, GWP100, type GwpSet, gwpOf, isKyotoGas, parseDecimal } from "@tallystick/contracts";
import { type FactorFormat, firstLine, type ImportFile, type ImportOptions } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { type CellPlace, invalidAt, RowReport } from "./row-report.ts";
import { invalidCell, readCsvRecords, type TableLimits, type TableRow } from "./table-file.ts";

const LIMITS: TableLimits = { maxBytes: 1024 * 1024, maxRows: 2_000, maxRecordLength: 4_096, ragged: true };
const FIRST_LINE = "# Global warming potentials of greenhouse gases.";
const SPECIES = "Species";

/** The reports that factors are imported of: what they are called in a version, and when they were published. */
const REPORTS: Readonly<
  Record<GwpSet, { readonly year: string; readonly publishedOn: string; readonly title: string }>
> = {
  AR4: { year: "2007", publishedOn: "2007-11-17", title: "Fourth Assessment Report" },
  AR5: { year: "2013", publishedOn: "2014-01-30", title: "Fifth Assessment Report" },
  AR6: { year: "2021", publishedOn: "2021-08-09", title: "Sixth Assessment Report" },
};

/** Names in the file, folded, to the ids that GWPs are kept under: "hfc134a" is hfc-134a, "cc4f8" is c-c4f8. */
const GAS_IDS: ReadonlyMap<string, string> = new Map(Object.keys(GWP100).map((gas) => [gas.replaceAll("-", ""), gas]));

/**
 * Imports the GWPs over 100 years of one assessment report as kg CO2e per kilogram released. A gas that this project has a GWP for must
 * have the same. Empty cells are not available.
 *
 * @throws FACTOR_FILE_INVALID
 */
export async function importIpccGwps(
  gwpSet: GwpSet,
  files: readonly ImportFile[],
  { supersedes }: ImportOptions = {},
): Promise<ImportReport> {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) throw invalidCell(files[0]?.name ?? "", 0, "", "not one table of GWPs");
  const { name } = file;
  const wanted = `${gwpSet}GWP100`;
  const report = new RowReport(name);
  const table = readCsvRecords(name, file.open(), LIMITS);
  let column: number | undefined;
  for await (const row of table.rows) {
    if (row.cells[0]?.startsWith("#")) continue;
    if (column === undefined) column = readHeader(name, row, wanted, report);
    else addGas({ file: name, row: row.row, column: wanted }, row.cells, column, gwpSet, report);
  }
  const { year, publishedOn, title } = REPORTS[gwpSet];
  return report.finish({
    id: `ipcc-gwp100-${gwpSet.toLowerCase()}`,
    version: `${year}.1`,
    title: `IPCC ${title}: global warming potentials over 100 years`,
    publisher: "IPCC, compiled by openclimatedata",
    source: "https://github.com/openclimatedata/globalwarmingpotentials",
    sha256: table.sha256(),
    licence: "CC0 1.0",
    redistribution: true,
    gwpSet,
    publishedOn,
    validFrom: publishedOn,
    ...(supersedes === undefined ? {} : { supersedes }),
  });
}

/** The column of the wanted report. The others, of other reports and horizons, are noticed. */
function readHeader(name: string, { row, cells }: TableRow, wanted: string, report: RowReport): number {
  const at = cells.indexOf(wanted);
  if (cells[0] !== SPECIES || at === -1) throw invalidCell(name, row, SPECIES, `no columns ${SPECIES} and ${wanted}`);
  for (const column of cells.slice(1)) {
    if (column === wanted || column === "") continue;
    const done = "left out: of another report, horizon or metric than the set's";
    report.notice({ file: name, row, column }, { trap: "other-metric", found: column, done });
  }
  return at;
}

function addGas(place: CellPlace, cells: readonly string[], column: number, gwpSet: GwpSet, report: RowReport): void {
  const species = cells[0] ?? "";
  const gas = GAS_IDS.get(species.toLowerCase());
  const id = gas ?? speciesId(species);
  const key = `gwp100/${id}`;
  const base = {
    key,
    label: species,
    denominator: "kg",
    boundary: "release of the gas",
    geography: { scheme: "global", code: "GLO" },
    source: `row ${place.row}, column ${place.column}`,
    ...(gas === undefined || isKyotoGas(gas) ? {} : { technology: "outside the Kyoto basket" }),
  };
  const cell = cells[column] ?? "";
  if (cell === "") {
    report.notice(place, { trap: "blank", found: cell, done: "not available", key });
    report.add(place, { ...base, kind: "not-available" });
    return;
  }
  const figure = report.decimal(place, cell, key);
  const known = gas === undefined ? undefined : GWP100[gas]?.[gwpSet];
  if (gas !== undefined && known !== undefined) {
    if (compare(gwpOf(gas, gwpSet), parseDecimal(figure.value)) !== 0) {
      throw invalidAt(place, `${species} is ${figure.value}, and ${known} in ${gwpSet}`);
    }
    const gases = [{ gas, basis: "gas", value: "1" }] as const;
    report.add(place, { ...base, kind: "value", ...figure, gases });
    return;
  }
  report.notice(place, { trap: "unknown-gas", found: species, done: "kept as CO2e: no gas that is known here", key });
  report.add(place, { ...base, kind: "value", ...figure });
}

/** "(CF3)2CHOH" is cf32choh. Two species of one id would be refused. */
function speciesId(species: string): string {
  return species.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** One format for each report. The table is of all of them, so that whoever imports it names the format. */
export const IPCC_GWPS: readonly FactorFormat[] = GWP_SETS.map((gwpSet) => ({
  id: `ipcc-gwp-${gwpSet.toLowerCase()}`,
  title: `IPCC ${gwpSet}, global warming potentials over 100 years (CSV of openclimatedata)`,
  detect: (_, firstBytes) => firstLine(firstBytes).startsWith(FIRST_LINE),
  import: (files, options) => importIpccGwps(gwpSet, files, options),
}));
