import { describe, expect, it } from "vitest";
import { CONTRACT_URN } from "../attestation/attestation-payload.ts";
import { contractBytes, digestOf, MAX_CONTRACT_BYTES, parseContract } from "./contract-document.ts";
import { PRODUCT_FOOTPRINT_CONTRACT, PRODUCT_FOOTPRINT_CONTRACT_URN } from "./product-footprint-contract.ts";

describe("contracts", () => {
  it("include the one for product footprints, which fits a log entry", () => {
    expect(parseContract(PRODUCT_FOOTPRINT_CONTRACT)).toEqual(PRODUCT_FOOTPRINT_CONTRACT);
    expect(contractBytes(PRODUCT_FOOTPRINT_CONTRACT).length).toBeLessThanOrEqual(MAX_CONTRACT_BYTES);
    expect(PRODUCT_FOOTPRINT_CONTRACT_URN).toBe("urn:tallystick:contract:product-footprint:3.1.0");
    expect(PRODUCT_FOOTPRINT_CONTRACT_URN).toMatch(CONTRACT_URN);
    expect(PRODUCT_FOOTPRINT_CONTRACT.rules.map((rule) => rule.id)).toContain("sum-formula");
  });

  it("have a digest that changes with any part", () => {
    const digest = digestOf(PRODUCT_FOOTPRINT_CONTRACT);
    expect(digest).toMatch(/^sha256-[A-Za-z0-9+/]{43}=$/);
    expect(digestOf({ ...PRODUCT_FOOTPRINT_CONTRACT, title: "Other" })).not.toBe(digest);
    expect(digestOf(JSON.parse(JSON.stringify(PRODUCT_FOOTPRINT_CONTRACT)))).toBe(digest);
  });

  it.each([
    { id: "Product Footprint" },
    { version: "3" },
    { version: "3.0.0-beta" },
    { schema: [] },
    { schema: { a: undefined } },
    { rules: [{ id: "a", level: "hint", text: "x" }] },
    { rules: [1, 2].map(() => ({ id: "a", level: "error", text: "x" })) },
    { cadence: { everyDays: 0, graceDays: 0 } },
    { quality: { minPrimaryDataShare: 50 } },
    { schema: { description: "x".repeat(MAX_CONTRACT_BYTES) } },
    { notes: "x" },
  ])("are refused with %j [CON-1]", (change) => {
    expect(() => parseContract({ ...PRODUCT_FOOTPRINT_CONTRACT, ...change })).toThrow("CONTRACT_INVALID");
  });
});
