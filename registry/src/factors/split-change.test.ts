import { compare, type FactorSet, formatExact, sub, sum } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FactorVersion } from "./factor-version.ts";
import { RATES, rowOf, setOf } from "./factors.fixture.ts";
import { formatSplit } from "./format-split.ts";
import { type ChangeSplit, splitChange } from "./split-change.ts";

const version = (row: object, set: Partial<FactorSet> = {}): FactorVersion => {
  const one = rowOf(row);
  return { row: one, set: setOf([one], set).set };
};
const later = (row: object, set: Partial<FactorSet> = {}): FactorVersion =>
  version(row, { version: "2.0.0", supersedes: "1.0.0", ...set });
const USD_2022 = { priceBasis: { currency: "USD", year: 2022, price: "purchaser" } } as const;
const EUR_2022 = { priceBasis: { currency: "EUR", year: 2022, price: "purchaser" } } as const;
const METHOD = { change: { reason: "methodology", note: "new model" } };
const partsOf = (split: ChangeSplit): string[] =>
  split.parts.map(({ cause, kgCo2e }) => `${cause} ${formatExact(kgCo2e)}`);
/** 0.5 kg CO2 and 0.02 kg CH4: 1 kg CO2e in AR4 (25), 1.06 in AR5 (28). */
const GASES = {
  gases: [
    { gas: "co2", basis: "gas", value: "0.5" },
    { gas: "ch4", basis: "gas", value: "0.02" },
  ],
};

describe("splitChange", () => {
  it("takes the price year first, then the GWP set, then what the row says", () => {
    const split = splitChange(
      version(GASES),
      later({ value: "0.6", ...METHOD }, { gwpSet: "AR5", ...USD_2022 }),
      RATES,
    );
    expect(partsOf(split)).toEqual(["price-year -0.2", "gwp-set 0.048", "methodology -0.248"]);
    expect(split.unknown).toEqual([]);
    expect(formatSplit(split)).toBe(
      [
        "1 -> 0.6 kg CO2e: -0.4 (-40 %)",
        "  price year -0.2 (USD 2021 to USD 2022, fixture-rates@1.0.0)",
        "  GWP set +0.048 (AR4 to AR5)",
        "  methodology -0.248 (new model)",
      ].join("\n"),
    );
  });

  it("gives the rounding of the published figure to no GWP", () => {
    const split = splitChange(version({ ...GASES, value: "1.001" }), later({ value: "1.061" }, { gwpSet: "AR5" }));
    expect(partsOf(split)).toEqual(["gwp-set 0.06"]);
  });

  it("converts gases that the publisher gives as CO2e back before it converts them anew", () => {
    const gases = [
      { gas: "ch4", basis: "co2e", value: "0.5" },
      { gas: "hfc-pfc-unspecified", basis: "co2e", value: "0.5" },
    ];
    const split = splitChange(version({ gases }), later({ value: "1.06" }, { gwpSet: "AR5" }));
    expect(partsOf(split)).toEqual(["gwp-set 0.06"]);
  });

  it("compares other units of the same thing without calling them a change", () => {
    const split = splitChange(version({ denominator: "kg" }), later({ denominator: "t", value: "1000" }));
    expect([formatExact(split.before), partsOf(split)]).toEqual(["1000", []]);
    const gwp = splitChange(
      version({ denominator: "kg", ...GASES }),
      later({ denominator: "t", value: "1060" }, { gwpSet: "AR5" }),
    );
    expect(partsOf(gwp)).toEqual(["gwp-set 60"]);
  });

  it("takes the exchange rate and the price index of another currency", () => {
    const euro = later({ denominator: "EUR", value: "1" }, EUR_2022);
    // One euro of 2022 is 1.25 dollars of 2022, which is one of 2021.
    expect(partsOf(splitChange(version({}), euro, RATES))).toEqual([]);
  });

  it.each(["methodology", "error", "new-data"] as const)("gives the rest to %s where the row says so", (reason) => {
    expect(partsOf(splitChange(version({}), later({ value: "2", change: { reason } })))).toEqual([`${reason} 1`]);
  });

  it("gives the rest to the boundary where that alone is another", () => {
    expect(partsOf(splitChange(version({}), later({ value: "2", boundary: "gate-to-gate" })))).toEqual(["boundary 1"]);
    const producer = { priceBasis: { currency: "USD", year: 2021, price: "producer" } } as const;
    const split = splitChange(version({}), later({ value: "2" }, producer));
    expect(split.parts).toMatchObject([
      { cause: "boundary", how: '"cradle-to-gate (purchaser prices)" to "cradle-to-gate (producer prices)"' },
    ]);
  });

  it.each<[string, FactorVersion, string]>([
    ["nothing says why", later({ value: "2" }), "no reason is stated"],
    ["the row says only that it was renamed", later({ value: "2", change: { reason: "rename" } }), "no reason"],
    [
      "it says why it differs from another version",
      later({ value: "2", ...METHOD }, { supersedes: "1.5.0" }),
      "no reason",
    ],
    ["boundary and method are both others", later({ value: "2", boundary: "x", ...METHOD }), "; methodology"],
    ["no rate is known", later({ value: "2", ...METHOD }, USD_2022), "price year: USD 2021 to USD 2022"],
    ["the gases are not known", later({ value: "2", ...METHOD }, { gwpSet: "AR5" }), "GWP set: AR4 to AR5"],
    ["a set mixes GWPs", later({ value: "2", ...METHOD }, { gwpSet: "mixed" }), "GWP set: AR4 to mixed"],
  ])("leaves the rest unattributed where %s", (_what, after, how) => {
    const { parts } = splitChange(version({}), after);
    expect(parts).toMatchObject([{ cause: "unattributed", how: expect.stringContaining(how) }]);
    expect(parts.map(({ kgCo2e }) => formatExact(kgCo2e))).toEqual(["1"]);
  });

  it("says nothing of a GWP set where the price year could not be told", () => {
    const split = splitChange(version(GASES), later({ value: "2" }, { gwpSet: "AR5", ...USD_2022 }));
    expect(partsOf(split)).toEqual(["unattributed 1"]);
  });

  it("refuses what is no figure, and figures per different things", () => {
    const { value: _value, ...unvalued } = rowOf() as { value?: string };
    expect(() => splitChange(version({}), later({ denominator: "kg" }))).toThrow("UNIT_");
    const blank = { row: { ...unvalued, kind: "not-available" } as FactorVersion["row"], set: version({}).set };
    expect(() => splitChange(blank, later({}))).toThrow("FACTOR_NOT_A_VALUE");
  });

  it("has parts that sum to the difference exactly", () => {
    const figure = fc.integer({ min: -9_999, max: 99_999 }).map((scaled) => `${(scaled / 1000).toFixed(3)}`);
    const set = fc.constantFrom("AR4", "AR5", "AR6", "mixed").chain((gwpSet) =>
      fc.constantFrom(2021, 2022, 2030).map(
        (year): Partial<FactorSet> => ({
          gwpSet: gwpSet as FactorSet["gwpSet"],
          priceBasis: { currency: "USD", year, price: "purchaser" },
        }),
      ),
    );
    const gases = fc
      .tuple(figure, fc.boolean())
      .map(([value, has]) => (has ? { gases: [{ gas: "n2o", basis: "gas", value, numerator: "g" }] } : {}));
    const reason = fc.constantFrom({}, METHOD, { boundary: "other" });
    fc.assert(
      fc.property(figure, figure, set, set, gases, reason, (one, other, from, to, masses, why) => {
        const split = splitChange(version({ value: one, ...masses }, from), later({ value: other, ...why }, to), RATES);
        const total = sum(split.parts.map(({ kgCo2e }) => kgCo2e));
        expect(compare(total, split.difference)).toBe(0);
        expect(compare(sub(split.after, split.before), split.difference)).toBe(0);
      }),
    );
  });
});
