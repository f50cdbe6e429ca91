import {
  type FactorRow,
  type FactorSet,
  parseFactorRow,
  parseFactorSet,
  rowsRoot,
  sortRows,
} from "@tallystick/contracts";
import { encodeBase64 } from "@tallystick/proto";
import { parse } from "csv-parse/sync";
import { registryError } from "../errors.ts";

/** A factor set with its rows in the order that its root is over. */
export interface FactorSetWithRows {
  readonly set: FactorSet;
  readonly rows: readonly FactorRow[];
}

const COLUMNS = [
  "key",
  "label",
  "value",
  "denominator",
  "boundary",
  "geographyScheme",
  "geographyCode",
  "periodStart",
  "periodEnd",
  "category",
  "source",
] as const;
type Cells = Readonly<Record<(typeof COLUMNS)[number], string>>;

/**
 * A set of the starter files: what is said of the set as JSON, its rows as CSV with a header. Each row cites its own source.
 *
 * @throws FACTOR_FILE_INVALID, FACTOR_ROW_INVALID, FACTOR_SET_INVALID
 */
export function parseStarterSet(name: string, about: object, csv: string): FactorSetWithRows {
  const rows = sortRows(parseCells(name, csv).map(toRow));
  const set = parseFactorSet({ ...about, rowCount: rows.length, rowsRoot: encodeBase64(rowsRoot(rows)) });
  return { set, rows };
}

function parseCells(name: string, csv: string): Cells[] {
  const [header, ...records] = parse(csv) as string[][];
  if (header?.join() !== COLUMNS.join()) {
    throw registryError("FACTOR_FILE_INVALID", {
      file: name,
      row: 1,
      column: "",
      reason: `the header is not ${COLUMNS.join()}`,
    });
  }
  return records.map((cells) => Object.fromEntries(COLUMNS.map((column, i) => [column, cells[i] ?? ""])) as Cells);
}

function toRow(cells: Cells): FactorRow {
  return parseFactorRow({
    kind: "value",
    key: cells.key,
    label: cells.label,
    value: cells.value,
    denominator: cells.denominator,
    boundary: cells.boundary,
    geography: { scheme: cells.geographyScheme, code: cells.geographyCode },
    dataPeriod: { start: cells.periodStart, end: cells.periodEnd },
    category: Number(cells.category),
    source: cells.source,
  });
}
