import { Readable } from "node:stream";
import { parseDecimal, type Rational } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EPA_INDICATORS,
  type EpaQualityScores,
  epaQuality,
  QUALITY_HEADER,
  readEpaQualityScores,
  type ScoredFlow,
  scoredFlowOf,
  sectorsOf,
} from "./epa-quality-scores.ts";

const FLOWS: readonly ScoredFlow[] = ["Carbon dioxide", "Methane", "Nitrous oxide", "Other Greenhouse Gases"];
/** A file of sectors, each with the same five scores for a flow. */
const scoresOf = (sectors: Readonly<Record<string, readonly number[]>>): Promise<EpaQualityScores> => {
  const lines = Object.entries(sectors).flatMap(([sector, perFlow]) =>
    FLOWS.map((flow, at) => [sector, flow, ...EPA_INDICATORS.map(() => perFlow[at])].join()),
  );
  return readEpaQualityScores("dq.csv", Readable.from([Buffer.from([QUALITY_HEADER, ...lines].join("\n"))]));
};
const shares = (...parts: readonly string[]): ReadonlyMap<ScoredFlow, Rational> =>
  new Map(parts.map((part, at) => [FLOWS[at] as ScoredFlow, parseDecimal(part)]));
const reliability = (scores: EpaQualityScores, sectors: string[], parts?: ReadonlyMap<ScoredFlow, Rational>) =>
  epaQuality(scores, sectors, parts).scores.reliability;

describe("the quality of a factor", () => {
  it("is the mean over flows by what they contribute, to two decimals, half to even", async () => {
    const scores = await scoresOf({ "1111A0": [3, 4, 4, 5] });
    expect(reliability(scores, ["1111A0"], shares("3", "1"))).toBe(3.25);
    expect(reliability(scores, ["1111A0"], shares("1", "0", "0", "2"))).toBe(4.33);
    expect(reliability(scores, ["1111A0"], shares("0.995", "0.005"))).toBe(3);
    expect(reliability(scores, ["1111A0"], shares("0.985", "0.015"))).toBe(3.02);
  });

  it("is the worst flow's where contributions are not known or come to nothing", async () => {
    const scores = await scoresOf({ "1111A0": [3, 4, 2, 1] });
    expect(reliability(scores, ["1111A0"])).toBe(4);
    expect(reliability(scores, ["1111A0"], shares("0", "0"))).toBe(4);
  });

  it("is each flow's worst over several sectors", async () => {
    const scores = await scoresOf({ "1111A0": [1, 4, 1, 1], "1111B0": [2, 1, 1, 1] });
    expect(reliability(scores, ["1111A0", "1111B0"], shares("1", "1"))).toBe(3);
  });

  it("is not available, and never good, where any sector has no scores", async () => {
    const scores = await scoresOf({ "1111A0": [1, 1, 1, 1] });
    expect(epaQuality(scores, ["1111A0", "999999"], undefined).scores).toEqual(
      Object.fromEntries(EPA_INDICATORS.map((indicator) => [indicator, null])),
    );
  });

  it("lies among the flows' scores", async () => {
    const score = fc.integer({ min: 1, max: 5 });
    const flows = fc.tuple(score, score, score, score);
    const parts = fc.array(fc.nat(1_000_000), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(flows, parts, async (perFlow, amounts) => {
        const mean = reliability(await scoresOf({ "1111A0": perFlow }), ["1111A0"], shares(...amounts.map(String)));
        expect(mean).toBeGreaterThanOrEqual(Math.min(...perFlow));
        expect(mean).toBeLessThanOrEqual(Math.max(...perFlow));
      }),
    );
  });
});

it("reads the sectors of a cell, and finds a gas's flow", () => {
  expect(sectorsOf("233411,233412, 2334A0")).toEqual(["233411", "233412", "2334A0"]);
  expect(["co2", "ch4", "n2o", "sf6", "hfc-pfc-unspecified"].map(scoredFlowOf)).toEqual([...FLOWS, FLOWS[3]]);
});

it.each([
  ["no rows", QUALITY_HEADER],
  ["another header", "a,b"],
  ["a flow twice", `${QUALITY_HEADER}\n1111A0,Methane,1,1,1,1,1\n1111A0,Methane,1,1,1,1,1`],
  ["a score missing", `${QUALITY_HEADER}\n1111A0,Methane,1,1,,1,1`],
])("a file with %s is refused", async (_what, text) => {
  await expect(readEpaQualityScores("dq.csv", Readable.from([Buffer.from(text)]))).rejects.toThrow(
    "FACTOR_FILE_INVALID",
  );
});
