import { readFileSync } from "node:fs";
import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";
import { makeWorkbook, workbookParts, zipParts } from "./workbook.fixture.ts";
import { columnLetter, readWorkbook, readWorkbookSheet, sheetRows } from "./workbook.ts";

describe("a workbook", () => {
  it("gives each cell's text as stored, by the sheet's own row numbers", async () => {
    const parts = workbookParts({
      Fuels: [[], [], [{ text: " Fuel " }, null, { number: "9.9499999999999993" }], [], [{ error: "#DIV/0!" }]],
      "Notes & more": [[{ text: "x" }]],
    });
    const workbook = await readWorkbook("x.xlsx", zipParts(parts));
    expect([...workbook.sheets.keys()]).toEqual(["Fuels", "Notes & more"]);
    expect(sheetRows("x.xlsx", workbook, "Fuels").filter(({ cells }) => cells.some((cell) => cell !== ""))).toEqual([
      { row: 3, cells: ["Fuel", "", "9.9499999999999993"], stored: [false, false, true] },
      { row: 5, cells: ["#DIV/0!", "", ""], stored: [false, false, false] },
    ]);
  });

  it("may be long, and end in a line break", async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => [{ number: String(i) }, { text: "text" }]);
    const long = workbookParts({ A: rows });
    const path = "xl/worksheets/sheet1.xml";
    const workbook = await readWorkbook("x.xlsx", zipParts({ ...long, [path]: `${long[path]}\n` }));
    expect(workbook.sheets.get("A")?.at(-1)).toEqual({ row: 5_000, cells: ["4999", "text"], stored: [true, false] });
  });

  it("names the sheets that there are when asked for another", async () => {
    await expect(readWorkbookSheet("x.xlsx", makeWorkbook({ A: [["1"]], B: [["2"]] }), "C")).rejects.toMatchObject({
      code: "FACTOR_FILE_INVALID",
      details: { reason: 'has no sheet "C", but A, B' },
    });
  });

  it("throws only FACTOR_FILE_INVALID, however it is cut or changed", async () => {
    const whole = makeWorkbook({
      A: [
        ["a", "1"],
        ["b", "2"],
      ],
    });
    const damaged = fc.oneof(
      fc.nat(whole.length - 1).map((length) => whole.slice(0, length)),
      fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => whole.with(at, byte)),
      fc.uint8Array({ maxLength: 100 }),
    );
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        try {
          await readWorkbook("x.xlsx", bytes);
        } catch (error) {
          if (!isTallyError(error, "FACTOR_FILE_INVALID")) throw error;
        }
      }),
      { numRuns: 200 },
    );
  });

  const sheet = "xl/worksheets/sheet1.xml";
  const parts = workbookParts({ A: [[{ text: "a" }]] });
  const refusal = async (bytes: Uint8Array): Promise<unknown> => {
    const error: unknown = await readWorkbook("x.xlsx", bytes).catch((thrown: unknown) => thrown);
    return isTallyError(error, "FACTOR_FILE_INVALID") ? Reflect.get(error.details, "reason") : error;
  };

  it("is refused by its declared sizes before it is unpacked", async () => {
    const bomb = zipSync({ ...bytesOf(parts), [sheet]: new Uint8Array(70 * 1024 * 1024) }, { level: 1 });
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect(await refusal(bomb)).toBe("unpacks to more than 67108864 bytes");
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`p${i}.png`, strToU8("")]));
    expect(await refusal(zipSync({ ...many }))).toBe("more than 1000 parts");
  });

  it("never unpacks more than is declared", async () => {
    const bytes = zipSync({ ...bytesOf(parts), [sheet]: new Uint8Array(8 * 1024 * 1024).fill(32) });
    // The central directory says 16 bytes for that part: its record begins with PK\x01\x02, the size is at 24.
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = 0; at + 46 < bytes.length; at++) {
      const isRecord = view.getUint32(at, true) === 0x02014b50;
      if (isRecord && view.getUint32(at + 24, true) === 8 * 1024 * 1024) view.setUint32(at + 24, 16, true);
    }
    expect(await refusal(bytes)).toBe("not a workbook");
  });

  it.each([
    [
      "a cell at the far corner",
      '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
      /1048576 rows and 16384 columns/,
    ],
    ["a row far below", '<row r="9999999"><c r="A9999999"><v>1</v></c></row>', /9999999 rows/],
    [
      "few cells in a large rectangle",
      '<row r="1"><c r="ALL1"><v>1</v></c></row><row r="9000"><c r="A9000"><v>1</v></c></row>',
      /too many/,
    ],
    ["an address that is none", '<row r="1"><c r="A1e9"><v>1</v></c></row>', /is not a cell/],
    ["an address over two lines", '<row r="1"><c r="XFD\n1"><v>1</v></c></row>', /is not a cell/],
    ["an address in entities", '<row r="1"><c r="&#88;FD1"><v>1</v></c></row>', /is not a cell/],
    ["an address behind a bracket", '<row r="1"><c s=">" r="XFD1"><v>1</v></c></row>', /16384 columns/],
    ["an address in other quotes", "<row r='1'><c t='n' r='XFD1'><v>1</v></c></row>", /16384 columns/],
  ])("is refused with %s", async (_what, rows, reason) => {
    const xml = `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
    expect(await refusal(zipParts({ ...parts, [sheet]: xml }))).toMatch(reason);
  });

  it("has no sheet but where sheets lie", async () => {
    const rels = parts["xl/_rels/workbook.xml.rels"]?.replace("worksheets/sheet1.xml", "media/sheet1.xml") ?? "";
    const moved = { ...parts, "xl/_rels/workbook.xml.rels": rels, "xl/media/sheet1.xml": parts[sheet] ?? "" };
    expect(await refusal(zipParts(moved))).toBe("not a workbook");
    const rows = '<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData>';
    const disguised = {
      ...parts,
      "xl/_rels/workbook.xml.rels": rels.replace("media/sheet1", "styles"),
      "xl/styles.xml": rows,
    };
    expect(await refusal(zipParts(disguised))).toMatch(/16384 columns/);
  });

  it.each([
    ["tags that begin and do not end", "<c ".repeat(300_000)],
    ["a tag of spaces", `<c${" ".repeat(1_000_000)}`],
    ["a tag of attributes", `<c ${"r= ".repeat(300_000)}`],
    ["a text that does not end", `<row><c r="A1"><v>${"1".repeat(1_000_000)}`],
  ])("is refused with %s, at once", async (_what, xml) => {
    const bytes = zipParts({ ...parts, [sheet]: `<worksheet><sheetData>${xml}` });
    expect(await refusal(bytes)).toBe(`${sheet}: a tag or a text without end`);
  });

  it.skipIf(!hasPublishedData)("of 40 sheets is read whole", async () => {
    const bytes = readFileSync(publishedFactors("defra_2024_full_set_v1_1.xlsx"));
    const { sheets } = await readWorkbook("defra_2024.xlsx", bytes);
    expect(sheets.size).toBe(40);
  });
});

function bytesOf(parts: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(parts).map(([path, xml]) => [path, strToU8(xml)]));
}

it("names columns as spreadsheets do", () => {
  expect([0, 25, 26, 701, 702].map(columnLetter)).toEqual(["A", "Z", "AA", "ZZ", "AAA"]);
});
