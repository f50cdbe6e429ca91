import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBase64,
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64url,
  encodeHex,
} from "./base64.ts";
import { equalBytes } from "./bytes.ts";
import { isTallyError } from "./errors.ts";

const codecs = [
  { name: "base64", encode: encodeBase64, decode: decodeBase64 },
  { name: "base64url", encode: encodeBase64url, decode: decodeBase64url },
  { name: "hex", encode: encodeHex, decode: decodeHex },
];

describe.each(codecs)("$name", ({ encode, decode }) => {
  it("decodes what it encoded", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => equalBytes(decode(encode(bytes)), bytes)));
  });

  it("refuses every text that does not re-encode to itself [ENC-1]", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(encode(decode(text))).toBe(text);
        } catch (error) {
          if (!isTallyError(error, "BASE64_INVALID")) throw error;
        }
      }),
    );
  });
});

describe("strictness", () => {
  it.each(["QQ", "QQ=", "QR==", "Q Q==", "QQ==\n", "_w=="])("refuses %j as base64 [ENC-1]", (text) => {
    expect(() => decodeBase64(text)).toThrow("BASE64_INVALID");
  });

  it.each(["QQ==", "QR", "/w", "QQ\n"])("refuses %j as base64url [ENC-1]", (text) => {
    expect(() => decodeBase64url(text)).toThrow("BASE64_INVALID");
  });

  it("refuses bytes that are not UTF-8, and keeps a byte order mark", () => {
    expect(() => decodeUtf8(Uint8Array.of(0xc3, 0x28))).toThrow("UTF8_INVALID");
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf))).toBe("\ufeff");
  });
});
