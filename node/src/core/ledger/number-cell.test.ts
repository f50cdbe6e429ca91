import { parseDecimal } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NumberFormat, readNumberCell } from "./number-cell.ts";

const GERMAN: NumberFormat = { decimal: ",", thousands: "." };
const ENGLISH: NumberFormat = { decimal: ".", thousands: "," };
const FRENCH: NumberFormat = { decimal: ",", thousands: "space" };
const SWISS: NumberFormat = { decimal: ".", thousands: "'" };

function numberIn(cell: string, format?: NumberFormat, stored?: boolean): string {
  const result = readNumberCell(cell, format, stored);
  return result.ok
    ? `${result.value.value}${result.value.beside === "" ? "" : ` [${result.value.beside}]`}`
    : result.rule;
}

describe("a cell with a number", () => {
  it.each([
    ["1.234,56", GERMAN, "1234.56"],
    ["1234,56", GERMAN, "1234.56"],
    ["1.234", GERMAN, "1234"],
    ["1,234", ENGLISH, "1234"],
    ["1,234,567.80", ENGLISH, "1234567.80"],
    ["1'234.5", SWISS, "1234.5"],
    ["1’234.5", SWISS, "1234.5"],
    ["1 234,5", FRENCH, "1234.5"],
    ["1\u00a0234,5", FRENCH, "1234.5"],
    ["1\u202f234\u202f567,5", FRENCH, "1234567.5"],
    ["007", undefined, "7"],
    ["+4.50", undefined, "4.50"],
  ] as const)("reads %j as %o has it: %s", (cell, format, value) => {
    expect(numberIn(cell, format)).toBe(value);
  });

  it.each([
    ["-1.234,56", "-1234.56"],
    ["\u22121.234,56", "-1234.56"],
    ["1.234,56-", "-1234.56"],
    ["(1.234,56)", "-1234.56"],
    ["(1.234,56 €)", "-1234.56 [€]"],
    ["€ (1.234,56)", "-1234.56 [€]"],
    ["-0,00", "0.00"],
    ["-(5)", "number"],
    ["(-5)", "number"],
    ["-5-", "number"],
    ["(5", "number"],
    ["5)", "number"],
  ])("reads a sign once: %s is %s", (cell, value) => {
    expect(numberIn(cell, GERMAN)).toBe(value);
  });

  it.each([
    ["1.234,56 €", "1234.56 [€]"],
    ["EUR 1.234,56", "1234.56 [EUR]"],
    ["2.000 t-km", "2000 [t-km]"],
    ["12,5 %", "12.5 [%]"],
    ["4,5 m2", "4.5 [m2]"],
    ["EUR 5 t", "number"],
  ])("tells the number from what stands beside it: %s is %s", (cell, value) => {
    expect(numberIn(cell, GERMAN)).toBe(value);
  });

  it.each([
    ["1.2E+06", undefined, "1200000"],
    ["1,2E+06", GERMAN, "1200000"],
    ["4.2e-3", undefined, "0.0042"],
    ["1E+400", undefined, "number"],
    ["1E+31", undefined, "number"],
  ] as const)("reads an exponent exactly: %s", (cell, format, value) => {
    expect(numberIn(cell, format)).toBe(value);
  });

  it("takes a workbook's number as stored, with a point whatever the format, and without binary digits", () => {
    expect(numberIn("1.234", GERMAN, true)).toBe("1.234");
    expect(numberIn("1.234", GERMAN)).toBe("1234");
    expect(numberIn("9.9499999999999993", undefined, true)).toBe("9.95");
    expect(numberIn("1.2E+6", GERMAN, true)).toBe("1200000");
  });

  it("takes 17 digits of a text as they stand, unless they are said to be printed doubles", () => {
    expect(numberIn("0.30000000000000004")).toBe("0.30000000000000004");
    expect(numberIn("0.30000000000000004", { decimal: ".", doubles: true })).toBe("0.3");
  });

  it("refuses what could be two numbers, and says which", () => {
    expect(readNumberCell("1,234", undefined)).toMatchObject({
      ok: false,
      rule: "number-format",
      message: expect.stringContaining("can be 1.234 or 1234"),
    });
  });

  it.each([
    ["1.23.456", GERMAN],
    ["1.2345", GERMAN],
    ["1,234.5", GERMAN],
    ["12,34,567", ENGLISH],
    ["1 234", GERMAN],
    ["1.5", FRENCH],
    ["1,5", undefined],
  ] as const)("refuses %s, which does not fit the format declared", (cell, format) => {
    expect(numberIn(cell, format)).toBe("number-format");
  });

  it.each(["", "-", "n/a", "twelve", "1..2", "#N/A", "1 2 3 t 4", "."])("refuses %j", (cell) => {
    expect(readNumberCell(cell, GERMAN).ok).toBe(false);
  });

  it("reads every number back that it was written from, in every format", () => {
    const groups = (whole: string, mark: string): string => whole.replace(/\B(?=(\d{3})+$)/g, mark);
    const formats = fc.constantFrom(
      [GERMAN, ".", ","] as const,
      [ENGLISH, ",", "."] as const,
      [FRENCH, "\u202f", ","] as const,
      [SWISS, "'", "."] as const,
    );
    fc.assert(
      fc.property(
        formats,
        fc.nat(),
        fc.stringMatching(/^\d{1,4}$/),
        fc.boolean(),
        ([format, mark, point], n, f, neg) => {
          const written = `${neg ? "-" : ""}${groups(String(n), mark)}${point}${f}`;
          const zero = n === 0 && /^0*$/.test(f);
          expect(numberIn(written, format)).toBe(`${neg && !zero ? "-" : ""}${n}.${f}`);
        },
      ),
    );
  });

  it("gives plain decimals or faults, whatever the cell", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[-+(]?[\d., '€eE%()-]{0,20}$/));
    fc.assert(
      fc.property(
        text,
        fc.constantFrom(undefined, GERMAN, ENGLISH, FRENCH, SWISS),
        fc.boolean(),
        (cell, format, stored) => {
          const result = readNumberCell(cell, format, stored);
          if (result.ok && result.value.value.length <= 40) parseDecimal(result.value.value);
        },
      ),
    );
  });
});
