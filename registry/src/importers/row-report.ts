import {
  checkFactorRows,
  type FactorRow,
  type FactorSet,
  parseFactorRow,
  parseFactorSet,
  rowsRoot,
  sortRows,
} from "@tallystick/contracts";
import { encodeBase64, isTallyError } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import { cellDecimal } from "./cell-decimal.ts";
import type { ImportNotice, ImportReport } from "./import-report.ts";
import { invalidCell } from "./table-file.ts";

/** Where a cell lies: file, sheet of a workbook, row, and the column's header or letter. */
export interface CellPlace {
  readonly file: string;
  readonly sheet?: string;
  readonly row: number;
  readonly column: string;
}

/** What is said of a set, but for what follows from its rows. */
export type SetDescription = Omit<FactorSet, "rowCount" | "rowsRoot">;

/** Rows and notices as an import finds them, checked one by one and, at the end, as a set. */
export class RowReport {
  readonly #file: string;
  readonly #rows = new Map<string, FactorRow>();
  readonly #notices: ImportNotice[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes a row from where it lies. @throws FACTOR_FILE_INVALID at a row that breaks the model, or a key twice */
  add(place: CellPlace, row: FactorRow): void {
    if (this.#rows.has(row.key)) throw invalidAt(place, `${row.key} occurs twice`);
    try {
      this.#rows.set(row.key, parseFactorRow(row));
    } catch (cause) {
      if (!isTallyError(cause)) throw cause;
      throw registryError("FACTOR_FILE_INVALID", { ...refusalOf(place), reason: cause.message }, { cause });
    }
  }

  notice(place: CellPlace, what: Pick<ImportNotice, "trap" | "found" | "done" | "key">): void {
    this.#notices.push(noticeAt(this.#file, place, what));
  }

  /** What was noticed so far. */
  get notices(): readonly ImportNotice[] {
    return this.#notices;
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /**
   * The value of a cell that must hold a number. Binary noise is noticed; `sourceText` is there where the value is not the cell's text.
   * @throws FACTOR_FILE_INVALID
   */
  decimal(place: CellPlace, cell: string, key?: string): { value: string; sourceText?: string } {
    const read = cellDecimal(cell);
    if (read === undefined) throw invalidAt(place, `"${cell.slice(0, 40)}" is not a number`);
    if (read.noise) {
      const done = `rounded to ${read.value}`;
      this.notice(place, { trap: "binary-noise", found: cell, done, ...(key === undefined ? {} : { key }) });
    }
    return read.value === cell ? { value: cell } : { value: read.value, sourceText: cell };
  }

  /** The set of all rows taken. @throws FACTOR_FILE_INVALID, FACTOR_SET_INVALID */
  finish(description: SetDescription): ImportReport {
    if (this.#rows.size === 0) throw invalidCell(this.#file, 1, "", "no rows");
    const rows = sortRows([...this.#rows.values()]);
    const set = parseFactorSet({ ...description, rowCount: rows.length, rowsRoot: encodeBase64(rowsRoot(rows)) });
    checkFactorRows(set, rows);
    return { imported: { set, rows }, notices: this.#notices };
  }
}

const MAX_FOUND_LENGTH = 120;

function noticeAt(
  main: string,
  place: CellPlace,
  { found, ...what }: Pick<ImportNotice, "trap" | "found" | "done" | "key">,
): ImportNotice {
  const { file, sheet, row, column } = place;
  return {
    ...(file === main ? {} : { file }),
    ...(sheet === undefined ? {} : { sheet }),
    row,
    column,
    found: found.slice(0, MAX_FOUND_LENGTH),
    ...what,
  };
}

/** The refusal of a whole file for one cell. */
export function invalidAt(place: CellPlace, reason: string): Error {
  return registryError("FACTOR_FILE_INVALID", { ...refusalOf(place), reason });
}

function refusalOf({ file, sheet, row, column }: CellPlace): { file: string; row: number; column: string } {
  return { file, row, column: sheet === undefined ? column : `${sheet}!${column}` };
}
