import { protoError } from "./errors.ts";
import { decodeBytesLenient, encodeBytes, utf8DecodeStrict } from "./platform.ts";

// Every JavaScript decoder skips what it does not know, so that one byte string has many spellings. Re-encoding and comparing
// leaves exactly one (RFC 4648, section 3.5).

type Encoding = "base64" | "base64url" | "hex";

function decodeStrict(text: string, encoding: Encoding): Uint8Array {
  const bytes = decodeBytesLenient(text, encoding);
  if (encodeBytes(bytes, encoding) !== text)
    throw protoError("BASE64_INVALID", { reason: `not canonical ${encoding}` });
  return bytes;
}

/** Standard alphabet, padded (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return encodeBytes(bytes, "base64");
}

/** @throws BASE64_INVALID unless the text is the one canonical spelling. */
export function decodeBase64(text: string): Uint8Array {
  return decodeStrict(text, "base64");
}

/** URL-safe alphabet, unpadded (RFC 7515, section 2). */
export function encodeBase64url(bytes: Uint8Array): string {
  return encodeBytes(bytes, "base64url");
}

/** @throws BASE64_INVALID unless the text is the one canonical spelling. */
export function decodeBase64url(text: string): Uint8Array {
  return decodeStrict(text, "base64url");
}

/** Lower case. */
export function encodeHex(bytes: Uint8Array): string {
  return encodeBytes(bytes, "hex");
}

/** @throws BASE64_INVALID unless the text is lower-case hexadecimal of whole bytes. */
export function decodeHex(text: string): Uint8Array {
  return decodeStrict(text, "hex");
}

/** @throws UTF8_INVALID where the bytes are not well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = utf8DecodeStrict(bytes);
  if (text === undefined) throw protoError("UTF8_INVALID", { reason: "not well-formed UTF-8" });
  return text;
}
