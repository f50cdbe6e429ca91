import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { isTallyError } from "@tallystick/proto";
import { CsvError, parse } from "csv-parse";
import { registryError } from "../errors.ts";

/** One row of a table: its number as a spreadsheet shows it (the first is 1) and its cells, trimmed; "" is an empty cell. */
export interface TableRow {
  readonly row: number;
  readonly cells: readonly string[];
  /**
   * In a workbook: for each cell, whether it is a stored number or day and not text. Such a number has a decimal point, and such a day is
   * YYYY-MM-DD, wherever it was written.
   */
  readonly stored?: readonly boolean[];
}

export interface TableLimits {
  readonly maxBytes: number;
  readonly maxRows: number;
  /** Longest record, in characters. */
  readonly maxRecordLength: number;
  /** Lets rows differ in their number of cells, as where comment lines stand above a header. */
  readonly ragged?: boolean;
}

/** A CSV file being read: its rows in order, and once they are read to the end, what they were read from. */
export interface TableFile {
  readonly rows: AsyncIterable<TableRow>;
  /** SHA-256 of the bytes, in hex. @throws TypeError before the rows have been read to the end */
  sha256(): string;
}

/**
 * Reads a CSV file (RFC 4180, UTF-8, with or without byte order mark), streaming. The stream is closed in any case.
 * The rows throw FACTOR_FILE_INVALID at what is not CSV, not UTF-8, cannot be read or is beyond a limit.
 */
export function readCsvRecords(name: string, file: Readable, limits: TableLimits): TableFile {
  const hash = createHash("sha256");
  let digest: string | undefined;
  async function* rows(): AsyncGenerator<TableRow> {
    try {
      yield* parseRecords(name, file, limits, (chunk) => hash.update(chunk));
      digest = hash.digest("hex");
    } finally {
      // A refusal leaves the stream half read.
      file.destroy();
    }
  }
  return {
    rows: rows(),
    sha256: () => {
      if (digest === undefined) throw new TypeError("the rows have not been read to the end");
      return digest;
    },
  };
}

async function* parseRecords(
  name: string,
  file: Readable,
  limits: TableLimits,
  onBytes: (chunk: Buffer) => void,
): AsyncGenerator<TableRow> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let sizeBytes = 0;
  let row = 0;
  const text = file.map((chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > limits.maxBytes) throw invalidCell(name, 0, "", `larger than ${limits.maxBytes} bytes`);
    onBytes(chunk);
    return decoder.decode(chunk, { stream: true });
  });
  const parser = text.pipe(
    parse({ trim: true, max_record_size: limits.maxRecordLength, relax_column_count: limits.ragged === true }),
  );
  text.on("error", (error) => parser.destroy(error));
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      row += 1;
      if (row > limits.maxRows) throw invalidCell(name, row, "", `more than ${limits.maxRows} rows`);
      yield { row, cells };
    }
    // What is left of a character that the file breaks off in.
    decoder.decode();
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    // The parser runs ahead of the rows that were handed on, so it says itself where it stood.
    const at = cause instanceof CsvError ? Number(cause.records) : row;
    const details = { file: name, row: at + 1, column: "", reason: reasonOf(cause) };
    throw registryError("FACTOR_FILE_INVALID", details, { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof CsvError) return "not CSV";
  const isEncoding =
    cause instanceof TypeError && "code" in cause && cause.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
  return isEncoding ? "not UTF-8" : "cannot be read";
}

/** The whole of a file that cannot be read in parts, as a workbook cannot. @throws FACTOR_FILE_INVALID */
export async function readWholeFile(name: string, file: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw invalidCell(name, 0, "", `larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    throw registryError("FACTOR_FILE_INVALID", { file: name, row: 0, column: "", reason: "cannot be read" }, { cause });
  } finally {
    file.destroy();
  }
  return Buffer.concat(chunks);
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The refusal of a whole file for one cell. In a workbook, `column` is the sheet and the letter: "Fuels!C".
 * Row 0 is the file as such.
 */
export function invalidCell(file: string, row: number, column: string, reason: string): Error {
  return registryError("FACTOR_FILE_INVALID", { file, row, column, reason });
}
