import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DATE_FORMATS, type DateFormat, readDateCell } from "./date-cell.ts";

function dayOf(cell: string, ...formats: DateFormat[]): string {
  const result = readDateCell(cell, formats);
  return result.ok ? result.value : result.rule;
}

describe("a cell with a day", () => {
  it.each([
    ["2024-03-01", "YYYY-MM-DD", "2024-03-01"],
    ["2024-03-01 00:00:00", "YYYY-MM-DD", "2024-03-01"],
    ["1.3.2024", "DD.MM.YYYY", "2024-03-01"],
    ["03/01/2024", "MM/DD/YYYY", "2024-03-01"],
    ["01/03/2024", "DD/MM/YYYY", "2024-03-01"],
    ["20240301", "YYYYMMDD", "2024-03-01"],
    ["45352", "excel-serial", "2024-03-01"],
    ["45352.0", "excel-serial", "2024-03-01"],
    ["61", "excel-serial", "1900-03-01"],
    ["2958465", "excel-serial", "9999-12-31"],
  ] as const)("reads %s, declared as %s", (cell, format, day) => {
    expect(dayOf(cell, format)).toBe(day);
  });

  it.each([
    ["60", "excel-serial"],
    ["1", "excel-serial"],
    ["2958466", "excel-serial"],
    ["45352.5", "excel-serial"],
    ["30.02.2024", "DD.MM.YYYY"],
    ["29.02.1900", "DD.MM.YYYY"],
    ["13/13/2024", "MM/DD/YYYY"],
    ["1.3.24", "DD.MM.YYYY"],
    ["2024-03-01 17:00", "YYYY-MM-DD"],
    ["March 2024", "YYYY-MM-DD"],
  ] as const)("refuses %s, declared as %s", (cell, format) => {
    expect(dayOf(cell, format)).toBe("date-format");
  });

  it("reads a column of two formats, and refuses the cell that both read differently", () => {
    expect(dayOf("2024-03-01", "DD.MM.YYYY", "YYYY-MM-DD")).toBe("2024-03-01");
    expect(dayOf("13/02/2024", "DD/MM/YYYY", "MM/DD/YYYY")).toBe("2024-02-13");
    expect(dayOf("03/02/2024", "DD/MM/YYYY", "MM/DD/YYYY")).toBe("date-ambiguous");
    expect(dayOf("03/03/2024", "DD/MM/YYYY", "MM/DD/YYYY")).toBe("2024-03-03");
  });

  it("counts serial days as the calendar does, from March 1900 on", () => {
    fc.assert(
      fc.property(fc.integer({ min: 61, max: 2_958_465 }), (serial) => {
        const day = new Date((serial - 25_569) * 86_400_000).toISOString().slice(0, 10);
        expect(dayOf(String(serial), "excel-serial")).toBe(day);
      }),
    );
  });

  it("gives a day or a fault, whatever the cell", () => {
    fc.assert(
      fc.property(fc.string(), fc.subarray([...DATE_FORMATS], { minLength: 1 }), (cell, formats) => {
        const result = readDateCell(cell, formats);
        if (result.ok) expect(Number.isNaN(Date.parse(result.value))).toBe(false);
      }),
    );
  });
});
