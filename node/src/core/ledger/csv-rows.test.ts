import { utf8Encode } from "@tallystick/proto";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRows } from "./csv-rows.ts";

const cellsOf = (text: string): readonly (readonly string[])[] =>
  [...csvRows(utf8Encode(text), { delimiter: ";" })].flat().map(({ cells }) => cells);

describe("the rows of a CSV file", () => {
  it("are those of the whole file, though it is parsed in pieces", () => {
    const cell = fc.oneof(
      fc.stringMatching(/^[a-z ]{0,9}$/),
      fc.stringMatching(/^["\n;\ra]{1,6}$/).map((text) => `"${text.replaceAll('"', '""')}"`),
    );
    const row = fc.tuple(cell, cell, cell).map((cells) => cells.join(";"));
    const lineBreak = fc.constantFrom("\n", "\r\n");
    // Long enough for several pieces, with quoted line breaks wherever a piece may end.
    const file = fc.tuple(fc.array(row, { minLength: 5, maxLength: 40 }), lineBreak).map(([rows, end]) => {
      const once = `${rows.join(end)}${end}`;
      return once.repeat(Math.ceil(600_000 / once.length));
    });
    fc.assert(
      fc.property(file, (text) => {
        const whole = parse(text, {
          delimiter: ";",
          trim: true,
          relax_column_count: true,
          record_delimiter: ["\r\n", "\n", "\r"],
        });
        expect(cellsOf(text)).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  it("are numbered on from piece to piece, and given in pieces", () => {
    const text = "a;b\n".repeat(200_000);
    const batches = [...csvRows(utf8Encode(text), {})];
    expect(batches.length).toBeGreaterThan(2);
    expect(batches.flat().every(({ row }, at) => row === at + 1)).toBe(true);
    expect(batches.flat()).toHaveLength(200_000);
  });

  it("end with any line break, in one file too", () => {
    expect(cellsOf("a;1\r\nb;2\nc;3\rd;4")).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
      ["d", "4"],
    ]);
  });

  it("name the row of a fault that stands far into the file", () => {
    const text = `${"a;b\n".repeat(100_000)}a;"b`;
    expect(() => cellsOf(text)).toThrow(/"row":100001,"rule":"csv","message":"a quoted cell is never closed"/);
    expect(() => cellsOf(`${"a;b\n".repeat(100_000)}a;b"c\n`)).toThrow(/"row":100001,"rule":"csv"/);
  });
});
