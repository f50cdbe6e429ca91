import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLedgerLine } from "./ledger-line.ts";

const LINE = {
  id: "PO-4711/10",
  date: "2024-02-29",
  category: 1,
  supplier: "did:web:smelter.example",
  productId: "urn:gtin:4712345060507",
  description: "Aluminium ingot",
  quantity: "1250.5",
  unit: "kg",
  amount: "3125.00",
  currency: "EUR",
  naics: "331313",
};

const issuesOf = (value: unknown): { path: string; message: string }[] => {
  try {
    parseLedgerLine(value);
  } catch (error) {
    if (isTallyError(error, "LEDGER_LINE_INVALID")) return (error.details as { issues: never[] }).issues;
    throw error;
  }
  return [];
};

describe("parseLedgerLine", () => {
  it("takes a line as it is", () => {
    expect(parseLedgerLine(LINE)).toEqual(LINE);
    expect(parseLedgerLine({ id: "1", date: "2024-01-01", category: 15, description: "x" })).toBeDefined();
    expect(parseLedgerLine({ ...LINE, quantity: "-3", amount: "-7.5" })).toBeDefined();
  });

  it.each([
    ["id", { id: "" }],
    ["id", { id: "a\u001b[31m" }],
    ["date", { date: "2023-02-29" }],
    ["date", { date: "29.02.2024" }],
    ["date", { date: "2024-2-9" }],
    ["category", { category: 0 }],
    ["category", { category: 16 }],
    ["category", { category: "1" }],
    ["quantity", { quantity: 5 }],
    ["quantity", { quantity: "1,250.5" }],
    ["quantity", { quantity: "1e3" }],
    ["unit", { unit: "parsec" }],
    ["currency", { currency: "€" }],
    ["naics", { naics: "33-13" }],
    ["description", { description: "x".repeat(501) }],
    ["", { colour: "red" }],
  ])("refuses a bad %s: %j [CON-1]", (path, change) => {
    expect(issuesOf({ ...LINE, ...change }).map((issue) => issue.path)).toEqual([path]);
  });

  it("says what to write instead of an ambiguous unit [INV-5]", () => {
    expect(issuesOf({ ...LINE, unit: "ton" })[0]?.message).toBe('"ton" is ambiguous, write t, short-ton, long-ton');
  });

  it("refuses a quantity without its unit and an amount without its currency", () => {
    const { unit: _unit, ...bare } = LINE;
    expect(issuesOf(bare)[0]?.path).toBe("unit");
    const { currency: _currency, ...unpriced } = LINE;
    expect(issuesOf(unpriced)[0]?.path).toBe("currency");
  });

  it("throws only LEDGER_LINE_INVALID, whatever the value", () => {
    fc.assert(fc.property(fc.anything(), (value) => void issuesOf(value)));
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(LINE)),
        fc.anything(),
        (key, value) => void issuesOf({ ...LINE, [key]: value }),
      ),
    );
  });
});
