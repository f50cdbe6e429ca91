import { describe, expect, it } from "vitest";
import { computeInventory } from "../core/inventory/compute-inventory.ts";
import { BASIS } from "../core/inventory/inventory.fixture.ts";
import { type InventoryDocument, toInventoryDocument } from "../core/inventory/inventory-document.ts";
import { renderInventory } from "./render-inventory.ts";

const nothing = { ledger: [], evidence: [], retractions: [], refused: [], faults: [] };
const EMPTY = toInventoryDocument(
  computeInventory({ ...BASIS, factors: { tables: [] }, ...nothing } as Parameters<typeof computeInventory>[0]),
);
const textOf = (changes: Partial<InventoryDocument>): string => renderInventory({ ...EMPTY, ...changes });

describe("an inventory in a terminal", () => {
  it("shows gases, what stands beside the total, and removals in it", () => {
    const text = textOf({
      gases: { co2: { kg: "1500.000000000", kgCo2e: "1500.000000000" }, ch4: { kgCo2e: "28.000000000" } },
      apart: {
        biogenicKgCo2: "17.000000000",
        uptakeKgCo2: "-5.340000000",
        removalsInTotalKgCo2e: "-2.000000000",
        accounts: { "scope 3 of investees": "900.000000000" },
      },
    });
    for (const line of [
      /by gas, of what is known by gas\n {2}co2 +1 500\.000\n {2}ch4 +28\.000/,
      /beside the total, never netted with it\n {2}CO2 of biomass, kg CO2 +17\.000/,
      /taken up by biomass, kg CO2 +-5\.340\n {2}scope 3 of investees +900\.000/,
      /removals .* in the total: -2\.000/,
    ]) {
      expect(text).toMatch(line);
    }
  });

  it("says nothing of methods, gases and accounts that no line has", () => {
    expect(textOf({})).not.toMatch(/hybrid|by gas|beside the total|removals/);
  });
});
