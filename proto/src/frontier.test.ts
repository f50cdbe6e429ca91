import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { u64be } from "./bytes.ts";
import { appendLeafHash, appendLeafHashes, EMPTY_FRONTIER, parseFrontier, rootOf, subtreeCount } from "./frontier.ts";
import { EMPTY_ROOT, hashLeaf, merkleRoot } from "./merkle.ts";

const leaves = (count: number, seed = 0): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => hashLeaf(u64be(seed + index)));

describe("frontier", () => {
  it("has the empty root at the start", () => {
    expect(rootOf(EMPTY_FRONTIER)).toEqual(EMPTY_ROOT);
  });

  it("has the root that the definition of RFC 6962 gives, however the leaves are batched [LOG-1]", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 8 }), (batches) => {
        let frontier = EMPTY_FRONTIER;
        for (const batch of batches) frontier = appendLeafHashes(frontier, leaves(batch, frontier.size));
        expect(rootOf(frontier)).toEqual(merkleRoot(leaves(frontier.size)));
        expect(frontier.hashes).toHaveLength(subtreeCount(frontier.size));
      }),
    );
  });

  it("leaves the frontier it was given as it was", () => {
    const before = appendLeafHashes(EMPTY_FRONTIER, leaves(3));
    const root = rootOf(before);
    const after = appendLeafHash(before, leaves(4)[3] as Uint8Array);
    expect(rootOf(before)).toEqual(root);
    expect(rootOf(after)).toEqual(merkleRoot(leaves(4)));
  });

  it("takes back its own hashes", () => {
    const frontier = appendLeafHashes(EMPTY_FRONTIER, leaves(21));
    expect(parseFrontier(21, frontier.hashes)).toEqual(frontier);
  });

  it("counts the subtrees of sizes beyond 32 bits", () => {
    expect(subtreeCount(2 ** 53 - 1)).toBe(53);
    expect(subtreeCount(2 ** 40 + 1)).toBe(2);
    expect(subtreeCount(0)).toBe(0);
  });

  it.each([
    ["a hash too few", 3, 1],
    ["a hash too many", 2, 2],
    ["a fractional size", 1.5, 1],
    ["a negative size", -1, 1],
    ["a size beyond 2^53 - 1", 2 ** 53, 1],
  ])("refuses %s", (_, size, count) => {
    expect(() => parseFrontier(size, leaves(count))).toThrow(expect.objectContaining({ code: "PROOF_MALFORMED" }));
  });

  it("refuses a hash that is not 32 bytes", () => {
    expect(() => parseFrontier(1, [new Uint8Array(31)])).toThrow(expect.objectContaining({ code: "PROOF_MALFORMED" }));
  });
});
