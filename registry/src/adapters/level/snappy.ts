import { ByteReader } from "./byte-reader.ts";

/** Decompresses a block of the Snappy format (format_description.txt). @throws RangeError on what is none */
export function unsnap(compressed: Uint8Array): Uint8Array {
  const input = new ByteReader(compressed);
  const output = new Uint8Array(requireSmall(input.varint()));
  let written = 0;
  while (!input.done) {
    const tag = byteOf(input);
    if ((tag & 3) === 0) {
      const literal = input.take(literalLength(tag, input));
      if (written + literal.length > output.length) throw new RangeError("longer than it says");
      output.set(literal, written);
      written += literal.length;
      continue;
    }
    const { length, offset } = copyOf(tag, input);
    if (offset === 0 || offset > written || written + length > output.length)
      throw new RangeError("a copy from nowhere");
    // Byte by byte: a copy may overlap what it makes.
    for (let n = 0; n < length; n++, written++) output[written] = output[written - offset] as number;
  }
  if (written !== output.length) throw new RangeError("shorter than it says");
  return output;
}

/** No block of a table comes near it. */
const MAX_BYTES = 64 * 1024 * 1024;

function requireSmall(length: number): number {
  if (length > MAX_BYTES) throw new RangeError("too long");
  return length;
}

const byteOf = (input: ByteReader): number => input.take(1)[0] as number;
const littleEndian = (bytes: Uint8Array): number => bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);

function literalLength(tag: number, input: ByteReader): number {
  const short = tag >>> 2;
  return short < 60 ? short + 1 : littleEndian(input.take(short - 59)) + 1;
}

function copyOf(tag: number, input: ByteReader): { length: number; offset: number } {
  if ((tag & 3) === 1) return { length: ((tag >>> 2) & 7) + 4, offset: ((tag >>> 5) << 8) | byteOf(input) };
  return { length: (tag >>> 2) + 1, offset: littleEndian(input.take((tag & 3) === 2 ? 2 : 4)) };
}
