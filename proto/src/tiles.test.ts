import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { u64be } from "./bytes.ts";
import { inclusionProof, verifyInclusion } from "./inclusion.ts";
import { hashLeaf, merkleRoot } from "./merkle.ts";
import {
  entriesPath,
  formatEntryBundle,
  formatTile,
  MAX_ENTRY_BYTES,
  nodesOfTiles,
  parseEntryBundle,
  parseTile,
  parseTilePath,
  tilePath,
  tileWidth,
} from "./tiles.ts";

const MALFORMED = expect.objectContaining({ code: "TILE_MALFORMED" });
const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 256 });

describe("tile paths", () => {
  it("are spelled as tlog-tiles spells them", () => {
    expect(tilePath(0, 1_234_067)).toBe("tile/0/x001/x234/067");
    expect(tilePath(2, 0, 17)).toBe("tile/2/000.p/17");
    expect(entriesPath(1000, 1)).toBe("tile/entries/x001/000.p/1");
    expect(entriesPath(273)).toBe("tile/entries/273");
  });

  it("read back to what they were made of", () => {
    const path = fc.record({ level: fc.nat(63), index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) });
    fc.assert(
      fc.property(path, ({ level, index, width }) => {
        expect(parseTilePath(tilePath(level, index, width))).toEqual({ kind: "tile", level, index, width });
        expect(parseTilePath(entriesPath(index, width))).toEqual({ kind: "entries", index, width });
      }),
    );
  });

  it.each([
    "",
    "/tile/0/000",
    "tile/0/00",
    "tile/0/0000",
    "tile/00/000",
    "tile/64/000",
    "tile/0/x000/001",
    "tile/0/001/000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/1/",
    "tile/0/x999/x999/x999/x999/x999/999",
    "tile/entries/../000",
    "tile/0/000\n",
  ])("refuses %j", (path) => {
    expect(() => parseTilePath(path)).toThrow(MALFORMED);
  });

  it("throws only TILE_MALFORMED, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseTilePath(text)).toThrow(MALFORMED);
      }),
    );
    expect(() => tilePath(0, -1)).toThrow(MALFORMED);
    expect(() => tilePath(64, 0)).toThrow(MALFORMED);
    expect(() => tilePath(0, 0, 257)).toThrow(MALFORMED);
  });
});

describe("tiles", () => {
  it("have the widths that the example of tlog-tiles gives for 70,000 entries [LOG-5]", () => {
    expect([tileWidth(0, 272, 70_000), tileWidth(0, 273, 70_000), tileWidth(0, 274, 70_000)]).toEqual([256, 112, 0]);
    expect([tileWidth(1, 0, 70_000), tileWidth(1, 1, 70_000), tileWidth(2, 0, 70_000)]).toEqual([256, 17, 1]);
    expect([tileWidth(0, 0, 256), tileWidth(1, 0, 256)]).toEqual([256, 1]);
  });

  it("read back to their hashes, at their own width only", () => {
    const hashes = [1, 2, 3].map((value) => hashLeaf(u64be(value)));
    expect(parseTile(formatTile(hashes), 3)).toEqual(hashes.map((hash) => new Uint8Array(hash)));
    expect(() => parseTile(formatTile(hashes), 2)).toThrow(MALFORMED);
    expect(() => parseTile(new Uint8Array(0), 0)).toThrow(MALFORMED);
    expect(() => formatTile([])).toThrow(MALFORMED);
    expect(() => formatTile([new Uint8Array(31)])).toThrow(MALFORMED);
  });

  it("answer every node of the tree", async () => {
    const size = 256 * 3 + 77;
    const leaves = Array.from({ length: size }, (_, index) => hashLeaf(u64be(index)));
    const full = [0, 1, 2].map((tile) => merkleRoot(leaves.slice(tile * 256, tile * 256 + 256)));
    const read = nodesOfTiles(async (level, index) =>
      level === 0 ? leaves.slice(index * 256, index * 256 + 256) : full,
    );
    for (const index of [0, 255, 256, 700, size - 1]) {
      const proof = await inclusionProof(read, index, size);
      verifyInclusion(leaves[index] as Uint8Array, index, size, proof, merkleRoot(leaves));
    }
    await expect(async () => read(10, 0)).rejects.toThrow(MALFORMED);
  });
});

describe("entry bundles", () => {
  it("read back to their entries", () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(parseEntryBundle(formatEntryBundle(list), list.length)).toEqual(
          list.map((entry) => new Uint8Array(entry)),
        );
      }),
    );
  });

  it("throw only TILE_MALFORMED, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer(), (bytes, width) => {
        try {
          expect(formatEntryBundle(parseEntryBundle(bytes, width))).toEqual(new Uint8Array(bytes));
        } catch (error) {
          expect(error).toEqual(MALFORMED);
        }
      }),
    );
  });

  it("hold entries of up to 65,535 bytes [LOG-5]", () => {
    const longest = new Uint8Array(MAX_ENTRY_BYTES);
    expect(parseEntryBundle(formatEntryBundle([longest]), 1)[0]).toHaveLength(MAX_ENTRY_BYTES);
    expect(() => formatEntryBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)])).toThrow(
      expect.objectContaining({ code: "ENTRY_TOO_LARGE" }),
    );
  });

  it.each([
    ["an entry cut off", [0, 2, 1], 1],
    ["a length cut off", [0, 1, 1, 0], 2],
    ["an entry too many", [0, 0, 0, 0], 1],
    ["an entry too few", [0, 0], 2],
    ["nothing", [], 0],
  ])("refuse %s", (_, bytes, width) => {
    expect(() => parseEntryBundle(Uint8Array.from(bytes), width)).toThrow(MALFORMED);
  });

  it("are not made of nothing or of more than 256 entries", () => {
    expect(() => formatEntryBundle([])).toThrow(MALFORMED);
    expect(() => formatEntryBundle(Array(257).fill(new Uint8Array(0)))).toThrow(MALFORMED);
  });
});
