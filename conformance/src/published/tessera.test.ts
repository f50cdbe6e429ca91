import {
  appendLeafHashes,
  consistencyProof,
  EMPTY_FRONTIER,
  encodeBase64,
  encodeHex,
  entriesPath,
  formatEntryBundle,
  formatTile,
  hashLeaf,
  nodesOfTiles,
  openCheckpoint,
  parseEntryBundle,
  parseTilePath,
  parseVerifierKey,
  privateKeyFromSeed,
  rootOf,
  signCheckpoint,
  tilePath,
  tileWidth,
  verifyConsistency,
} from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedBytes, publishedFiles, publishedText } from "../published-data.ts";

const FOLDER = ["vectors", "tessera", "testdata", "log"];
/** The key of Tessera's test log, as its build script publishes it. */
const LOG_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const SIZES = Array.from({ length: 16 }, (_, size) => size);

describePublished("Tessera's golden log", () => {
  const logKey = parseVerifierKey(LOG_KEY);
  const bundle = (size: number): Uint8Array => publishedBytes(...FOLDER, entriesPath(0, size));
  const entries = (size: number): Uint8Array[] => (size === 0 ? [] : parseEntryBundle(bundle(size), size));
  const leafHashes = entries(15).map(hashLeaf);
  const rootAt = (size: number): Uint8Array => rootOf(appendLeafHashes(EMPTY_FRONTIER, leafHashes.slice(0, size)));

  it.each(SIZES)("opens the checkpoint of size %i, whose root the entries give [LOG-1] [LOG-2]", (size) => {
    const { checkpoint } = openCheckpoint(publishedText(...FOLDER, `checkpoint.${size}`), logKey);
    expect(checkpoint.treeSize).toBe(size);
    const root = rootOf(appendLeafHashes(EMPTY_FRONTIER, entries(size).map(hashLeaf)));
    expect(encodeBase64(checkpoint.rootHash)).toBe(encodeBase64(root));
  });

  it("reproduces every tile and bundle to the byte [LOG-5]", () => {
    const paths = publishedFiles(...FOLDER).filter((file) => file.startsWith("tile/"));
    expect(paths).toHaveLength(30);
    for (const path of paths) {
      const parsed = parseTilePath(path);
      const { width } = parsed;
      expect(tileWidth(0, parsed.index, width)).toBe(width);
      const made =
        parsed.kind === "entries"
          ? formatEntryBundle(entries(15).slice(0, width))
          : formatTile(leafHashes.slice(0, width));
      expect(encodeHex(made)).toBe(encodeHex(publishedBytes(...FOLDER, path)));
      expect(parsed.kind === "entries" ? entriesPath(0, width) : tilePath(parsed.level, parsed.index, width)).toBe(
        path,
      );
    }
  });

  it("proves every size consistent with every later one, from the published tiles", async () => {
    for (const newSize of SIZES) {
      const read = nodesOfTiles(async () => leafHashes.slice(0, newSize));
      for (const oldSize of SIZES.slice(0, newSize + 1)) {
        const proof = await consistencyProof(read, oldSize, newSize);
        verifyConsistency(oldSize, rootAt(oldSize), newSize, rootAt(newSize), proof);
      }
    }
  });

  it("refuses the log's checkpoint under another key of the same name", () => {
    const impostor = privateKeyFromSeed(new Uint8Array(32));
    const forged = signCheckpoint({ origin: logKey.name, treeSize: 15, rootHash: rootAt(15) }, impostor);
    expect(() => openCheckpoint(forged, logKey)).toThrow(expect.objectContaining({ code: "NOTE_UNSIGNED" }));
  });
});
