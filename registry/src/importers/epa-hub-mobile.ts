import { gasRow, UNITED_STATES } from "./epa-hub-combustion.ts";
import { cellOf, type HubTable, oneLine, slugOf } from "./epa-hub-table.ts";
import type { TableRow } from "./table-file.ts";

const VEHICLE = 2;

/** What the columns between the vehicle and the gases hold: they differ by table. */
interface Layout {
  readonly prefix: string;
  /** Index of the fuel's column, and of the model year's. */
  readonly fuel?: number;
  readonly year?: number;
  /** Index of the first gas column. */
  readonly gases: number;
}

const LAYOUTS: Readonly<Record<number, Layout>> = {
  3: { prefix: "mobile-road-gasoline", year: 3, gases: 4 },
  4: { prefix: "mobile-road", fuel: 3, year: 4, gases: 5 },
  5: { prefix: "mobile-non-road", fuel: 3, gases: 4 },
};

/**
 * Tables 3, 4 and 5: CH4 and N2O of vehicles. A vehicle or fuel stands in the first of its rows only; in table 3 its
 * name may go on in brackets in the second. Without a model year, a factor is for all of them.
 */
export function importMobileGases(table: HubTable): void {
  const layout = LAYOUTS[table.number];
  if (layout === undefined) throw new TypeError(`table ${table.number} is not of CH4 and N2O of vehicles`);
  const header = table.header(/^Vehicle Type$/);
  const columns = table.gasColumns(header, layout.gases, layout.gases + 2);
  const denominator = table.denominator(header, layout.gases, columns[0]?.per ?? "");
  let vehicle = "";
  let fuel: string | undefined;
  for (const row of table.rowsBelow(header)) {
    const label = table.label(row, VEHICLE);
    if (label.startsWith("(")) {
      table.notice(row, VEHICLE, { trap: "stray-label", done: `read as more of the name of ${vehicle}` });
    } else if (label !== "") {
      vehicle = label;
      fuel = undefined;
    }
    if (layout.fuel !== undefined) fuel = oneLine(cellOf(row, layout.fuel)) || fuel;
    if (vehicle === "" || (layout.fuel !== undefined && fuel === undefined)) {
      throw table.refuse(row, VEHICLE, "figures of no vehicle or fuel");
    }
    const year = layout.year === undefined ? undefined : readModelYear(table, row, layout.year);
    const activity = [layout.prefix, vehicle, ...(fuel === undefined ? [] : [fuel])].map(slugOf).join("/");
    const key = year === undefined ? activity : `${activity}/${slugOf(year)}`;
    const labels = [vehicle, ...(fuel === undefined ? [] : [fuel]), ...(year === undefined ? [] : [year])];
    table.report.add(
      table.place(row, VEHICLE),
      gasRow(
        {
          key,
          label: labels.join(", "),
          ...(key === activity ? {} : { activity }),
          path: table.path(...labels),
          denominator,
          boundary: "combustion, CH4 and N2O only",
          geography: UNITED_STATES,
          ...(table.dataPeriod === undefined ? {} : { dataPeriod: table.dataPeriod }),
          ...(year === undefined ? {} : { technology: `model year ${year}` }),
          source: table.source(row),
        },
        table.gases(row, columns, key),
      ),
    );
  }
}

function readModelYear(table: HubTable, row: TableRow, at: number): string | undefined {
  const year = oneLine(cellOf(row, at));
  if (year === "") {
    table.notice(row, at, { trap: "blank", done: "no model year: the factor is for all of them" });
    return undefined;
  }
  if (!/^≤?\d{4}$|^\d{4}-\d{4}$/.test(year)) throw table.refuse(row, at, `"${year}" is not a model year`);
  return year;
}
