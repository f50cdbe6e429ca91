import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  encodeBase64,
  inclusionProof,
  nodesOfTiles,
  parseCheckpoint,
  parseNote,
  parseTile,
  parseVerifierKey,
  rootOf,
  tilePath,
  tileWidth,
  verifyCosignature,
  verifyInclusion,
} from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { describePublished, publishedBytes, publishedFiles, publishedJson, publishedText } from "../published-data.ts";

const FOLDER = ["vectors", "sunlight", "cmd", "skylight", "testdata"];
const MIRRORED = [...FOLDER, "witness", "mirror", "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706"];

/** Each published checkpoint with the witness whose cosignature it carries. */
const COSIGNED = [
  ["witness/000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706/checkpoint", "witness/witness.v0.json"],
  ["witness2/88ad7a28caeb0b2aa890fdf0304c2fcaf59fca2ee140134ff8c1300bac493482/checkpoint", "witness2/witness.v0.json"],
  [
    "witness/mirror/000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706/checkpoint",
    "witness/mirror/mirror.v0.json",
  ],
] as const;

describePublished("Sunlight's witnesses", () => {
  it.each(COSIGNED)("%s verifies under the key of %s", (checkpoint, witness) => {
    const [vkey = ""] = publishedJson<{ verifier_keys: string[] }>(...FOLDER, witness).verifier_keys;
    const note = parseNote(publishedText(...FOLDER, checkpoint));
    expect(parseCheckpoint(note.text).treeSize).toBe(300);
    expect(verifyCosignature(note, parseVerifierKey(vkey))).toEqual({
      timeUnix: 1_767_139_200,
      lastUnix: 1_767_139_200,
    });
    const moved = { ...note, text: note.text.replace("\n300\n", "\n301\n") };
    expect(() => verifyCosignature(moved, parseVerifierKey(vkey))).toThrow(
      expect.objectContaining({ code: "NOTE_SIGNATURE_INVALID" }),
    );
  });

  it("takes no decoy for a checkpoint", () => {
    expect(() => parseNote(publishedText(...FOLDER, "witness", "checkpoint"))).toThrow(
      expect.objectContaining({ code: "NOTE_MALFORMED" }),
    );
  });

  // Its entry bundles are placeholder texts, compressed; the tiles are a tree's.
  describe("mirror of 300 entries, a full tile and a partial one", () => {
    const { treeSize, rootHash } = parseCheckpoint(parseNote(publishedText(...MIRRORED, "checkpoint")).text);
    const tile = (level: number, index: number): Uint8Array[] => {
      const width = tileWidth(level, index, treeSize);
      return parseTile(publishedBytes(...MIRRORED, tilePath(level, index, width)), width);
    };
    const leafHashes = [...tile(0, 0), ...tile(0, 1)];

    it("holds just the tiles that its size needs [LOG-5]", () => {
      const tiles = publishedFiles(...MIRRORED).filter((file) => file.startsWith("tile/") && !file.includes("entries"));
      expect(tiles).toEqual([tilePath(0, 0), tilePath(0, 1, 44), tilePath(1, 0, 1)]);
    });

    it("has the root of its checkpoint [LOG-1]", () => {
      const frontier = appendLeafHashes(EMPTY_FRONTIER, leafHashes);
      expect(encodeBase64(rootOf(frontier))).toBe(encodeBase64(rootHash));
      const full = rootOf(appendLeafHashes(EMPTY_FRONTIER, tile(0, 0)));
      expect(encodeBase64(tile(1, 0)[0] as Uint8Array)).toBe(encodeBase64(full));
    });

    it("proves leaves of both tiles", async () => {
      const read = nodesOfTiles(async (level, index) => tile(level, index));
      for (const index of [0, 255, 256, 299]) {
        const proof = await inclusionProof(read, index, treeSize);
        verifyInclusion(leafHashes[index] as Uint8Array, index, treeSize, proof, rootHash);
      }
    });
  });
});
