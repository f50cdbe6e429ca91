import { isTallyError, parseJws } from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedJson } from "../published-data.ts";

interface Suite {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly comment: string;
    readonly tests: readonly { readonly tcId: number; readonly jws: unknown; readonly result: string }[];
  }[];
}

describePublished("Wycheproof JSON Web Signature", () => {
  const suite = publishedJson<Suite>("vectors/wycheproof/json_web_signature_test.json");
  const tests = suite.testGroups.flatMap((group) => group.tests);

  it("refuses all 401 before any key is asked for: none is the profile's Ed25519 token [ATT-1]", () => {
    expect(tests).toHaveLength(401);
    const codes = new Map<string, number>();
    for (const { jws } of tests) {
      const text = typeof jws === "string" ? jws : JSON.stringify(jws);
      try {
        parseJws(text, "vc+sd-jwt");
        expect.unreachable(text);
      } catch (error) {
        if (!isTallyError(error)) throw error;
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      }
    }
    expect([...codes]).toEqual([["JWS_MALFORMED", 401]]);
  });
});
