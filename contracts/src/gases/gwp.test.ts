import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { parseDecimal } from "../exact/rational.ts";
import { biogenicCo2, gwpOf, toCo2e } from "./gwp.ts";
import { GWP100 } from "./gwp-table.ts";
import { isBiogenicCo2, isKyotoGas } from "./reported-apart.ts";

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

  it("leaves CO2 of biomass to be reported apart, and counts its methane", () => {
    const wood = [
      { gas: "co2-biogenic", basis: "gas", kg: parseDecimal("93.8") },
      { gas: "ch4-biogenic", basis: "gas", kg: parseDecimal("0.0072") },
      { gas: "co2-biogenic", basis: "co2e", kg: parseDecimal("1") },
    ] as const;
    expect(formatExact(toCo2e(wood, "AR5"))).toBe("0.2016");
    expect(formatExact(biogenicCo2(wood))).toBe("94.8");
    expect(() => gwpOf("co2-biogenic", "AR5")).toThrow("GAS_UNKNOWN");
    expect(["co2-biogenic", "ch4-biogenic", "co2"].map(isBiogenicCo2)).toEqual([true, false, false]);
  });

  it("takes a bucket of unspecified gases as the CO2e that it is, and as nothing else", () => {
    const bucket = { gas: "hfc-pfc-unspecified", kg: parseDecimal("0.02") };
    expect(formatExact(toCo2e([{ ...bucket, basis: "co2e" }], "AR6"))).toBe("0.02");
    expect(() => toCo2e([{ ...bucket, basis: "gas" }], "AR6")).toThrow("GAS_UNKNOWN");
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

describe("isKyotoGas", () => {
  it("knows the seven of the Kyoto basket among all gases with a GWP", () => {
    const others = Object.keys(GWP100).filter((gas) => !isKyotoGas(gas));
    expect(others.filter((gas) => !/^(h?cfc|hc?fe|halon)-/.test(gas))).toEqual([
      "so2f2",
      "ccl4",
      "ch3br",
      "ch3ccl3",
      "sf5cf3",
      "pfpmie",
      "ch2cl2",
      "ch3cl",
    ]);
    for (const gas of ["co2", "ch4-fossil", "n2o", "sf6", "nf3", "hfc-43-10mee", "cf4", "c10f18", "c-c4f8"]) {
      expect(isKyotoGas(gas), gas).toBe(true);
    }
    for (const gas of ["hcfc-22", "cfc-12", "hfe-125", "co2-biogenic", "phlogiston", "xhfc-23"]) {
      expect(isKyotoGas(gas), gas).toBe(false);
    }
  });
});
