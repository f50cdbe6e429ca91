import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex } from "./base64.ts";
import { privateKeyFromSeed } from "./ed25519.ts";
import {
  formatNote,
  formatSignatureLine,
  MAX_NOTE_BYTES,
  MAX_NOTE_SIGNATURES,
  parseNote,
  parseSignatureLine,
  signNote,
  verifyNote,
} from "./note.ts";
import { formatVerifierKey, isKeyName, makeVerifierKey, parseVerifierKey } from "./verifier-key.ts";

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const key = privateKeyFromSeed(seed(1));
const other = privateKeyFromSeed(seed(2));
const NAME = "node7.supplier.example/feed";
const trusted = makeVerifierKey(NAME, "ed25519", key.publicKey);
const code = (name: string) => expect.objectContaining({ code: name });
const MALFORMED = code("NOTE_MALFORMED");

// The example of signed-note v1.0.0, "Verifier keys".
const EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

const plainText = fc
  .string({ unit: "grapheme" })
  .filter((text) => ![...text].some((character) => character < " "))
  .map((text) => `${text}\n`);
const noteText = fc.array(plainText, { minLength: 1, maxLength: 4 }).map((lines) => lines.join(""));

describe("note", () => {
  it("opens the example of the specification", () => {
    const note = parseNote(EXAMPLE);
    expect(note.text).toBe("This is an example message.\n");
    verifyNote(note, parseVerifierKey(EXAMPLE_KEY));
  });

  it("reads back and verifies what it wrote", () => {
    fc.assert(
      fc.property(noteText, (text) => {
        const note = { text, signatures: [signNote(text, NAME, key), signNote(text, "b.example", other)] };
        const parsed = parseNote(formatNote(note));
        expect(parsed.text).toBe(text);
        expect(formatNote(parsed)).toBe(formatNote(note));
        verifyNote(parsed, trusted);
      }),
    );
  });

  it("splits text from signatures at the last blank line [LOG-2]", () => {
    const text = `a\n\n${formatSignatureLine(signNote("a\n", NAME, key))}`;
    const note = parseNote(formatNote({ text, signatures: [signNote(text, NAME, key)] }));
    expect(note.text).toBe(text);
    expect(note.signatures).toHaveLength(1);
    verifyNote(note, trusted);
  });

  it("refuses the whole note when a known key's signature is bad [LOG-2]", () => {
    const good = signNote("a\n", NAME, key);
    const bad = { ...signNote("b\n", NAME, key) };
    const note = parseNote(formatNote({ text: "a\n", signatures: [good, bad] }));
    expect(() => verifyNote(note, trusted)).toThrow(code("NOTE_SIGNATURE_INVALID"));
  });

  it("refuses a note with any bit of its text or signature flipped", () => {
    const note = { text: "a\n", signatures: [signNote("a\n", NAME, key)] };
    fc.assert(
      fc.property(fc.nat(63), fc.nat(7), (at, bit) => {
        const signature = Uint8Array.from(note.signatures[0]?.signature ?? []);
        signature[at] = (signature[at] as number) ^ (1 << bit);
        const damaged = { ...note, signatures: [{ name: NAME, keyId: trusted.keyId, signature }] };
        expect(() => verifyNote(damaged, trusted)).toThrow(code("NOTE_SIGNATURE_INVALID"));
      }),
    );
    expect(() => verifyNote({ ...note, text: "c\n" }, trusted)).toThrow(code("NOTE_SIGNATURE_INVALID"));
  });

  it("passes over lines of unknown keys, and wants one of the known key", () => {
    const note = parseNote(formatNote({ text: "a\n", signatures: [signNote("a\n", NAME, other)] }));
    expect(() => verifyNote(note, trusted)).toThrow(code("NOTE_UNSIGNED"));
    expect(() => verifyNote(parseNote(EXAMPLE), trusted)).toThrow(code("NOTE_UNSIGNED"));
  });

  it("takes no witness's key for a log's", () => {
    const witness = makeVerifierKey(NAME, "cosignature-v1", key.publicKey);
    const note = { text: "a\n", signatures: [{ name: NAME, keyId: witness.keyId, signature: new Uint8Array(64) }] };
    expect(() => verifyNote(note, witness)).toThrow(code("NOTE_UNSIGNED"));
  });

  it("throws only NOTE_MALFORMED, whatever the text", () => {
    const near = fc
      .array(fc.constantFrom("\n", "\n\n", "— ", "a", " ", "AAAAAAA=", "+", "\t", "\ud800"))
      .map((x) => x.join(""));
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        try {
          expect(formatNote(parseNote(text))).toBe(text);
        } catch (error) {
          expect(error).toEqual(MALFORMED);
        }
      }),
    );
  });

  const line = formatSignatureLine(signNote("a\n", NAME, key));
  it.each([
    ["no signature", "a\n\n"],
    ["no blank line", `a\n${line}`],
    ["no last newline", `a\n\n${line.slice(0, -1)}`],
    ["a hyphen for the dash", `a\n\n${line.replace("—", "-")}`],
    ["two spaces", `a\n\n${line.replace("— ", "—  ")}`],
    ["a trailing space", `a\n\n${line.replace("\n", " \n")}`],
    ["a name with a plus sign", `a\n\n— a+b AAAAAAA=\n`],
    ["a name with a Unicode space", `a\n\n— a\u3000b AAAAAAA=\n`],
    ["a signature without bytes", `a\n\n— a AAAAAA==\n`],
    ["base64 without padding", `a\n\n— a AAAAAAA\n`],
    ["base64 with idle bits", `a\n\n— a AAAAAAB=\n`],
    ["a control character", `a\tb\n\n${line}`],
    ["a carriage return", `a\r\n\n${line}`],
    ["a lone surrogate", `\ud800\n\n${line}`],
    ["65 signatures", `a\n\n${line.repeat(MAX_NOTE_SIGNATURES + 1)}`],
    ["more than 64 KiB", `${"é".repeat(MAX_NOTE_BYTES / 2)}\n\n${line}`],
  ])("refuses %s", (_, text) => {
    expect(() => parseNote(text)).toThrow(MALFORMED);
  });

  it("takes up to 64 signatures", () => {
    expect(parseNote(`a\n\n${line.repeat(MAX_NOTE_SIGNATURES)}`).signatures).toHaveLength(MAX_NOTE_SIGNATURES);
    expect(formatSignatureLine(parseSignatureLine(line.slice(0, -1)))).toBe(line);
  });
});

describe("verifier key", () => {
  it("reads back what it wrote, of either type", () => {
    for (const algorithm of ["ed25519", "cosignature-v1"] as const) {
      const made = makeVerifierKey(NAME, algorithm, key.publicKey);
      const parsed = parseVerifierKey(formatVerifierKey(made));
      expect(parsed.algorithm).toBe(algorithm);
      expect(encodeHex(parsed.keyId)).toBe(encodeHex(made.keyId));
      expect(formatVerifierKey(parsed)).toBe(formatVerifierKey(made));
    }
    expect(formatVerifierKey(parseVerifierKey(EXAMPLE_KEY))).toBe(EXAMPLE_KEY);
  });

  it.each([
    ["another key's id", EXAMPLE_KEY.replace("530d903a", "530d903b")],
    ["an id in capitals", EXAMPLE_KEY.replace("530d903a", "530D903A")],
    ["another name", EXAMPLE_KEY.replace("example", "exemple")],
    ["no name", EXAMPLE_KEY.replace("example.com/foo", "")],
    ["a name with a space", EXAMPLE_KEY.replace("/", " ")],
    ["a short key", EXAMPLE_KEY.slice(0, -4)],
    ["an unknown type", EXAMPLE_KEY.replace("+Aek", "+Cek")],
    ["a last newline", `${EXAMPLE_KEY}\n`],
    ["the identity point", "a+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="],
  ])("refuses %s [KEY-1]", (_, vkey) => {
    expect(() => parseVerifierKey(vkey)).toThrow(code("KEY_NOT_ADMISSIBLE"));
  });

  it("throws only KEY_NOT_ADMISSIBLE, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseVerifierKey(text)).toThrow(code("KEY_NOT_ADMISSIBLE"));
      }),
    );
    expect(() => makeVerifierKey("a b", "ed25519", key.publicKey)).toThrow(code("KEY_NOT_ADMISSIBLE"));
  });

  it("knows what may name a key", () => {
    expect(["a", "example.com/log", "π.example"].every(isKeyName)).toBe(true);
    expect(["", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\n", "\u0000", "\ud800"].some(isKeyName)).toBe(false);
  });
});
