import { utf8Encode } from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { csvRows } from "./csv-rows.ts";
import { fixedMapping } from "./fixed-columns.ts";
import { readLedger } from "./read-ledger.ts";

const HEADER = "id,date,category,description,quantity,unit,activity,fuel,fuel.source,fuel.properties";

function reading(...cells: readonly string[]) {
  const fixed = fixedMapping(HEADER.split(","));
  if (!("mapping" in fixed)) throw new Error(JSON.stringify(fixed));
  const row = ["1", "2024-03-01", "3", "boiler", "1000", "l", "heating-oil", ...cells].join(",");
  const { lines, issues } = readLedger(csvRows(utf8Encode(`${HEADER}\n${row}`), fixed.mapping), fixed.mapping);
  return { line: lines[0]?.line, faults: issues.kept.map(({ column, rule }) => `${column}: ${rule}`) };
}

describe("a row of a fuel", () => {
  it("says what the fuel measures, and by whom", () => {
    expect(reading("heating-oil", "delivery note 17", "830 kg/m3; 45 GJ_gross/t").line?.fuel).toEqual({
      fuel: "heating-oil",
      label: "heating-oil",
      source: "delivery note 17",
      properties: [
        { value: "830", unit: "kg/m3" },
        { value: "45", unit: "GJ_gross/t" },
      ],
    });
    expect(reading("", "", "").line).not.toHaveProperty("fuel");
  });

  it.each([
    [["heating-oil", "", "830 kg/m3"], ": fuel"],
    [["heating-oil", "note", "830"], "fuel.properties: fuel"],
    [["heating-oil", "note", "830 kg/m3;"], "fuel.properties: fuel"],
    [["heating-oil", "note", "many kg/m3"], "fuel.properties: "],
    [["heating-oil", "note", "45 GJ/t"], "fuel.properties: unit"],
    [["heating-oil", "note", "830 kg/m3; 45 GJ_gross/t; 37 GJ_gross/m3"], "fuel.properties: properties"],
    [["Heizöl EL", "note", "830 kg/m3"], "fuel: "],
  ])("is refused where it says half of it, or what is no property: %j", (cells, fault) => {
    const { line, faults } = reading(...cells);
    expect(line).toBeUndefined();
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });
});
