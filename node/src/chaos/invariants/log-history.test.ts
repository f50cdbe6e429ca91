import {
  appendLeafHashes,
  EMPTY_FRONTIER,
  hashLeaf,
  makeVerifierKey,
  privateKeyFromSeed,
  rootOf,
  signCheckpoint,
  utf8Encode,
} from "@tallystick/proto";
import { expect, it } from "vitest";
import { LogHistory } from "./log-history.ts";

const origin = "smelter.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(7));
const verifier = makeVerifierKey(origin, "ed25519", key.publicKey);
const leaves = ["a", "b", "c", "d"].map(utf8Encode);

function note(of: readonly Uint8Array[]): string {
  const rootHash = rootOf(appendLeafHashes(EMPTY_FRONTIER, of.map(hashLeaf)));
  return signCheckpoint({ origin, treeSize: of.length, rootHash }, key);
}

it("finds checkpoints of one history consistent, in whatever order they come", () => {
  const history = new LogHistory(origin, verifier);
  for (const size of [3, 1, 4, 3]) expect(history.observe(note(leaves.slice(0, size)), "x")).toEqual({ size });
  expect(history.unproven).toEqual([3, 1, 4]);
  expect(history.extend(leaves.slice(0, 2), "x")).toBeUndefined();
  expect(history.unproven).toEqual([3, 4]);
  expect(history.extend(leaves.slice(2), "x")).toBeUndefined();
  expect(history.unproven).toEqual([]);
  expect([history.size, history.largest, history.checkpoints]).toEqual([4, 4, 3]);
  expect(history.agrees(1, leaves.slice(1))).toBe(true);
  expect(history.agrees(1, leaves)).toBe(false);
});

it("finds two roots of one size, also where it has the leaves of neither", () => {
  const history = new LogHistory(origin, verifier);
  history.observe(note(leaves.slice(0, 2)), "one");
  const { contradiction } = history.observe(note([leaves[1], leaves[0]] as Uint8Array[]), "two");
  expect(contradiction?.notes).toHaveLength(2);
});

it("finds a fork at another size by the leaves", () => {
  const history = new LogHistory(origin, verifier);
  history.observe(note(leaves.slice(0, 3)), "one");
  const other = [leaves[0], leaves[3]] as Uint8Array[];
  expect(history.observe(note(other), "two")).toEqual({ size: 2 });
  expect(history.extend(leaves.slice(0, 3), "one")?.what).toContain("two");
  const known = new LogHistory(origin, verifier);
  known.extend(leaves, "one");
  expect(known.observe(note(other), "two").contradiction?.notes).toHaveLength(1);
});

it("takes in no note that the log did not sign", () => {
  const history = new LogHistory(
    origin,
    makeVerifierKey(origin, "ed25519", privateKeyFromSeed(new Uint8Array(32)).publicKey),
  );
  expect(() => history.observe(note(leaves), "x")).toThrow("NOTE_UNSIGNED");
  expect(history.checkpoints).toBe(0);
});
