import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { formatLeaf, type Leaf, parseLeaf } from "./leaf.ts";
import { utf8Encode } from "./platform.ts";

const MALFORMED = expect.objectContaining({ code: "LEAF_MALFORMED" });
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => decodeBase64(encodeBase64(value)));
const hash = bytes(32);
const tag = bytes(16);
const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ kind: fc.constantFrom("attest" as const, "receipt" as const), jwsHash: hash }),
  fc.record({ kind: fc.constant("deliver" as const), routeTag: tag, commitment: hash }),
  fc.record({
    kind: fc.constantFrom("supersede" as const, "revoke" as const),
    jwsHash: hash,
    targetIndex: fc.maxSafeNat(),
  }),
  fc.record({ kind: fc.constantFrom("batch" as const, "close" as const), jwsHash: hash, batchTag: tag }),
  fc.record({
    kind: fc.constant("alloc" as const),
    jwsHash: hash,
    batchTag: tag,
    n: fc.integer({ min: 1 }),
    before: hash,
    after: hash,
  }),
);

const ZERO_HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const ZERO_TAG = "AAAAAAAAAAAAAAAAAAAAAA==";
const record = (...lines: string[]): Uint8Array => utf8Encode(`${lines.join("\n")}\n`);

describe("leaf", () => {
  it("spells the records as the protocol says", () => {
    const zero = { jwsHash: new Uint8Array(32), batchTag: new Uint8Array(16) };
    expect(formatLeaf({ kind: "supersede", ...zero, targetIndex: 12 })).toEqual(
      record("tallystick/leaf/v1", "supersede", ZERO_HASH, "12"),
    );
    expect(formatLeaf({ kind: "alloc", ...zero, n: 1, before: zero.jwsHash, after: zero.jwsHash })).toEqual(
      record("tallystick/leaf/v1", "alloc", ZERO_HASH, ZERO_TAG, "1", ZERO_HASH, ZERO_HASH),
    );
    expect(formatLeaf({ kind: "deliver", routeTag: zero.batchTag, commitment: zero.jwsHash })).toEqual(
      record("tallystick/leaf/v1", "deliver", ZERO_TAG, ZERO_HASH),
    );
  });

  it("reads back what it wrote [LEAF-1]", () => {
    fc.assert(
      fc.property(leaf, (value) => {
        expect(parseLeaf(formatLeaf(value))).toEqual(value);
      }),
    );
  });

  it("throws only LEAF_MALFORMED, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (any) => {
        expect(() => parseLeaf(any)).toThrow(MALFORMED);
      }),
    );
  });

  it("reads a damaged record as another record or not at all, never as the same [LEAF-1]", () => {
    fc.assert(
      fc.property(leaf, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
        const damaged = formatLeaf(value);
        const index = at % damaged.length;
        damaged[index] = (damaged[index] as number) ^ change;
        try {
          expect(formatLeaf(parseLeaf(damaged))).toEqual(damaged);
        } catch (error) {
          expect(error).toEqual(MALFORMED);
        }
      }),
    );
  });

  it.each([
    ["another version", ["tallystick/leaf/v2", "attest", ZERO_HASH]],
    ["an unknown kind", ["tallystick/leaf/v1", "attests", ZERO_HASH]],
    ["a kind inherited by every object", ["tallystick/leaf/v1", "constructor", ZERO_HASH]],
    ["a missing field", ["tallystick/leaf/v1", "supersede", ZERO_HASH]],
    ["a field too many", ["tallystick/leaf/v1", "attest", ZERO_HASH, "1"]],
    ["a leading zero", ["tallystick/leaf/v1", "supersede", ZERO_HASH, "01"]],
    ["a sign", ["tallystick/leaf/v1", "supersede", ZERO_HASH, "+1"]],
    ["an exponent", ["tallystick/leaf/v1", "supersede", ZERO_HASH, "1e3"]],
    ["an empty number", ["tallystick/leaf/v1", "supersede", ZERO_HASH, ""]],
    ["an index beyond 2^53 - 1", ["tallystick/leaf/v1", "supersede", ZERO_HASH, "9007199254740992"]],
    ["allocation number zero", ["tallystick/leaf/v1", "alloc", ZERO_HASH, ZERO_TAG, "0", ZERO_HASH, ZERO_HASH]],
    ["a hash of 31 bytes", ["tallystick/leaf/v1", "attest", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="]],
    ["a second spelling of a hash", ["tallystick/leaf/v1", "attest", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="]],
    ["a carriage return", ["tallystick/leaf/v1", "attest", `${ZERO_HASH}\r`]],
  ])("refuses %s [LEAF-1]", (_, lines) => {
    expect(() => parseLeaf(record(...lines))).toThrow(MALFORMED);
  });

  it("refuses a record without its last newline, and one far too long", () => {
    expect(() => parseLeaf(record("tallystick/leaf/v1", "attest", ZERO_HASH).slice(0, -1))).toThrow(MALFORMED);
    expect(() => parseLeaf(new Uint8Array(65_536))).toThrow(MALFORMED);
  });

  it("writes no field of another length or out of range", () => {
    expect(() => formatLeaf({ kind: "attest", jwsHash: new Uint8Array(31) })).toThrow(MALFORMED);
    expect(() => formatLeaf({ kind: "revoke", jwsHash: new Uint8Array(32), targetIndex: -1 })).toThrow(MALFORMED);
    expect(() => formatLeaf({ kind: "revoke", jwsHash: new Uint8Array(32), targetIndex: 1.5 })).toThrow(MALFORMED);
  });
});
