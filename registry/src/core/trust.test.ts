import { formatVerifierKey, makeVerifierKey } from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { keyOf } from "./registry.fixture.ts";
import { parseTrust } from "./trust.ts";

describe("parseTrust", () => {
  const trusted = (name: string) => ({
    origin: `registry.example/${name}`,
    vkey: formatVerifierKey(makeVerifierKey(`registry.example/${name}`, "ed25519", keyOf("registry").publicKey)),
  });
  const trust = {
    v: 1,
    name: "fixture",
    logs: {
      members: trusted("members"),
      contracts: trusted("contracts"),
      factors: trusted("factors"),
      claims: trusted("claims"),
    },
    genesis: `${"A".repeat(43)}=`,
    registry: { address: "registry.example:7443", http: "https://registry.example", transportKey: "A".repeat(43) },
    witnesses: [],
    policy: "quorum none\n",
  };

  it("takes a trust file", () => expect(parseTrust(trust)).toEqual(trust));

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["another version", { ...trust, v: 2 }],
    ["an unknown member", { ...trust, extra: 1 }],
    [
      "a key of another name than its log",
      { ...trust, logs: { ...trust.logs, members: { ...trusted("members"), vkey: trusted("claims").vkey } } },
    ],
    ["a key that is none", { ...trust, logs: { ...trust.logs, members: { ...trusted("members"), vkey: "registry" } } }],
    ["a genesis that is no hash", { ...trust, genesis: "genesis" }],
    ["an address without port", { ...trust, registry: { ...trust.registry, address: "registry.example" } }],
    ["another scheme", { ...trust, registry: { ...trust.registry, http: "file:///etc/passwd" } }],
    ["a policy that is none", { ...trust, policy: "quorum nobody\n" }],
  ])("refuses %s", (_what, value) => {
    expect(() => parseTrust(value)).toThrow("TRUST_INVALID");
  });
});
