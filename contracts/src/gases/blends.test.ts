import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { ONE, parseDecimal, sum } from "../exact/rational.ts";
import { BLENDS } from "./blend-table.ts";
import { gasesOfBlend, isBlend } from "./blends.ts";
import { toCo2e } from "./gwp.ts";
import { GWP100 } from "./gwp-table.ts";

describe("BLENDS", () => {
  it.each(Object.entries(BLENDS))(
    "%s is whole, of gases with a GWP in every set",
    (name, { gases, uncounted = "0" }) => {
      const fractions = [...Object.values(gases), uncounted].map(parseDecimal);
      expect(formatExact(sum(fractions))).toBe("1");
      for (const gas of Object.keys(gases)) expect(Object.keys(GWP100[gas] ?? {}), gas).toEqual(["AR4", "AR5", "AR6"]);
      expect(isBlend(name)).toBe(true);
    },
  );
});

describe("gasesOfBlend", () => {
  it("divides an amount by mass, exactly", () => {
    const gases = gasesOfBlend("R-404A", parseDecimal("2.5"));
    expect(gases.map(({ gas, kg }) => `${formatExact(kg)} ${gas}`)).toEqual([
      "1.1 hfc-125",
      "0.1 hfc-134a",
      "1.3 hfc-143a",
    ]);
    expect(formatExact(toCo2e(gasesOfBlend("R-404A", ONE), "AR4"))).toBe("3921.6");
    expect(formatExact(toCo2e(gasesOfBlend("R-410A", ONE), "AR4"))).toBe("2087.5");
  });

  it("knows a designation however it is written, and no other", () => {
    for (const name of ["R404A", "r-404a", "R-507", "R507A"]) expect(isBlend(name), name).toBe(true);
    for (const name of ["R-404", "R-404B", "404A", "R-4044A", "R-", "constructor", ""]) {
      expect(isBlend(name), name).toBe(false);
      expect(() => gasesOfBlend(name, ONE), name).toThrow("GAS_UNKNOWN");
    }
  });
});
