import { isTallyError, utf8Encode } from "@tallystick/proto";
import type { TableRow } from "@tallystick/registry";
import fc from "fast-check";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { parseLedgerMapping } from "../core/ledger/ledger-mapping.ts";
import { readLedger } from "../core/ledger/read-ledger.ts";
import { readLedgerFile } from "./read-ledger-file.ts";

type Cell = { readonly number: string; readonly day?: boolean } | { readonly error: string } | string;

/** A workbook of small sheets: text as text, numbers as stored, days as numbers with the format of a day. */
function workbook(sheets: Readonly<Record<string, readonly (readonly Cell[])[]>>, properties = ""): Uint8Array {
  const names = Object.keys(sheets);
  const cellXml = (cell: Cell, address: string): string => {
    if (typeof cell === "string") return `<c r="${address}" t="inlineStr"><is><t>${cell}</t></is></c>`;
    if ("error" in cell) return `<c r="${address}" t="e"><v>${cell.error}</v></c>`;
    return `<c r="${address}"${cell.day === true ? ' s="1"' : ""}><v>${cell.number}</v></c>`;
  };
  const parts: Record<string, string> = {
    "[Content_Types].xml": "<Types/>",
    "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    "xl/workbook.xml": `<workbook xmlns:r="r">${properties}<sheets>${names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${names.map((_, i) => `<Relationship Id="rId${i + 1}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`).join("")}</Relationships>`,
  };
  for (const [i, rows] of Object.values(sheets).entries()) {
    const xml = rows.map(
      (cells, row) =>
        `<row r="${row + 1}">${cells.map((cell, at) => cellXml(cell, `${String.fromCharCode(65 + at)}${row + 1}`)).join("")}</row>`,
    );
    parts[`xl/worksheets/sheet${i + 1}.xml`] = `<worksheet><sheetData>${xml.join("")}</sheetData></worksheet>`;
  }
  return zipSync(Object.fromEntries(Object.entries(parts).map(([name, xml]) => [name, strToU8(xml)])));
}

async function rowsOf(content: Uint8Array, sheet?: string): Promise<TableRow[]> {
  const source = await readLedgerFile("x.xlsx", content, sheet === undefined ? {} : { sheet });
  return [...source].flat();
}

const GERMAN = parseLedgerMapping({
  v: 1,
  numbers: { decimal: ",", thousands: "." },
  dates: ["DD.MM.YYYY", "YYYY-MM-DD"],
  columns: {
    id: "Nr",
    date: "Tag",
    category: { constant: "1" },
    description: "Text",
    amount: "Betrag",
    currency: { constant: "EUR" },
  },
});
const HEADER = ["Nr", "Tag", "Text", "Betrag"];

describe("a workbook as a ledger", () => {
  it("has stored numbers with their point and texts as the mapping says, and days either way", async () => {
    const file = workbook({
      A: [
        HEADER,
        ["1", { number: "45352", day: true }, "stored", { number: "1.234" }],
        ["2", "01.03.2024", "text", "1.234"],
        ["3", "01.03.2024", "double", { number: "9.9499999999999993" }],
        ["4", "01.03.2024", "scientific", { number: "1.2E+6" }],
        [{ number: "5" }, "01.03.2024", "stored id", { number: "-5" }],
      ],
    });
    const { lines, issues } = readLedger(await readLedgerFile("x.xlsx", file, {}), GERMAN);
    expect(issues.kept).toEqual([]);
    expect(lines.map(({ line: { id, date, amount } }) => [id, date, amount])).toEqual([
      ["1", "2024-03-01", "1.234"],
      ["2", "2024-03-01", "1234"],
      ["3", "2024-03-01", "9.95"],
      ["4", "2024-03-01", "1200000"],
      ["5", "2024-03-01", "-5"],
    ]);
  });

  it("has days that need no declaration, and none of an empty cell that a formula made a day", async () => {
    const day = (number: string): Cell => ({ number, day: true });
    const file = workbook({
      A: [HEADER, ["1", day("45352.75"), "x", ""], ["2", day("0"), "x", ""], ["3", day("60"), "x", ""]],
    });
    const dates = ["DD.MM.YYYY"] as const;
    const { lines, issues } = readLedger(await readLedgerFile("x.xlsx", file, {}), { ...GERMAN, dates });
    expect(lines.map(({ line: { date } }) => date)).toEqual(["2024-03-01"]);
    expect(issues.kept.map(({ row, column, rule }) => [row, column, rule])).toEqual([
      [3, "Tag", "date-format"],
      [4, "Tag", "date-format"],
    ]);
    const amount = workbook({ A: [HEADER, ["1", "01.03.2024", "x", day("45352")]] });
    const { issues: others } = readLedger(await readLedgerFile("x.xlsx", amount, {}), GERMAN);
    expect(others.kept).toMatchObject([{ row: 2, column: "Betrag", rule: "number", value: "2024-03-01" }]);
  });

  it.each(["1", "true"])("that counts from 1904 (%s) has the days it shows, and no serial ones", async (value) => {
    const sheet = { A: [HEADER, ["1", { number: "43890", day: true }, "x", ""]] };
    const file = workbook(sheet, `<workbookPr filterPrivacy="true" date1904="${value}"/>`);
    const { lines } = readLedger(await readLedgerFile("x.xlsx", file, {}), GERMAN);
    expect(lines.map(({ line: { date } }) => date)).toEqual(["2024-03-01"]);
    const serial = { ...GERMAN, dates: ["excel-serial"] } as const;
    await expect(readLedgerFile("x.xlsx", file, serial)).rejects.toThrow(/counts its days from 1904/);
  });

  it("is refused by row, column and rule where a formula failed or an id lost digits", async () => {
    const file = workbook({
      A: [
        HEADER,
        ["1", "01.03.2024", "x", { error: "#N/A" }],
        [{ number: "40063813339310000" }, "01.03.2024", "x", { number: "5" }],
      ],
    });
    const { issues } = readLedger(await readLedgerFile("x.xlsx", file, {}), GERMAN);
    expect(issues.kept.map(({ row, column, rule }) => [row, column, rule])).toEqual([
      [2, "Betrag", "formula-error"],
      [3, "Nr", "identifier-digits"],
    ]);
  });

  it("of several sheets needs one to be named", async () => {
    const file = workbook({ March: [["a"]], April: [["b"]] });
    await expect(rowsOf(file)).rejects.toThrow(/March.*April/);
    await expect(rowsOf(file, "May")).rejects.toThrow(/March.*April/);
    expect(await rowsOf(file, "April")).toMatchObject([{ row: 1, cells: ["b"] }]);
  });

  it("is refused in the format of earlier spreadsheets, and where it is none", async () => {
    await expect(rowsOf(new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0]))).rejects.toThrow(/save it as XLSX/);
    await expect(rowsOf(utf8Encode("PK\u0003\u0004 nothing"))).rejects.toThrow(/LEDGER_REFUSED/);
    await expect(rowsOf(utf8Encode("a,b"), "A")).rejects.toThrow(/not a workbook/);
  });

  it("throws only its own codes, however it is cut or changed", async () => {
    const whole = workbook({ A: [HEADER, ["1", "01.03.2024", "x", { number: "5" }]] });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const changed = cut ? whole.slice(0, at) : whole.map((old, index) => (index === at ? byte : old));
        try {
          readLedger(await readLedgerFile("x.xlsx", changed, {}), GERMAN);
        } catch (error) {
          if (!isTallyError(error) || !error.code.startsWith("LEDGER_")) throw error;
        }
      }),
    );
  });
});
