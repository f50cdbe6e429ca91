import { gasRow, UNITED_STATES } from "./epa-hub-combustion.ts";
import { cellOf, type HubTable } from "./epa-hub-table.ts";
import { columnLetter } from "./workbook.ts";

const ACRONYM = 2;
const NAME = 3;
const GASES = 3;

/** The groups of columns, by the merged cell above each. Non-baseload is for avoided emissions: EPA bars it from inventories. */
const GROUPS = [
  { from: 4, title: "Total Output Emission Factors", suffix: "", boundary: "generation, total output" },
  { from: 7, title: "Non-Baseload Emission Factors", suffix: "/non-baseload", boundary: "generation, non-baseload" },
] as const;

/** Table 6: electricity by eGRID subregion, in pounds per MWh, and the average of the United States. */
export function importElectricity(table: HubTable): void {
  const header = table.header(/^eGRID Subregion Acronym$/);
  const [above] = table.rows;
  const [units, ...rows] = table.rowsBelow(header);
  if (above === undefined || units === undefined) throw table.refuse(header, ACRONYM, "no units");
  for (const { from, title, suffix, boundary } of GROUPS) {
    if (cellOf(above, from) !== title) throw table.refuse(above, from, `"${title}" does not stand above`);
    const columns = table.gasColumns(header, from, from + GASES, units);
    table.notice(above, from, {
      trap: "merged-cell",
      done: `read for columns ${columnLetter(from)} to ${columnLetter(from + GASES - 1)}`,
    });
    const denominator = table.denominator(units, from, columns[0]?.per ?? "");
    for (const row of rows) {
      const acronym = cellOf(row, ACRONYM);
      const isAverage = acronym === "US Average";
      if (!isAverage && !/^[A-Z]{4}$/.test(acronym))
        throw table.refuse(row, ACRONYM, `"${acronym}" is not a subregion`);
      const code = isAverage ? "US" : acronym;
      const key = `electricity/${code}${suffix}`;
      table.report.add(
        table.place(row, ACRONYM),
        gasRow(
          {
            key,
            label: cellOf(row, NAME),
            activity: "electricity",
            path: table.path(title, cellOf(row, NAME)),
            denominator,
            boundary,
            geography: isAverage ? UNITED_STATES : { scheme: "egrid", code },
            ...(table.dataPeriod === undefined ? {} : { dataPeriod: table.dataPeriod }),
            source: table.source(row),
          },
          table.gases(row, columns, key),
        ),
      );
    }
  }
}
