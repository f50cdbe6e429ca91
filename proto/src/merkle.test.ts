import { describe, expect, it } from "vitest";
import { encodeHex } from "./base64.ts";
import { bitLength, EMPTY_ROOT, hashLeaf, hashNode, merkleRoot, splitOf } from "./merkle.ts";
import { sha256, utf8Encode } from "./platform.ts";

describe("merkle", () => {
  it("hashes leaf, node and the empty tree apart [LOG-1]", () => {
    const entry = utf8Encode("L123456");
    expect(encodeHex(EMPTY_ROOT)).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(hashLeaf(entry)).toEqual(sha256(Uint8Array.of(0, ...entry)));
    const [left, right] = [hashLeaf(entry), hashLeaf(new Uint8Array(0))];
    expect(hashNode(left, right)).toEqual(sha256(Uint8Array.of(1, ...left, ...right)));
  });

  it("joins nothing but 32-byte hashes", () => {
    expect(() => hashNode(new Uint8Array(31), EMPTY_ROOT)).toThrow(RangeError);
    expect(() => hashNode(EMPTY_ROOT, new Uint8Array(33))).toThrow(RangeError);
  });

  it("divides a tree at the largest power of two below its size", () => {
    expect([2, 3, 4, 5, 8, 9, 2 ** 40 + 1, 2 ** 53 - 1].map(splitOf)).toEqual([1, 2, 2, 4, 4, 8, 2 ** 40, 2 ** 52]);
    expect([0, 1, 2, 3, 4, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1].map(bitLength)).toEqual([0, 1, 2, 2, 3, 32, 33, 53]);
  });

  it("takes the leaf itself for the root of a tree of one", () => {
    expect(merkleRoot([EMPTY_ROOT])).toEqual(EMPTY_ROOT);
    expect(merkleRoot([])).toEqual(EMPTY_ROOT);
  });
});
