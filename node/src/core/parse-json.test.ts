import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

describe("parseJson", () => {
  it("gives what JSON.parse gives, whatever the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
    expect(Object.getPrototypeOf(parseJson('{"__proto__":{"a":1}}'))).toBe(Object.prototype);
  });

  it("refuses a member that stands twice with two values, at any depth", () => {
    for (const text of ['{"kg":"1","kg":"2"}', '[{"a":{"b":1,"b":2}}]', '{"a":1,"\\u0061":2}']) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
    expect(() => parseJson('{"kg":1')).toThrow(SyntaxError);
  });
});
