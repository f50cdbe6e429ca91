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
