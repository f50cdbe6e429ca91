import { readFile } from "node:fs/promises";
import { checkFootprint, formatNanoKg } from "@tallystick/contracts";
import { loadStarter } from "@tallystick/registry";
import { describe, expect, it } from "vitest";
import { computeInventory } from "../core/inventory/compute-inventory.ts";
import { factorTable, selectLibrary } from "../core/inventory/factor-library.ts";
import { importLedger } from "../core/inventory/import-ledger.ts";
import type { EvidenceItem } from "../core/inventory/inventory.ts";
import { DEFAULT_INVENTORY_POLICY } from "../core/inventory/inventory-policy.ts";

const read = (name: string): Promise<Buffer> => readFile(new URL(`../../demo/${name}`, import.meta.url));

async function footprintsOf(member: string): Promise<ReturnType<typeof checkFootprint>[]> {
  const entries = [JSON.parse((await read(`footprints/${member}.json`)).toString())].flat();
  return entries.map((entry) => checkFootprint(entry.footprint ?? entry));
}

async function evidenceOf(member: string): Promise<EvidenceItem[]> {
  return (await footprintsOf(member)).map(({ footprint }, index) => ({
    ref: { origin: `${member}.example/feed`, index, leaf: "" },
    member: `did:web:${member}.example`,
    memberName: member,
    footprint,
    final: true,
    source: { kid: "", treeSize: index + 1 },
  }));
}

describe("the demo's data", () => {
  it.each(["smelter", "casting", "motor"])("of the %s hold without a warning", async (member) => {
    for (const { warnings } of await footprintsOf(member)) expect(warnings).toEqual([]);
  });

  it("have a ledger of more than 220 lines whose keys the starter sets know", async () => {
    const { added } = importLedger(await read("ledger.csv"), { lines: new Map(), retracted: new Set() });
    expect(added.length).toBeGreaterThan(220);
    const { factorSets } = await loadStarter();
    const keys = new Set(factorSets.flatMap(({ rows }) => rows.map(({ key }) => key)));
    const named = added.flatMap(({ activity, naics }) => [activity, naics]).filter((key) => key !== undefined);
    expect(named.filter((key) => !keys.has(key))).toEqual([]);
    expect(new Set(added.map(({ currency }) => currency)).size).toBe(8);
    expect(new Set(added.map(({ category }) => category))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
  });

  it("are counted but for the lines that nothing supports", async () => {
    const { added } = importLedger(await read("ledger.csv"), { lines: new Map(), retracted: new Set() });
    const { factorSets, rates } = await loadStarter();
    const tables = factorSets.map(({ set, rows }) => factorTable(set, rows));
    const evidence = (await Promise.all(["smelter", "casting", "motor"].map(evidenceOf))).flat();
    const inventory = computeInventory({
      policy: DEFAULT_INVENTORY_POLICY,
      factors: selectLibrary(DEFAULT_INVENTORY_POLICY, tables, [rates]),
      registry: { origin: "registry.example/members", size: 1, root: "" },
      registryStale: false,
      weakWitnessing: true,
      ledger: added,
      evidence,
      retractions: [],
      refused: [],
      faults: [],
    });
    const methods = [...inventory.byMethod].map(([method, { lines }]) => [method, lines]);
    expect(Object.fromEntries(methods)).toEqual({ "average-data": 94, "spend-based": 82, "supplier-specific": 64 });
    expect(inventory.unsupportedLines).toBe(3);
    expect(inventory.confidence).toEqual({
      level: "medium",
      verifiedShare: "0.4658",
      reasons: ["low-verified-share", "unsupported-lines", "weak-witnessing"],
    });
    expect(formatNanoKg(inventory.totalNano)).toBe("2215882.755114748");
  });

  it("have purchases of every attested product, within its validity", async () => {
    const { added } = importLedger(await read("ledger.csv"), { lines: new Map(), retracted: new Set() });
    for (const member of ["smelter", "casting", "motor"]) {
      for (const { footprint } of await footprintsOf(member)) {
        const bought = added.filter(({ productId }) => productId === footprint.productIds[0]);
        expect(bought.length).toBeGreaterThan(3);
        for (const line of bought) expect(line.supplier).toBe(`did:web:${member}.example`);
      }
    }
  });
});
