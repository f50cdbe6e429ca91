import { ByteReader } from "./byte-reader.ts";
import { DamagedFile, readRecordFile } from "./level-log-file.ts";

/** A table of a LevelDB store, as its manifest has it. Keys are this program's: without what LevelDB adds to them. */
export interface TableEntry {
  readonly number: number;
  readonly sizeBytes: number;
  readonly firstKey: string;
  readonly lastKey: string;
}

export interface Manifest {
  /** Logs before this one are in the tables. */
  readonly logNumber: number;
  readonly previousLogNumber: number;
  readonly tables: readonly TableEntry[];
}

// Tags of a version edit (db/version_edit.cc).
const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
const PREVIOUS_LOG = 9;

/** Sequence and type, which LevelDB adds to each key. */
const INTERNAL_BYTES = 8;

/** @throws DamagedFile */
export function readManifest(file: Uint8Array): Manifest {
  const tables = new Map<number, TableEntry>();
  const numbers = { logNumber: 0, previousLogNumber: 0 };
  try {
    for (const record of readRecordFile(file)) applyEdit(new ByteReader(record), tables, numbers);
  } catch (error) {
    if (error instanceof RangeError) throw new DamagedFile(`a record of it is none: ${error.message}`);
    throw error;
  }
  return { ...numbers, tables: [...tables.values()] };
}

function applyEdit(
  edit: ByteReader,
  tables: Map<number, TableEntry>,
  numbers: { logNumber: number; previousLogNumber: number },
): void {
  while (!edit.done) {
    const tag = edit.varint();
    if (tag === COMPARATOR) edit.prefixed();
    else if (tag === LOG_NUMBER) numbers.logNumber = edit.varint();
    else if (tag === PREVIOUS_LOG) numbers.previousLogNumber = edit.varint();
    else if (tag === NEXT_FILE || tag === LAST_SEQUENCE) edit.varint();
    else if (tag === COMPACT_POINTER) {
      edit.varint();
      edit.prefixed();
    } else if (tag === DELETED_FILE) {
      edit.varint();
      tables.delete(edit.varint());
    } else if (tag === NEW_FILE) {
      edit.varint();
      const [number, sizeBytes] = [edit.varint(), edit.varint()];
      tables.set(number, { number, sizeBytes, firstKey: userKey(edit.prefixed()), lastKey: userKey(edit.prefixed()) });
    } else {
      throw new RangeError(`tag ${tag}`);
    }
  }
}

/** The key that was written, of one that LevelDB stores. */
export function userKey(internal: Uint8Array): string {
  return new TextDecoder().decode(internal.subarray(0, Math.max(0, internal.length - INTERNAL_BYTES)));
}
