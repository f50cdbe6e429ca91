import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signCheckpoint } from "./checkpoint.ts";
import { addSignatures, cosign } from "./cosignature.ts";
import { privateKeyFromSeed } from "./ed25519.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { type Note, parseNote } from "./note.ts";
import { evaluateQuorum } from "./quorum.ts";
import { formatVerifierKey, makeVerifierKey } from "./verifier-key.ts";
import { parseWitnessPolicy, policyFor } from "./witness-policy.ts";

const keys = Array.from({ length: 5 }, (_, n) => privateKeyFromSeed(new Uint8Array(32).fill(n + 1)));
const key = (n: number) => keys[n] as (typeof keys)[number];
const witness = (n: number) => ({
  name: `w${n}`,
  key: makeVerifierKey(`w${n}.example`, "cosignature-v1", key(n).publicKey),
});
const signed = signCheckpoint(
  { origin: "log.example", treeSize: 0, rootHash: EMPTY_ROOT },
  privateKeyFromSeed(new Uint8Array(32).fill(99)),
);
const { text } = parseNote(signed);
/** The note as witnesses cosigned it: [witness, time]. */
const cosigned = (...times: readonly (readonly [number, number])[]): Note =>
  parseNote(
    addSignatures(
      signed,
      times.map(([n, time]) => cosign(text, time, `w${n}.example`, key(n))),
    ),
  );

const four = policyFor({ witnesses: [0, 1, 2, 3].map(witness) });

describe("quorum", () => {
  it("is met by three of four, and not by two [WIT-2]", () => {
    expect(evaluateQuorum(four, cosigned([0, 10], [3, 30]))).toEqual({
      met: false,
      required: 3,
      cosignatures: [
        { name: "w0", timeUnix: 10, lastUnix: 10 },
        { name: "w3", timeUnix: 30, lastUnix: 30 },
      ],
      weak: false,
    });
    expect(evaluateQuorum(four, cosigned([0, 10], [3, 30], [1, 20]))).toMatchObject({ met: true, logTimeUnix: 30 });
  });

  it("dates the log by the latest time in the first complete quorum, whoever cosigns later", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([11, 12, 13, 14], { minLength: 3 }), (times) => {
        const result = evaluateQuorum(four, cosigned(...times.map((time, n) => [n, time] as const)));
        expect(result.logTimeUnix).toBe([...times].sort((a, b) => a - b)[2]);
      }),
      { numRuns: 30 },
    );
    const heartbeat = cosigned([0, 10], [1, 11], [2, 12], [2, 500], [1, 500], [0, 500]);
    expect(evaluateQuorum(four, heartbeat)).toMatchObject({ met: true, logTimeUnix: 12 });
  });

  it("does not count a stranger, a witness of another text, or a witness with one bad line", () => {
    const stranger = cosign(text, 5, "w4.example", key(4));
    const otherText = cosign(text.replace("0", "1"), 5, "w2.example", key(2));
    const note = parseNote(
      addSignatures(signed, [
        cosign(text, 5, "w0.example", key(0)),
        cosign(text, 5, "w1.example", key(1)),
        stranger,
        otherText,
      ]),
    );
    expect(evaluateQuorum(four, note)).toMatchObject({ met: false, cosignatures: [{ name: "w0" }, { name: "w1" }] });
    const bad = { ...cosign(text, 5, "w2.example", key(2)), signature: new Uint8Array(72) };
    const spoilt = parseNote(addSignatures(signed, [cosign(text, 5, "w2.example", key(2)), bad]));
    expect(evaluateQuorum(four, spoilt).cosignatures).toEqual([]);
  });

  it("says weak below four witnesses behind the quorum [WIT-2]", () => {
    expect(evaluateQuorum(policyFor({ witnesses: [0, 1, 2].map(witness) }), cosigned()).weak).toBe(true);
    expect(evaluateQuorum(four, cosigned()).weak).toBe(false);
    const aside = parseWitnessPolicy(
      `${[0, 1, 2, 3].map((n) => `witness w${n} ${formatVerifierKey(witness(n).key)}\n`).join("")}quorum w0\n`,
    );
    expect(evaluateQuorum(aside, cosigned([0, 7]))).toMatchObject({
      met: true,
      required: 1,
      logTimeUnix: 7,
      weak: true,
    });
  });

  it("adds groups up", () => {
    const policy = parseWitnessPolicy(
      `${[0, 1, 2, 3, 4].map((n) => `witness w${n} ${formatVerifierKey(witness(n).key)}\n`).join("")}` +
        "group x 2 w0 w1 w2\ngroup y any w3 w4\ngroup both all x y\nquorum both\n",
    );
    expect(evaluateQuorum(policy, cosigned([0, 1], [1, 2], [2, 3]))).toMatchObject({ met: false, required: 3 });
    expect(evaluateQuorum(policy, cosigned([0, 1], [2, 9], [4, 4]))).toMatchObject({ met: true, logTimeUnix: 9 });
  });

  it("asks for nothing under the quorum none, and tells no time", () => {
    const result = evaluateQuorum(policyFor({ witnesses: [] }), parseNote(signed));
    expect(result).toEqual({ met: true, required: 0, cosignatures: [], weak: true });
  });
});
