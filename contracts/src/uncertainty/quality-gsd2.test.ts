import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { FactorQuality, FactorRow } from "../factors/factor-row.ts";
import { BASIC_GSD2, basicGsd2Of, basicKindOf, UNKNOWN_BASIC_GSD2 } from "./basic-gsd2.ts";
import { factorSources } from "./footprint-sources.ts";
import { GHG_PROTOCOL_GSD2, GHG_PROTOCOL_INDICATORS, ghgProtocolGsd2 } from "./ghg-protocol.ts";
import { pedigreeGsd2, WORST_PEDIGREE } from "./pedigree.ts";
import { qualityGsd2 } from "./quality-gsd2.ts";

const data = process.env.TALLYSTICK_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");

describe("basic spreads", () => {
  it("follow from the unit as far as it tells, and are the widest where it does not", () => {
    for (const [unit, kind] of [
      ["kg", "materials"],
      ["short-ton", "materials"],
      ["liter", "materials"],
      ["piece", "materials"],
      ["kWh", "energy"],
      ["kWh_net", "energy"],
      ["t-km", "transport-services"],
      ["passenger-km", "transport-services"],
      ["vehicle-mi", "transport-services"],
      ["TEU-km", "transport-services"],
      ["km", "transport-services"],
      ["USD", undefined],
      ["TEU", undefined],
      ["m2", undefined],
      ["hour", undefined],
      ["room-night", undefined],
    ] as const) {
      expect(basicKindOf(unit), unit).toBe(kind);
      expect(basicGsd2Of(unit), unit).toBe(kind === undefined ? 3 : BASIC_GSD2[kind]);
    }
    expect(UNKNOWN_BASIC_GSD2).toBe(3);
    expect(() => basicKindOf("ton")).toThrow("UNIT_AMBIGUOUS");
  });
});

describe("the GHG Protocol's four levels", () => {
  it("are not the pedigree's five, and a missing one is poor", () => {
    const veryGood = Object.fromEntries(GHG_PROTOCOL_INDICATORS.map((name) => [name, 1]));
    expect(ghgProtocolGsd2(1.05, veryGood)).toBeCloseTo(1.05, 12);
    expect(ghgProtocolGsd2(1, { ...veryGood, technology: null })).toBeCloseTo(2, 12);
    expect(ghgProtocolGsd2(1, { ...veryGood, technology: 3 })).toBeCloseTo(1.5, 12);
    for (const score of [0, 5, 2.5]) {
      expect(() => ghgProtocolGsd2(1, { ...veryGood, time: score })).toThrow("QUALITY_SCORE_INVALID");
    }
    for (const factors of Object.values(GHG_PROTOCOL_GSD2)) expect(factors).toHaveLength(4);
  });
});

describe("quality as uncertainty", () => {
  const best = { reliability: 1, completeness: 1, temporal: 1, geographical: 1, technological: 1 };
  const epa = { reliability: 3, temporal: 2, geographical: 1, technological: 4 };

  it("reads the EPA's scores as pedigree indicators", () => {
    expect(qualityGsd2(1.05, { scheme: "epa-useeio", scores: { ...epa, dataCollection: 1 } })).toBe(
      pedigreeGsd2(1.05, { reliability: 3, temporal: 2, geographical: 1, technological: 4, completeness: 1 }),
    );
    expect(qualityGsd2(1.05, { scheme: "epa-useeio", scores: epa })).toBe(
      pedigreeGsd2(1.05, { reliability: 3, temporal: 2, geographical: 1, technological: 4 }),
    );
  });

  it("counts a score between two levels as the worse", () => {
    expect(qualityGsd2(1, { scheme: "pedigree", scores: { ...best, temporal: 2.1 } })).toBeCloseTo(1.1, 12);
    expect(qualityGsd2(1, { scheme: "pedigree", scores: best })).toBe(1);
  });

  it("takes what PACT 3.0 does not rate as the worst", () => {
    const scores = { temporalDQR: 1, geographicalDQR: 1, technologicalDQR: 1 };
    expect(qualityGsd2(1, { scheme: "pact-3", scores })).toBe(
      pedigreeGsd2(1, { temporal: 1, geographical: 1, technological: 1 }),
    );
  });

  it("keeps the four levels apart from the five", () => {
    const scores = { technology: 3, time: 3, geography: 3, completeness: 3, reliability: 3 };
    expect(qualityGsd2(1, { scheme: "ghg-protocol", scores })).toBe(ghgProtocolGsd2(1, scores));
    expect(() => qualityGsd2(1, { scheme: "pedigree", scores })).toThrow("QUALITY_SCORE_INVALID");
  });

  it.each<FactorQuality>([
    { scheme: "pact-2", scores: { temporalDQR: 1 } },
    { scheme: "pcaf", scores: { score: 1 } },
  ])("refuses $scheme, which has no numbers", (quality) => {
    expect(() => qualityGsd2(1.05, quality)).toThrow("QUALITY_SCHEME_MISMATCH");
  });

  it.each<FactorQuality>([
    { scheme: "pedigree", scores: { ...best, temporal: 0 } },
    { scheme: "pedigree", scores: { ...best, temporal: Number.NaN } },
    { scheme: "pedigree", scores: { ...best, toString: 1 } },
    { scheme: "epa-useeio", scores: { completeness: 1 } },
    { scheme: "pact-3", scores: { completenessDQR: 1 } },
  ])("refuses scores that the scheme does not have: %j", (quality) => {
    expect(() => qualityGsd2(1.05, quality)).toThrow("QUALITY_SCORE_INVALID");
  });

  it("reads every row of the EPA's published scores", () => {
    let text: string;
    try {
      text = readFileSync(join(data, "factors/epa_supplychain_v1.1.1_dq_scores_2016.csv"), "utf8");
    } catch {
      return; // not on this machine
    }
    const [header = "", ...rows] = text.trim().replaceAll('"', "").split(/\r?\n/);
    expect(header).toMatch(
      /ReliabilityScore,TemporalCorrelation,GeographicalCorrelation,TechnologicalCorrelation,DataCollection$/,
    );
    const names = ["reliability", "temporal", "geographical", "technological", "dataCollection"];
    for (const row of rows) {
      const scores = Object.fromEntries(
        row
          .split(",")
          .slice(-5)
          .map((score, at) => [names[at] ?? "", Number(score)]),
      );
      expect(qualityGsd2(1.05, { scheme: "epa-useeio", scores })).toBeGreaterThanOrEqual(1.05);
    }
    expect(rows).toHaveLength(1576);
  });
});

describe("sources of a factor", () => {
  const row: FactorRow = {
    key: "k",
    label: "x",
    kind: "value",
    value: "1",
    denominator: "kg",
    boundary: "x",
    geography: { scheme: "global", code: "GLO" },
    source: "x",
  };
  const of = (changes: Partial<FactorRow>) => {
    const { basis, sources } = factorSources("set@1.0.0#k", { ...row, ...changes } as FactorRow);
    expect(sources.map(({ key }) => key)).toEqual(["factor:set@1.0.0#k"]);
    return [basis, Math.exp(Number(sources[0]?.lnGsd2E9) / 1e9)] as const;
  };

  it("are what its publisher states, else its quality, else the worst", () => {
    const quality: FactorQuality = { scheme: "pedigree", scores: { reliability: 1 } };
    expect(of({ gsd2: "1.25", quality })).toEqual(["stated", expect.closeTo(1.25, 8)]);
    expect(of({ quality })).toEqual(["rated", expect.closeTo(pedigreeGsd2(1.05, { reliability: 1 }), 8)]);
    expect(of({})).toEqual(["assumed", expect.closeTo(pedigreeGsd2(1.05, WORST_PEDIGREE), 8)]);
    expect(of({ denominator: "USD" })).toEqual(["assumed", expect.closeTo(pedigreeGsd2(3, WORST_PEDIGREE), 8)]);
  });
});
