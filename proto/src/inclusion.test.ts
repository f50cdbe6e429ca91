import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { u64be } from "./bytes.ts";
import { inclusionProof, verifyInclusion, verifySubtreeInclusion } from "./inclusion.ts";
import { hashLeaf, merkleRoot } from "./merkle.ts";
import { isSubtree, type NodeReader, readSubtreeRoot } from "./subtree.ts";

const leaves: Uint8Array[] = Array.from({ length: 70 }, (_, index) => hashLeaf(u64be(index)));
const read: NodeReader = (level, index) => merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
const rootAt = (size: number): Uint8Array => merkleRoot(leaves.slice(0, size));
const INVALID = expect.objectContaining({ code: "INCLUSION_PROOF_INVALID" });

/** A leaf in a tree, with its proof and one bit to flip. */
const place = fc
  .integer({ min: 1, max: 70 })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1), bit: fc.nat(255), at: fc.nat() }));

describe("inclusion", () => {
  it("proves every leaf of every tree", async () => {
    for (let size = 1; size <= 70; size++) {
      for (const index of [0, size >> 1, size - 1]) {
        verifyInclusion(
          leaves[index] as Uint8Array,
          index,
          size,
          await inclusionProof(read, index, size),
          rootAt(size),
        );
      }
    }
  });

  it("refuses a proof, leaf or root with one bit flipped", async () => {
    await fc.assert(
      fc.asyncProperty(place, async ({ size, index, bit, at }) => {
        const proof = await inclusionProof(read, index, size);
        const all = [leaves[index] as Uint8Array, rootAt(size), ...proof].map((hash) => Uint8Array.from(hash));
        const [leaf, root, ...path] = all as [Uint8Array, Uint8Array, ...Uint8Array[]];
        const hit = all[at % all.length] as Uint8Array;
        hit[bit >> 3] = (hit[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => verifyInclusion(leaf, index, size, path, root)).toThrow(INVALID);
      }),
    );
  });

  it("refuses another index, and a proof with a hash more or less", async () => {
    const proof = await inclusionProof(read, 5, 11);
    const leaf = leaves[5] as Uint8Array;
    expect(() => verifyInclusion(leaf, 4, 11, proof, rootAt(11))).toThrow(INVALID);
    expect(() => verifyInclusion(leaf, 5, 11, proof.slice(1), rootAt(11))).toThrow(INVALID);
    expect(() => verifyInclusion(leaf, 5, 11, [...proof, leaf], rootAt(11))).toThrow(INVALID);
  });

  it("throws only INCLUSION_PROOF_INVALID, whatever the arguments", () => {
    const hash = fc.uint8Array({ maxLength: 33 });
    const number = fc.oneof(fc.integer(), fc.double(), fc.maxSafeNat());
    fc.assert(
      fc.property(hash, number, number, fc.array(hash, { maxLength: 60 }), hash, (leaf, index, size, proof, root) => {
        expect(() => verifyInclusion(leaf, index, size, proof, root)).toThrow(INVALID);
      }),
    );
  });

  it("proves a leaf within a subtree, counted in the whole log", async () => {
    const [start, end] = [16, 27];
    const shifted: NodeReader = (level, index) => read(level, index + start / 2 ** level);
    const proof = await inclusionProof(shifted, 20 - start, end - start);
    const root = await readSubtreeRoot(read, start, end);
    verifySubtreeInclusion(leaves[20] as Uint8Array, 20, start, end, proof, root);
    expect(() => verifySubtreeInclusion(leaves[20] as Uint8Array, 21, start, end, proof, root)).toThrow(INVALID);
  });

  it("knows which ranges are subtrees", () => {
    expect([isSubtree(0, 7), isSubtree(4, 8), isSubtree(8, 13), isSubtree(3, 3), isSubtree(6, 7)]).toEqual(
      Array(5).fill(true),
    );
    expect([isSubtree(3, 5), isSubtree(4, 9), isSubtree(2, 1), isSubtree(-1, 1), isSubtree(0, 2 ** 53)]).toEqual(
      Array(5).fill(false),
    );
  });

  it("asks for no proof of a leaf that is not there", async () => {
    await expect(inclusionProof(read, 3, 3)).rejects.toThrow(RangeError);
  });
});
