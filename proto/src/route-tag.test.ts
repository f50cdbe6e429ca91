import { describe, expect, it } from "vitest";
import { encodeHex } from "./base64.ts";
import { concatBytes } from "./bytes.ts";
import { hmacSha256, sha256, utf8Encode } from "./platform.ts";
import { commitRouteKey, routeSecret, routeTag, tagOf } from "./route-tag.ts";

const routeKey = new Uint8Array(32).fill(9);
const ORIGIN = "supplier.example/feed";
const INVALID = expect.objectContaining({ code: "ROUTE_KEY_INVALID" });

describe("route tag", () => {
  it("is SHA-256 of the HMAC over domain, origin, epoch and counter, cut to 16 bytes [RT-2]", () => {
    const secret = hmacSha256(routeKey, utf8Encode("tallystick/route/v1\nsupplier.example/feed\n3\n12"));
    expect(routeSecret(routeKey, ORIGIN, 3, 12)).toEqual(secret);
    expect(encodeHex(routeTag(routeKey, ORIGIN, 3, 12))).toBe(encodeHex(sha256(secret).subarray(0, 16)));
    expect(tagOf(secret)).toEqual(routeTag(routeKey, ORIGIN, 3, 12));
  });

  // Figures of Python's hashlib and hmac: the same bytes for whoever implements docs/protocol.md.
  it("has the bytes that another implementation gives [RT-1] [RT-2]", () => {
    const key = Uint8Array.from({ length: 32 }, (_, at) => at);
    expect(encodeHex(commitRouteKey(key))).toBe("81aed18a0b5775e9009da84257e88fa191f42008b040d7efc89d55209748d991");
    const secret = "60021f455e27932d6c3c97503d29e5c6aa6e46735262bf94bb9d21524581f8da";
    expect(encodeHex(routeSecret(key, ORIGIN, 0, 7))).toBe(secret);
    expect(encodeHex(routeTag(key, ORIGIN, 0, 7))).toBe("aaedcb76592b7448de254956b74f0e6c");
  });

  it("differs for every key, log, epoch and counter", () => {
    const otherKey = new Uint8Array(32).fill(8);
    const tags = [
      routeTag(routeKey, ORIGIN, 1, 11),
      routeTag(routeKey, ORIGIN, 11, 1),
      routeTag(routeKey, ORIGIN, 1, 12),
      routeTag(routeKey, "other.example", 1, 11),
      routeTag(otherKey, ORIGIN, 1, 11),
    ].map(encodeHex);
    expect(new Set(tags).size).toBe(tags.length);
  });

  it("hangs on a key that the agreement commits to [RT-1]", () => {
    expect(commitRouteKey(routeKey)).toEqual(sha256(concatBytes(utf8Encode("tallystick/route-key/v1\n"), routeKey)));
    expect(() => commitRouteKey(new Uint8Array(31))).toThrow(INVALID);
  });

  it.each([
    ["a short key", new Uint8Array(31), ORIGIN, 0, 0],
    ["an origin with a newline", routeKey, "a\n1", 0, 0],
    ["a negative epoch", routeKey, ORIGIN, -1, 0],
    ["a fractional counter", routeKey, ORIGIN, 0, 0.5],
    ["a counter beyond 2^53 - 1", routeKey, ORIGIN, 0, 2 ** 53],
  ])("refuses %s", (_, key, origin, epoch, counter) => {
    expect(() => routeTag(key, origin, epoch, counter)).toThrow(INVALID);
  });
});
