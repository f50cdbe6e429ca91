import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { formatCheckpoint, isOrigin, openCheckpoint, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { privateKeyFromSeed } from "./ed25519.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { formatNote, signNote } from "./note.ts";
import { makeVerifierKey } from "./verifier-key.ts";

const key = privateKeyFromSeed(new Uint8Array(32).fill(7));
const ORIGIN = "node7.supplier.example/feed/main";
const logKey = makeVerifierKey(ORIGIN, "ed25519", key.publicKey);
const code = (name: string) => expect.objectContaining({ code: name });
const MALFORMED = code("CHECKPOINT_MALFORMED");
const ROOT = encodeBase64(EMPTY_ROOT);

const checkpoint = fc.record({
  origin: fc.webUrl().map((url) => url.slice("https://".length)),
  treeSize: fc.maxSafeNat(),
  rootHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => decodeBase64(encodeBase64(hash))),
});

describe("checkpoint", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(checkpoint, (value) => {
        expect(parseCheckpoint(formatCheckpoint(value))).toEqual(value);
      }),
    );
  });

  it("is a signed note of three lines, opened under the key named as its origin [LOG-2]", () => {
    const signed = signCheckpoint({ origin: ORIGIN, treeSize: 0, rootHash: EMPTY_ROOT }, key);
    expect(signed.startsWith(`${ORIGIN}\n0\n${ROOT}\n\n— ${ORIGIN} `)).toBe(true);
    const opened = openCheckpoint(signed, logKey);
    expect(opened.checkpoint).toEqual({ origin: ORIGIN, treeSize: 0, rootHash: EMPTY_ROOT });
    expect(opened.text).toBe(signed);
  });

  it("throws only CHECKPOINT_MALFORMED, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseCheckpoint(text)).toThrow(MALFORMED);
      }),
    );
  });

  it.each([
    ["no origin", `\n0\n${ROOT}\n`],
    ["a leading zero", `a\n00\n${ROOT}\n`],
    ["a sign", `a\n-1\n${ROOT}\n`],
    ["an empty size", `a\n\n${ROOT}\n`],
    ["a size beyond 2^53 - 1", `a\n9007199254740992\n${ROOT}\n`],
    ["a short root", "a\n0\nAAAA\n"],
    ["a root without padding", `a\n0\n${ROOT.slice(0, -1)}\n`],
    ["no last newline", `a\n0\n${ROOT}`],
    ["an extension line [LOG-2]", `a\n0\n${ROOT}\nextension\n`],
    ["a fourth, empty line", `a\n0\n${ROOT}\n\n`],
    ["a control character", `a\u0085\n0\n${ROOT}\n`],
    ["a lone surrogate", `\ud800\n0\n${ROOT}\n`],
  ])("refuses %s", (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(MALFORMED);
  });

  it("refuses another log's checkpoint, a bad signature and none", () => {
    const text = formatCheckpoint({ origin: "other.example", treeSize: 0, rootHash: EMPTY_ROOT });
    const borrowed = formatNote({ text, signatures: [signNote(text, ORIGIN, key)] });
    expect(() => openCheckpoint(borrowed, logKey)).toThrow(MALFORMED);
    expect(openCheckpoint(borrowed, logKey, "other.example").checkpoint.origin).toBe("other.example");

    const signed = signCheckpoint({ origin: ORIGIN, treeSize: 0, rootHash: EMPTY_ROOT }, key);
    expect(() => openCheckpoint(signed.replace("\n0\n", "\n1\n"), logKey)).toThrow(code("NOTE_SIGNATURE_INVALID"));
    const stranger = makeVerifierKey(ORIGIN, "ed25519", privateKeyFromSeed(new Uint8Array(32)).publicKey);
    expect(() => openCheckpoint(signed, stranger)).toThrow(code("NOTE_UNSIGNED"));
    expect(() => openCheckpoint("", logKey)).toThrow(code("NOTE_MALFORMED"));
  });

  it("knows the origins that logs of this network may have", () => {
    expect(["a", ORIGIN, "a".repeat(255)].every(isOrigin)).toBe(true);
    expect(
      ["", "go.sum database tree", "a+b", "https://a.example", "a".repeat(256), "é".repeat(128)].some(isOrigin),
    ).toBe(false);
  });
});
