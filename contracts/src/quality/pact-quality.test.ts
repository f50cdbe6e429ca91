import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { parseDecimal, rational, roundHalfEven } from "../exact/rational.ts";
import {
  aggregatePact2,
  aggregatePact3,
  type Pact2Quality,
  type Pact3Quality,
  parsePact2Quality,
  parsePact3Quality,
} from "./pact-quality.ts";
import { primaryDataShare, primaryDataShareByTonneKm } from "./primary-data-share.ts";

const dqi2 = (rating: number) => ({
  coveragePercent: 100,
  technologicalDQR: rating,
  temporalDQR: rating,
  geographicalDQR: rating,
  completenessDQR: rating,
  reliabilityDQR: rating,
});
const dqi3 = (rating: string) => ({ technologicalDQR: rating, temporalDQR: rating, geographicalDQR: rating });
const kg = parseDecimal;
const texts = (ratings: Readonly<Record<string, { n: bigint; d: bigint }>>) =>
  Object.fromEntries(Object.entries(ratings).map(([name, value]) => [name, formatExact(value)]));

describe("PACT 2.x", () => {
  const inputs = [
    { emissions: kg("60"), quality: parsePact2Quality(dqi2(1)) },
    { emissions: kg("30"), quality: parsePact2Quality({ ...dqi2(2), temporalDQR: 3 }) },
    { emissions: kg("5"), quality: parsePact2Quality(dqi2(3)) },
  ];

  it("rates the inputs above 5 % of the footprint, and says how much they cover", () => {
    const { coveragePercent, ratings } = aggregatePact2(inputs, kg("100"));
    expect(formatExact(coveragePercent)).toBe("90");
    const mean = "4/3"; // (60 × 1 + 30 × 2) / 90; the input of exactly 5 % is not above it
    expect(texts(ratings)).toEqual({
      technologicalDQR: mean,
      temporalDQR: "5/3",
      geographicalDQR: mean,
      completenessDQR: mean,
      reliabilityDQR: mean,
    });
  });

  it("refuses a footprint of which no input is above 5 %, or that is nothing", () => {
    expect(() => aggregatePact2(inputs.slice(2), kg("100"))).toThrow("QUALITY_WEIGHTS_INVALID");
    expect(() => aggregatePact2(inputs, kg("0"))).toThrow("QUALITY_WEIGHTS_INVALID");
  });
});

describe("PACT 3.0", () => {
  it("rates all inputs, however small", () => {
    const { ratings } = aggregatePact3([
      { emissions: kg("96"), quality: parsePact3Quality(dqi3("1")) },
      { emissions: kg("4"), quality: parsePact3Quality({ ...dqi3("5"), temporalDQR: "2.5" }) },
    ]);
    expect(texts(ratings)).toEqual({ technologicalDQR: "1.16", temporalDQR: "1.06", geographicalDQR: "1.16" });
  });

  it("refuses emissions of which no mean can be taken", () => {
    const quality = parsePact3Quality(dqi3("1"));
    expect(() => aggregatePact3([])).toThrow("QUALITY_WEIGHTS_INVALID");
    expect(() => aggregatePact3([{ emissions: kg("-1"), quality }])).toThrow("QUALITY_WEIGHTS_INVALID");
  });
});

describe("the two schemes", () => {
  it("do not mix: not by their types, nor by what comes from outside them", () => {
    const two = parsePact2Quality(dqi2(1));
    const three = parsePact3Quality(dqi3("1"));
    const emissions = rational(1n);
    // @ts-expect-error: PACT 2.x quality is not 3.0's
    expect(() => aggregatePact3([{ emissions, quality: two }])).toThrow("QUALITY_SCHEME_MISMATCH");
    // @ts-expect-error: nor the other way round
    expect(() => aggregatePact2([{ emissions, quality: three }], emissions)).toThrow("QUALITY_SCHEME_MISMATCH");
  });

  it("are told apart when they are read", () => {
    expect(() => parsePact3Quality(dqi2(1))).toThrow("QUALITY_SCHEME_MISMATCH");
    expect(() => parsePact3Quality({ ...dqi3("1"), completenessDQR: "1" })).toThrow("QUALITY_SCHEME_MISMATCH");
    expect(() => parsePact2Quality(dqi3("1"))).toThrow("QUALITY_SCHEME_MISMATCH");
    expect(() => parsePact3Quality(null)).toThrow("QUALITY_SCHEME_MISMATCH");
  });

  it("have ranges of their own", () => {
    expect(formatExact(parsePact3Quality(dqi3("4.5")).ratings.temporalDQR)).toBe("4.5");
    expect(formatExact(parsePact2Quality(dqi2(2.5)).ratings.temporalDQR)).toBe("2.5");
    for (const rating of [0.9, 3.1, Number.NaN]) {
      expect(() => parsePact2Quality(dqi2(rating))).toThrow("QUALITY_SCORE_INVALID");
    }
    for (const rating of ["0.9", "5.1", "x", ""]) {
      expect(() => parsePact3Quality(dqi3(rating))).toThrow("QUALITY_SCORE_INVALID");
    }
    const { temporalDQR: _, ...partial } = dqi3("1");
    expect(() => parsePact3Quality(partial)).toThrow("QUALITY_SCORE_INVALID");
  });

  it("throw only their codes, whatever is read", () => {
    const codes = ["QUALITY_SCHEME_MISMATCH", "QUALITY_SCORE_INVALID", "DECIMAL_INVALID"];
    const names = fc.constantFrom(...Object.keys(dqi2(1)));
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.dictionary(names, fc.oneof(fc.double(), fc.string()))), (value) => {
        for (const parse of [parsePact2Quality, parsePact3Quality] as ((
          dqi: unknown,
        ) => Pact2Quality | Pact3Quality)[]) {
          try {
            parse(value);
          } catch (error) {
            if (!isTallyError(error) || !codes.includes(error.code)) throw error;
          }
        }
      }),
    );
  });
});

describe("primary data share", () => {
  const [all, none] = [rational(100n), rational(0n)];
  // ILEAP-CHAIN: the first carrier measured, the second did not.
  const emissions = [
    { emissions: kg("3.6801"), primaryPercent: all },
    { emissions: kg("4.74759"), primaryPercent: none },
  ];
  const transport = [
    { tonneKm: kg("36.801"), primaryPercent: all },
    { tonneKm: kg("27.927"), primaryPercent: none },
  ];

  it("is by emissions: 43.67 % (ILEAP-CHAIN)", () => {
    expect(roundHalfEven(primaryDataShare(emissions), 2)).toBe(4367n);
  });

  it("by tonne-kilometres is another figure: 56.85 % (ILEAP-CHAIN, as printed)", () => {
    // 56.8548...: printed with two decimals.
    expect(roundHalfEven(primaryDataShareByTonneKm(transport), 2)).toBe(5685n);
  });

  it("weighs what suppliers state", () => {
    const parts = [
      { emissions: kg("1"), primaryPercent: kg("50") },
      { emissions: kg("3"), primaryPercent: kg("90") },
    ];
    expect(formatExact(primaryDataShare(parts))).toBe("80");
  });

  it("stays exact and quick over many parts of unlike decimals", () => {
    const parts = Array.from({ length: 20_000 }, (_, at) => ({
      emissions: at % 7 === 0 ? rational(1n, 3n) : kg(`1.${"0".repeat(at % 9)}1`),
      primaryPercent: kg(at % 2 === 0 ? "50" : "50.00"),
    }));
    expect(formatExact(primaryDataShare(parts))).toBe("50");
  });

  it("refuses percentages that are none, and emissions that come to nothing", () => {
    for (const percent of ["-1", "100.1"]) {
      const part = { emissions: kg("1"), primaryPercent: kg(percent) };
      expect(() => primaryDataShare([part])).toThrow("QUALITY_SCORE_INVALID");
    }
    expect(() => primaryDataShare([])).toThrow("QUALITY_WEIGHTS_INVALID");
    expect(() => primaryDataShare([{ emissions: kg("-1"), primaryPercent: all }])).toThrow("QUALITY_WEIGHTS_INVALID");
  });
});
