import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { parseDecimal, rational } from "../exact/rational.ts";
import { portfolioScores, weightedScore } from "./pcaf.ts";
import { aggregateQuality, formatQualityEntry, meanQuality, parseQualityEntry } from "./quality-entry.ts";

// Ids are those of the published worked examples.

const contribution = (amount: string, entry: string) => ({
  amount: parseDecimal(amount),
  entry: parseQualityEntry(entry),
});

describe("openLCA's aggregation", () => {
  it("takes contribution-weighted means; n.a. stays n.a. (DQ-OLCA-AGG)", () => {
    const contributions = [contribution("0.5", "(3;2;4;n.a.;2)"), contribution("1.5", "(2;3;1;n.a.;5)")];
    const means = meanQuality(contributions).map((mean) => (mean === null ? null : formatExact(mean)));
    expect(means).toEqual(["2.25", "2.75", "1.75", null, "4.25"]);
    expect(formatQualityEntry(aggregateQuality(contributions))).toBe("(2;3;2;n.a.;4)");
  });

  it("rounds a half to the worse score", () => {
    const half = [contribution("1", "(2;1;4)"), contribution("1", "(3;2;5)")];
    expect(aggregateQuality(half)).toEqual([3, 2, 5]);
    expect(aggregateQuality([contribution("1.000001", "(2)"), contribution("1", "(3)")])).toEqual([2]);
  });

  it("is n.a. where a part is: the rest does not speak for all", () => {
    expect(aggregateQuality([contribution("9", "(1;2)"), contribution("1", "(n.a.;2)")])).toEqual([null, 2]);
    expect(aggregateQuality([contribution("9", "(1;2)"), contribution("0", "(n.a.;2)")])).toEqual([1, 2]);
  });

  it("refuses entries of different systems, and weights of which no mean can be taken", () => {
    expect(() => aggregateQuality([contribution("1", "(1;2)"), contribution("1", "(1)")])).toThrow(
      "QUALITY_ENTRY_INVALID",
    );
    for (const contributions of [
      [],
      [contribution("0", "(1)")],
      [contribution("-1", "(1)"), contribution("2", "(1)")],
    ]) {
      expect(() => aggregateQuality(contributions)).toThrow("QUALITY_WEIGHTS_INVALID");
    }
  });

  it("reads entries in their one spelling", () => {
    for (const text of [
      "",
      "()",
      "3;2",
      "(3;2",
      "(3; 2)",
      "(0)",
      "(-1)",
      "(1.5)",
      "(na)",
      "(N.A.)",
      "((1))",
      "(100)",
    ]) {
      expect(() => parseQualityEntry(text), text).toThrow("QUALITY_ENTRY_INVALID");
    }
    expect(() => parseQualityEntry(`(${"1;".repeat(200)}1)`)).toThrow("QUALITY_ENTRY_INVALID");
    const score = fc.option(fc.integer({ min: 1, max: 99 }));
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 20 }), (entry) => {
        expect(parseQualityEntry(formatQualityEntry(entry))).toEqual(entry);
      }),
    );
  });
});

describe("PCAF scores", () => {
  const exposures = [
    [522425, 3],
    [187449, 5],
    [82778, 1],
    [108997, 1],
    [67556, 2],
    [54762, 5],
  ].map(([outstanding = 0, score = 0]) => ({ outstanding: rational(BigInt(outstanding)), score }));

  it("are weighted by outstanding amounts, exactly (PCAF-BOX8-all, PCAF-BOX8-oilgas)", () => {
    expect(formatExact(weightedScore(exposures))).toBe("3105217/1023967"); // 3.032536204780037
    const oilAndGas = weightedScore(exposures.slice(0, 2));
    expect(Number(oilAndGas.n) / Number(oilAndGas.d)).toBeCloseTo(3.5281190746526847, 12);
    expect(weightedScore(exposures.slice(0, 1)).n).toBe(3n * 522425n);
  });

  it("keep scope 3 apart", () => {
    const one = rational(1n);
    const scores = portfolioScores([
      { outstanding: one, scopes12: 1, scope3: 5 },
      { outstanding: one, scopes12: 2 },
    ]);
    expect(formatExact(scores.scopes12)).toBe("1.5");
    expect(scores.scope3 === undefined ? "" : formatExact(scores.scope3)).toBe("5");
    expect(portfolioScores([{ outstanding: one, scopes12: 1 }])).not.toHaveProperty("scope3");
  });

  it.each([0, 6, 2.5, Number.NaN])("refuses a score of %d", (score) => {
    expect(() => weightedScore([{ outstanding: rational(1n), score }])).toThrow("QUALITY_SCORE_INVALID");
  });

  it("refuses amounts that come to nothing", () => {
    expect(() => weightedScore([])).toThrow("QUALITY_WEIGHTS_INVALID");
    expect(() => weightedScore([{ outstanding: rational(-1n), score: 1 }])).toThrow("QUALITY_WEIGHTS_INVALID");
  });
});
