import type { LedgerLine } from "@tallystick/contracts";
import { canonicalJson, isTallyError, type JsonObject, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEDGER_LIMITS } from "../ledger/ledger-limits.ts";
import { type HeldLedger, importLedger, type LedgerImport, sameLine } from "./import-ledger.ts";

const HEADER = "id,date,category,supplier,productId,description,quantity,unit,amount,currency,activity,naics";
const NONE: HeldLedger = { lines: new Map(), retracted: new Set() };
const STEEL = "L1,2024-03-01,1,Rheinstahl,,Steel sheet,4.5,t,3802.50,EUR,,332300";

const read = (text: string, held: HeldLedger = NONE, correct = false): LedgerImport =>
  importLedger(utf8Encode(text), held, { correct });
const issuesOf = (text: string, held?: HeldLedger): readonly object[] => read(text, held).issues;
const holding = (lines: readonly LedgerLine[]): HeldLedger => ({
  lines: new Map(lines.map((line) => [line.id, line])),
  retracted: new Set(),
});

/** What is wrong with a file as such. */
function refusalOf(file: string | Uint8Array): string {
  try {
    importLedger(typeof file === "string" ? utf8Encode(file) : file, NONE);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    const { issues = [] } = error.details as { issues?: readonly { rule: string; message: string }[] };
    return [error.code, ...issues.map(({ rule, message }) => `${rule}: ${message}`)].join(" ");
  }
  return "none";
}

describe("importLedger", () => {
  it("reads a line, and an empty cell as an absent property", () => {
    const { added, unchanged } = read(`${HEADER}\n${STEEL}\n`);
    expect(unchanged).toBe(0);
    expect(added).toEqual([
      {
        id: "L1",
        date: "2024-03-01",
        category: 1,
        supplier: "Rheinstahl",
        description: "Steel sheet",
        quantity: "4.5",
        unit: "t",
        amount: "3802.50",
        currency: "EUR",
        naics: "332300",
      },
    ]);
  });

  it("reads what spreadsheets write: byte order mark, CRLF, semicolons, quotes, blank lines, any column order", () => {
    const text = '\uFEFFdescription;id;date;category\r\n"Steel; ""cut""";L1;2024-03-01;1\r\n\r\n';
    expect(read(text).added).toEqual([{ id: "L1", date: "2024-03-01", category: 1, description: 'Steel; "cut"' }]);
  });

  it("takes nothing from a file that is held already", () => {
    const first = read(`${HEADER}\n${STEEL}\n`);
    const again = read(`${HEADER}\n${STEEL}\n`, holding(first.added));
    expect(again).toMatchObject({ added: [], corrected: [], unchanged: 1, rows: 1, refused: 0, issues: [] });
  });

  it("refuses other content under a held id, unless it is a correction", () => {
    const held = holding(read(`${HEADER}\n${STEEL}\n`).added);
    const other = `${HEADER}\n${STEEL.replace("4.5", "4.6")}\n`;
    expect(issuesOf(other, held)).toEqual([
      expect.objectContaining({ row: 2, column: "id", rule: "id-taken", value: "L1" }),
    ]);
    expect(read(other, held, true)).toMatchObject({
      added: [],
      corrected: [{ id: "L1", quantity: "4.6" }],
      unchanged: 0,
      refused: 0,
    });
  });

  it("does not bring a retracted line back by itself", () => {
    const held: HeldLedger = { lines: new Map(), retracted: new Set(["L1"]) };
    expect(issuesOf(`${HEADER}\n${STEEL}\n`, held)).toEqual([
      expect.objectContaining({ row: 2, column: "id", rule: "id-retracted" }),
    ]);
    expect(read(`${HEADER}\n${STEEL}\n`, held, true).added).toHaveLength(1);
  });

  it("refuses every row of an id that stands twice in a file, even with the same content", () => {
    expect(issuesOf(`${HEADER}\n${STEEL}\n${STEEL}\n`)).toEqual([
      expect.objectContaining({ row: 2, column: "id", rule: "duplicate-id" }),
      expect.objectContaining({ row: 3, column: "id", rule: "duplicate-id" }),
    ]);
  });

  it("names row, column and value of every fault", () => {
    const issues = issuesOf(
      `${HEADER}\n${STEEL}\nL2,2024-02-30,1,,,x,,,,,,\nL3,2024-03-01,16,,,x,,,,,,\nL4,2024-03-01,1,,,x,"1,5",kg,,,,\n`,
    );
    expect(issues).toEqual([
      expect.objectContaining({ row: 3, column: "date" }),
      expect.objectContaining({ row: 4, column: "category" }),
      expect.objectContaining({ row: 5, column: "quantity", rule: "number-format", value: "1,5" }),
    ]);
  });

  it("counts rows past a blank line as a spreadsheet does", () => {
    expect(issuesOf(`${HEADER}\n\n${STEEL},surplus\n`)).toEqual([
      expect.objectContaining({ row: 3, rule: "cell-count" }),
    ]);
  });

  it("refuses a header that lacks, repeats or invents a column", () => {
    expect(refusalOf("id,date,description\n")).toBe("LEDGER_HEADER_INVALID");
    expect(refusalOf(`${HEADER},id\n`)).toBe("LEDGER_HEADER_INVALID");
    expect(refusalOf(`${HEADER},scope\n`)).toBe("LEDGER_HEADER_INVALID");
    expect(refusalOf("")).toBe("LEDGER_HEADER_INVALID");
  });

  it("refuses what is not UTF-8, an open quote and an overlong row", () => {
    const latin1 = new Uint8Array([...utf8Encode(`${HEADER}\nL1,2024-03-01,1,,,K`), 0xe4, 0x0a]);
    expect(refusalOf(latin1)).toMatch(/^LEDGER_REFUSED encoding: the file is not utf-8 text/);
    expect(refusalOf(`${HEADER}\nL1,2024-03-01,1,,,"open\n`)).toMatch(/^LEDGER_REFUSED csv: /);
    const long = "x".repeat(LEDGER_LIMITS.rowChars + 1);
    expect(refusalOf(`${HEADER}\nL1,2024-03-01,1,,,${long},,,,,,\n`)).toMatch(/csv: a row is longer than/);
  });

  it("refuses a file over the limit before reading it", () => {
    expect(refusalOf(new Uint8Array(LEDGER_LIMITS.fileBytes + 1))).toMatch(/LEDGER_TOO_LARGE/);
  });

  it("reads named inputs, periods and components by the names of their columns", () => {
    const header = "id,date,period.start,period.end,category,description,method,geography,account,componentOf,part";
    const text = [
      `${header},amounts.distance,amounts.mass,shares.allocated`,
      "F1,2024-03-01,2024-01-01,2024-12-31,4,Freight,distance-based,DE,scope 3,,,2000 km,4.5 t,",
      "H1,2024-03-01,,,1,Pump,,,,,,,,",
      "c1,,,,,,site-specific,,,H1,energy,,,0.25",
      "c2,,,,,,site-specific,,,H1,energy,,,200 m2 / 2000 m2",
    ].join("\n");
    const { added, issues } = read(text);
    expect(issues).toEqual([]);
    expect(added).toEqual([
      {
        id: "F1",
        date: "2024-03-01",
        period: { start: "2024-01-01", end: "2024-12-31" },
        category: 4,
        description: "Freight",
        method: "distance-based",
        geography: "DE",
        account: "scope 3",
        amounts: { distance: { value: "2000", unit: "km" }, mass: { value: "4.5", unit: "t" } },
      },
      {
        id: "H1",
        date: "2024-03-01",
        category: 1,
        description: "Pump",
        components: [
          { id: "c1", part: "energy", method: "site-specific", shares: { allocated: { share: "0.25" } } },
          {
            id: "c2",
            part: "energy",
            method: "site-specific",
            shares: { allocated: { part: { value: "200", unit: "m2" }, whole: { value: "2000", unit: "m2" } } },
          },
        ],
      },
    ]);
  });

  it("refuses a line that names what there is not: it could never be counted", () => {
    const header =
      "id,date,category,description,method,geography,amounts.distance,amounts.mass,shares.allocated,componentOf";
    const rows = [
      "M1,2024-03-01,4,Freight,teleport,,2000 km,4 t,,",
      "M2,2024-03-01,7,Hotel,hotel-stay,,,,,",
      "M3,2024-03-01,4,Freight,distance-based,,2000 km,4 t,0.5,",
      "M4,2024-03-01,4,Freight,distance-based,,2000 kg,4 t,,",
      "M5,2024-03-01,8,Site,site-specific,,,,-3,",
      "G1,2024-03-01,4,Freight,,ZZ,,,,",
      "G2,2024-03-01,4,Freight,,UK,,,,",
      "H1,2024-03-01,1,Pump,,,,,,",
      "c1,,,,distance-based,,2000 km,4 ton,,H1",
      "ok,2024-03-01,4,Freight,distance-based,GB,2000 km,4 t,,",
    ];
    const { added, issues } = read([header, ...rows].join("\n"));
    expect(added.map(({ id }) => id)).toEqual(["ok"]);
    const byRow = issues.map(({ row, column, rule }) => [row, column, rule]);
    expect(byRow).toEqual([
      [2, "method", "method-unknown"],
      [3, "method", "method-unknown"],
      [4, "method", "activity-data-invalid"],
      [5, "method", "unit-incompatible"],
      [6, "shares.allocated", "share"],
      [7, "geography", "geography-unknown"],
      [8, "geography", "geography-unknown"],
      [9, "components", "unit-ambiguous"],
    ]);
  });

  it("refuses a line with a component that is refused, and a component without its line", () => {
    const text = [
      "id,date,category,description,componentOf,amounts.distance",
      "H1,2024-03-01,1,Pump,,",
      'c1,,,,H1,"1,234 km"',
      "c2,,,,H2,5 km",
    ].join("\n");
    expect(read(text)).toMatchObject({
      added: [],
      refused: 3,
      issues: [
        { row: 2, rule: "component" },
        { row: 3, column: "amounts.distance", rule: "number-format", value: "1,234 km" },
        { row: 4, rule: "component" },
      ],
    });
  });

  it("throws only its own codes, whatever the bytes", () => {
    const own = new Set(["LEDGER_REFUSED", "LEDGER_HEADER_INVALID", "LEDGER_TOO_LARGE"]);
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: "binary" }), fc.boolean(), (bytes, text, headed) => {
        for (const file of [bytes, utf8Encode(headed ? `${HEADER}\n${text}` : text)]) {
          try {
            importLedger(file, NONE);
          } catch (error) {
            if (!isTallyError(error) || !own.has(error.code)) throw error;
          }
        }
      }),
    );
  });
});

describe("sameLine", () => {
  const STEEL_LINE: LedgerLine = { id: "L", date: "2024-03-01", category: 1, description: "x" };

  it("is equality of every property, in whichever order they stand", () => {
    const mass = { value: "1", unit: "t" };
    const one: LedgerLine = { ...STEEL_LINE, components: [{ id: "a", amounts: { mass, distance: mass } }] };
    const other: LedgerLine = { components: [{ amounts: { distance: mass, mass }, id: "a" }], ...STEEL_LINE };
    expect(sameLine(one, other)).toBe(true);
    expect(sameLine(one, { ...other, components: [{ id: "b", amounts: { distance: mass, mass } }] })).toBe(false);
    expect(sameLine(one, { ...one, unit: "t" })).toBe(false);
    expect(sameLine({ ...one, unit: "t" }, one)).toBe(false);
  });

  it("agrees with the equality of canonical JSON", () => {
    const line = fc.record(
      {
        id: fc.constantFrom("a", "b"),
        quantity: fc.constantFrom("1", "1.0"),
        shares: fc.dictionary(fc.constantFrom("a", "b"), fc.record({ share: fc.constantFrom("1", "0") })),
        components: fc.array(fc.record({ id: fc.constantFrom("a", "b") }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ) as unknown as fc.Arbitrary<LedgerLine>;
    const text = (value: LedgerLine): string => canonicalJson(value as unknown as JsonObject);
    fc.assert(fc.property(line, line, (a, b) => sameLine(a, b) === (text(a) === text(b))));
  });
});
