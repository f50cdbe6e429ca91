import {
  canonicalJson,
  encodeBase64url,
  formatSdJwt,
  isTallyError,
  type JsonObject,
  type JsonValue,
  makeDisclosure,
  parseSdJwt,
  privateKeyFromSeed,
  resolveDisclosures,
  sha256,
  sign,
  signJws,
  utf8Encode,
  verifyJws,
} from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { isMap, isScalar, isSeq, type Node, parse, parseDocument, Scalar } from "yaml";
import { describePublished, publishedFiles, publishedText } from "../published-data.ts";

// The cases mark with `!sd` what is hidden: an array's element, or the name of an object's member. The issuer here is RFC 9901's,
// which can do both and nest them; the verifier is the profile's, which takes array elements with nothing hidden inside.

const BASE = "vectors/sd-jwt-python/tests/testcases";
const KID = "did:web:issuer.example#attest-1";
const key = privateKeyFromSeed(new Uint8Array(32).fill(3));

/** Every published case: true if it hides array elements only. */
const CASES: Readonly<Record<string, boolean>> = {
  array_data_types: true,
  array_full_sd: false,
  array_in_sd: false,
  array_nested_in_plain: true,
  array_none_disclosed: false,
  array_of_nulls: true,
  array_of_objects: false,
  array_of_scalars: true,
  array_recursive_sd: false,
  array_recursive_sd_some_disclosed: false,
  header_mod: false,
  json_serialization_flattened: false,
  json_serialization_general: false,
  key_binding: false,
  no_sd: true,
  object_data_types: false,
  recursions: false,
};

interface Hidden {
  readonly encoded: string;
  readonly salt: Uint8Array;
  readonly value: JsonValue;
  /** True if the case's holder discloses it. */
  readonly disclosed: boolean;
}

/** RFC 9901, section 4.2, over a case's claims. Salts count up, so that each case is the same on every run. */
class Issuer {
  readonly hidden: Hidden[] = [];

  issue(node: unknown, disclosed: JsonValue | undefined): JsonValue {
    if (isMap(node)) return this.#issueObject(node.items, disclosed);
    if (isSeq(node)) return this.#issueArray(node.items, disclosed);
    return scalarOf(node);
  }

  #issueObject(pairs: readonly { key: unknown; value: unknown }[], disclosed: JsonValue | undefined): JsonObject {
    const out: JsonObject = {};
    const digests: string[] = [];
    for (const pair of pairs) {
      const name = String(scalarOf(pair.key));
      const wanted = isObject(disclosed) ? disclosed[name] : undefined;
      const value = this.issue(pair.value, wanted);
      if (isMarked(pair.key)) digests.push(this.#hide([name, value], value, wanted));
      else out[name] = value;
    }
    return digests.length === 0 ? out : { ...out, _sd: digests.sort() };
  }

  #issueArray(items: readonly unknown[], disclosed: JsonValue | undefined): JsonValue[] {
    return items.map((item, at) => {
      const wanted = Array.isArray(disclosed) ? disclosed[at] : undefined;
      const value = this.issue(item, wanted);
      return isMarked(item) ? { "...": this.#hide([value], value, wanted) } : value;
    });
  }

  #hide(content: JsonValue[], value: JsonValue, wanted: JsonValue | undefined): string {
    const salt = new Uint8Array(16).fill(this.hidden.length);
    const encoded = encodeBase64url(utf8Encode(canonicalJson([encodeBase64url(salt), ...content])));
    this.hidden.push({ encoded, salt, value, disclosed: wanted !== undefined && wanted !== null && wanted !== false });
    return encodeBase64url(sha256(utf8Encode(encoded)));
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isMarked = (node: unknown): boolean => (node as Node | null)?.tag === "!sd";

/** The parser leaves what follows an unknown tag as text: a plain scalar still means what it would without the tag. */
function scalarOf(node: unknown): JsonValue {
  if (!isScalar(node)) throw new TypeError("not a scalar");
  const isPlain = node.type === Scalar.PLAIN;
  return (isPlain && isMarked(node) ? parse(String(node.source)) : node.value) as JsonValue;
}

function readCase(name: string) {
  const document = parseDocument(publishedText(BASE, name, "specification.yml"), { logLevel: "silent" });
  expect(document.errors).toEqual([]);
  const plain = document.toJS() as Record<string, JsonValue>;
  const issuer = new Issuer();
  const claims = issuer.issue(document.get("user_claims"), plain.holder_disclosed_claims) as JsonObject;
  const jws = signJws("vc+sd-jwt", KID, { ...claims, _sd_alg: "sha-256" }, key);
  return { jws, hidden: issuer.hidden, plain, expected: plain.expect_verified_user_claims };
}

// What three of the cases are about besides hidden members: the form of the token. Each is put over claims that hide nothing, so
// that nothing but the form can be what is refused.
const CLEAR = signJws("vc+sd-jwt", KID, { sub: "john_doe_42" }, key);
const [, CLEAR_PAYLOAD = "", CLEAR_SIGNATURE = ""] = CLEAR.split(".");

/** A token under the profile's header with a case's members put over it, rightly signed. */
function signUnder(members: JsonObject): string {
  const header = canonicalJson({ alg: "Ed25519", kid: KID, typ: "vc+sd-jwt", ...members });
  const signingInput = `${encodeBase64url(utf8Encode(header))}.${CLEAR_PAYLOAD}`;
  return `${signingInput}.${encodeBase64url(sign(key, utf8Encode(signingInput)))}`;
}

/** RFC 9901, section 8: the token as a JSON document, flattened or general (RFC 7515, section 7.2). */
function jsonForms(): string[] {
  const [part = ""] = CLEAR.split(".");
  const signature: JsonObject = { protected: part, signature: CLEAR_SIGNATURE };
  return [
    JSON.stringify({ payload: CLEAR_PAYLOAD, ...signature, header: { disclosures: [] } }),
    JSON.stringify({ payload: CLEAR_PAYLOAD, signatures: [{ ...signature, header: { disclosures: [] } }] }),
  ];
}

/** Takes a presentation as a relying party does: signature first, then the disclosures. */
function verify(presentation: string, mode: "partial" | "complete") {
  const { jws, disclosures } = parseSdJwt(presentation);
  const { payload } = verifyJws(jws, "vc+sd-jwt", () => key.publicKey);
  return resolveDisclosures(payload, disclosures, mode);
}

const encodedOf = (hidden: readonly Hidden[]): string[] => hidden.map(({ encoded }) => encoded);

function codeOf(act: () => unknown): string {
  try {
    act();
    return "accepted";
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return error.code;
  }
}

describePublished("SD-JWT cases of sd-jwt-python", () => {
  it("are all judged here", () => {
    const published = publishedFiles(BASE).filter((file) => file.endsWith("specification.yml"));
    expect(published).toEqual(Object.keys(CASES).map((name) => `${name}/specification.yml`));
  });

  describe.each(Object.keys(CASES).filter((name) => CASES[name]))("%s, within the profile", (name) => {
    const { jws, hidden, expected } = readCase(name);
    const shown = hidden.filter(({ disclosed }) => disclosed);

    it("gives the published claims for the holder's choice, and counts the rest [ATT-3]", () => {
      const result = verify(formatSdJwt(jws, encodedOf(shown)), "partial");
      expect(result).toEqual({
        payload: expected,
        disclosed: shown.length,
        hidden: hidden.length - shown.length,
      });
    });

    it("is complete exactly where everything is shown [ATT-4]", () => {
      expect(verify(formatSdJwt(jws, encodedOf(hidden)), "complete").hidden).toBe(0);
      const withheld = codeOf(() => verify(formatSdJwt(jws, encodedOf(shown)), "complete"));
      expect(withheld).toBe(shown.length === hidden.length ? "accepted" : "DISCLOSURE_INVALID");
    });

    it("has the disclosures that the profile's own issuer makes", () => {
      expect(hidden.map(({ value, salt }) => makeDisclosure(value, salt).encoded)).toEqual(encodedOf(hidden));
    });
  });

  describe.each(Object.keys(CASES).filter((name) => !CASES[name]))("%s, outside the profile", (name) => {
    const { jws, hidden, expected } = readCase(name);

    it("is refused with everything shown [ATT-3]", () => {
      for (const mode of ["partial", "complete"] as const) {
        expect(codeOf(() => verify(formatSdJwt(jws, encodedOf(hidden)), mode))).toBe("DISCLOSURE_INVALID");
      }
    });

    it("is refused as its holder shows it, unless what is nested stays hidden as a whole [ATT-3]", () => {
      const shown = formatSdJwt(jws, encodedOf(hidden.filter(({ disclosed }) => disclosed)));
      if (name === "array_recursive_sd") expect(verify(shown, "partial").payload).toEqual(expected);
      else expect(codeOf(() => verify(shown, "partial"))).toBe("DISCLOSURE_INVALID");
    });
  });

  const named = (test: (plain: Record<string, JsonValue>) => boolean): string[] =>
    Object.keys(CASES).filter((name) => test(readCase(name).plain));

  it("ask for no other forms than those refused below", () => {
    expect(named(({ extra_header_parameters: members }) => members !== undefined)).toEqual(["header_mod"]);
    expect(named(({ serialization_format: format }) => format === "json")).toEqual([
      "json_serialization_flattened",
      "json_serialization_general",
    ]);
    expect(named(({ key_binding: isBound }) => isBound === true)).toEqual([
      "header_mod",
      "json_serialization_flattened",
      "json_serialization_general",
      "key_binding",
    ]);
    expect(codeOf(() => verify(formatSdJwt(signUnder({}), []), "complete"))).toBe("accepted");
  });

  it("are refused with another header than the profile's [ATT-1]", () => {
    const members = readCase("header_mod").plain.extra_header_parameters as JsonObject;
    expect(codeOf(() => verify(formatSdJwt(signUnder(members), []), "complete"))).toBe("JWS_MALFORMED");
    expect(codeOf(() => verify(formatSdJwt(signUnder({ x: 1 }), []), "complete"))).toBe("JWS_MALFORMED");
  });

  it.each(jsonForms())("are refused as a JSON document %# [ATT-1] [ATT-2]", (document) => {
    expect(codeOf(() => verify(document, "complete"))).toBe("DISCLOSURE_INVALID");
    expect(codeOf(() => verify(`${document}~`, "complete"))).toBe("JWS_MALFORMED");
  });

  it("are refused with a key binding token", () => {
    expect(codeOf(() => verify(`${formatSdJwt(CLEAR, [])}${CLEAR}`, "complete"))).toBe("DISCLOSURE_INVALID");
  });
});
