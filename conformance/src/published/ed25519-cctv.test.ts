import { ed25519 } from "@noble/curves/ed25519.js";
import {
  admitPublicKey,
  decodeHex,
  isSignatureValid,
  isTallyError,
  type PublicKey,
  utf8Encode,
} from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedJson } from "../published-data.ts";

interface Vector {
  readonly number: number;
  readonly key: string;
  readonly sig: string;
  readonly msg: string;
}

/** What a verifier without node:crypto must do to agree: no ZIP 215, R free of torsion and not the identity. */
function nobleVerifies(vector: Vector): boolean {
  const signature = decodeHex(vector.sig);
  try {
    const r = ed25519.Point.fromBytes(signature.slice(0, 32), false);
    if (r.is0() || !r.isTorsionFree()) return false;
    return ed25519.verify(signature, utf8Encode(vector.msg), decodeHex(vector.key), { zip215: false });
  } catch {
    // noble throws on encodings that it does not accept: a refusal.
    return false;
  }
}

function admitted(vector: Vector): PublicKey | undefined {
  try {
    return admitPublicKey(decodeHex(vector.key));
  } catch (error) {
    if (isTallyError(error, "KEY_NOT_ADMISSIBLE")) return undefined;
    throw error;
  }
}

describePublished("CCTV Ed25519 edge cases", () => {
  const vectors = publishedJson<Vector[]>("vectors/cctv/ed25519/ed25519vectors.json");

  it("admits the keys of 28 of 914 vectors and refuses the others with a typed reason [KEY-1]", () => {
    expect(vectors).toHaveLength(914);
    expect(vectors.filter((vector) => admitted(vector) !== undefined)).toHaveLength(28);
  });

  it("agrees with a strict pure verifier on every vector with an admissible key [KEY-4]", () => {
    const verdicts = vectors.flatMap((vector) => {
      const key = admitted(vector);
      if (key === undefined) return [];
      return [
        {
          vector,
          ours: isSignatureValid(key, utf8Encode(vector.msg), decodeHex(vector.sig)),
          theirs: nobleVerifies(vector),
        },
      ];
    });
    expect(verdicts.filter(({ ours, theirs }) => ours !== theirs)).toEqual([]);
    expect(new Set(verdicts.map(({ ours }) => ours))).toEqual(new Set([true, false]));
  });
});
