import type { TableRow } from "@tallystick/registry";
import { CsvError, parse } from "csv-parse/sync";
import { inventoryError } from "../inventory/inventory-errors.ts";
import { LEDGER_LIMITS } from "./ledger-limits.ts";
import type { Encoding, LedgerMapping } from "./ledger-mapping.ts";

/** The rows of a file in order, some thousands at a time. */
export type RowSource = Iterable<readonly TableRow[]>;

/** So many characters of a file are parsed at a time, and what is left of the last row. */
const PIECE_CHARS = 256 * 1024;

/** A file that is no table: nothing of it can be imported. */
export function unreadable(row: number, rule: string, message: string): Error {
  return inventoryError("LEDGER_REFUSED", { issueCount: 1, issues: [{ row, rule, message }] });
}

/**
 * The rows of a CSV file (RFC 4180): UTF-8, UTF-16 with a byte order mark, or the encoding declared; comma, semicolon, tab or bar, as its
 * header has it or as declared. The file is read once, row by row, and rows are numbered as a spreadsheet does.
 *
 * @throws LEDGER_TOO_LARGE, LEDGER_REFUSED
 */
export function csvRows(file: Uint8Array, how: Pick<LedgerMapping, "encoding" | "delimiter" | "headerRow">): RowSource {
  requireSize(file);
  const text = decode(file, how.encoding);
  return parseRows(text, how.delimiter ?? delimiterOf(text, how.headerRow ?? 1));
}

function* parseRows(text: string, delimiter: string): Generator<readonly TableRow[]> {
  let row = 0;
  for (const piece of piecesOf(text)) {
    const rows: TableRow[] = [];
    try {
      parse(piece, {
        delimiter,
        record_delimiter: ["\r\n", "\n", "\r"],
        relax_column_count: true,
        trim: true,
        max_record_size: LEDGER_LIMITS.rowChars,
        on_record: (cells: string[]) => {
          row += 1;
          rows.push({ row, cells });
          return null;
        },
      });
    } catch (cause) {
      if (!(cause instanceof CsvError)) throw cause;
      throw unreadable(row + 1, "csv", csvMessage(cause.code));
    }
    yield rows;
  }
}

/** The text in pieces of whole rows: a million rows never stand in memory together. A line break between two quotes ends no row. */
function* piecesOf(text: string): Generator<string> {
  let quote = text.indexOf('"');
  const quotesBefore = (end: number): number => {
    let count = 0;
    for (; quote !== -1 && quote < end; quote = text.indexOf('"', quote + 1)) count += 1;
    return count;
  };
  for (let from = 0; from < text.length; ) {
    let end = Math.min(from + PIECE_CHARS, text.length);
    let quotes = quotesBefore(end);
    while (end < text.length) {
      const lineBreak = text.indexOf("\n", end);
      end = lineBreak === -1 ? text.length : lineBreak + 1;
      quotes += quotesBefore(end);
      // A quote within a cell is written twice, so that their number is even wherever a row ends.
      if (quotes % 2 === 0) break;
    }
    yield text.slice(from, end);
    from = end;
  }
}

/** @throws LEDGER_TOO_LARGE */
export function requireSize(file: Uint8Array): void {
  if (file.length > LEDGER_LIMITS.fileBytes) {
    throw inventoryError("LEDGER_TOO_LARGE", { what: "bytes", count: file.length, max: LEDGER_LIMITS.fileBytes });
  }
}

function decode(file: Uint8Array, declared: Encoding | undefined): string {
  const mark = markOf(file);
  if (mark !== undefined && declared !== undefined && mark !== declared) {
    throw unreadable(1, "encoding", `the file's byte order mark says ${mark}, the mapping ${declared}`);
  }
  const encoding = mark ?? declared ?? "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(file);
  } catch (cause) {
    // A decoder throws a TypeError at bytes that are not of its encoding.
    if (!(cause instanceof TypeError)) throw cause;
    const advice = declared === undefined ? ": save it as CSV UTF-8, or declare its encoding in a mapping" : "";
    throw unreadable(1, "encoding", `the file is not ${encoding} text${advice}`);
  }
}

function markOf([one, two, three]: Uint8Array): Encoding | undefined {
  if (one === 0xef && two === 0xbb && three === 0xbf) return "utf-8";
  if (one === 0xff && two === 0xfe) return "utf-16le";
  if (one === 0xfe && two === 0xff) return "utf-16be";
  return undefined;
}

/** The first of the usual delimiters that the header's line has. */
function delimiterOf(text: string, headerRow: number): string {
  let from = 0;
  for (let row = 1; row < headerRow; row += 1) {
    const end = text.indexOf("\n", from);
    if (end === -1) break;
    from = end + 1;
  }
  const rest = text.slice(from, from + LEDGER_LIMITS.rowChars);
  const line = rest.slice(0, rest.search(/[\r\n]|$/));
  // Names may hold commas: a header with semicolons or tabs is delimited by them.
  return [";", "\t", ",", "|"].find((candidate) => line.includes(candidate)) ?? ",";
}

function csvMessage(code: string): string {
  if (code === "CSV_MAX_RECORD_SIZE") return `a row is longer than ${LEDGER_LIMITS.rowChars} characters`;
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quoted cell is never closed";
  return "a quote stands where none may";
}
