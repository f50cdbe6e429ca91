import { admitPublicKey, decodeHex, isSignatureValid } from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedJson } from "../published-data.ts";

interface Suite {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
}

describePublished("Wycheproof Ed25519", () => {
  const suite = publishedJson<Suite>("vectors/wycheproof/ed25519_test.json");
  const cases = suite.testGroups.flatMap((group) =>
    group.tests.map((test) => ({ ...test, key: admitPublicKey(decodeHex(group.publicKey.pk)) })),
  );

  it("admits every key and gives the published verdict on all 151", () => {
    expect(cases).toHaveLength(151);
    const wrong = cases.filter(
      ({ key, msg, sig, result }) => isSignatureValid(key, decodeHex(msg), decodeHex(sig)) !== (result === "valid"),
    );
    expect(wrong.map(({ tcId }) => tcId)).toEqual([]);
  });
});
