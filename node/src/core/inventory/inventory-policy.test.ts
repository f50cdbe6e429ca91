import { describe, expect, it } from "vitest";
import { DEFAULT_INVENTORY_POLICY, parseInventoryPolicy } from "./inventory-policy.ts";

describe("parseInventoryPolicy", () => {
  it("takes the default policy as it is", () => {
    expect(parseInventoryPolicy(structuredClone(DEFAULT_INVENTORY_POLICY))).toEqual(DEFAULT_INVENTORY_POLICY);
  });

  it("takes sets without a version, and how far a factor may be from what was asked", () => {
    const policy = {
      ...DEFAULT_INVENTORY_POLICY,
      factorSets: [{ id: "uk-conversion-factors" }, { id: "starter-activity", version: "2026.1.0" }],
      fallbacks: ["geography:country", "time:older"],
      maxAgeYears: 3,
      worstQuality: { "epa-useeio": 4 },
    };
    expect(parseInventoryPolicy(structuredClone(policy))).toEqual(policy);
  });

  it.each([
    ["no method", { methods: [] }],
    ["a method twice", { methods: ["spend-based", "spend-based"] }],
    ["an unknown method", { methods: ["best-guess"] }],
    ["a step that is none", { fallbacks: ["geography:nearby"] }],
    ["a step twice", { fallbacks: ["time:older", "geography:world", "time:older"] }],
    ["an age that is no whole number of years", { maxAgeYears: 2.5 }],
    ["a limit on scores of an unknown scheme", { worstQuality: { stars: 3 } }],
    ["a limit that no score is within", { worstQuality: { pedigree: 0 } }],
    ["an unknown property", { fallback: "newest" }],
    ["another version of the format", { v: 2 }],
    [
      "a share over one",
      { confidence: { ...DEFAULT_INVENTORY_POLICY.confidence, high: { coverage: "1.1", verified: "0" } } },
    ],
  ])("refuses %s", (_what, change) => {
    expect(() => parseInventoryPolicy({ ...DEFAULT_INVENTORY_POLICY, ...change })).toThrow("INVENTORY_POLICY_INVALID");
  });
});
