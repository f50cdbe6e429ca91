import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64 } from "./base64.ts";
import { CLAIM_TYPES, formatBundle, MAX_CLAIM_BYTES, parseBundle } from "./bundle.ts";
import { canonicalJson } from "./jcs.ts";
import type { JsonObject } from "./json.ts";
import { sha256, utf8Encode } from "./platform.ts";

const claims: JsonObject[] = [
  { type: "anchor", network: "example" },
  { type: "leaves", origin: "supplier.example", leaves: ["é\n"], from: 0, frontier: [] },
  { type: "total", totalKgCo2e: "1.500000000" },
];
const statement = (digest: Uint8Array): string => `statement.about.${encodeBase64(digest)}`;
const bundle = new TextDecoder().decode(formatBundle(claims, statement));
const malformedAt = (line: number) =>
  expect.objectContaining({ code: "BUNDLE_MALFORMED", details: expect.objectContaining({ line }) });

/** A bundle of one's own making around any manifest and lines. */
const raw = (lines: readonly string[], manifest?: JsonObject): string => {
  const digests = lines.map((line) => encodeBase64(sha256(utf8Encode(line))));
  const own = manifest ?? { type: "manifest", claims: digests, statement: "s" };
  return ["tallystick/bundle/v1", canonicalJson(own), ...lines, ""].join("\n");
};

describe("bundle", () => {
  it("is its header, the manifest and a canonical claim a line [BND-1]", () => {
    const [header, manifest = "", ...lines] = bundle.split("\n");
    expect(header).toBe("tallystick/bundle/v1");
    expect(lines).toEqual([...claims.map((claim) => canonicalJson(claim)), ""]);
    const digests = claims.map((claim) => encodeBase64(sha256(utf8Encode(canonicalJson(claim)))));
    const signed = statement(sha256(utf8Encode(canonicalJson(digests))));
    expect(JSON.parse(manifest)).toEqual({ type: "manifest", claims: digests, statement: signed });
  });

  it("reads back to its claims, their lines and what the statement must be about", () => {
    const parsed = parseBundle(bundle);
    expect(parsed.claims.map(({ line, type }) => [line, type])).toEqual([
      [3, "anchor"],
      [4, "leaves"],
      [5, "total"],
    ]);
    expect(parsed.claims.map(({ body }) => body)).toEqual(claims);
    expect(parsed.statement).toBe(`statement.about.${parsed.claimsDigest}`);
  });

  it("reads back whatever claims of known types it was given", () => {
    const claim = fc
      .record({
        type: fc.constantFrom(...CLAIM_TYPES),
        text: fc.string({ unit: "grapheme" }),
        number: fc.maxSafeInteger(),
      })
      .map((value): JsonObject => ({ ...value, number: value.number === 0 ? 0 : value.number }));
    fc.assert(
      fc.property(fc.array(claim), (list) => {
        const text = new TextDecoder().decode(formatBundle(list, statement));
        expect(parseBundle(text).claims.map(({ body }) => body)).toEqual(list);
      }),
    );
  });

  it("is refused, or about other claims or another statement, when any character changes [BND-3]", () => {
    const whole = parseBundle(bundle);
    fc.assert(
      fc.property(fc.nat(bundle.length - 1), fc.constantFrom("0", "a", "}", "\n", " ", "="), (at, character) => {
        const damaged = bundle.slice(0, at) + character + bundle.slice(at + 1);
        if (damaged === bundle) return;
        try {
          const { statement: said, claimsDigest } = parseBundle(damaged);
          expect([said, claimsDigest]).not.toEqual([whole.statement, whole.claimsDigest]);
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ code: "BUNDLE_MALFORMED" }));
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["nothing", 0, ""],
    ["another header", 1, bundle.replace("bundle/v1", "bundle/v2")],
    ["no manifest", 2, "tallystick/bundle/v1\n"],
    ["no last newline", 0, bundle.slice(0, -1)],
    ["a claim for a manifest", 2, raw([], { type: "total" })],
    ["a manifest with another member", 2, raw([], { type: "manifest", claims: [], statement: "s", extra: 1 })],
    ["a manifest without digests", 2, raw([], { type: "manifest", claims: [1], statement: "s" })],
    ["a manifest without a statement", 2, raw([], { type: "manifest", claims: [], statement: null })],
    ["a line that is not listed", 3, raw(['{"type":"total"}'], { type: "manifest", claims: [], statement: "s" })],
    ["a listed line that is not there", 2, raw([], { type: "manifest", claims: ["x"], statement: "s" })],
    ["claims in another order", 4, bundle.replace(/\n([^\n]+)\n([^\n]+)\n$/, "\n$2\n$1\n")],
    ["an unknown type", 3, raw(['{"type":"rumour"}'])],
    ["a second manifest", 3, raw(['{"type":"manifest"}'])],
    ["a line that is not canonical", 4, raw(['{"type":"total"}', '{ "type":"total"}'])],
    ["a line that is not an object", 3, raw(["[]"])],
    ["an empty line", 3, raw([""])],
    ["a claim over 4 MiB", 3, raw([`{"text":"${"a".repeat(MAX_CLAIM_BYTES)}","type":"total"}`])],
    ["a claim over 4 MiB of UTF-8", 3, raw([`{"text":"${"é".repeat(MAX_CLAIM_BYTES / 2)}","type":"total"}`])],
  ])("refuses %s [BND-1]", (_, line, text) => {
    expect(() => parseBundle(text)).toThrow(malformedAt(line));
  });

  it("throws only BUNDLE_MALFORMED, whatever the text", () => {
    const parts = fc.constantFrom(
      "tallystick/bundle/v1",
      "\n",
      '{"type":"total"}',
      "{",
      '{"claims":[],"statement":"s","type":"manifest"}',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((list) => list.join("")),
        ),
        (text) => {
          try {
            parseBundle(text);
          } catch (error) {
            expect(error).toEqual(expect.objectContaining({ code: "BUNDLE_MALFORMED" }));
          }
        },
      ),
    );
  });

  it("is not made of claims that nobody could read", () => {
    expect(() => formatBundle([{ type: "rumour" }], statement)).toThrow(malformedAt(3));
    const long = { type: "total", text: "a".repeat(MAX_CLAIM_BYTES) };
    expect(() => formatBundle([{ type: "total" }, long], statement)).toThrow(malformedAt(4));
    expect(() => formatBundle([{ type: "total", text: "\ud800" }], statement)).toThrow(
      expect.objectContaining({ code: "JSON_NOT_CANONICAL" }),
    );
  });
});
