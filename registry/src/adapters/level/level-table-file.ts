import { ByteReader } from "./byte-reader.ts";
import { crc32c, masked } from "./crc32c.ts";
import { userKey } from "./level-manifest.ts";
import { unsnap } from "./snappy.ts";

// LevelDB's tables (doc/table_format.md): data blocks, a filter, an index of the blocks, and a footer. Each block is followed
// by how it is compressed (1 byte) and a masked CRC-32C (4, little-endian) over both. LevelDB checks none of them
// unless asked to, and the binding has no way to ask.

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
const SNAPPY = 1;

/** A part of a table that does not match its checksum: keys after `after`, up to `last` and including it. */
export interface DamagedBlock {
  readonly what: string;
  /** Undefined where it may be any key of the table. */
  readonly keys: { readonly after: string; readonly last: string } | undefined;
}

/** Checks every block of a table. */
export function checkTable(file: Uint8Array): DamagedBlock[] {
  try {
    const { index, metaindex } = readFooter(file);
    const damaged: DamagedBlock[] = [];
    let after = "";
    for (const [key, handle] of entriesOf(readBlock(file, index))) {
      const last = userKey(key);
      if (!isSound(file, parseHandle(handle)))
        damaged.push({ what: "a block does not match its checksum", keys: { after, last } });
      after = last;
    }
    for (const [, handle] of entriesOf(readBlock(file, metaindex))) {
      // The filter says which keys a block cannot hold: a wrong one hides what is there.
      if (!isSound(file, parseHandle(handle)))
        damaged.push({ what: "the filter does not match its checksum", keys: undefined });
    }
    return damaged;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ what: `it is no table: ${error.message}`, keys: undefined }];
  }
}

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

function parseHandle(bytes: Uint8Array): BlockHandle {
  const reader = new ByteReader(bytes);
  return { offset: reader.varint(), size: reader.varint() };
}

function readFooter(file: Uint8Array): { metaindex: BlockHandle; index: BlockHandle } {
  if (file.length < FOOTER_BYTES) throw new RangeError("it is too short");
  const footer = file.subarray(file.length - FOOTER_BYTES);
  const magic = new DataView(footer.buffer, footer.byteOffset + FOOTER_BYTES - 8).getBigUint64(0, true);
  if (magic !== MAGIC) throw new RangeError("its end is another");
  const reader = new ByteReader(footer);
  const metaindex = { offset: reader.varint(), size: reader.varint() };
  return { metaindex, index: { offset: reader.varint(), size: reader.varint() } };
}

function isSound(file: Uint8Array, { offset, size }: BlockHandle): boolean {
  const crcAt = offset + size + 1;
  if (crcAt + 4 > file.length) return false;
  const stored = new DataView(file.buffer, file.byteOffset + crcAt).getUint32(0, true);
  return masked(crc32c(file, offset, crcAt)) === stored;
}

/** @throws RangeError */
function readBlock(file: Uint8Array, handle: BlockHandle): Uint8Array {
  if (!isSound(file, handle)) throw new RangeError("its index does not match its checksum");
  const { offset, size } = handle;
  const block = file.subarray(offset, offset + size);
  return file[offset + size] === SNAPPY ? unsnap(block) : block;
}

/** @throws RangeError */
function* entriesOf(block: Uint8Array): Generator<[key: Uint8Array, value: Uint8Array]> {
  const restarts = new DataView(block.buffer, block.byteOffset, block.length).getUint32(block.length - 4, true);
  const reader = new ByteReader(block.subarray(0, block.length - 4 - 4 * restarts));
  let key = new Uint8Array();
  while (!reader.done) {
    const [shared, rest, length] = [reader.varint(), reader.varint(), reader.varint()];
    const next = new Uint8Array(shared + rest);
    next.set(key.subarray(0, shared));
    next.set(reader.take(rest), shared);
    key = next;
    yield [key, reader.take(length)];
  }
}
