import { decodeBytesLenient, encodeBytes } from "./platform.ts";

// Fields of the line formats. Both readers answer undefined for anything but the one canonical spelling, so that each
// format can refuse in its own words.

/** A canonical decimal (no sign, no leading zero) up to 2^53 - 1. */
export function readNatural(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) && value >= 0 && String(value) === text ? value : undefined;
}

/** Standard padded base64, of exactly `length` bytes where a length is given. */
export function readBase64(text: string | undefined, length?: number): Uint8Array | undefined {
  if (text === undefined || (length !== undefined && text.length !== 4 * Math.ceil(length / 3))) return undefined;
  const bytes = decodeBytesLenient(text, "base64");
  if (length !== undefined && bytes.length !== length) return undefined;
  return encodeBytes(bytes, "base64") === text ? bytes : undefined;
}
