import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64 } from "./base64.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { formatAddCheckpoint, MAX_ADD_CHECKPOINT_BYTES, parseAddCheckpoint } from "./witness-request.ts";

const MALFORMED = expect.objectContaining({ code: "WITNESS_REQUEST_MALFORMED" });
const HASH = encodeBase64(EMPTY_ROOT);

describe("add-checkpoint request", () => {
  it("reads back what it wrote, the checkpoint to the letter", () => {
    const request = fc.record({
      oldSize: fc.maxSafeNat(),
      proof: fc.array(fc.constant(EMPTY_ROOT), { maxLength: 63 }),
      checkpoint: fc.string().map((text) => `${text}\n\n— a AAAAAAA=\n`),
    });
    fc.assert(
      fc.property(request, (value) => {
        expect(parseAddCheckpoint(formatAddCheckpoint(value))).toEqual(value);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["no blank line", "old 0\nnote\n"],
    ["no size line", "\n\nnote\n"],
    ["another keyword", "size 0\n\nnote\n"],
    ["two spaces", "old  0\n\nnote\n"],
    ["a leading zero", "old 00\n\nnote\n"],
    ["a size beyond 2^53 - 1", "old 9007199254740992\n\nnote\n"],
    ["a short hash", "old 1\nAAAA\n\nnote\n"],
    ["a hash with idle bits", `old 1\n${HASH.slice(0, -2)}V=\n\nnote\n`],
    ["64 hashes", `old 1\n${`${HASH}\n`.repeat(64)}\nnote\n`],
    ["no checkpoint", "old 0\n\n"],
    ["no last newline", "old 0\n\nnote"],
    ["a carriage return", "old 0\r\n\nnote\n"],
    ["too much", `old 0\n\n${"a".repeat(MAX_ADD_CHECKPOINT_BYTES)}\n`],
  ])("refuses %s", (_, body) => {
    expect(() => parseAddCheckpoint(body)).toThrow(MALFORMED);
  });

  it("throws only WITNESS_REQUEST_MALFORMED, whatever the text", () => {
    const near = fc.array(fc.constantFrom("old ", "0", "\n", HASH, "note")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          expect(formatAddCheckpoint(parseAddCheckpoint(text))).toBe(text);
        } catch (error) {
          expect(error).toEqual(MALFORMED);
        }
      }),
    );
  });

  it("is not made of parts out of range", () => {
    expect(() => formatAddCheckpoint({ oldSize: -1, proof: [], checkpoint: "a\n" })).toThrow(MALFORMED);
    expect(() => formatAddCheckpoint({ oldSize: 1, proof: [new Uint8Array(31)], checkpoint: "a\n" })).toThrow(
      MALFORMED,
    );
    expect(() => formatAddCheckpoint({ oldSize: 1, proof: [], checkpoint: "a" })).toThrow(MALFORMED);
  });
});
