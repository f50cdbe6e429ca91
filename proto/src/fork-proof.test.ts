import { describe, expect, it } from "vitest";
import { signCheckpoint } from "./checkpoint.ts";
import { privateKeyFromSeed } from "./ed25519.ts";
import { forkShownBy } from "./fork-proof.ts";
import { makeVerifierKey } from "./verifier-key.ts";

const origin = "log.example/feed";
const [key, later, thief] = [1, 2, 3].map((n) => privateKeyFromSeed(new Uint8Array(32).fill(n)));
const note = (treeSize: number, root: number, signer = key, of = origin): string =>
  signCheckpoint({ origin: of, treeSize, rootHash: new Uint8Array(32).fill(root) }, signer as NonNullable<typeof key>);
const keys = [key, later].map((one) => makeVerifierKey(origin, "ed25519", (one as NonNullable<typeof key>).publicKey));

describe("forkShownBy", () => {
  it("takes two signed roots of one size, also under an earlier and a later key [FRK-5]", () => {
    const shown = forkShownBy([note(5, 1), note(5, 2, later)], keys);
    expect(shown).toMatchObject({ origin, treeSize: 5 });
    expect(shown?.roots.map(([first]) => first)).toEqual([1, 2]);
  });

  it.each([
    ["the same root", note(5, 1), note(5, 1)],
    ["another size", note(5, 1), note(6, 2)],
    ["a key that is not the log's", note(5, 1), note(5, 2, thief)],
    ["another log", note(5, 1), note(5, 2, key, "other.example/feed")],
    ["no note", note(5, 1), "nothing"],
    ["a note that was changed", note(5, 1), note(5, 2).replace("\n5\n", "\n6\n")],
  ])("shows nothing by %s", (_, a, b) => {
    expect(forkShownBy([a, b], keys)).toBeUndefined();
    expect(forkShownBy([b, a], keys)).toBeUndefined();
  });
});
