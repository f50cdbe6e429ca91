import {
  abs,
  type CalculationResult,
  compare,
  parsePactDecimal,
  primaryDataShareByTonneKm,
  type Rational,
  rational,
  roundHalfEven,
  runCalculation,
  sub,
} from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { describePublished, publishedJson } from "../published-data.ts";
import { fillTemplate } from "./example-template.ts";
import { at, type Case, type Example, mapping, parseExact, resultOf, run, withAllGases } from "./worked-example.ts";

// Every published worked example, as calculations that a data file writes from the example's own inputs.

describePublished("worked examples", () => {
  const examples = publishedJson<Example[]>("worked-examples", "worked-examples.json");
  const byId = new Map(examples.map((example) => [example.id, example]));
  const cases = mapping.cases.flatMap((one) => one.ids.map((id) => ({ id, one })));

  it("are all run, but for those that say why not", () => {
    const run = new Set([...cases.map(({ id }) => id), ...Object.keys(mapping.notRun)]);
    expect([...byId.keys()].filter((id) => !run.has(id))).toEqual([]);
    expect(Object.keys(mapping.notRun)).toEqual(["ILEAP-CHAIN"]);
  });

  describe.each(cases)("$id", ({ id, one }) => {
    const example = one.allGases === true ? withAllGases(byId.get(id) as Example) : (byId.get(id) as Example);

    it("agrees", () => {
      const of = run(example, one);
      if (one.says !== undefined) expect(of.value).toBe(fillTemplate(one.says, { $: example }));
      for (const [path, expected] of Object.entries(one.near ?? {})) {
        const published = String(at(example, expected));
        // To as many digits as both have; statistics are stated with six decimals.
        const digits = Math.min(6, published.split(".")[1]?.length ?? 0);
        expect(Number(at(of, path)).toFixed(digits), path).toBe(Number(published).toFixed(digits));
      }
      const expected = at(example, one.expected ?? "expected_kgco2e");
      if (expected === null) return;
      const off = abs(sub(resultOf(example, one, of), parsePactDecimal(String(expected))));
      const tolerance = parsePactDecimal(String(example.tolerance_abs ?? 0));
      expect(compare(off, tolerance), `${String(expected)} against ${JSON.stringify(of)}`).toBeLessThanOrEqual(0);
    });

    it("agrees in its parts", () => {
      const { parts = {} } = run(example, one);
      for (const [name, expected] of Object.entries((example.expected_parts_kgco2e ?? {}) as Record<string, number>)) {
        if (one.notDerived?.[name] !== undefined || one.expected !== undefined) continue;
        // The part as computed is rounded to 10⁻⁹ kg, the expected one is a double.
        const [computed, published] = [parts[name] ?? "0", String(expected)].map(parsePactDecimal) as [
          Rational,
          Rational,
        ];
        expect(roundHalfEven(computed, 6), name).toBe(roundHalfEven(published, 6));
      }
    });
  });

  it("of the iLEAP chain: the first element's share is 43.67 % by emissions and 56.85 % by tonne-kilometres", () => {
    const first = run(
      byId.get("ILEAP-TCE-1") as Example,
      mapping.cases.find(({ ids }) => ids[0] === "ILEAP-TCE-1") as Case,
    );
    const {
      expected_kgco2e: total,
      expected_parts_kgco2e: parts,
      published_value,
    } = byId.get("ILEAP-CHAIN") as Example;
    const share = runCalculation({
      id: "share",
      kind: "cut-off",
      total: String(total),
      part: first.exact,
      threshold: "0.03",
    }) as CalculationResult;
    expect(roundHalfEven(parseExact(share.exact ?? ""), 4)).toBe(4367n);
    const tonneKm = parsePactDecimal(String((parts as Record<string, number>).transport_activity_tkm));
    const own = parsePactDecimal("36.801");
    const byTonneKm = primaryDataShareByTonneKm([
      { tonneKm: own, primaryPercent: rational(100n) },
      { tonneKm: sub(tonneKm, own), primaryPercent: rational(0n) },
    ]);
    expect(roundHalfEven(byTonneKm, 2)).toBe(5685n);
    expect(published_value).toBe("8.42769");
    // As it is printed, with a comma, it is no decimal.
    expect(
      runCalculation({ id: "comma", kind: "cut-off", total: "8,42769", part: "1", threshold: "0.1" }),
    ).toMatchObject({
      error: { code: "CALCULATION_FILE_INVALID" },
    });
  });
});
