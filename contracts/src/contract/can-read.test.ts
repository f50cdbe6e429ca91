import { describe, expect, it } from "vitest";
import { canRead } from "./can-read.ts";
import type { ContractDocument } from "./contract-document.ts";
import { PRODUCT_FOOTPRINT_CONTRACT } from "./product-footprint-contract.ts";

type Compatibility = ContractDocument["compatibility"];

function version(text: string, compatibility: Compatibility = "full", id = "product-footprint"): ContractDocument {
  const { compatibility: _, ...document } = PRODUCT_FOOTPRINT_CONTRACT;
  return { ...document, id, version: text, ...(compatibility === undefined ? {} : { compatibility }) };
}

describe("who agreed on a version of a contract", () => {
  it.each<[string, string, Compatibility, boolean]>([
    ["3.1.0", "3.1.0", "none", true],
    ["3.0.0", "3.1.0", "full", true],
    ["3.0.0", "3.1.0", "forward", true],
    ["3.0.0", "3.1.0", "backward", false],
    ["3.0.0", "3.1.0", "none", false],
    ["3.1.0", "3.0.0", "full", true],
    ["3.1.0", "3.0.0", "backward", true],
    ["3.1.0", "3.0.0", "forward", false],
    ["3.10.0", "3.9.0", "backward", true],
    ["3.9.0", "3.10.0", "backward", false],
    ["3.0.0", "3.0.1", "full", true],
    ["3.1.0", "4.0.0", "full", false],
    ["4.0.0", "3.1.0", "full", false],
  ])("%s, reads data under %s where the later one is compatible %s: %s", (agreed, data, compatibility, reads) => {
    expect(canRead(version(agreed, compatibility), version(data, compatibility))).toBe(reads);
  });

  it("goes by what the later version says, whatever the earlier one did", () => {
    expect(canRead(version("3.0.0", "none"), version("3.1.0", "full"))).toBe(true);
    expect(canRead(version("3.0.0", "full"), version("3.1.0", "none"))).toBe(false);
  });

  it("reads nothing of a later version that says nothing, or of another contract", () => {
    const { compatibility: _, ...silent } = version("3.1.0");
    expect(canRead(version("3.0.0"), silent)).toBe(false);
    expect(canRead(version("3.1.0"), version("3.1.0", "full", "other"))).toBe(false);
  });
});
