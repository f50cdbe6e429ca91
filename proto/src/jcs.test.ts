import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTallyError } from "./errors.ts";
import { canonicalJson, parseCanonicalJson } from "./jcs.ts";
import type { JsonValue } from "./json.ts";

describe("canonicalJson", () => {
  it("means the same as the value, and is a fixed point [ENC-2]", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = canonicalJson(value as JsonValue);
        const parsed = JSON.parse(text) as JsonValue;
        expect(canonicalJson(parsed)).toBe(text);
        expect(parsed).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("sorts members by UTF-16 code units (RFC 8785, section 3.2.3)", () => {
    expect(canonicalJson({ "\ufb33": 1, "\ud83d\ude00": 2, "\u20ac": 3, "1": 4 })).toBe(
      '{"1":4,"\u20ac":3,"\ud83d\ude00":2,"\ufb33":1}',
    );
  });

  it("writes every text as JSON.stringify does, plain or not", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => canonicalJson(text) === JSON.stringify(text)),
      { examples: [["\n"], ["a\n"], ['"'], ["\\"], ["\u007f"], ["[]"], ["~ !#"], [""]] },
    );
  });

  it.each([
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a name", { "\udc00": 1 }],
    ["NaN", Number.NaN],
    ["an infinity", Number.POSITIVE_INFINITY],
    ["undefined", undefined as unknown as JsonValue],
  ])("refuses %s", (_what, value) => {
    expect(() => canonicalJson(value as JsonValue)).toThrow("JSON_NOT_CANONICAL");
  });

  it("refuses nesting beyond 64", () => {
    const nested = (depth: number): JsonValue => (depth === 0 ? 0 : [nested(depth - 1)]);
    expect(canonicalJson(nested(64))).toHaveLength(129);
    expect(() => canonicalJson(nested(65))).toThrow("JSON_NOT_CANONICAL");
  });
});

describe("parseCanonicalJson", () => {
  it.each([
    ["duplicate names", '{"a":1,"a":2}'],
    ["another order", '{"b":1,"a":2}'],
    ["white space", '{"a": 1}'],
    ["a number's other spelling", "1.0"],
    ["an exponent that is not needed", "1e2"],
    ["an escape that is not needed", '"\\u0061"'],
    ["a trailing newline", "{}\n"],
    ["an integer that a double cannot hold", "9007199254740993"],
    ["an integer beyond 2^53 - 1", "9007199254740992"],
    ["no JSON", "{"],
  ])("refuses %s [ENC-2] [ENC-3]", (_what, text) => {
    expect(() => parseCanonicalJson(text)).toThrow("JSON_NOT_CANONICAL");
  });

  it("throws nothing but its code, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          expect(canonicalJson(parseCanonicalJson(text))).toBe(text);
        } catch (error) {
          if (!isTallyError(error, "JSON_NOT_CANONICAL")) throw error;
        }
      }),
    );
  });
});
