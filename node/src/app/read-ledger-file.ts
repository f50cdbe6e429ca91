import { isTallyError } from "@tallystick/proto";
import { readWorkbook, type TableRow, type Workbook } from "@tallystick/registry";
import { inventoryError } from "../core/inventory/inventory-errors.ts";
import { csvRows, type RowSource, requireSize, unreadable } from "../core/ledger/csv-rows.ts";
import type { Encoding, LedgerMapping } from "../core/ledger/ledger-mapping.ts";
import { headerOf } from "../core/ledger/read-ledger.ts";

/** What every ZIP file begins with, and so every workbook. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];
/** Numbers and formulas as earlier spreadsheets stored them (Compound File Binary). */
const OLD_WORKBOOK = [0xd0, 0xcf, 0x11, 0xe0];

const ROWS_A_BATCH = 2_000;

/** How a file is to be read: what a mapping says of it, and the sheet of a workbook. */
export type FileReading = Partial<LedgerMapping> & { readonly sheet?: string };

/** The rows of a ledger file: a workbook where it is one, else CSV. @throws LEDGER_TOO_LARGE, LEDGER_REFUSED */
export async function readLedgerFile(name: string, content: Uint8Array, how: FileReading): Promise<RowSource> {
  requireSize(content);
  if (begins(content, OLD_WORKBOOK)) throw unreadable(0, "workbook", "a workbook of the old format: save it as XLSX");
  if (!begins(content, ZIP)) {
    if (how.sheet !== undefined) throw unreadable(0, "sheet", "not a workbook, so it has no sheets");
    return csvRows(content, how);
  }
  const { sheets, from1904 } = await openWorkbook(name, content);
  if (from1904 && JSON.stringify(how).includes('"excel-serial"')) {
    throw unreadable(0, "workbook", "counts its days from 1904: give the cells a date format, and declare YYYY-MM-DD");
  }
  const [only, ...others] = sheets.keys();
  const wanted = how.sheet ?? (others.length === 0 ? only : undefined);
  const rows = wanted === undefined ? undefined : sheets.get(wanted);
  if (rows === undefined) {
    const names = [...sheets.keys()]
      .map((sheet) => `"${sheet}"`)
      .join(", ")
      .slice(0, 400);
    throw unreadable(0, "sheet", `name one of the workbook's sheets: ${names}`);
  }
  return inBatches(rows);
}

/** Where a file has its headers, as a person says it. */
export interface HeaderReading {
  readonly headerRow?: string;
  readonly encoding?: Encoding;
  readonly sheet?: string;
}

/** What a proposal is made from: the headers of a ledger file, and its first rows. */
export interface LedgerSample {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

const SAMPLE_ROWS = 5_000;

/** The headers and the first rows of a ledger file. @throws LEDGER_TOO_LARGE, LEDGER_REFUSED, LEDGER_HEADER_INVALID where there is none */
export async function readLedgerSample(
  name: string,
  content: Uint8Array,
  { headerRow = "1", encoding, sheet }: HeaderReading,
): Promise<LedgerSample> {
  const wanted = Number(headerRow);
  const rows = await readLedgerFile(name, content, {
    headerRow: wanted,
    ...(encoding === undefined ? {} : { encoding }),
    ...(sheet === undefined ? {} : { sheet }),
  });
  let header: readonly string[] = [];
  const sample: TableRow[] = [];
  for (const some of rows) {
    const found = some.find(({ row }) => row === wanted);
    if (found !== undefined) header = headerOf(found);
    sample.push(...some.filter(({ row }) => row > wanted));
    if (sample.length >= SAMPLE_ROWS) break;
  }
  if (header.length > 0) return { header, rows: sample.slice(0, SAMPLE_ROWS) };
  throw inventoryError("LEDGER_HEADER_INVALID", { missing: [`row ${headerRow}`], unknown: [], repeated: [] });
}

async function openWorkbook(name: string, content: Uint8Array): Promise<Workbook> {
  try {
    return await readWorkbook(name, content);
  } catch (error) {
    if (!isTallyError(error, "FACTOR_FILE_INVALID")) throw error;
    const { row, reason } = error.details as { row: number; reason: string };
    throw unreadable(row, "workbook", reason);
  }
}

function* inBatches(rows: readonly TableRow[]): RowSource & Generator<readonly TableRow[]> {
  for (let at = 0; at < rows.length; at += ROWS_A_BATCH) yield rows.slice(at, at + ROWS_A_BATCH);
}

function begins(content: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => content[at] === byte);
}
