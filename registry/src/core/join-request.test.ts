import { encodeBase64 } from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { parseJoinRequest } from "./join-request.ts";
import { commitNextKey } from "./read-key-event.ts";
import { firstEvent, keyOf, rawKey, secondEvent, signEvent } from "./registry.fixture.ts";

const event = firstEvent("smith");
const request = { v: 1, event: signEvent(event, "smith attest 1") };

describe("parseJoinRequest", () => {
  it("reads what an applicant says of itself", () => {
    expect(parseJoinRequest(request)).toEqual({ request, event });
    expect(parseJoinRequest(JSON.parse(JSON.stringify(request))).event.member).toBe("did:web:smith.example");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["text", "{}"],
    ["another version", { ...request, v: 2 }],
    ["an unknown member", { ...request, name: "Smith" }],
    ["an event too long", { v: 1, event: "e".repeat(32_769) }],
    ["too many cosignatures", { ...request, cosignatures: Array.from({ length: 8 }, () => request.event) }],
    ["an empty list of cosignatures", { ...request, cosignatures: [] }],
    [
      "a later key event",
      { v: 1, event: signEvent(secondEvent("smith", encodeBase64(new Uint8Array(32))), "smith attest 2") },
    ],
  ])("refuses %s", (_what, value) => {
    expect(() => parseJoinRequest(value)).toThrow("JOIN_REQUEST_INVALID");
  });

  it("refuses an applicant who does not hold the key it names [REG-3]", () => {
    const forged = { v: 1, event: signEvent(event, "mallory") };
    expect(() => parseJoinRequest(forged)).toThrow("SIGNATURE_INVALID");
    const second = { kid: `${event.member}#2`, key: rawKey("smith attest 2") };
    const two = { ...event, keys: { ...event.keys, attest: [...event.keys.attest, second] } };
    const next = [commitNextKey(keyOf("smith next").publicKey)];
    const both = { ...two, next };
    expect(() => parseJoinRequest({ v: 1, event: signEvent(both, "smith attest 1") })).toThrow("KEY_EVENT_INVALID");
    const cosignatures = [signEvent(both, "smith attest 2", second.kid)];
    expect(parseJoinRequest({ v: 1, event: signEvent(both, "smith attest 1"), cosignatures }).event).toEqual(both);
  });

  it("refuses a token that is none, and keys that are not admissible [KEY-1]", () => {
    expect(() => parseJoinRequest({ v: 1, event: "a.b.c" })).toThrow("JWS_MALFORMED");
    const zero = { ...event, keys: { ...event.keys, checkpoint: "A".repeat(43) } };
    expect(() => parseJoinRequest({ v: 1, event: signEvent(zero, "smith attest 1") })).toThrow("KEY_NOT_ADMISSIBLE");
  });
});
