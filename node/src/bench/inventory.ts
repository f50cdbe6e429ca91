import { createReadStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FactorRow, LedgerLine, RateSet } from "@tallystick/contracts";
import {
  FactorCatalogue,
  type FactorSetWithRows,
  importEpaSupplyChain,
  loadStarter,
  selectFactor,
} from "@tallystick/registry";
import { Decimal } from "decimal.js";
import { type FactorLibrary, factorTable } from "../core/inventory/factor-library.ts";
import { DEFAULT_INVENTORY_POLICY, type InventoryPolicy } from "../core/inventory/inventory-policy.ts";
import { LiveInventory } from "../core/inventory/live-inventory.ts";
import { movedPolicy } from "../core/rebaseline/moved-policy.ts";
import { planRebaseline } from "../core/rebaseline/plan-rebaseline.ts";
import { type Benchmark, type BenchResult, duration, percentile, rate } from "./benchmark.ts";

const LINES = 1_000_000;
const SIZES = [10_000, 100_000, LINES] as const;
const FACTORS = 50_000;
const LOOKUPS = 500_000;
const CHANGES = 2_000;

const data = process.env.TALLYSTICK_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");

/** EPA's factors as published, with their gases: two consecutive versions of one set. */
async function epa(version: string, year: string, supersedes?: string): Promise<FactorSetWithRows> {
  const files = ["co2e", "byghg"].map((kind) => `epa_supplychain_${version}_naics_${kind}_usd${year}.csv`);
  const paths = files.map((file) => resolve(data, "factors", file));
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined)
    throw new Error(`${missing} is not there: set TALLYSTICK_DATA to the folder with EPA's files`);
  const inputs = files.map((name, at) => ({ name, open: () => createReadStream(paths[at] as string) }));
  return (await importEpaSupplyChain(inputs, supersedes === undefined ? {} : { supersedes })).imported;
}

/** Purchases of 2022, in dollars and cents, over all the sectors that EPA has. */
function ledgerOf(count: number, rows: readonly FactorRow[]): LedgerLine[] {
  const codes = rows.flatMap(({ key }) => (/^\d{6}$/.test(key) ? [key] : []));
  const lines = Array.from({ length: count }, (_, at) => ({
    id: `L${at}`,
    date: "2022-05-01",
    category: 1,
    description: "purchase",
    amount: `${(at * 7919) % 100_000}.${String(at % 100).padStart(2, "0")}`,
    currency: "USD",
    naics: codes[at % codes.length] as string,
  }));
  // As they come from a file: texts that were put together here are not yet in one piece.
  return JSON.parse(JSON.stringify(lines)) as LedgerLine[];
}

const policyOf = ({ set }: FactorSetWithRows): InventoryPolicy => ({
  ...DEFAULT_INVENTORY_POLICY,
  methods: ["spend-based"],
  factorSets: [{ id: set.id, version: set.version }],
  factorValidity: "any",
});

const libraryOf = ({ set, rows }: FactorSetWithRows, rates: RateSet): FactorLibrary => ({
  tables: [factorTable(set, rows)],
  rates,
});

const emptyInventory = (of: FactorSetWithRows, rates: RateSet): LiveInventory =>
  new LiveInventory({
    policy: policyOf(of),
    factors: libraryOf(of, rates),
    registry: { origin: "bench", size: 1, root: "" },
    registryStale: false,
    weakWitnessing: false,
  });

/** What is garbage would count as memory otherwise; V8 lends the function to those who ask by its flag. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

function timed<T>(work: () => T): { readonly ms: number; readonly result: T } {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}

/** What a program does that multiplies and adds with a decimal library, and knows neither policy, nor selection, nor evidence. */
function naive(lines: readonly LedgerLine[], rows: readonly FactorRow[]): Decimal {
  const factors = new Map(
    rows.flatMap((row) => (row.kind === "value" ? [[row.key, new Decimal(row.value)] as const] : [])),
  );
  let total = new Decimal(0);
  for (const { amount = "0", naics = "" } of lines) {
    total = total.plus(
      new Decimal(amount).times(factors.get(naics) as Decimal).toDecimalPlaces(9, Decimal.ROUND_HALF_EVEN),
    );
  }
  return total;
}

function lookups(): BenchResult {
  const rows = Array.from({ length: FACTORS }, (_, at): FactorRow => {
    const country = ["DE", "FR", "US", "IN", "BR"][at % 5] as string;
    return {
      kind: "value",
      key: `a${Math.floor(at / 5)}:${country}`,
      activity: `a${Math.floor(at / 5)}`,
      label: "x",
      value: "0.5",
      denominator: "kWh",
      boundary: "generation",
      geography: { scheme: "iso-3166-1", code: country },
      source: "bench",
    };
  });
  const set = { id: "bench", version: "1.0.0", validFrom: "2020-01-01" } as FactorSetWithRows["set"];
  const catalogue = new FactorCatalogue([{ set, rows: rows.map((row, index) => ({ index, row })) }]);
  const policy = { sets: [{ id: "bench" }], fallbacks: [] };
  const per = { kind: "unit", measures: "energy" } as const;
  const geography = { scheme: "iso-3166-1", code: "DE" };
  const ours = timed(() => {
    for (let at = 0; at < LOOKUPS; at += 1) {
      selectFactor(
        { activity: `a${(at * 31) % (FACTORS / 5)}`, geography, date: "2024-01-01", per },
        policy,
        catalogue,
      );
    }
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  let found = 0;
  const plain = timed(() => {
    for (let at = 0; at < LOOKUPS; at += 1) if (byKey.has(`a${(at * 31) % (FACTORS / 5)}:DE`)) found += 1;
  });
  if (found !== LOOKUPS) throw new Error("the rival found nothing");
  const what = `factors selected among ${FACTORS}, with every rejected candidate and its rule`;
  return rate(what, (LOOKUPS / ours.ms) * 1000, "Map.has by a key that is known already", (LOOKUPS / plain.ms) * 1000);
}

export const inventoryBenchmark: Benchmark = {
  name: "inventory",
  title: "a ledger of a million lines: total, re-baseline, one change, memory",
  run: async (progress): Promise<readonly BenchResult[]> => {
    const { rates } = await loadStarter();
    const [older, newer] = [await epa("v1.2", "2021"), await epa("v1.3.0", "2022", "1.2.0")];
    progress("selecting …");
    const results: BenchResult[] = [lookups()];
    const lines = ledgerOf(LINES, newer.rows);
    // Both warm up on a tenth, so that neither is measured while it is compiled.
    emptyInventory(newer, rates).addLines(lines.slice(0, LINES / 10));
    naive(lines.slice(0, LINES / 10), newer.rows);

    progress(`${LINES} lines under EPA v1.3 …`);
    const ours = timed(() => {
      const live = emptyInventory(newer, rates);
      live.addLines(lines);
      return live.totalNano;
    });
    const theirs = timed(() => naive(lines, newer.rows));
    if (theirs.result.times(1e9).toFixed(0) !== ours.result.toString())
      throw new Error("decimal.js comes to another total");
    results.push(
      rate(
        "ledger lines, exact",
        (LINES / ours.ms) * 1000,
        "decimal.js multiply, round and add alone",
        (LINES / theirs.ms) * 1000,
      ),
    );

    for (const size of SIZES) {
      progress(`one change among ${size} lines …`);
      if (size === LINES) collectGarbage();
      const before = process.memoryUsage().heapUsed;
      const live = emptyInventory(newer, rates);
      const filled = timed(() => live.addLines(lines.slice(0, size)));
      if (size === LINES) {
        collectGarbage();
        const bytes = (process.memoryUsage().heapUsed - before) / size;
        const json = Buffer.byteLength(JSON.stringify(lines.slice(0, 1_000))) / 1_000;
        results.push(duration("memory of a line with its result", bytes, "the line alone as JSON text", json, "bytes"));
      }
      const samples = Array.from({ length: CHANGES }, (_, at) => {
        const line = { ...(lines[(at * 37) % size] as LedgerLine), amount: `${at}.5` };
        return timed(() => {
          live.putLine(line);
          live.figures();
        }).ms;
      });
      const what = `one line corrected among ${size}, p50, with all figures`;
      results.push(duration(what, percentile(samples, 50), "computing all of it anew", filled.ms));
    }

    progress(`re-baselining ${LINES} lines from EPA v1.2 to v1.3 …`);
    const live = emptyInventory(older, rates);
    const full = timed(() => live.addLines(lines));
    const target = { id: newer.set.id, version: newer.set.version };
    const after = { policy: movedPolicy(policyOf(older), target), factors: libraryOf(newer, rates) };
    const plan = timed(() => planRebaseline(live, { target, before: policyOf(older), after }, false));
    if (plan.result.changedLines < LINES * 0.9) throw new Error("the plan changed too little");
    const what = `re-baseline of ${LINES} lines, EPA v1.2 to v1.3, by factor and cause`;
    results.push(duration(what, plan.ms, "computing the ledger once, without comparing", full.ms));
    return results;
  },
};
