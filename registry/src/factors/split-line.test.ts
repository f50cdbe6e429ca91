import { createReadStream } from "node:fs";
import {
  compare,
  convertMoney,
  type FactorSet,
  formatExact,
  parseDecimal,
  type Rational,
  rational,
  sub,
  sum,
  ZERO,
} from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importEpaSupplyChain } from "../importers/epa-supply-chain.ts";
import { hasPublishedData, publishedFactors } from "../importers/published-factors.fixture.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { diffSets } from "./diff-sets.ts";
import { RATES, rowOf, setOf } from "./factors.fixture.ts";
import { formatRounded } from "./format-split.ts";
import { type ChangeSplit, type SplitCause, splitChange } from "./split-change.ts";
import { type LineSplit, splitLine } from "./split-line.ts";
import { stateReasons } from "./state-reasons.ts";

const USD_2021 = { currency: "USD", year: 2021 } as const;
const USD_2022 = { currency: "USD", year: 2022 } as const;

function splitOf(value: string, changed: object = {}, set: Partial<FactorSet> = {}): ChangeSplit {
  const [before, after] = [rowOf(), rowOf({ value, ...changed })];
  const later = setOf([after], { version: "2.0.0", supersedes: "1.0.0", ...set });
  return splitChange({ row: before, set: setOf([before]).set }, { row: after, set: later.set }, RATES);
}
const NEXT_YEAR = { priceBasis: { ...USD_2022, price: "purchaser" } } as const;
const METHOD = { change: { reason: "methodology" } };
const partsOf = ({ parts }: LineSplit): string[] => parts.map(({ cause, kgCo2e }) => `${cause} ${formatExact(kgCo2e)}`);
const whole = (n: number): Rational => rational(BigInt(n));

describe("splitLine", () => {
  it("has no part for the price year where the money was converted by its index", () => {
    const spent = whole(1_000);
    const before = convertMoney(RATES, spent, USD_2022, USD_2021).value;
    expect(partsOf(splitLine(splitOf("0.8", {}, NEXT_YEAR), { before, after: spent }))).toEqual([]);
    const line = splitLine(splitOf("0.7", METHOD, NEXT_YEAR), { before, after: spent });
    expect(partsOf(line)).toEqual(["methodology -100"]);
    expect([line.before, line.after].map(formatExact)).toEqual(["800", "700"]);
  });

  it("has one where the same money is taken for money of either year", () => {
    const line = splitLine(splitOf("0.7", METHOD, NEXT_YEAR), { before: whole(1_000), after: whole(1_000) });
    expect(partsOf(line)).toEqual(["price-year -200", "methodology -100"]);
  });

  it("calls it unattributed where the activity is another", () => {
    const more = { before: whole(10), after: whole(20) };
    expect(partsOf(splitLine(splitOf("2", METHOD), more))).toEqual(["methodology 20", "unattributed 10"]);
    const line = splitLine(splitOf("2"), more);
    expect(partsOf(line)).toEqual(["unattributed 30"]);
    expect(line.parts[0]?.how).toBe("no reason is stated; the activity is another");
  });

  it("has parts that sum to the difference exactly", () => {
    const figure = fc.integer({ min: -999, max: 9_999 });
    const sets = fc.constantFrom<Partial<FactorSet>>({}, NEXT_YEAR, {
      priceBasis: { currency: "USD", year: 2030, price: "purchaser" },
    });
    fc.assert(
      fc.property(figure, figure, figure, sets, fc.constantFrom({}, METHOD), (value, before, after, set, why) => {
        const line = splitLine(splitOf(`${value}`, why, set), { before: whole(before), after: whole(after) });
        expect(compare(sum(line.parts.map(({ kgCo2e }) => kgCo2e)), line.difference)).toBe(0);
        expect(compare(sub(line.after, line.before), line.difference)).toBe(0);
      }),
    );
  });
});

describe.skipIf(!hasPublishedData)("one purchase ledger under EPA's v1.2 and v1.3", () => {
  const epa = async (version: string, year: number, supersedes?: string) => {
    const names = ["co2e", "byghg"].map((kind) => `epa_supplychain_v${version}_naics_${kind}_usd${year}.csv`);
    const files = names.map((name) => ({ name, open: () => createReadStream(publishedFactors(name)) }));
    return (await importEpaSupplyChain(files, supersedes === undefined ? {} : { supersedes })).imported;
  };

  it("differs by price year, GWP set and method, and by nothing else", async () => {
    const v12 = await epa("1.2", 2021);
    const v13 = stateReasons(v12, await epa("1.3.0", 2022, "1.2.0"), { reason: "methodology" });
    const { rates } = await loadStarter();
    const splits = new Map(diffSets(v12, v13, rates).changed.map(({ after, split }) => [after.key, split]));
    const ledger = [
      ["111110", "12000"],
      ["331110", "250000.50"],
      ["562212", "1800"],
      ["484121", "96000"],
    ] as const;
    const totals = new Map<SplitCause | "difference" | "after", Rational>();
    const count = (name: SplitCause | "difference" | "after", kgCo2e: Rational): void => {
      totals.set(name, sum([totals.get(name) ?? ZERO, kgCo2e]));
    };
    for (const [key, dollars] of ledger) {
      const split = splits.get(key);
      if (split === undefined) throw new TypeError(`${key} is in both`);
      // The same figure taken for dollars of either year, as a ledger without a price year would.
      const spent = parseDecimal(dollars);
      const line = splitLine(split, { before: spent, after: spent });
      count("difference", line.difference);
      count("after", line.after);
      for (const { cause, kgCo2e } of line.parts) count(cause, kgCo2e);
      const paid2022 = { before: convertMoney(rates, spent, USD_2022, USD_2021).value, after: spent };
      const causes = splitLine(split, paid2022).parts.map(({ cause }) => cause);
      expect(causes).toEqual(["gwp-set", "methodology"]);
    }
    expect(Object.fromEntries([...totals].map(([name, kgCo2e]) => [name, formatRounded(kgCo2e)]))).toEqual({
      after: "262032.7935",
      difference: "-125449.896",
      "price-year": "-28711.493471",
      "gwp-set": "2875.694744",
      methodology: "-99614.097273",
    });
    const causes = (["price-year", "gwp-set", "methodology"] as const).map((cause) => totals.get(cause) ?? ZERO);
    expect(compare(totals.get("difference") ?? ZERO, sum(causes))).toBe(0);
  });
});
