import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { parseDecimal } from "../exact/rational.ts";
import { gwpOf, toCo2e } from "./gwp.ts";

describe("toCo2e", () => {
  it("weights each gas in the named set, exactly", () => {
    const amounts = [
      { gas: "co2", basis: "gas", kg: parseDecimal("0.175") },
      { gas: "ch4", basis: "gas", kg: parseDecimal("0.000005") },
      { gas: "n2o", basis: "gas", kg: parseDecimal("0.000003") },
    ] as const;
    expect(formatExact(toCo2e(amounts, "AR5"))).toBe("0.175935");
    expect(formatExact(toCo2e(amounts, "AR4"))).toBe("0.176019");
  });

  it("never weights what already is CO2e", () => {
    const amounts = ["0.18351", "0.00024", "0.00010"].map((kg, at) => ({
      gas: ["co2", "ch4", "n2o"][at] as string,
      basis: "co2e" as const,
      kg: parseDecimal(kg),
    }));
    expect(formatExact(toCo2e(amounts, "AR4"))).toBe("0.18385");
  });

  it("keeps fossil and biogenic methane apart", () => {
    expect(formatExact(gwpOf("ch4-fossil", "AR6"))).toBe("29.8");
    expect(formatExact(gwpOf("ch4-biogenic", "AR6"))).toBe("27");
  });

  it("refuses a gas that the set has no value for", () => {
    expect(() => gwpOf("phlogiston", "AR6")).toThrow("GAS_UNKNOWN");
    expect(() => gwpOf("hfc-134", "AR4")).toThrow("GAS_UNKNOWN");
    expect(() => gwpOf("constructor", "AR6")).toThrow("GAS_UNKNOWN");
  });
});
