import { describe, expect, it } from "vitest";
import { DEFAULT_INVENTORY_POLICY, parseInventoryPolicy } from "./inventory-policy.ts";

describe("parseInventoryPolicy", () => {
  it("takes the default policy as it is", () => {
    expect(parseInventoryPolicy(structuredClone(DEFAULT_INVENTORY_POLICY))).toEqual(DEFAULT_INVENTORY_POLICY);
  });

  it.each([
    ["no method", { methods: [] }],
    ["a method twice", { methods: ["spend-based", "spend-based"] }],
    ["an unknown method", { methods: ["best-guess"] }],
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
