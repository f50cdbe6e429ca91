import { add, formatExact, parseDecimal, type Rational, rational, sub, sum, ZERO } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSplit } from "./format-split.ts";
import { type ChangeSplit, SPLIT_CAUSES } from "./split-change.ts";

const splitOf = (before: Rational, parts: readonly Rational[]): ChangeSplit => {
  const after = add(before, sum(parts));
  const named = parts.map((kgCo2e, at) => ({ cause: SPLIT_CAUSES[at] ?? "unattributed", kgCo2e, how: "fixture" }));
  return { before, after, difference: sub(after, before), parts: named, unknown: [] };
};

/** The signed figure of a line: "  price year -0.2 (…)". */
const figureOf = (line: string): Rational => parseDecimal(/ [+]?(-?[\d.]+)(?: \(|$)/.exec(line)?.[1] ?? "?");

describe("a split as text", () => {
  it("says what its roundings are off by", () => {
    const third = rational(1n, 3n);
    expect(formatSplit(splitOf(rational(1n), [third, third, third])).split("\n")).toEqual([
      "1 -> 2 kg CO2e: +1 (+100 %)",
      "  price year +0.333333 (fixture)",
      "  GWP set +0.333333 (fixture)",
      "  boundary +0.333333 (fixture)",
      "  rounding of these lines +0.000001",
    ]);
    expect(formatSplit(splitOf(rational(1n), [rational(1n, 4n)]))).not.toContain("rounding");
  });

  it("adds up as it stands", () => {
    const part = fc.tuple(fc.integer({ min: -9_999, max: 9_999 }), fc.integer({ min: 1, max: 999 }));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 7 }), (parts) => {
        const split = splitOf(
          rational(5n),
          parts.map(([n, d]) => rational(BigInt(n), BigInt(d))),
        );
        const [head = "", ...lines] = formatSplit(split).split("\n");
        const difference = figureOf(head.slice(head.indexOf(":")));
        expect(formatExact(lines.map(figureOf).reduce(add, ZERO))).toBe(formatExact(difference));
      }),
    );
  });
});
