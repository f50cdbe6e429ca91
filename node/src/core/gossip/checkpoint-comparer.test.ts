import {
  hashLeaf,
  makeVerifierKey,
  merkleRoot,
  privateKeyFromSeed,
  sha256,
  signCheckpoint,
  utf8Encode,
} from "@tallystick/proto";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { CheckpointComparer } from "./checkpoint-comparer.ts";

const origin = "log.example/feed";
const keyOf = (label: string) => privateKeyFromSeed(sha256(utf8Encode(label)));
const key = keyOf("log");
const rootOf = (history: string, size: number): Uint8Array =>
  merkleRoot(Array.from({ length: size }, (_, at) => hashLeaf(utf8Encode(`${history} ${at}`))));
const noteOf = (history: string, size: number, signer = key, of = origin): string =>
  signCheckpoint({ origin: of, treeSize: size, rootHash: rootOf(history, size) }, signer);

let heldSize: number;
let computed: number;
let comparer: CheckpointComparer;
beforeEach(() => {
  heldSize = 5;
  computed = 0;
  comparer = new CheckpointComparer((asked) =>
    asked !== origin
      ? undefined
      : {
          keys: [makeVerifierKey(origin, "ed25519", key.publicKey)],
          size: heldSize,
          rootHeldAt: async (size) => (size === heldSize ? rootOf("true", size) : undefined),
          computeRootAt: async (size) => {
            computed += 1;
            return rootOf("true", size);
          },
        },
  );
});

describe("CheckpointComparer", () => {
  it("shows a fork at once: the same size and another root [FRK-1]", async () => {
    const note = noteOf("other", 5);
    expect(await comparer.compare(note, 100)).toMatchObject({ kind: "contradicts", note, checkpoint: { treeSize: 5 } });
    expect(await comparer.compare(noteOf("true", 5), 100)).toEqual({ kind: "agrees" });
    expect(computed).toBe(0);
  });

  it("shows a fork in what came before: a smaller size whose root is not that of what is held [FRK-1]", async () => {
    expect(await comparer.compare(noteOf("true", 3), 100)).toEqual({ kind: "agrees" });
    expect(await comparer.compare(noteOf("other", 3), 100)).toMatchObject({ kind: "contradicts" });
  });

  it("keeps what is ahead, and compares it when the log has shown what leads there [FRK-1]", async () => {
    expect(await comparer.compare(noteOf("true", 7), 100)).toMatchObject({
      kind: "ahead",
      checkpoint: { treeSize: 7 },
    });
    expect(await comparer.compare(noteOf("other", 8), 100)).toMatchObject({
      kind: "ahead",
      checkpoint: { treeSize: 8 },
    });
    expect(await comparer.revisit(origin, 101)).toEqual([]);
    heldSize = 8;
    expect(await comparer.revisit(origin, 101)).toMatchObject([{ kind: "agrees" }, { kind: "contradicts" }]);
    expect(comparer.unshown(10_000, 60)).toEqual([]);
  });

  it("names a log that does not show, within the deadline, what leads to its own checkpoint: no proof [FRK-2]", async () => {
    await comparer.compare(noteOf("true", 9), 100);
    await comparer.compare(noteOf("true", 7), 130);
    expect(comparer.unshown(160, 60)).toEqual([]);
    expect(comparer.unshown(161, 60)).toEqual([{ origin, size: 9, sinceUnix: 100 }]);
    heldSize = 7;
    await comparer.revisit(origin, 170);
    expect(comparer.unshown(200, 60)).toEqual([{ origin, size: 9, sinceUnix: 100 }]);
    heldSize = 9;
    await comparer.revisit(origin, 201);
    expect(comparer.unshown(202, 60)).toEqual([]);
  });

  it("drops what no key of a known log signed, and remembers nothing of strangers [FRK-3]", async () => {
    const strangers = noteOf("true", 5, key, "stranger.example/feed");
    expect(await comparer.compare(strangers, 100)).toEqual({ kind: "dropped", reason: "unknown-origin" });
    expect(await comparer.compare(noteOf("other", 5, keyOf("thief")), 100)).toEqual({
      kind: "dropped",
      reason: "unsigned",
    });
    expect(await comparer.compare(`${origin}\nfive\n`, 100)).toEqual({ kind: "dropped", reason: "malformed" });
    const long = noteOf("other", 5) + `— w.example ${"A".repeat(20_000)}\n`;
    expect(await comparer.compare(long, 100)).toEqual({ kind: "dropped", reason: "malformed" });
  });

  it("does so much for one log in ten seconds and no more, and holds so much of what is ahead [FRK-3]", async () => {
    for (let size = 6; size < 100; size++) await comparer.compare(noteOf("true", size), 100);
    expect(await comparer.compare(noteOf("other", 5), 100)).toEqual({ kind: "dropped", reason: "too-many" });
    expect(await comparer.compare(noteOf("other", 5), 110)).toMatchObject({ kind: "contradicts" });
    for (const size of [1, 2, 3, 4]) await comparer.compare(noteOf("true", size), 111);
    expect(computed).toBe(2);
    heldSize = 1_000;
    expect(await comparer.revisit(origin, 130)).toHaveLength(4);
  });

  it("throws nothing, whatever the bytes, and never says that another history agrees", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 5 }), async (garbage, size) => {
        expect((await comparer.compare(garbage, 0)).kind).toBe("dropped");
        expect((await comparer.compare(`${origin}\n${garbage}`, 0)).kind).toBe("dropped");
        expect((await comparer.compare(noteOf(`other ${garbage}`, size), 0)).kind).not.toBe("agrees");
      }),
    );
  });
});
