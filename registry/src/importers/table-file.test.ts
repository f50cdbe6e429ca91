import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCsvRecords, readWholeFile, sha256Hex, type TableLimits, type TableRow } from "./table-file.ts";

const LIMITS: TableLimits = { maxBytes: 1_000, maxRows: 5, maxRecordLength: 100 };

async function readAll(file: Readable, limits: TableLimits = LIMITS): Promise<{ rows: TableRow[]; sha256: string }> {
  const table = readCsvRecords("x.csv", file, limits);
  const rows: TableRow[] = [];
  for await (const row of table.rows) rows.push(row);
  return { rows, sha256: table.sha256() };
}
const bytesOf = (...texts: string[]): Readable => Readable.from(texts.map((text) => Buffer.from(text)));

describe("a CSV file", () => {
  it("is read with row numbers as a spreadsheet shows them, and hashed", async () => {
    const text = '\ufeffa, b \n"x\ny","z, ""q"""\n\n1,2\n';
    const { rows, sha256 } = await readAll(bytesOf(text), { ...LIMITS, ragged: true });
    expect(rows).toEqual([
      { row: 1, cells: ["a", "b"] },
      { row: 2, cells: ["x\ny", 'z, "q"'] },
      { row: 3, cells: [""] },
      { row: 4, cells: ["1", "2"] },
    ]);
    expect(sha256).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it("does not depend on how its bytes arrive", async () => {
    const bytes = Buffer.from("ä,≤1\nü,€\n");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 5 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        const { rows } = await readAll(Readable.from(chunks));
        expect(rows.map(({ cells }) => cells)).toEqual([
          ["ä", "≤1"],
          ["ü", "€"],
        ]);
      }),
    );
  });

  it("throws only FACTOR_FILE_INVALID, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        try {
          await readAll(Readable.from([Buffer.from(bytes)]));
        } catch (error) {
          if (!isTallyError(error, "FACTOR_FILE_INVALID")) throw error;
        }
      }),
    );
  });

  it.each([
    ["more rows than its limit", () => bytesOf("a\n".repeat(6)), 6, "more than 5 rows"],
    ["more bytes than its limit", () => bytesOf("a\n", "b".repeat(1_000)), 0, "larger than 1000 bytes"],
    ["a record without end", () => bytesOf("a\n", "b".repeat(500)), 2, "not CSV"],
    ["an open quote", () => bytesOf('a\n"b'), 2, "not CSV"],
    ["rows of different length", () => bytesOf("a,b\nc\n"), 2, "not CSV"],
    ["what is not UTF-8", () => Readable.from([Buffer.from([0x61, 0x0a, 0xff, 0x0a])]), 1, "not UTF-8"],
    ["half a character at its end", () => Readable.from([Buffer.from([0x61, 0x0a, 0xe2, 0x82])]), 2, "not UTF-8"],
    [
      "nothing that is there",
      () => createReadStream(resolve(import.meta.dirname, "no-such-file.csv")),
      1,
      "cannot be read",
    ],
  ])("is refused with %s, and closed", async (_what, open, row, reason) => {
    const file = open();
    await expect(readAll(file)).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID", details: { row, reason } });
    expect(file.destroyed).toBe(true);
  });

  it("has no hash before it was read to the end", async () => {
    const file = bytesOf("a\nb\n");
    const table = readCsvRecords("x.csv", file, LIMITS);
    expect(() => table.sha256()).toThrow(TypeError);
    for await (const _row of table.rows) break;
    expect(() => table.sha256()).toThrow(TypeError);
    expect(file.destroyed).toBe(true);
  });
});

describe("a whole file", () => {
  it("is read up to its limit", async () => {
    const whole = await readWholeFile("x", bytesOf("ab", "c"), 3);
    expect(sha256Hex(whole)).toBe(createHash("sha256").update("abc").digest("hex"));
    const details = { row: 0, reason: "larger than 2 bytes" };
    await expect(readWholeFile("x", bytesOf("ab", "c"), 2)).rejects.toMatchObject({ details });
    const absent = createReadStream(resolve(import.meta.dirname, "no-such-file"));
    await expect(readWholeFile("x", absent, 2)).rejects.toMatchObject({ details: { reason: "cannot be read" } });
  });
});
