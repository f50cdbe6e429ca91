import {
  type FactorRow,
  type FactorSet,
  formatNanoKg,
  type LedgerLine,
  parseNanoKg,
  type RateSet,
} from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BASIS, POLICY, table } from "../inventory/inventory.fixture.ts";
import type { InventoryPolicy } from "../inventory/inventory-policy.ts";
import { LiveInventory } from "../inventory/live-inventory.ts";
import { movedPolicy, parseTarget } from "./moved-policy.ts";
import { planRebaseline } from "./plan-rebaseline.ts";
import type { RebaselineDocument } from "./rebaseline-document.ts";

// Two versions of a spend-based set, as EPA's of 2021 and 2022: another price year, another GWP set, other data.

const rowBase = {
  boundary: "cradle-to-gate",
  geography: { scheme: "iso-3166-1", code: "US" },
  source: "a table",
} as const;
const industry = (key: string, co2: string, ch4: string, value: string, changes: Partial<FactorRow> = {}): FactorRow =>
  ({
    ...rowBase,
    key,
    label: key,
    kind: "value",
    value,
    denominator: "USD",
    gases: [
      { gas: "co2", basis: "gas", value: co2 },
      { gas: "ch4", basis: "gas", value: ch4 },
    ],
    ...changes,
  }) as FactorRow;
const because = (reason: "methodology" | "error") => ({ change: { reason } });

const versionOf = (version: string, year: number, rows: readonly FactorRow[], changes: Partial<FactorSet>) =>
  table("supply", rows, {
    version,
    priceBasis: { currency: "USD", year, price: "purchaser" },
    validFrom: "2020-01-01",
    ...changes,
  });
const OLD = versionOf(
  "1.2.0",
  2021,
  [industry("111110", "1", "0.01", "1.25"), industry("331110", "0.9", "0.001", "0.925")],
  {
    gwpSet: "AR4",
  },
);
const NEW = versionOf(
  "1.3.0",
  2022,
  [
    industry("111110", "0.4", "0.005", "0.54", because("methodology")),
    industry("331110", "0.8", "0.001", "0.828", because("error")),
  ],
  { gwpSet: "AR5", supersedes: "1.2.0" },
);
const RATES: RateSet = {
  id: "rates",
  version: "2024.1.0",
  title: "x",
  publishedOn: "2024-01-01",
  rates: [],
  priceIndex: [
    { year: 2021, index: "100", source: "x" },
    { year: 2022, index: "108", source: "x" },
    { year: 2024, index: "115", source: "x" },
  ],
};
const SPEND: InventoryPolicy = {
  ...POLICY,
  methods: ["spend-based"],
  factorSets: [{ id: "supply", version: "1.2.0" }],
};

function plan(ledger: readonly LedgerLine[]): RebaselineDocument {
  const library = (...tables: (typeof OLD)[]) => ({ tables, rates: RATES });
  const live = new LiveInventory({ ...BASIS, policy: SPEND, factors: library(OLD) });
  live.addLines(ledger);
  const target = parseTarget("supply@1.3.0");
  const after = movedPolicy(SPEND, target);
  const before = live.snapshot();
  const planned = planRebaseline(
    live,
    { target, before: SPEND, after: { policy: after, factors: library(NEW) } },
    false,
  );
  // A plan leaves no trace.
  expect(live.snapshot()).toEqual(before);
  const moved = new LiveInventory({ ...BASIS, policy: after, factors: library(NEW) });
  moved.addLines(ledger);
  const { totalNano, confidence, uncertainty } = moved.snapshot();
  expect(planned).toMatchObject({
    afterKgCo2e: formatNanoKg(totalNano),
    confidenceAfter: confidence,
    uncertaintyAfter: uncertainty,
  });
  return planned;
}

const spend = (id: string, naics: string, amount: string, date = "2022-05-01"): LedgerLine => ({
  id,
  date,
  category: 1,
  description: id,
  amount,
  currency: "USD",
  naics,
});
const sum = (texts: readonly string[]): bigint => texts.reduce((total, text) => total + parseNanoKg(text), 0n);

describe("planRebaseline", () => {
  it("splits the difference by GWP set and by the reason that the publisher states, factor by factor", () => {
    const planned = plan([spend("a", "111110", "108"), spend("b", "331110", "1080")]);
    // 108 USD of 2022 are 100 of 2021: 125 kg before. The old gases under AR5 are 1.28 a dollar.
    expect(planned.factors).toMatchObject([
      {
        from: "supply@1.2.0#111110",
        to: "supply@1.3.0#111110",
        lines: 1,
        beforeKgCo2e: "125.000000000",
        afterKgCo2e: "58.320000000",
        byCause: { "gwp-set": "3.000000000", methodology: "-69.680000000" },
      },
      { byCause: { error: "-33.760000000", "gwp-set": "3.000000000" }, lines: 1 },
    ]);
    expect(planned.byCause).toEqual({ error: "-33.760000000", "gwp-set": "6.000000000", methodology: "-69.680000000" });
    expect([planned.deltaKgCo2e, planned.changedLines, planned.lines[0]?.id]).toEqual(["-97.440000000", 2, "a"]);
  });

  it("adds up exactly, whatever the ledger: causes to factors, factors and other lines to the difference", () => {
    const lines = fc.uniqueArray(
      fc.record({
        id: fc.nat({ max: 30 }),
        naics: fc.constantFrom("111110", "331110", "999999"),
        cents: fc.integer({ min: -1_000_000, max: 1_000_000 }),
        year: fc.constantFrom("2021", "2022", "2023", "2024"),
      }),
      { selector: ({ id }) => id, maxLength: 20 },
    );
    fc.assert(
      fc.property(lines, (drawn) => {
        const ledger = drawn.map(({ id, naics, cents, year }) =>
          spend(`L${id}`, naics, `${cents < 0 ? "-" : ""}${Math.abs(cents) / 100}`, `${year}-05-01`),
        );
        const planned = plan(ledger);
        for (const { byCause, deltaKgCo2e } of planned.factors) {
          expect(sum(Object.values(byCause))).toBe(parseNanoKg(deltaKgCo2e));
        }
        const all = [
          ...planned.factors.map(({ deltaKgCo2e }) => deltaKgCo2e),
          ...Object.values(planned.otherLines).map(({ deltaKgCo2e }) => deltaKgCo2e),
        ];
        expect(sum(all)).toBe(parseNanoKg(planned.deltaKgCo2e));
        expect(sum(planned.lines.map(({ deltaKgCo2e }) => deltaKgCo2e))).toBe(parseNanoKg(planned.deltaKgCo2e));
        expect(planned.changedLines + planned.unchangedLines).toBe(ledger.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe("movedPolicy", () => {
  it("puts the version in the place of all others of its set, and counts the policy's version on", () => {
    const policy = {
      ...SPEND,
      factorSets: [{ id: "a" }, { id: "supply", version: "1.1.0" }, { id: "supply", version: "1.2.0" }],
    };
    const moved = movedPolicy(policy, parseTarget("supply@1.3.0"));
    expect(moved.factorSets).toEqual([{ id: "a" }, { id: "supply", version: "1.3.0" }]);
    expect([moved.version, movedPolicy(moved, parseTarget("supply@1.4.0")).version]).toEqual(["1.0.0+1", "1.0.0+2"]);
  });

  it.each(["supply", "supply@", "@1.3.0", "supply@1.2.0", "elsewhere@1.0.0", "supply@1.3.0 "])("refuses %s", (to) => {
    expect(() => movedPolicy(SPEND, parseTarget(to))).toThrow(
      expect.objectContaining({ code: "REBASELINE_TARGET_INVALID" }),
    );
  });
});
