import type { Readable } from "node:stream";
import { registryError } from "../errors.ts";
import type { RenameMap } from "../factors/rename-map.ts";
import type { ImportReport } from "./import-report.ts";

/** A file to import. `open` gives its bytes from the start, each time anew. */
export interface ImportFile {
  /** Its name without folders: reports and refusals say it, and a format may be known by it. */
  readonly name: string;
  open(): Readable;
}

export interface ImportOptions {
  /** Version of the same set that the imported one replaces. */
  readonly supersedes?: string;
  /** Which factors are which under new labels; absent: what this project has confirmed. */
  readonly renames?: readonly RenameMap[];
}

/** One official format that factor sets are published in. */
export interface FactorFormat {
  readonly id: string;
  readonly title: string;
  /** Whether a file is of this format, by its name and its first bytes, as `readHead` gives them. */
  detect(name: string, firstBytes: Uint8Array): boolean;
  /**
   * Imports the files of one publication as one set.
   * @throws FACTOR_FILE_INVALID, FACTOR_SET_INVALID
   */
  import(files: readonly ImportFile[], options?: ImportOptions): Promise<ImportReport>;
}

const HEAD_BYTES = 4_096;

/** The first bytes of a file, or all where it is shorter. @throws FACTOR_FILE_INVALID */
export async function readHead(file: ImportFile): Promise<Uint8Array> {
  const stream = file.open();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes >= HEAD_BYTES) break;
    }
  } catch (cause) {
    const details = { file: file.name, row: 0, column: "", reason: "cannot be read" };
    throw registryError("FACTOR_FILE_INVALID", details, { cause });
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES);
}

/** The first line of a text file, without byte order mark and quotes: what a CSV format is known by. */
export function firstLine(firstBytes: Uint8Array): string {
  const text = new TextDecoder().decode(firstBytes);
  return (/^[^\r\n]*/.exec(text)?.[0] ?? "").replaceAll('"', "");
}

/** Whether a file begins as a workbook does, which is a ZIP archive. */
export function isZip(firstBytes: Uint8Array): boolean {
  return firstBytes[0] === 0x50 && firstBytes[1] === 0x4b && firstBytes[2] === 0x03 && firstBytes[3] === 0x04;
}
