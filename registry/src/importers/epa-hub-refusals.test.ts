import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { importEpaHub } from "./epa-hub.ts";
import { HUB_SHEET } from "./epa-hub-table.ts";
import type { ImportFile } from "./import-file.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";
import { makeWorkbook } from "./workbook.fixture.ts";
import { readWorkbookSheet } from "./workbook.ts";

const published = (name: string): ImportFile => ({
  name,
  open: () => createReadStream(publishedFactors("epa_hub", name)),
});
const HUB = published("epa_hub_2023.xlsx");
const RECORD = published("epa_hub_2023_provenance.json");

describe.skipIf(!hasPublishedData)("the hub's workbook is refused", () => {
  /** The sheet's cells, to be changed. */
  let sheet: readonly (readonly string[])[];
  beforeAll(async () => {
    const rows = await readWorkbookSheet(HUB.name, await readFile(publishedFactors("epa_hub", HUB.name)), HUB_SHEET);
    sheet = rows.map(({ cells }) => cells);
  });

  /** The workbook with one cell of its sheet changed; an undefined text drops the row. */
  const changed = (row: number, column: string, text: string | undefined): ImportFile => {
    const at = column.charCodeAt(0) - 65;
    const rows = sheet.flatMap((cells, i) =>
      i + 1 !== row ? [cells] : text === undefined ? [] : [cells.with(at, text)],
    );
    return { name: "hub.xlsx", open: () => Readable.from([makeWorkbook({ [HUB_SHEET]: rows })]) };
  };

  it("not when nothing is changed", async () => {
    const { imported } = await importEpaHub([changed(1, "A", "")]);
    expect(imported.set.rowsRoot).toBe((await importEpaHub([HUB])).imported.set.rowsRoot);
  });

  it.each([
    [15, "F", "", "does not say which gas in which unit"],
    [15, "F", "g N2O per mmBtu", "does not say which gas in which unit"],
    [15, "F", "mg CH4 per mmBtu", "does not say which gas in which unit"],
    [15, "D", "mmBtu per ton", '"ton" is not a unit of the hub'],
    [15, "D", "mmBtu per scf", "columns that are not per mmBtu and per scf"],
    [17, "F", "", '"" is not a number'],
    [17, "E", "NaN", '"NaN" is not a number'],
    [17, "E", "103,69", '"103,69" is not a number'],
    [17, "E", "#DIV/0!", '"#DIV/0!" is not a number'],
    [17, "D", "", "no heat content beside factors per unit"],
    [18, "C", "Anthracite Coal", "occurs twice"],
    [99, "C", "Fuel", "no header with ^Fuel Type$"],
    [100, "E", "litre", '"litre" is not a unit of the hub'],
    [100, "E", "ton", '"ton" is not a unit of the hub'],
    [120, "D", "late", '"late" is not a model year'],
    [120, "C", "", "figures of no vehicle or fuel"],
    [322, "H", "", "does not stand above"],
    [325, "C", "XX", "is not a subregion"],
    [417, "D", "Short Tons CO2e / Short Ton Material", "Table 9: no"],
    [419, "D", "<0.06", '"<0.06" is not a number'],
    [511, "D", "3170", "HFC-125 has another GWP in AR4"],
    [511, "C", "HFC-1O", "is not a gas that is known here"],
    [542, "E", "half HCFC-22", "is not a share of a gas"],
    [402, "C", "Scope 3 Category 15", 'Table 8 is "Scope 3 Category 15"'],
    [402, "B", "Table 9", "occurs twice"],
    [402, "B", undefined, "no Table 8"],
    [3, "F", "Last Modified: 12 September 13, 2023", "does not say when it was last modified"],
    [504, "D", "20-Year GWP", 'no "100-Year GWP"'],
    [3, "F", "", "does not say when it was last modified"],
    [10, "D", "Source: IPCC", "does not say which assessment report"],
  ])("at row %i, column %s: %j", async (row, column, text, reason) => {
    const error: unknown = await importEpaHub([changed(row, column, text)]).catch((thrown: unknown) => thrown);
    expect(isTallyError(error, "FACTOR_FILE_INVALID") && error.message).toContain(JSON.stringify(reason).slice(1, -1));
  });

  it("not in the forms of the next edition: month before day, formulas between the names and the GWPs", async () => {
    const pfcs: Readonly<Record<string, string>> = { CF4: "PFC-14", C2F6: "PFC-116", "c-C4F8": "PFC-318" };
    const rows = sheet.map((cells, i) => {
      const [name = "", gwp = ""] = cells.slice(2);
      if (i === 2) return cells.with(5, "Last Modified: February 13, 2024");
      if (i < 503 || i > 535) return cells;
      if (name === "Gas")
        return cells.with(2, "Industrial Designation or \nCommon Name").with(3, "Formula").with(4, gwp);
      return cells
        .with(2, pfcs[name] ?? name)
        .with(3, "formula")
        .with(4, gwp);
    });
    const file = { name: "hub.xlsx", open: () => Readable.from([makeWorkbook({ [HUB_SHEET]: rows })]) };
    const { imported } = await importEpaHub([file]);
    expect(imported.set).toMatchObject({ version: "2024.2.13", publishedOn: "2024-02-13", rowCount: 823 });
    expect(imported.rows.find(({ key }) => key === "gwp/c-c4f8")).toMatchObject({ label: "PFC-318", value: "10300" });
  });

  it("not for figures that contradict each other, which are noticed", async () => {
    const { notices } = await importEpaHub([changed(17, "E", "93.69")]);
    expect(notices.filter(({ trap, column }) => trap === "inconsistent" && column !== "E")).toMatchObject([
      { row: 17, column: "H", found: "2602", done: "kept as published, though 25.09 x 93.69 is not 2602" },
    ]);
  });

  it("not for a letter that is no footnote: it is part of the label", async () => {
    const { imported } = await importEpaHub([changed(409, "C", "Rail Z")]);
    expect(imported.rows.find(({ key }) => key === "freight/rail-z/ton-mile")?.label).toBe("Rail Z");
  });

  it("at the cell that is bad", async () => {
    await expect(importEpaHub([changed(17, "F", "")])).rejects.toMatchObject({
      details: { file: "hub.xlsx", row: 17, column: "Emission Factors Hub!F" },
    });
  });

  it("with another sheet, two workbooks, or a record of another day", async () => {
    const other = { name: "hub.xlsx", open: () => Readable.from([makeWorkbook({ Sheet1: sheet })]) };
    await expect(importEpaHub([other])).rejects.toThrow("has no sheet");
    await expect(importEpaHub([HUB, HUB])).rejects.toThrow("not one workbook");
    await expect(importEpaHub([RECORD])).rejects.toThrow("not one workbook");
    const json = (await readFile(publishedFactors("epa_hub", RECORD.name), "utf8")).replace("2023-09-12", "2024-02-13");
    const late = { name: "record.json", open: () => Readable.from([Buffer.from(json)]) };
    await expect(importEpaHub([HUB, late])).rejects.toThrow("2024-02-13 is not 2023-09-12");
  });

  it("with nothing else than FACTOR_FILE_INVALID, whatever one cell says", async () => {
    const cell = fc.tuple(
      fc.integer({ min: 1, max: 578 }),
      fc.constantFrom(..."BCDEFGHIJ"),
      fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("", "1", "NA", "A")),
    );
    await fc.assert(
      fc.asyncProperty(cell, async ([row, column, text]) => {
        // A control character is not XML, and no workbook can hold it.
        const clean = text.replaceAll(/[^ -~]/g, "");
        try {
          await importEpaHub([changed(row, column, clean)]);
        } catch (error) {
          if (!isTallyError(error, "FACTOR_FILE_INVALID")) throw error;
        }
      }),
      { numRuns: 30 },
    );
  });
});
