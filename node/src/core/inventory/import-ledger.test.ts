import type { LedgerLine } from "@tallystick/contracts";
import { isTallyError, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importLedger, LEDGER_COLUMNS, LEDGER_LIMITS } from "./import-ledger.ts";

const HEADER = LEDGER_COLUMNS.join(",");
const NONE: ReadonlyMap<string, LedgerLine> = new Map();
const STEEL = "L1,2024-03-01,1,Rheinstahl,,Steel sheet,4.5,t,3802.50,EUR,,332300";

function read(text: string, held: ReadonlyMap<string, LedgerLine> = NONE): ReturnType<typeof importLedger> {
  return importLedger(utf8Encode(text), held);
}

function issuesOf(text: string, held?: ReadonlyMap<string, LedgerLine>): readonly object[] {
  try {
    read(text, held);
  } catch (error) {
    if (isTallyError(error, "LEDGER_REFUSED")) return (error.details as { issues: object[] }).issues;
    throw error;
  }
  throw new Error("the file was taken");
}

function codeOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (isTallyError(error)) return error.code;
    throw error;
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
    const held = new Map(first.added.map((line) => [line.id, line]));
    expect(read(`${HEADER}\n${STEEL}\n`, held)).toEqual({ added: [], unchanged: 1 });
  });

  it("refuses other content under a held id", () => {
    const held = new Map(read(`${HEADER}\n${STEEL}\n`).added.map((line) => [line.id, line]));
    expect(issuesOf(`${HEADER}\n${STEEL.replace("4.5", "4.6")}\n`, held)).toEqual([
      expect.objectContaining({ row: 2, column: "id", rule: "id-taken" }),
    ]);
  });

  it("refuses an id that stands twice in a file, even with the same content", () => {
    expect(issuesOf(`${HEADER}\n${STEEL}\n${STEEL}\n`)).toEqual([
      expect.objectContaining({ row: 3, column: "id", rule: "duplicate-id" }),
    ]);
  });

  it("names row and column of every fault, and takes no row", () => {
    const issues = issuesOf(
      `${HEADER}\n${STEEL}\nL2,2024-02-30,1,,,x,,,,,,\nL3,2024-03-01,16,,,x,,,,,,\nL4,2024-03-01,1,,,x,"1,5",kg,,,,\n`,
    );
    expect(issues).toEqual([
      expect.objectContaining({ row: 3, column: "date" }),
      expect.objectContaining({ row: 4, column: "category" }),
      expect.objectContaining({ row: 5, column: "quantity" }),
    ]);
  });

  it("counts rows past a blank line as a spreadsheet does", () => {
    expect(issuesOf(`${HEADER}\n\n${STEEL},surplus\n`)).toEqual([
      expect.objectContaining({ row: 3, rule: "cell-count" }),
    ]);
  });

  it("refuses a header that lacks, repeats or invents a column", () => {
    expect(codeOf("id,date,description\n")).toBe("LEDGER_HEADER_INVALID");
    expect(codeOf(`${HEADER},id\n`)).toBe("LEDGER_HEADER_INVALID");
    expect(codeOf(`${HEADER},scope\n`)).toBe("LEDGER_HEADER_INVALID");
    expect(codeOf("")).toBe("LEDGER_HEADER_INVALID");
  });

  it("refuses what is not UTF-8, an open quote and an overlong row", () => {
    const latin1 = new Uint8Array([...utf8Encode(`${HEADER}\nL1,2024-03-01,1,,,K`), 0xe4, 0x0a]);
    expect(() => importLedger(latin1, NONE)).toThrow(/"rule":"encoding"/);
    expect(issuesOf(`${HEADER}\nL1,2024-03-01,1,,,"open\n`)).toEqual([expect.objectContaining({ rule: "csv" })]);
    const long = "x".repeat(LEDGER_LIMITS.rowChars + 1);
    expect(issuesOf(`${HEADER}\nL1,2024-03-01,1,,,${long},,,,,,\n`)).toEqual([
      expect.objectContaining({ rule: "csv", message: expect.stringContaining("longer than") }),
    ]);
  });

  it("refuses a file over the limit before reading it", () => {
    expect(() => importLedger(new Uint8Array(LEDGER_LIMITS.fileBytes + 1), NONE)).toThrow(/LEDGER_TOO_LARGE/);
  });

  it("throws only its own codes, whatever the bytes", () => {
    const own = new Set(["LEDGER_REFUSED", "LEDGER_HEADER_INVALID", "LEDGER_TOO_LARGE"]);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, headed) => {
        try {
          read(headed ? `${HEADER}\n${text}` : text);
        } catch (error) {
          if (!isTallyError(error) || !own.has(error.code)) throw error;
        }
      }),
    );
  });
});
