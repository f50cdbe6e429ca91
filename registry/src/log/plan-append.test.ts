import { formatTile, hashLeaf, merkleRoot, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyLogState, planAppend } from "./plan-append.ts";

const leavesOf = (from: number, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, at) => utf8Encode(`leaf ${from + at}`));

/** The tiles of level 0 and 1 by their definition, each as bytes under `level/index`. */
function tilesByDefinition(leaves: readonly Uint8Array[]): Map<string, Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  let hashes = leaves.map(hashLeaf);
  for (let level = 0; hashes.length > 0; level++) {
    const roots: Uint8Array[] = [];
    for (let index = 0; index * 256 < hashes.length; index++) {
      const tile = hashes.slice(index * 256, index * 256 + 256);
      tiles.set(`${level}/${index}`, formatTile(tile));
      if (tile.length === 256) roots.push(merkleRoot(tile));
    }
    hashes = roots;
  }
  return tiles;
}

describe("planAppend", () => {
  it("gives the tree and the tiles of the definition, however the leaves are batched [LOG-1]", () => {
    const batches = fc.array(fc.constantFrom(1, 2, 3, 100, 255, 256, 257, 600), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(batches, (sizes) => {
        let state = emptyLogState("log.example/feed");
        const tiles = new Map<string, Uint8Array>();
        for (const size of sizes) {
          const plan = planAppend(state, leavesOf(state.frontier.size, size));
          expect(plan.expectedSize).toBe(state.frontier.size);
          for (const { level, index, hashes } of plan.tiles) tiles.set(`${level}/${index}`, formatTile(hashes));
          state = plan.next;
          const leaves = leavesOf(0, state.frontier.size);
          expect(plan.checkpoint).toEqual({
            origin: "log.example/feed",
            treeSize: leaves.length,
            rootHash: merkleRoot(leaves.map(hashLeaf)),
          });
          expect(tiles).toEqual(tilesByDefinition(leaves));
        }
      }),
      { numRuns: 15 },
    );
  });

  it("fills a tile of the second level", () => {
    const almost = planAppend(emptyLogState("log.example/feed"), leavesOf(0, 65_535));
    expect(almost.next.openTiles.map((tile) => tile.length)).toEqual([255, 255]);
    const full = planAppend(almost.next, leavesOf(65_535, 1));
    expect(full.tiles.map(({ level, index, hashes }) => [level, index, hashes.length])).toEqual([
      [0, 255, 256],
      [1, 0, 256],
      [2, 0, 1],
    ]);
    expect(full.next.openTiles.map((tile) => tile.length)).toEqual([0, 0, 1]);
    expect(full.tiles[2]?.hashes).toEqual([full.checkpoint.rootHash]);
  });

  it("leaves the state that it was given alone", () => {
    const { next } = planAppend(emptyLogState("log.example/feed"), leavesOf(0, 300));
    const before = JSON.stringify(next);
    planAppend(next, leavesOf(300, 300));
    expect(JSON.stringify(next)).toBe(before);
  });
});
