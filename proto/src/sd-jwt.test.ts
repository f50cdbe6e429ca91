import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64url } from "./base64.ts";
import { isTallyError } from "./errors.ts";
import { canonicalJson } from "./jcs.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { sha256, utf8Encode } from "./platform.ts";
import { formatSdJwt, makeDisclosure, parseDisclosure, parseSdJwt, placeholder, resolveDisclosures } from "./sd-jwt.ts";

const salt = (n: number): Uint8Array => new Uint8Array(16).fill(n);
const encode = (value: JsonValue): string => encodeBase64url(utf8Encode(canonicalJson(value)));
const digest = (encoded: string): string => encodeBase64url(sha256(utf8Encode(encoded)));

const one = makeDisclosure({ id: "electricity", kgCo2e: "4" }, salt(1));
const two = makeDisclosure({ id: "bauxite", kgCo2e: "6" }, salt(2));
const payload: JsonObject = { _sd_alg: "sha-256", total: "10", lines: [placeholder(one), placeholder(two)] };

describe("disclosure of array elements", () => {
  it("puts back what was disclosed and removes the rest [ATT-3]", () => {
    expect(resolveDisclosures(payload, [two.encoded], "partial")).toEqual({
      payload: { total: "10", lines: [two.value] },
      disclosed: 1,
      hidden: 1,
    });
  });

  it("in complete mode demands every element [ATT-4]", () => {
    expect(resolveDisclosures(payload, [one.encoded, two.encoded], "complete").hidden).toBe(0);
    expect(() => resolveDisclosures(payload, [two.encoded], "complete")).toThrow("1 elements stay hidden");
  });

  it("round-trips any value", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.dictionary(fc.constantFrom("id", "qty", "x"), fc.string()),
        (bytes, value) => {
          if (Object.values(value).some((text) => !text.isWellFormed())) return;
          const made = makeDisclosure({ ...value }, bytes);
          expect(parseDisclosure(made.encoded)).toEqual(made);
        },
      ),
    );
  });

  it("exports as <JWS>~<disclosure>~ and reads it back", () => {
    const text = formatSdJwt("a.b.c", [one.encoded, two.encoded]);
    expect(parseSdJwt(text)).toEqual({ jws: "a.b.c", disclosures: [one.encoded, two.encoded] });
    for (const bad of ["a.b.c", "a.b.c~x", "~", "a.b.c~~"]) expect(() => parseSdJwt(bad)).toThrow("DISCLOSURE_INVALID");
  });
});

describe("tricks that are refused [ATT-3]", () => {
  const hidden = (...digests: string[]): JsonObject => ({
    _sd_alg: "sha-256",
    total: "10",
    lines: digests.map((text) => ({ "...": text })),
  });
  const member = encode([encodeBase64url(salt(3)), "total", "99"]);

  const cases: readonly (readonly [string, JsonObject, readonly string[]])[] = [
    [
      "a disclosure that would overwrite a clear claim",
      { _sd_alg: "sha-256", total: "10", _sd: [digest(member)] },
      [member],
    ],
    ["a member disclosure in an array's place", hidden(digest(member)), [member]],
    [
      "two digests for one claim, one for the buyer and one for the assurer",
      { _sd_alg: "sha-256", _sd: [one.digest, two.digest] },
      [],
    ],
    ["`_sd` in a nested object", { _sd_alg: "sha-256", a: { _sd: [] } }, []],
    ["`_sd_alg` in a nested object", { a: { _sd_alg: "sha-256" } }, []],
    ["a digest that occurs twice", hidden(one.digest, one.digest), [one.encoded]],
    ["a repeated disclosure", hidden(one.digest), [one.encoded, one.encoded]],
    ["a disclosure nothing refers to", hidden(one.digest), [one.encoded, two.encoded]],
    ["a tampered disclosure", hidden(one.digest), [`${one.encoded.slice(0, -2)}AA`]],
    ["another hash", { ...payload, _sd_alg: "sha-512" }, [one.encoded]],
    ["no hash named", { lines: [placeholder(one)] }, [one.encoded]],
    ["a placeholder with a further member", { _sd_alg: "sha-256", lines: [{ "...": one.digest, x: 1 }] }, []],
    ["a placeholder outside an array", { _sd_alg: "sha-256", lines: { "...": one.digest } }, []],
    ["a digest of another length", hidden("AAAA"), []],
    ["another spelling of a digest", hidden(`${"A".repeat(42)}B`), []],
  ];
  it.each(cases)("%s", (_what, signed, disclosures) => {
    expect(() => resolveDisclosures(signed, disclosures, "partial")).toThrow("DISCLOSURE_INVALID");
  });

  it.each([
    ["a reserved name", [encodeBase64url(salt(4)), { _sd: [] }]],
    ["recursion", [encodeBase64url(salt(4)), [{ "...": one.digest }]]],
    ["a short salt", [encodeBase64url(salt(4).slice(1)), "x"]],
    ["no salt", ["x"]],
    ["an object instead of an array", { salt: "x" }],
  ] as readonly (readonly [string, JsonValue])[])("a disclosure with %s", (_what, value) => {
    expect(() => parseDisclosure(encode(value))).toThrow("DISCLOSURE_INVALID");
  });

  it("ten for the buyer and ninety-nine for the assurer under one signature [ATT-4]", () => {
    const ten = makeDisclosure({ id: "total", kgCo2e: "10" }, salt(5));
    const ninetyNine = makeDisclosure({ id: "total", kgCo2e: "99" }, salt(6));
    const signed: JsonObject = { _sd_alg: "sha-256", lines: [placeholder(ten), placeholder(ninetyNine)] };
    // The buyer sees that a second part exists; the assurer cannot be shown one part alone.
    expect(resolveDisclosures(signed, [ten.encoded], "partial").hidden).toBe(1);
    for (const shown of [ten, ninetyNine]) {
      expect(() => resolveDisclosures(signed, [shown.encoded], "complete")).toThrow("1 elements stay hidden");
    }
    const seen = resolveDisclosures(signed, [ten.encoded, ninetyNine.encoded], "complete").payload;
    expect(seen.lines).toEqual([ten.value, ninetyNine.value]);
  });

  it("decoys: a digest of nothing counts as hidden, and no complete view exists [ATT-4]", () => {
    const decoy = digest("nothing");
    expect(resolveDisclosures(hidden(one.digest, decoy), [one.encoded], "partial").hidden).toBe(1);
    expect(() => resolveDisclosures(hidden(one.digest, decoy), [one.encoded], "complete")).toThrow(
      "1 elements stay hidden",
    );
  });

  it.each([
    ["a salt that is not 128 bits", "x", salt(1).subarray(1)],
    ["a reserved name", { a: [{ _sd_alg: "sha-256" }] }, salt(1)],
    ["an integer beyond 2^53 - 1", 2 ** 53, salt(1)],
    ["more than 16,384 bytes", "x".repeat(16_384), salt(1)],
  ] as const)("%s when issuing", (_what, value, bytes) => {
    expect(() => makeDisclosure(structuredClone(value) as JsonValue, bytes)).toThrow("DISCLOSURE_INVALID");
  });

  it("anything else, with a typed code and no other throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => encodeBase64url(utf8Encode(text))),
        ),
        (text) => {
          try {
            parseDisclosure(text);
          } catch (error) {
            if (!isTallyError(error, "DISCLOSURE_INVALID")) throw error;
          }
        },
      ),
    );
  });
});
