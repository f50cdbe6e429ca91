import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { u64be } from "./bytes.ts";
import {
  consistencyProof,
  subtreeConsistencyProof,
  verifyConsistency,
  verifySubtreeConsistency,
} from "./consistency.ts";
import { EMPTY_ROOT, hashLeaf, merkleRoot } from "./merkle.ts";
import { isSubtree, type NodeReader } from "./subtree.ts";

const leaves: Uint8Array[] = Array.from({ length: 40 }, (_, index) => hashLeaf(u64be(index)));
const read: NodeReader = (level, index) => merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
const rootOfLeaves = (start: number, end: number): Uint8Array => merkleRoot(leaves.slice(start, end));
const INVALID = expect.objectContaining({ code: "CONSISTENCY_PROOF_INVALID" });

describe("consistency", () => {
  it("proves every subtree of every tree, the prefixes among them", async () => {
    for (let size = 0; size <= 26; size++) {
      for (let end = 0; end <= size; end++) {
        const proof = await consistencyProof(read, end, size);
        verifyConsistency(end, rootOfLeaves(0, end), size, rootOfLeaves(0, size), proof);
        for (let start = 1; start < end; start++) {
          if (!isSubtree(start, end)) continue;
          const subtreeProof = await subtreeConsistencyProof(read, start, end, size);
          verifySubtreeConsistency(start, end, size, subtreeProof, rootOfLeaves(start, end), rootOfLeaves(0, size));
        }
      }
    }
  });

  it("refuses a proof or root with one bit flipped", async () => {
    const sizes = fc
      .integer({ min: 1, max: 40 })
      .chain((size) => fc.tuple(fc.integer({ min: 1, max: size }), fc.constant(size)));
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(255), fc.nat(), async ([oldSize, newSize], bit, at) => {
        const proof = await consistencyProof(read, oldSize, newSize);
        const all = [rootOfLeaves(0, oldSize), rootOfLeaves(0, newSize), ...proof].map((hash) => Uint8Array.from(hash));
        const [oldRoot, newRoot, ...hashes] = all as [Uint8Array, Uint8Array, ...Uint8Array[]];
        const hit = all[at % all.length] as Uint8Array;
        hit[bit >> 3] = (hit[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(() => verifyConsistency(oldSize, oldRoot, newSize, newRoot, hashes)).toThrow(INVALID);
      }),
    );
  });

  it("takes the empty tree as a prefix of any, by an empty proof and under its own root only", () => {
    verifyConsistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, []);
    verifyConsistency(0, EMPTY_ROOT, 7, rootOfLeaves(0, 7), []);
    expect(() => verifyConsistency(0, rootOfLeaves(0, 1), 7, rootOfLeaves(0, 7), [])).toThrow(INVALID);
    expect(() => verifyConsistency(0, EMPTY_ROOT, 7, rootOfLeaves(0, 7), [EMPTY_ROOT])).toThrow(INVALID);
    expect(() => verifyConsistency(0, EMPTY_ROOT, 0, rootOfLeaves(0, 7), [])).toThrow(INVALID);
  });

  it("refuses a smaller tree, a missing hash and a hash to spare", async () => {
    const proof = await consistencyProof(read, 6, 13);
    const [oldRoot, newRoot] = [rootOfLeaves(0, 6), rootOfLeaves(0, 13)];
    expect(() => verifyConsistency(13, newRoot, 6, oldRoot, proof)).toThrow(INVALID);
    expect(() => verifyConsistency(6, oldRoot, 13, newRoot, proof.slice(0, -1))).toThrow(INVALID);
    expect(() => verifyConsistency(6, oldRoot, 13, newRoot, [...proof, oldRoot])).toThrow(INVALID);
    await expect(consistencyProof(read, 7, 6)).rejects.toThrow(RangeError);
  });

  it("throws only CONSISTENCY_PROOF_INVALID, whatever the arguments", () => {
    const hash = fc.uint8Array({ maxLength: 33 });
    const number = fc.oneof(fc.integer(), fc.double(), fc.maxSafeNat());
    fc.assert(
      fc.property(
        number,
        hash,
        number,
        hash,
        fc.array(hash, { maxLength: 60 }),
        (oldSize, oldRoot, newSize, newRoot, proof) => {
          try {
            verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof);
          } catch (error) {
            expect(error).toEqual(INVALID);
          }
        },
      ),
    );
  });
});
