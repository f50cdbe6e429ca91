import { canonicalJson, encodeHex, type JsonValue, parseCanonicalJson, utf8Encode } from "@tallystick/proto";
import { expect, it } from "vitest";
import { describePublished, publishedFiles, publishedText } from "../published-data.ts";

describePublished("JCS (RFC 8785)", () => {
  const base = "vectors/jcs/testdata";
  it("has six cases", () => {
    expect(publishedFiles(base, "input")).toHaveLength(6);
  });

  it.each(publishedFiles(base, "input"))("gives the published bytes of %s [ENC-2]", (file) => {
    const canonical = canonicalJson(JSON.parse(publishedText(base, "input", file)) as JsonValue);
    expect(canonical).toBe(publishedText(base, "output", file).trimEnd());
    const hex = publishedText(base, "outhex", file.replace(/json$/, "txt")).replaceAll(/\s+/g, "");
    expect(encodeHex(utf8Encode(canonical))).toBe(hex);
  });

  it.each(publishedFiles(base, "input"))(
    "refuses %s as published, which is not canonical, and takes its output",
    (file) => {
      expect(() => parseCanonicalJson(publishedText(base, "input", file))).toThrow("JSON_NOT_CANONICAL");
      const output = publishedText(base, "output", file).trimEnd();
      // values.json holds integers beyond 2^53 - 1, which the protocol refuses even where JCS can write them.
      if (file === "values.json") expect(() => parseCanonicalJson(output)).toThrow("beyond 2^53");
      else expect(canonicalJson(parseCanonicalJson(output))).toBe(output);
    },
  );
});
