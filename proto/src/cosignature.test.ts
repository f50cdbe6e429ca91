import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, u64be } from "./bytes.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { addSignatures, cosign, verifyCosignature } from "./cosignature.ts";
import { privateKeyFromSeed } from "./ed25519.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { type NoteSignature, parseNote } from "./note.ts";
import { makeVerifierKey } from "./verifier-key.ts";

const witnessKey = privateKeyFromSeed(new Uint8Array(32).fill(3));
const witness = makeVerifierKey("witness.example", "cosignature-v1", witnessKey.publicKey);
const signed = signCheckpoint(
  { origin: "log.example", treeSize: 0, rootHash: EMPTY_ROOT },
  privateKeyFromSeed(new Uint8Array(32).fill(4)),
);
const { text } = parseNote(signed);
const at = (timeUnix: number): NoteSignature => cosign(text, timeUnix, "witness.example", witnessKey);
const code = (name: string) => expect.objectContaining({ code: name });

describe("cosignature", () => {
  it("is verified together with its time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (timeUnix) => {
        const note = parseNote(addSignatures(signed, [at(timeUnix)]));
        expect(verifyCosignature(note, witness)).toEqual({ timeUnix, lastUnix: timeUnix });
      }),
      { numRuns: 20 },
    );
  });

  it("refuses any flipped bit of time or signature", () => {
    const line = at(1_700_000_000);
    fc.assert(
      fc.property(fc.nat(71), fc.nat(7), (index, bit) => {
        const signature = Uint8Array.from(line.signature);
        signature[index] = (signature[index] as number) ^ (1 << bit);
        const note = parseNote(addSignatures(signed, [{ ...line, signature }]));
        expect(() => verifyCosignature(note, witness)).toThrow(/NOTE_SIGNATURE_INVALID|COSIGNATURE_MALFORMED/);
      }),
    );
  });

  it("refuses a line of another length, and one without a time", () => {
    const signature = at(5).signature;
    const open = (bytes: Uint8Array) => () =>
      verifyCosignature(parseNote(addSignatures(signed, [{ ...at(5), signature: bytes }])), witness);
    expect(open(signature.subarray(0, 71))).toThrow(code("COSIGNATURE_MALFORMED"));
    expect(open(concatBytes(signature, Uint8Array.of(0)))).toThrow(code("COSIGNATURE_MALFORMED"));
    expect(open(concatBytes(u64be(0), signature.subarray(8)))).toThrow(code("COSIGNATURE_MALFORMED"));
    expect(open(new Uint8Array(72).fill(255))).toThrow(code("COSIGNATURE_MALFORMED"));
    expect(() => at(0)).toThrow(code("COSIGNATURE_MALFORMED"));
  });

  it("does not count a note without the witness, or a log's key as one", () => {
    expect(() => verifyCosignature(parseNote(signed), witness)).toThrow(code("NOTE_UNSIGNED"));
    const asLog = makeVerifierKey("witness.example", "ed25519", witnessKey.publicKey);
    expect(() => verifyCosignature(parseNote(addSignatures(signed, [at(5)])), asLog)).toThrow(code("NOTE_UNSIGNED"));
  });
});

describe("addSignatures", () => {
  it("keeps the order and drops what is there already", () => {
    const once = addSignatures(signed, [at(5)]);
    expect(once.startsWith(signed)).toBe(true);
    expect(addSignatures(once, [at(5)])).toBe(once);
    expect(addSignatures(once, parseNote(once).signatures)).toBe(once);
  });

  it("keeps a witness's first line and its last one, however often it cosigns", () => {
    let note = signed;
    for (let time = 10; time < 200; time++) note = addSignatures(note, [at(time)]);
    expect(parseNote(note).signatures).toHaveLength(3);
    expect(verifyCosignature(parseNote(note), witness)).toEqual({ timeUnix: 10, lastUnix: 199 });
  });

  it("makes no note over its limits", () => {
    const lines = Array.from({ length: 64 }, (_, n) => cosign(text, 5, `w${n}.example`, witnessKey));
    expect(() => addSignatures(signed, lines)).toThrow(code("NOTE_MALFORMED"));
  });
});
