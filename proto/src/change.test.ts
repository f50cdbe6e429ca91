import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64, encodeBase64url } from "./base64.ts";
import { type Change, type ChangePayload, formatChange, parseChange, signChange, verifyChange } from "./change.ts";
import { type PrivateKey, privateKeyFromSeed } from "./ed25519.ts";
import { canonicalJson } from "./jcs.ts";
import type { JsonObject } from "./json.ts";
import { verifyJws } from "./jws.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { utf8Encode } from "./platform.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const MALFORMED = code("CHANGE_MALFORMED");
const maintainers: Readonly<Record<string, PrivateKey>> = Object.fromEntries(
  ["ada", "ben", "cyd"].map((kid, n) => [kid, privateKeyFromSeed(new Uint8Array(32).fill(n + 1))]),
);
const keyOf = (kid: string): PrivateKey => maintainers[kid] as PrivateKey;
const resolve = (kid: string) => maintainers[kid]?.publicKey;
const payload: ChangePayload = {
  v: 1,
  log: "registry.example/members",
  sequence: 3,
  previous: encodeBase64(EMPTY_ROOT),
  change: { kind: "member", member: "did:web:supplier.example" },
};
const change = (...kids: readonly string[]): Change => ({
  payload,
  approvals: kids.map((kid) => signChange(payload, kid, keyOf(kid))),
});
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const edit = (from: string | RegExp, to: string): Uint8Array =>
  utf8Encode(textOf(formatChange(change("ada", "ben"))).replace(from, to));

describe("change", () => {
  it("is accepted with the approvals of enough maintainers over exactly these bytes [REG-1]", () => {
    const verified = verifyChange(formatChange(change("ben", "ada")), { threshold: 2, resolve });
    expect(verified.payload).toEqual(payload);
    expect(verified.approvals.map(({ kid }) => kid)).toEqual(["ada", "ben"]);
  });

  it("gives the same bytes in whatever order the approvals came", () => {
    expect(formatChange(change("cyd", "ada", "ben"))).toEqual(formatChange(change("ada", "ben", "cyd")));
    const bytes = formatChange(change("ada", "ben"));
    expect(formatChange(parseChange(bytes))).toEqual(bytes);
  });

  it("makes a compact JWS of each approval with the payload between", () => {
    const [, payloadPart, line = ""] = textOf(formatChange(change("ada"))).split("\n");
    const [header, signature] = line.split(".");
    const jws = verifyJws(`${header}.${payloadPart}.${signature}`, "tallystick-change+jws", resolve);
    expect(jws.payload).toEqual(payload);
  });

  it("is refused with fewer approvals than asked for [REG-1]", () => {
    expect(() => verifyChange(formatChange(change("ada")), { threshold: 2, resolve })).toThrow(code("QUORUM_NOT_MET"));
  });

  it("counts a maintainer's key once, however many ids it has [REG-1]", () => {
    const twice = { payload, approvals: ["ada", "eve"].map((kid) => signChange(payload, kid, keyOf("ada"))) };
    const both = (kid: string) => (kid === "eve" ? keyOf("ada").publicKey : resolve(kid));
    expect(() => verifyChange(formatChange(twice), { threshold: 2, resolve: both })).toThrow(code("QUORUM_NOT_MET"));
  });

  it("is refused for one unknown or bad approval, even beside enough good ones [REG-1]", () => {
    const known = (kid: string) => (kid === "cyd" ? undefined : resolve(kid));
    const three = formatChange(change("ada", "ben", "cyd"));
    expect(() => verifyChange(three, { threshold: 2, resolve: known })).toThrow(code("KEY_UNKNOWN"));
    const stolen = {
      payload,
      approvals: [...change("ada", "ben").approvals, signChange(payload, "cyd", keyOf("ada"))],
    };
    expect(() => verifyChange(formatChange(stolen), { threshold: 2, resolve })).toThrow(code("SIGNATURE_INVALID"));
    expect(() => verifyChange(three, { threshold: Number.NaN, resolve })).toThrow(code("QUORUM_NOT_MET"));
  });

  it("is refused when any byte of it changes", () => {
    const bytes = formatChange(change("ada", "ben"));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] as number) ^ difference;
        expect(() => verifyChange(damaged, { threshold: 2, resolve })).toThrow(
          /CHANGE_MALFORMED|SIGNATURE_INVALID|KEY_UNKNOWN/,
        );
      }),
    );
  });

  it("throws only CHANGE_MALFORMED on whatever bytes are no change", () => {
    const near = fc
      .array(fc.constantFrom("tallystick/change/v1", "\n", ".", "e30", "AAAA"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), near.map(utf8Encode)), (bytes) => {
        expect(() => parseChange(bytes)).toThrow(MALFORMED);
      }),
    );
  });

  const part = (value: JsonObject): string => encodeBase64url(utf8Encode(canonicalJson(value)));
  const header = part({ alg: "Ed25519", kid: "ada", typ: "tallystick-change+jws" });
  it.each([
    ["another header line", edit("change/v1", "change/v2")],
    ["no last newline", edit(/\n$/, "")],
    ["a line too many", edit(/\n$/, "\n\n")],
    ["approvals in another order", edit(/\n([^\n]+)\n([^\n]+)\n$/, "\n$2\n$1\n")],
    ["the same approval twice", edit(/\n([^\n]+)\n([^\n]+)\n$/, "\n$1\n$1\n")],
    ["no approval", edit(/\n[^\n]+\n[^\n]+\n$/, "\n")],
    ["17 approvals", edit(/\n([^\n]+)\n[^\n]+\n$/, "\n$1".repeat(17).concat("\n"))],
    ["another algorithm", edit(header, part({ alg: "EdDSA", kid: "ada", typ: "tallystick-change+jws" }))],
    ["another type", edit(header, part({ alg: "Ed25519", kid: "ada", typ: "vc+sd-jwt" }))],
    ["a third part in a line", edit(/\n$/, ".AAAA\n")],
    ["more than an entry holds", utf8Encode("a".repeat(65_536))],
  ])("refuses %s", (_, bytes) => {
    expect(() => parseChange(bytes)).toThrow(MALFORMED);
  });

  it.each([
    ["another version", { v: 2 }],
    ["a member nobody knows", { extra: 1 }],
    ["no log", { log: "" }],
    ["a negative sequence", { sequence: -1 }],
    ["a first entry after another", { sequence: 0 }],
    ["a later entry after none", { previous: "" }],
    ["a hash of another length", { previous: "AAAA" }],
    ["a change of no kind", { change: { member: "a" } }],
    ["a list for a change", { change: [] }],
  ])("writes no payload with %s [REG-1]", (_, difference) => {
    const other = { ...payload, ...difference } as unknown as ChangePayload;
    expect(() => formatChange({ payload: other, approvals: [signChange(other, "ada", keyOf("ada"))] })).toThrow(
      MALFORMED,
    );
  });

  it("writes a first entry with nothing before it, and none too large for a log", () => {
    const first = { ...payload, sequence: 0, previous: "" };
    const approvals = [signChange(first, "ada", keyOf("ada"))];
    expect(parseChange(formatChange({ payload: first, approvals })).payload.sequence).toBe(0);
    const large = { ...payload, change: { kind: "a".repeat(60_000) } };
    expect(() => formatChange({ payload: large, approvals })).toThrow(code("ENTRY_TOO_LARGE"));
    expect(() => formatChange({ payload, approvals: [{ kid: "ada", signature: new Uint8Array(63) }] })).toThrow(
      MALFORMED,
    );
  });
});
