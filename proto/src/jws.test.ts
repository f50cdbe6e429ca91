import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "./base64.ts";
import { privateKeyFromSeed, sign } from "./ed25519.ts";
import { isTallyError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { hashJws, MAX_JWS_BYTES, parseJws, signJws, verifyJws, verifyJwsAsync } from "./jws.ts";
import { sha256, utf8Encode } from "./platform.ts";

const TYP = "vc+sd-jwt";
const KID = "did:web:smelter.example#attest-1";
const key = privateKeyFromSeed(new Uint8Array(32).fill(7));
const resolve = (kid: string) => (kid === KID ? key.publicKey : undefined);
const token = signJws(TYP, KID, { issuer: "did:web:smelter.example", qty: "1.5" }, key);

const encode = (text: string): string => encodeBase64url(utf8Encode(text));
/** A token over any header and payload text, with a signature that holds. */
function forge(header: string, payload: string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${encodeBase64url(sign(key, utf8Encode(input)))}`;
}

describe("a token of the profile", () => {
  it("verifies, sync and async, and gives its payload back", async () => {
    expect(verifyJws(token, TYP, resolve).payload).toEqual({ issuer: "did:web:smelter.example", qty: "1.5" });
    expect((await verifyJwsAsync(token, TYP, resolve)).header).toEqual({ alg: "Ed25519", kid: KID, typ: TYP });
  });

  it("is named by the SHA-256 of its ASCII bytes", () => {
    expect(hashJws(token)).toEqual(sha256(utf8Encode(token)));
  });

  it("fails with one character of any part changed", () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(..."ABab01-_.="), (at, character) => {
        if (token[at] === character) return;
        expect(() => verifyJws(token.slice(0, at) + character + token.slice(at + 1), TYP, resolve)).toThrow();
      }),
    );
  });
});

describe("what is never issued", () => {
  it.each([
    ["an integer beyond 2^53 - 1", KID, { a: [2 ** 53] }, "JSON_NOT_CANONICAL"],
    ["a lone surrogate", KID, { a: "\ud800" }, "JSON_NOT_CANONICAL"],
    ["an empty kid", "", { a: "1" }, "JWS_MALFORMED"],
    ["too long a token", KID, { a: "x".repeat(MAX_JWS_BYTES) }, "JWS_MALFORMED"],
  ] as const)("%s, which no verifier would take [ENC-2] [ENC-3]", (_what, kid, payload, code) => {
    expect(() => signJws(TYP, kid, structuredClone(payload) as JsonObject, key)).toThrow(code);
  });

  it("but a token of the greatest length is, and verifies", () => {
    const fixed = signJws(TYP, KID, { a: "" }, key).length;
    // Three bytes make four characters, so that some payload near the limit is the longest that fits.
    const longest = Math.floor(((MAX_JWS_BYTES - fixed) * 3) / 4) - 1;
    expect(() => verifyJws(signJws(TYP, KID, { a: "x".repeat(longest) }, key), TYP, resolve)).not.toThrow();
    expect(() => signJws(TYP, KID, { a: "x".repeat(longest + 3) }, key)).toThrow("JWS_MALFORMED");
  });
});

describe("what is refused", () => {
  const payload = '{"a":"1"}';
  const header = `{"alg":"Ed25519","kid":"${KID}","typ":"${TYP}"}`;

  it.each([
    ["an unsigned token", forge(`{"alg":"none","kid":"${KID}","typ":"${TYP}"}`, payload)],
    ["the deprecated name of the algorithm", forge(`{"alg":"EdDSA","kid":"${KID}","typ":"${TYP}"}`, payload)],
    ["a further header member", forge(`{"alg":"Ed25519","crit":[],"kid":"${KID}","typ":"${TYP}"}`, payload)],
    ["an embedded key", forge(`{"alg":"Ed25519","jwk":{},"kid":"${KID}","typ":"${TYP}"}`, payload)],
    ["a missing kid", forge(`{"alg":"Ed25519","typ":"${TYP}"}`, payload)],
    ["an empty kid", forge(`{"alg":"Ed25519","kid":"","typ":"${TYP}"}`, payload)],
    ["another typ", forge(`{"alg":"Ed25519","kid":"${KID}","typ":"JWT"}`, payload)],
    ["a duplicate header member", forge(`{"alg":"Ed25519","kid":"x","kid":"${KID}","typ":"${TYP}"}`, payload)],
    ["white space in the header", forge(header.replace(":", ": "), payload)],
    ["a header that is null", forge("null", payload)],
    ["a payload that is no object", forge(header, "[]")],
    ["padding", `${token}=`],
    ["a trailing newline", `${token}\n`],
    ["four parts", `${token}.AA`],
    ["too long a token", forge(header, `{"a":"${"x".repeat(MAX_JWS_BYTES)}"}`)],
  ])("%s [ATT-1] [ATT-2]", (_what, text) => {
    expect(() => verifyJws(text, TYP, resolve)).toThrow("JWS_MALFORMED");
  });

  it("every other spelling of the last signature character [ATT-2]", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const body = token.slice(0, -1);
    const signature = decodeBase64url(token.split(".")[2] ?? "");
    const lenient = [...alphabet].filter(
      (c) => Buffer.compare(Buffer.from(`${body.split(".")[2]}${c}`, "base64url"), signature) === 0,
    );
    expect(lenient).toHaveLength(16);
    const accepted = lenient.filter((c) => {
      try {
        verifyJws(body + c, TYP, resolve);
        return true;
      } catch (error) {
        if (!isTallyError(error, "JWS_MALFORMED")) throw error;
        return false;
      }
    });
    expect(accepted).toEqual([token.at(-1)]);
  });

  it.each(['{"b":1,"a":2}', '{"a":1,"a":2}', '{"a": 1}', '{"a":1.0}'])("payload %s [ENC-2]", (text) => {
    expect(() => verifyJws(forge(header, text), TYP, resolve)).toThrow("JSON_NOT_CANONICAL");
  });

  it("a key nobody has, and another's signature", () => {
    expect(() => verifyJws(token, TYP, () => undefined)).toThrow("KEY_UNKNOWN");
    const other = privateKeyFromSeed(new Uint8Array(32).fill(8)).publicKey;
    expect(() => verifyJws(token, TYP, () => other)).toThrow("SIGNATURE_INVALID");
  });

  it("anything else, with a typed code and no other throw", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseJws(text, TYP);
        } catch (error) {
          if (!isTallyError(error, "JWS_MALFORMED") && !isTallyError(error, "JSON_NOT_CANONICAL")) throw error;
        }
      }),
    );
  });
});
