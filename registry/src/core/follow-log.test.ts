import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  hashLeaf,
  makeVerifierKey,
  rootOf,
  signCheckpoint,
  utf8Encode,
} from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { MAX_BATCH_ENTRIES, NOT_FOLLOWED_YET, type ReceivedBatch, verifyBatch } from "./follow-log.ts";
import { keyOf } from "./registry.fixture.ts";

const origin = "smith.example/feed";
const logKey = makeVerifierKey(origin, "ed25519", keyOf("log").publicKey);
const leaves = Array.from({ length: 7 }, (_, at) => utf8Encode(`leaf ${at}`));
const rootAt = (size: number): Uint8Array =>
  rootOf(appendLeafHashes(EMPTY_FRONTIER, leaves.slice(0, size).map(hashLeaf)));
const noteAt = (treeSize: number, label = "log", rootHash = rootAt(treeSize)): string =>
  signCheckpoint({ origin, treeSize, rootHash }, keyOf(label));
const batch = (from: number, to: number, changed: Partial<ReceivedBatch> = {}): ReceivedBatch => ({
  firstIndex: from,
  leaves: leaves.slice(from, to),
  note: noteAt(to),
  ...changed,
});

describe("verifyBatch", () => {
  const held = verifyBatch(NOT_FOLLOWED_YET, batch(0, 3), logKey).followed;

  it("follows a log batch by batch, and takes a newer note over the same size [LOG-7]", () => {
    expect(held.frontier.size).toBe(3);
    const next = verifyBatch(held, batch(3, 7), logKey);
    expect(next.followed.frontier.size).toBe(7);
    expect(next.signed.checkpoint.treeSize).toBe(7);
    expect(next.leafHashes).toHaveLength(4);
    expect(verifyBatch(held, batch(3, 3), logKey).followed).toEqual(held);
  });

  it.each<[string, ReceivedBatch, string]>([
    ["a smaller checkpoint", batch(0, 2), "LOG_ROLLED_BACK"],
    ["another leaf", batch(3, 5, { leaves: [utf8Encode("leaf x"), utf8Encode("leaf 4")] }), "ROOT_MISMATCH"],
    ["leaves in another order", batch(3, 5, { leaves: leaves.slice(3, 5).reverse() }), "ROOT_MISMATCH"],
    ["another history of the same size", batch(3, 3, { note: noteAt(3, "log", rootAt(2)) }), "ROOT_MISMATCH"],
    ["a leaf too few", batch(3, 5, { leaves: leaves.slice(3, 4) }), "BATCH_OUT_OF_ORDER"],
    ["a leaf too many", batch(3, 5, { leaves: leaves.slice(3, 6) }), "BATCH_OUT_OF_ORDER"],
    ["a gap", batch(4, 5), "BATCH_OUT_OF_ORDER"],
    ["what is held already", batch(2, 5), "BATCH_OUT_OF_ORDER"],
    ["another's signature", batch(3, 5, { note: noteAt(5, "mallory") }), "NOTE_UNSIGNED"],
    ["no note", batch(3, 5, { note: "" }), "NOTE_MALFORMED"],
  ])("refuses %s [LOG-8]", (_what, received, code) => {
    expect(() => verifyBatch(held, received, logKey)).toThrow(code);
  });

  it("refuses a batch over its limit before it hashes a leaf", () => {
    const many = Array.from({ length: MAX_BATCH_ENTRIES + 1 }, () => leaves[0] ?? new Uint8Array());
    const note = signCheckpoint({ origin, treeSize: many.length, rootHash: rootAt(1) }, keyOf("log"));
    expect(() => verifyBatch(NOT_FOLLOWED_YET, { firstIndex: 0, leaves: many, note }, logKey)).toThrow(
      "BATCH_OUT_OF_ORDER",
    );
  });
});
