import type { GwpSet } from "@tallystick/contracts";
import { type DcatRecord, readDcatRecord } from "./dcat-record.ts";
import { importMobileCo2, importSteamAndHeat } from "./epa-hub-combustion.ts";
import { importElectricity } from "./epa-hub-electricity.ts";
import { importBlends, importGwps } from "./epa-hub-gwp.ts";
import { importMobileGases } from "./epa-hub-mobile.ts";
import { importDistance, importWaste } from "./epa-hub-scope-3.ts";
import { importStationaryCombustion, readHeatContents } from "./epa-hub-stationary.ts";
import { HUB_SHEET, type HubTable, splitTables } from "./epa-hub-table.ts";
import { type FactorFormat, type ImportFile, type ImportOptions, isZip } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { RowReport } from "./row-report.ts";
import { invalidCell, readWholeFile, type TableRow } from "./table-file.ts";
import type { FuelPropertiesReport } from "./uk-fuel-properties.ts";
import { readWorkbook, sheetRows } from "./workbook.ts";

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** The tables, by number: the title that each must have, and what reads it. */
const TABLES: Readonly<Record<number, readonly [title: RegExp, read: (table: HubTable, gwpSet: GwpSet) => void]>> = {
  1: [/^Stationary Combustion$/, importStationaryCombustion],
  2: [/^Mobile Combustion CO2$/, importMobileCo2],
  3: [/^Mobile Combustion CH4 and N2O for On-Road Gasoline Vehicles$/, importMobileGases],
  4: [/^Mobile Combustion CH4 and N2O for On-Road Diesel and Alternative Fuel Vehicles$/, importMobileGases],
  5: [/^Mobile Combustion CH4 and N2O for Non-Road Vehicles$/, importMobileGases],
  6: [/^Electricity$/, importElectricity],
  7: [/^Steam and Heat$/, importSteamAndHeat],
  8: [/^Scope 3 Category 4\b.*\bCategory 9\b/, (table) => importDistance(table, "freight", 4)],
  9: [/^Scope 3 Category 5\b.*\bCategory 12\b/, importWaste],
  10: [/^Scope 3 Category 6\b.*\bCategory 7\b/, (table) => importDistance(table, "travel", 6)],
  11: [/^Global Warming Potentials? \(GWPs?\)$/, importGwps],
  12: [/^Global Warming Potentials? \(GWPs?\) for Blended Refrigerants$/, importBlends],
};

/**
 * Imports the workbook of EPA's GHG Emission Factors Hub, all twelve tables. Factors are by gas, in the publisher's
 * units of mass (kg, g, lb); waste and GWPs are CO2e. The set's version is the day that the workbook was last modified.
 * A catalogue record may lie beside it and must be of that day.
 *
 * @throws FACTOR_FILE_INVALID, also at a table that is missing, has another title or another header
 */
export async function importEpaHub(files: readonly ImportFile[], options: ImportOptions = {}): Promise<ImportReport> {
  const records = files.filter(({ name }) => isRecord(name));
  const [file, ...others] = files.filter(({ name }) => !isRecord(name));
  if (file === undefined || others.length > 0 || records.length > 1) {
    throw invalidCell(files[0]?.name ?? "", 0, "", "not one workbook, with at most one catalogue record");
  }
  const hub = await openHub(file);
  const { name, sha256, edition, gwpSet, report } = hub;
  for (const number of Object.keys(TABLES).map(Number)) TABLES[number]?.[1](tableOf(hub, number), gwpSet);
  const record = records[0] === undefined ? undefined : await readRecord(records[0], edition, report);
  const year = edition.slice(0, 4);
  return report.finish({
    id: "epa-ghg-emission-factors-hub",
    version: versionOf(edition),
    title: `GHG Emission Factors Hub ${year}`,
    publisher: record?.publisher ?? "US EPA Center for Corporate Climate Leadership",
    source: HUB_URL,
    sha256,
    ...(record === undefined
      ? {}
      : {
          files: [
            { name, sha256 },
            { name: record.name, sha256: record.sha256 },
          ],
        }),
    licence: record?.licence ?? "US government work",
    redistribution: true,
    gwpSet,
    publishedOn: edition,
    validFrom: `${year}-01-01`,
    ...(options.supersedes === undefined ? {} : { supersedes: options.supersedes }),
  });
}

/**
 * Imports the heat contents of the hub's Table 1 (HHV) as properties of fuels, through which mass, volume and energy convert.
 * @throws FACTOR_FILE_INVALID, FUEL_PROPERTIES_INVALID
 */
export async function importEpaHubFuelProperties(file: ImportFile): Promise<FuelPropertiesReport> {
  const hub = await openHub(file);
  const set = readHeatContents(tableOf(hub, 1), {
    id: "epa-hub-heat-contents",
    version: versionOf(hub.edition),
    title: `US EPA GHG Emission Factors Hub ${hub.edition.slice(0, 4)}, Table 1: heat contents (HHV)`,
    source: HUB_URL,
    licence: "US government work",
  });
  return { set, notices: hub.report.notices };
}

const HUB_URL = "https://www.epa.gov/climateleadership/ghg-emission-factors-hub";

/** "2023-09-12" is version 2023.9.12. */
const versionOf = (edition: string): string => edition.split("-").map(Number).join(".");

/** A workbook of the hub, opened. */
interface Hub {
  readonly name: string;
  readonly sha256: string;
  /** The day of its last change. */
  readonly edition: string;
  readonly gwpSet: GwpSet;
  readonly report: RowReport;
  readonly tables: ReadonlyMap<number, HubTable>;
}

async function openHub(file: ImportFile): Promise<Hub> {
  const { name } = file;
  const workbook = await readWorkbook(name, await readWholeFile(name, file.open(), MAX_FILE_BYTES));
  const rows = sheetRows(name, workbook, HUB_SHEET);
  const { edition, gwpSet } = readHead(name, rows);
  const report = new RowReport(name);
  return { name, sha256: workbook.sha256, edition, gwpSet, report, tables: splitTables(name, edition, report, rows) };
}

function tableOf({ name, tables }: Hub, number: number): HubTable {
  const table = tables.get(number);
  if (table === undefined) throw invalidCell(name, 0, `${HUB_SHEET}!B`, `no Table ${number}`);
  if (!TABLES[number]?.[0].test(table.title)) {
    throw invalidCell(name, 0, `${HUB_SHEET}!C`, `Table ${number} is "${table.title}"`);
  }
  return table;
}

const isRecord = (name: string): boolean => name.toLowerCase().endsWith(".json");
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** The day of the last change, and the GWP set that the note below the first box names. */
function readHead(name: string, rows: readonly TableRow[]): { edition: string; gwpSet: GwpSet } {
  const end = rows.findIndex(({ cells }) => cells.some((cell) => /^Table \d+$/.test(cell)));
  const text = rows
    .slice(0, Math.max(end, 0))
    .flatMap(({ cells }) => cells)
    .join("\n");
  // "12 September 2023" in one edition, "February 13, 2024" in the next.
  const date =
    /Last Modified: (?:(?<day>\d{1,2}) )?(?<month>[A-Z][a-z]+) (?:(?<dayAfter>\d{1,2}), )?(?<year>\d{4})/.exec(text);
  const { day, dayAfter, month: monthName = "", year = "" } = date?.groups ?? {};
  const month = MONTHS.indexOf(monthName) + 1;
  if (month === 0 || (day === undefined) === (dayAfter === undefined)) {
    throw invalidCell(name, 0, HUB_SHEET, "does not say when it was last modified");
  }
  const gwpSet = /Assessment\s+Report \((AR[456])\)/.exec(text)?.[1];
  if (gwpSet === undefined)
    throw invalidCell(name, 0, HUB_SHEET, "does not say which assessment report its GWPs are of");
  const two = (number: number): string => String(number).padStart(2, "0");
  return { edition: `${year}-${two(month)}-${two(Number(day ?? dayAfter))}`, gwpSet: gwpSet as GwpSet };
}

async function readRecord(
  file: ImportFile,
  edition: string,
  report: RowReport,
): Promise<DcatRecord & { readonly name: string }> {
  const { name } = file;
  const record = await readDcatRecord(name, file.open());
  if (record.modified !== edition) {
    throw invalidCell(name, 0, "modified", `${record.modified} is not ${edition}, which the workbook is of`);
  }
  const year = edition.slice(0, 4);
  if (!record.title.includes(year)) {
    report.notice(
      { file: name, row: 0, column: "title" },
      {
        trap: "stray-label",
        found: record.title,
        done: `the record is of the workbook's day, so it is taken to be of ${year}`,
      },
    );
  }
  return { name, ...record };
}

const WORKBOOK_NAME = /(?:emission[-_ ]?factors|epa)[-_ ]?hub.*\.xlsx$/i;

/** The official format, for the table of formats. A workbook's first bytes say no more than that it is one: its name decides. */
export const EPA_HUB: FactorFormat = {
  id: "epa-hub",
  title: "US EPA GHG Emission Factors Hub (XLSX)",
  detect: (name, firstBytes) =>
    isRecord(name)
      ? new TextDecoder().decode(firstBytes).includes("climateleadership/ghg-emission-factors-hub")
      : isZip(firstBytes) && WORKBOOK_NAME.test(name),
  import: importEpaHub,
};
