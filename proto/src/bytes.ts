import { compareBytes } from "./platform.ts";

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Equality of public bytes; not constant-time. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Big-endian unsigned 64-bit integer. Throws RangeError unless `value` is a safe non-negative integer. */
export function u64be(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an unsigned safe integer: ${value}`);
  const out = new Uint8Array(8);
  const high = Math.floor(value / 0x1_0000_0000);
  for (let at = 0; at < 4; at++) {
    out[at] = high >>> (24 - 8 * at);
    out[at + 4] = value >>> (24 - 8 * at);
  }
  return out;
}
