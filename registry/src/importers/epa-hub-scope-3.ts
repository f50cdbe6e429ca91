import type { FactorRow } from "@tallystick/contracts";
import { gasRow, UNITED_STATES } from "./epa-hub-combustion.ts";
import { cellOf, type HubTable, isBlank, slugOf } from "./epa-hub-table.ts";
import { columnLetter } from "./workbook.ts";

const LABEL = 2;
const UNIT = 6;

/**
 * Tables 8 and 10: freight and passengers by distance, each row with its own unit. A row's vehicle may have a factor
 * per vehicle-mile and another per ton-mile, which is a short ton's.
 */
export function importDistance(table: HubTable, prefix: "freight" | "travel", category: number): void {
  const header = table.header(/^Vehicle Type$/);
  const columns = table.gasColumns(header, 3, 6);
  for (const row of table.rowsBelow(header)) {
    const label = table.label(row, LABEL);
    const unit = cellOf(row, UNIT);
    const denominator = table.denominator(row, UNIT, unit);
    const activity = `${prefix}/${slugOf(label)}`;
    const key = `${activity}/${slugOf(unit)}`;
    if (denominator === "short-ton-mi") {
      table.notice(row, UNIT, {
        trap: "misleading-unit",
        done: "read as short ton-mile, 907.18474 kg over a mile",
        key,
      });
    }
    table.report.add(
      table.place(row, LABEL),
      gasRow(
        {
          key,
          label,
          activity,
          path: table.path(label),
          denominator,
          boundary: "tank-to-wheel",
          geography: UNITED_STATES,
          ...(table.dataPeriod === undefined ? {} : { dataPeriod: table.dataPeriod }),
          source: table.source(row),
          category,
        },
        table.gases(row, columns, key),
      ),
    );
  }
}

const FIRST_TREATMENT = 3;
const WASTE_UNIT = "Metric Tons CO2e / Short Ton Material";

/** Table 9: waste by material and treatment, in tonnes of CO2e per short ton. "NA" is not available. */
export function importWaste(table: HubTable): void {
  const header = table.header(/^Material$/);
  const units = table.rows.find((row) => cellOf(row, FIRST_TREATMENT) === WASTE_UNIT);
  if (units === undefined) throw table.refuse(header, FIRST_TREATMENT, `no "${WASTE_UNIT}" above it`);
  table.notice(units, FIRST_TREATMENT, {
    trap: "misleading-unit",
    done: "metric tons above, short tons below: kept as t per short ton",
  });
  const last = header.cells.findLastIndex((cell) => cell !== "");
  table.notice(units, FIRST_TREATMENT, {
    trap: "merged-cell",
    done: `read for columns ${columnLetter(FIRST_TREATMENT)} to ${columnLetter(last)}`,
  });
  const treatments = Array.from({ length: last + 1 - FIRST_TREATMENT }, (_, i) => {
    const at = FIRST_TREATMENT + i;
    return { at, treatment: table.label(header, at) };
  });
  for (const row of table.rowsBelow(header)) {
    const material = table.label(row, LABEL);
    for (const { at, treatment } of treatments) {
      const key = `waste/${slugOf(material)}/${slugOf(treatment)}`;
      const base = {
        key,
        label: `${material}, ${treatment}`,
        path: table.path(material, treatment),
        denominator: "short-ton",
        boundary: "treatment with transport, without avoided emissions",
        geography: UNITED_STATES,
        source: `${table.source(row)}, ${treatment}`,
        category: 5,
      };
      table.report.add(table.place(row, at), wasteRow(table, base, cellOf(row, at), row, at));
    }
  }
}

function wasteRow(
  table: HubTable,
  base: Omit<Extract<FactorRow, { kind: "not-available" }>, "kind">,
  cell: string,
  row: { readonly row: number; readonly cells: readonly string[] },
  at: number,
): FactorRow {
  if (isBlank(cell)) {
    table.notice(row, at, { trap: "blank", done: "not available", key: base.key });
    return { ...base, kind: "not-available" };
  }
  return { ...base, kind: "value", numerator: "t", ...table.report.decimal(table.place(row, at), cell, base.key) };
}
