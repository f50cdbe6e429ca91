import { isTallyError } from "@tallystick/proto";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import readXlsxFile from "read-excel-file/universal";
import { registryError } from "../errors.ts";
import { invalidCell, sha256Hex, type TableRow } from "./table-file.ts";

/** A workbook's sheets by name, in order. */
export interface Workbook {
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  readonly sheets: ReadonlyMap<string, readonly TableRow[]>;
  /** Whether its days are counted from 1904, so that a number that is a day, and is not shown as one, is another than usual. */
  readonly from1904: boolean;
}

/** A number as its cell stores it, to be told from text that looks like one. */
class StoredNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const FROM_1904 = /<workbookPr\b[^<>]*?\bdate1904\s*=\s*["'](?:1|true)["']/;
const MAX_PARTS = 1_000;
/** Of all parts that are read together, unpacked. The largest official workbook has 5 MB. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
/** Longest tag, and longest text between tags, in characters: a cell has at most 32,767. */
const MAX_RUN_LENGTH = 65_536;
/** The parts that hold cells. Others (themes, drawings, printer settings) are left packed, and no sheet may lie there. */
const READ_PARTS = /^xl\/(workbook|sharedStrings|styles|_rels\/workbook\.xml|worksheets\/[^/]+)\.(xml|rels)$/i;
const MAX_ROWS = 200_000;
const MAX_COLUMNS = 1_024;
/** Rows times columns of one sheet: rows are padded to the widest, so one cell at XFD1048576 would cost 17 billion. */
const MAX_SHEET_CELLS = 4_000_000;

/**
 * Reads a workbook (XLSX): every cell as text exactly as stored, so a number keeps its 17 digits ("9.9499999999999993"),
 * a logical value is TRUE or FALSE, a date is YYYY-MM-DD and a formula that failed is its error ("#DIV/0!"). Of merged
 * cells only the first has text. Row numbers are the sheet's.
 *
 * Declared sizes are checked before anything is unpacked, and nothing is unpacked beyond its declared size.
 *
 * @throws FACTOR_FILE_INVALID
 */
export async function readWorkbook(name: string, bytes: Uint8Array): Promise<Workbook> {
  try {
    const parts = unpack(name, bytes);
    const sheets = await readXlsxFile<StoredNumber>(repack(name, parts), {
      parseNumber: (text) => new StoredNumber(text),
    });
    return {
      sha256: sha256Hex(bytes),
      from1904: FROM_1904.test(strFromU8(parts["xl/workbook.xml"] ?? new Uint8Array())),
      sheets: new Map(sheets.map(({ sheet, data }) => [sheet, data.map(toTableRow)])),
    };
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    throw registryError("FACTOR_FILE_INVALID", { file: name, row: 0, column: "", reason: "not a workbook" }, { cause });
  }
}

/** The rows of one sheet. @throws FACTOR_FILE_INVALID, with the names of the sheets that there are */
export function sheetRows(name: string, workbook: Workbook, sheet: string): readonly TableRow[] {
  const rows = workbook.sheets.get(sheet);
  if (rows !== undefined) return rows;
  const names = [...workbook.sheets.keys()].join(", ").slice(0, 200);
  throw invalidCell(name, 0, "", `has no sheet "${sheet}", but ${names}`);
}

/** Reads one sheet of a workbook. @throws FACTOR_FILE_INVALID */
export async function readWorkbookSheet(name: string, bytes: Uint8Array, sheet: string): Promise<readonly TableRow[]> {
  return sheetRows(name, await readWorkbook(name, bytes), sheet);
}

/** The letter of a column, from 0: A, B, … Z, AA. */
export function columnLetter(index: number): string {
  const first = Math.floor(index / 26);
  return (first === 0 ? "" : columnLetter(first - 1)) + String.fromCharCode(65 + (index % 26));
}

function unpack(name: string, bytes: Uint8Array): Record<string, Uint8Array> {
  let parts = 0;
  let unpackedBytes = 0;
  return unzipSync(bytes, {
    filter: (part) => {
      parts += 1;
      if (parts > MAX_PARTS) throw invalidCell(name, 0, "", `more than ${MAX_PARTS} parts`);
      if (!READ_PARTS.test(part.name)) return false;
      unpackedBytes += part.originalSize;
      if (unpackedBytes > MAX_UNPACKED_BYTES) {
        throw invalidCell(name, 0, "", `unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
      }
      return true;
    },
  });
}

/** The same parts, checked, and stored without compression: what is read is what was checked. */
function repack(name: string, parts: Record<string, Uint8Array>): ArrayBuffer {
  const checked = Object.entries(parts).map(([path, bytes]) => {
    const xml = strFromU8(bytes);
    checkRuns(name, path, xml);
    checkExtent(name, path, xml);
    // The reader takes a failed formula for an empty cell, and an empty cell means "not available".
    const shown = xml.replace(/(<c\b[^<>]*?\bt\s*=\s*)(["'])e\2/g, "$1$2str$2");
    // Of the two ways to write a logical value the reader knows one here, and would take the days for others.
    return [path, strToU8(shown.replace(/<workbookPr\b[^<>]*/, (tag) => tag.replace(/(["'])true\1/g, '"1"')))] as const;
  });
  return zipSync(Object.fromEntries(checked), { level: 0 }).slice().buffer;
}

/** Refuses tags without end and text without end, which the reader would go over again with every chunk that it takes in. */
function checkRuns(name: string, path: string, xml: string): void {
  const find = (what: "<" | ">", from: number): number => {
    const found = xml.indexOf(what, from);
    return found === -1 ? xml.length : found;
  };
  for (let at = 0; at < xml.length; ) {
    const begin = find("<", at);
    const end = find(">", begin);
    if (begin - at > MAX_RUN_LENGTH || end - begin > MAX_RUN_LENGTH) {
      throw invalidCell(name, 0, "", `${path}: a tag or a text without end`);
    }
    at = end + 1;
  }
}

/**
 * Refuses addresses far out. Whatever has an attribute "r", in whichever part, must have a plain row or cell in it: the
 * reader takes any text for an address, and the parts' names say nothing of what they hold.
 */
function checkExtent(name: string, path: string, xml: string): void {
  let rows = 0;
  let columns = 0;
  for (const { index } of xml.matchAll(/(?<![\w:.-])r\s*=\s*(?=["'])/g)) {
    const address = xml.slice(index, index + 64);
    const [, , letters, row] = /^r\s*=\s*(["'])([A-Z]{0,3})(\d{1,7})\1/.exec(address) ?? [];
    if (letters === undefined) throw invalidCell(name, 0, "", `${path}: ${oneLine(address)} is not a cell`);
    rows = Math.max(rows, Number(row));
    columns = Math.max(
      columns,
      [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0),
    );
  }
  if (rows > MAX_ROWS || columns > MAX_COLUMNS || rows * columns > MAX_SHEET_CELLS) {
    throw invalidCell(name, 0, "", `${path}: ${rows} rows and ${columns} columns are too many`);
  }
}

const oneLine = (text: string): string => text.slice(0, 20).replaceAll(/[\p{Cc}\s]+/gu, " ");

function toTableRow(cells: readonly unknown[], index: number): TableRow {
  const stored = cells.map((cell) => cell instanceof StoredNumber || cell instanceof Date);
  return { row: index + 1, cells: cells.map(cellText), stored };
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof StoredNumber) return cell.text.trim();
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  if (typeof cell === "boolean") return cell ? "TRUE" : "FALSE";
  return String(cell).trim();
}
