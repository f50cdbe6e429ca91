import { readFileSync } from "node:fs";
import {
  abs,
  type CalculationResult,
  compare,
  div,
  formatExact,
  gwpOf,
  mul,
  parseDecimal,
  parsePactDecimal,
  primaryDataShareByTonneKm,
  type Rational,
  rational,
  roundHalfEven,
  runCalculation,
  sub,
} from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { describePublished, publishedJson, publishedText } from "../published-data.ts";
import { fillTemplate, type Json } from "./example-template.ts";

// Every published worked example, as calculations that a data file writes from the example's own inputs.

interface Example {
  readonly [name: string]: Json;
  readonly id: string;
  readonly expected_kgco2e: number | null;
}

interface Case {
  readonly ids: readonly string[];
  readonly calculation: Json;
  readonly result?: Json;
  /** Path of the expected value; default `expected_kgco2e`. */
  readonly expected?: string;
  readonly near?: Readonly<Record<string, string>>;
  readonly says?: Json;
  readonly gwps?: Readonly<Record<string, string>>;
  readonly allGases?: boolean;
  readonly notDerived?: Readonly<Record<string, string>>;
}

const mapping = JSON.parse(readFileSync(new URL("../../vectors/worked-examples.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
  readonly notRun: Readonly<Record<string, string>>;
};

const at = (value: unknown, path: string): Json =>
  path.split(".").reduce<unknown>((found, name) => (found as Record<string, unknown>)?.[name], value) as Json;

function run(example: Example, { calculation }: Pick<Case, "calculation">): CalculationResult {
  const filled = fillTemplate(calculation, { $: example }) as Record<string, Json>;
  const result = runCalculation({ id: example.id, ...filled });
  if ("error" in result) throw new Error(`${example.id}: ${JSON.stringify(result.error)}`);
  return result;
}

/** An exact result as a fraction: "1/3", "12.5". */
function parseExact(text: Json): Rational {
  const [n = "", d] = String(text).split("/");
  return d === undefined ? parsePactDecimal(n) : div(parsePactDecimal(n), parsePactDecimal(d));
}

function resultOf(example: Example, { result = "exact" }: Pick<Case, "result">, of: CalculationResult): Rational {
  return parseExact(at(of, String(fillTemplate(result, { $: example }))));
}

/** All of a sector's gases: the example lists only those above 10⁻⁷ kg, and its figure has them all. */
function withAllGases(example: Example): Example {
  const { naics } = example.inputs as { naics: string };
  const rows = publishedText("factors", "epa_supplychain_v1.3.0_naics_byghg_usd2022.csv")
    .split("\n")
    .filter((row) => row.startsWith(`${naics},`))
    .map((row) => row.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((cell) => cell.replaceAll('"', "")));
  const gases = rows.map(([, , gas = "", unit = "", , , kg = ""]) => ({ gas, unit, kg }));
  return { ...example, inputs: { ...(example.inputs as object), gases } };
}

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
      for (const [gas, gwp] of Object.entries(one.gwps ?? {})) {
        expect(gwpOf(gas, "AR5")).toEqual(parseDecimal(String(at({ $: example }, gwp))));
      }
    });
  });

  it("give other results for other figures: no number is baked in", () => {
    const triple = (value: Json, name = ""): Json => {
      if (Array.isArray(value)) return value.map((part) => triple(part, name));
      if (typeof value === "object" && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, triple(part as Json, key)]));
      }
      const isFactor = /^(ef|transport_ef|elec_ef|gas_ef|gen_ef_t_per_MWh)$/.test(name);
      return isFactor ? formatExact(mul(parsePactDecimal(String(value)), rational(3n))) : value;
    };
    let tripled = 0;
    for (const { id, one } of cases) {
      const example = byId.get(id) as Example;
      const text = JSON.stringify(one.calculation);
      // Only where every term has its figure under one of these names.
      if (!/\.(ef|transport_ef|elec_ef|gas_ef)"/.test(text) || /stages|gases/.test(text)) continue;
      const other = triple(example as Json) as Example;
      const [before, after] = [example, other].map((of) => resultOf(of, one, run(of, one))) as [Rational, Rational];
      expect(compare(after, mul(before, rational(3n))), id).toBe(0);
      tripled += 1;
    }
    expect(tripled).toBeGreaterThan(20);
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
