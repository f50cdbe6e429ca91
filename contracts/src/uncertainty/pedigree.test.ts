import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { gsd2OfGsd, gsdOfGsd2 } from "./gsd2.ts";
import { PEDIGREE_INDICATORS, PEDIGREE_SCHEMES, pedigreeGsd2, WORST_PEDIGREE } from "./pedigree.ts";

const data = process.env.TALLYSTICK_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");
const published = join(data, "factors/pedigree_ecoinvent_dqsystem_olca.json");

const all = (score: number) => Object.fromEntries(PEDIGREE_INDICATORS.map((indicator) => [indicator, score]));

describe("the pedigree", () => {
  it("reproduces a published total: all scores 5, basic GSD 1.279 (UNC-PEDIGREE-MULLER)", () => {
    const gsd2 = pedigreeGsd2(gsd2OfGsd(1.279), all(5));
    expect(gsd2).toBeCloseTo(2.8458, 4);
    expect(gsdOfGsd2(gsd2)).toBeCloseTo(1.69, 2);
    expect(gsdOfGsd2(gsd2)).toBeCloseTo(1.687, 3);
  });

  it("adds nothing to a basic spread at the best scores", () => {
    expect(pedigreeGsd2(1.05, all(1))).toBeCloseTo(1.05, 12);
    expect(pedigreeGsd2(1, all(1), "ciroth-2013")).toBe(1);
  });

  it("counts a missing score as the worst, never as good", () => {
    expect(pedigreeGsd2(1.05, WORST_PEDIGREE)).toBe(pedigreeGsd2(1.05, all(5)));
    expect(pedigreeGsd2(1.05, { ...all(1), temporal: null })).toBe(pedigreeGsd2(1.05, { ...all(1), temporal: 5 }));
    const { temporal: _, ...rest } = all(1);
    expect(pedigreeGsd2(1.05, rest)).toBe(pedigreeGsd2(1.05, { ...all(1), temporal: 5 }));
  });

  it.each([0, 6, 1.5, -1, Number.NaN])("refuses a score of %d", (score) => {
    expect(() => pedigreeGsd2(1.05, { ...all(1), temporal: score })).toThrow("QUALITY_SCORE_INVALID");
  });

  it("refuses a basic spread below 1", () => {
    expect(() => pedigreeGsd2(0.5, all(1))).toThrow("UNCERTAINTY_INVALID");
  });

  it("squares the empirical factors, which are GSD", () => {
    expect(pedigreeGsd2(1, { ...all(1), technological: 3 }, "ciroth-2013")).toBeCloseTo(1.65 ** 2, 12);
  });

  it("refuses scores for which the paper has no number, missing ones included", () => {
    for (const indicator of ["reliability", "completeness", "geographical"]) {
      expect(() => pedigreeGsd2(1, { ...all(1), [indicator]: 5 }, "ciroth-2013")).toThrow("QUALITY_SCORE_INVALID");
      expect(() => pedigreeGsd2(1, { ...all(1), [indicator]: null }, "ciroth-2013")).toThrow("QUALITY_SCORE_INVALID");
    }
    expect(pedigreeGsd2(1, { ...all(1), temporal: 5 }, "ciroth-2013")).toBeCloseTo(1.29 ** 2, 12);
  });

  it("gets no better as a score gets worse", () => {
    for (const { factors } of Object.values(PEDIGREE_SCHEMES)) {
      for (const indicator of PEDIGREE_INDICATORS) {
        const known = factors[indicator].filter((factor) => factor !== undefined);
        expect([...known].sort((a, b) => a - b)).toEqual(known);
        expect(factors[indicator]).toHaveLength(5);
      }
    }
  });

  it.runIf(existsSync(published))("has the factors of the published system", () => {
    const system = JSON.parse(readFileSync(published, "utf8")) as {
      indicators: { position: number; scores: { position: number; uncertainty: number }[] }[];
    };
    expect(system.indicators).toHaveLength(5);
    for (const { position, scores } of system.indicators) {
      const indicator = PEDIGREE_INDICATORS[position - 1] as (typeof PEDIGREE_INDICATORS)[number];
      expect(scores).toHaveLength(5);
      for (const { position: score, uncertainty } of scores) {
        expect(PEDIGREE_SCHEMES["ecoinvent-v2"].factors[indicator][score - 1]).toBe(uncertainty);
      }
    }
  });
});
