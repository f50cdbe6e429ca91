import { type LedgerLine, ledgerLineSchema } from "@tallystick/contracts";
import { canonicalJson, decodeUtf8, isTallyError, type JsonObject } from "@tallystick/proto";
import { CsvError, parse } from "csv-parse/sync";
import { inventoryError, type LedgerIssue } from "./inventory-errors.ts";

/** The columns of a ledger file, named after the properties of a ledger line. Order in the file is free. */
export const LEDGER_COLUMNS = [
  "id",
  "date",
  "category",
  "supplier",
  "productId",
  "description",
  "quantity",
  "unit",
  "amount",
  "currency",
  "activity",
  "naics",
] as const;

/** Columns without which a file is not a ledger. */
export const REQUIRED_LEDGER_COLUMNS = ["id", "date", "category", "description"] as const;

/** Largest ledger file (bytes), most rows in it, and largest row (characters). */
export const LEDGER_LIMITS = { fileBytes: 64 * 1024 * 1024, rows: 1_000_000, rowChars: 65_536 } as const;

/** At most this many issues are reported of one file. */
const REPORTED_ISSUES = 100;

/** The outcome of an import: the lines that are new, and how many were already held unchanged. */
export interface LedgerImport {
  readonly added: readonly LedgerLine[];
  readonly unchanged: number;
}

/**
 * Reads a CSV ledger (RFC 4180, UTF-8 with or without a byte order mark; comma, semicolon or tab, as its header
 * has it). All or nothing: one bad row refuses the file. A line already held under the same id and with the same
 * content is unchanged, so importing a file twice is importing it once.
 *
 * @throws LEDGER_TOO_LARGE, LEDGER_HEADER_INVALID, LEDGER_REFUSED
 */
export function importLedger(file: Uint8Array, held: ReadonlyMap<string, LedgerLine>): LedgerImport {
  if (file.length > LEDGER_LIMITS.fileBytes) {
    throw inventoryError("LEDGER_TOO_LARGE", { what: "bytes", count: file.length, max: LEDGER_LIMITS.fileBytes });
  }
  const [header = [], ...rows] = readRows(readText(file));
  if (rows.length > LEDGER_LIMITS.rows) {
    throw inventoryError("LEDGER_TOO_LARGE", { what: "rows", count: rows.length, max: LEDGER_LIMITS.rows });
  }
  const columns = readHeader(header);
  const issues: LedgerIssue[] = [];
  const seen = new Map<string, number>();
  const added: LedgerLine[] = [];
  let unchanged = 0;
  for (const [at, cells] of rows.entries()) {
    const row = at + 2;
    if (cells.length === 1 && cells[0] === "") continue;
    const line = readLine(row, columns, cells, issues);
    if (line === undefined) continue;
    const first = seen.get(line.id);
    seen.set(line.id, first ?? row);
    const known = held.get(line.id);
    if (first !== undefined) {
      issues.push({ row, column: "id", rule: "duplicate-id", message: `${line.id} is already in row ${first}` });
    } else if (known === undefined) {
      added.push(line);
    } else if (sameLine(known, line)) {
      unchanged += 1;
    } else {
      issues.push({ row, column: "id", rule: "id-taken", message: `${line.id} is held with other content` });
    }
  }
  if (issues.length > 0) throw refused(issues);
  return { added, unchanged };
}

/** Equality of content: two lines are the same when every property is. */
export function sameLine(a: LedgerLine, b: LedgerLine): boolean {
  return canonicalJson(a as unknown as JsonObject) === canonicalJson(b as unknown as JsonObject);
}

function readText(file: Uint8Array): string {
  try {
    return decodeUtf8(file).replace(/^\uFEFF/, "");
  } catch (cause) {
    if (!isTallyError(cause, "UTF8_INVALID")) throw cause;
    throw refused([{ row: 1, rule: "encoding", message: "the file is not UTF-8 text: save it as CSV UTF-8" }]);
  }
}

function readRows(text: string): string[][] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = [",", ";", "\t"].find((candidate) => firstLine.includes(candidate)) ?? ",";
  try {
    return parse(text, {
      delimiter,
      relax_column_count: true,
      trim: true,
      max_record_size: LEDGER_LIMITS.rowChars,
      to: LEDGER_LIMITS.rows + 2,
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw refused([{ row: Number(cause.lines ?? 1), rule: "csv", message: csvMessage(cause.code) }]);
  }
}

function csvMessage(code: string): string {
  if (code === "CSV_MAX_RECORD_SIZE") return `a row is longer than ${LEDGER_LIMITS.rowChars} characters`;
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quoted cell is never closed";
  return "a quote stands where none may";
}

function readHeader(cells: readonly string[]): readonly string[] {
  const known: readonly string[] = LEDGER_COLUMNS;
  const missing = REQUIRED_LEDGER_COLUMNS.filter((name) => !cells.includes(name));
  const unknown = cells.filter((name) => !known.includes(name));
  const repeated = cells.filter((name, at) => cells.indexOf(name) !== at);
  if (missing.length + unknown.length + repeated.length > 0) {
    throw inventoryError("LEDGER_HEADER_INVALID", { missing, unknown, repeated });
  }
  return cells;
}

function readLine(
  row: number,
  columns: readonly string[],
  cells: readonly string[],
  issues: LedgerIssue[],
): LedgerLine | undefined {
  if (cells.length !== columns.length) {
    issues.push({ row, rule: "cell-count", message: `${cells.length} cells under ${columns.length} columns` });
    return undefined;
  }
  const record: Record<string, unknown> = {};
  for (const [at, name] of columns.entries()) {
    const cell = cells[at];
    // An empty cell is an absent property: absent is not zero.
    if (cell !== undefined && cell !== "") record[name] = cell;
  }
  if (typeof record.category === "string" && /^\d{1,2}$/.test(record.category)) {
    record.category = Number(record.category);
  }
  const parsed = ledgerLineSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const column = issue.path[0];
    issues.push({
      row,
      ...(column === undefined ? {} : { column: String(column) }),
      rule: issue.code,
      message: issue.message,
    });
  }
  return undefined;
}

function refused(issues: readonly LedgerIssue[]): Error {
  return inventoryError("LEDGER_REFUSED", { issueCount: issues.length, issues: issues.slice(0, REPORTED_ISSUES) });
}
