import { concatBytes } from "@tallystick/proto";
import { crc32c, masked, prefixCrcs } from "./crc32c.ts";

// LevelDB's record files, its write-ahead log and its manifest (doc/log_format.md): blocks of 32 KiB; in each, records with
// a masked CRC-32C (4 bytes, little-endian), a length (2), a type (1) and data. The CRC is over type and data.

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const SECTOR_BYTES = 512;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** What a record file cannot have come to by itself: not by writing, and not by a write that was cut off. */
export class DamagedFile extends Error {}

/**
 * The records of a file, as far as it was written. A record that was being written when the machine stopped ends them; that
 * is how every such file may end, and nothing of it was acknowledged.
 *
 * LevelDB itself leaves out what is damaged and goes on. Then acknowledged writes would be missing, and nobody told.
 *
 * @throws DamagedFile
 */
export function readRecordFile(file: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (const { type, data, at } of fragments(file)) {
    const begins = type === FULL || type === FIRST;
    if (begins !== (parts.length === 0)) throw new DamagedFile(`a part of a record is missing before byte ${at}`);
    parts.push(data);
    if (type !== FULL && type !== LAST) continue;
    records.push(concatBytes(...parts));
    parts = [];
  }
  return records;
}

interface Fragment {
  readonly type: number;
  readonly data: Uint8Array;
  readonly at: number;
}

function* fragments(file: Uint8Array): Generator<Fragment> {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = 0; at < file.length; ) {
    const blockEnd = Math.min(file.length, at - (at % BLOCK_BYTES) + BLOCK_BYTES);
    const dataAt = at + HEADER_BYTES;
    if (dataAt > blockEnd) {
      at = blockEnd;
      continue;
    }
    const crc = view.getUint32(at, true);
    const length = view.getUint16(at + 4, true);
    const type = view.getUint8(at + 6);
    const end = dataAt + length;
    if (end <= blockEnd && type >= FULL && type <= LAST && masked(crc32c(file, at + 6, end)) === crc) {
      yield { type, data: file.subarray(dataAt, end), at };
      at = end;
      continue;
    }
    if (isCutOff(file, at, Math.min(end, blockEnd)) || (end > blockEnd && isTooShort(file, at, crc, blockEnd))) return;
    throw new DamagedFile(`the record at byte ${at} does not match its checksum`);
  }
}

/** True where nothing but zeros follows from a sector's beginning on: the file had grown, and its data had not arrived. */
function isCutOff(file: Uint8Array, at: number, end: number): boolean {
  let zeros = file.length;
  while (zeros > at && file[zeros - 1] === 0) zeros -= 1;
  const firstZeroSector = zeros === at ? at : Math.ceil(zeros / SECTOR_BYTES) * SECTOR_BYTES;
  return firstZeroSector < end && firstZeroSector < file.length;
}

/** True where the file ends before the record does. A flipped bit in its length would look the same, but then a shorter one matches. */
function isTooShort(file: Uint8Array, at: number, crc: number, blockEnd: number): boolean {
  if (blockEnd !== file.length) return false;
  for (const shorter of prefixCrcs(file, at + 6, blockEnd)) if (masked(shorter) === crc) return false;
  return true;
}
