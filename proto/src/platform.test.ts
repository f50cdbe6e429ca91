import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex } from "./base64.ts";
import { hmacSha256, utf8Encode } from "./platform.ts";

describe("HMAC-SHA-256", () => {
  // RFC 4231, test cases 1, 2, 6 (a key longer than a block) and 7.
  it.each([
    [new Uint8Array(20).fill(0x0b), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      utf8Encode("Jefe"),
      "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [
      new Uint8Array(131).fill(0xaa),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
    [
      new Uint8Array(131).fill(0xaa),
      "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ],
  ])("is RFC 4231's", (key, data, mac) => {
    expect(encodeHex(hmacSha256(key, utf8Encode(data)))).toBe(mac);
  });

  it("is node:crypto's, for keys and data of every length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), fc.uint8Array({ maxLength: 200 }), (key, data) => {
        expect(hmacSha256(key, data)).toEqual(createHmac("sha256", key).update(data).digest());
      }),
    );
  });
});
