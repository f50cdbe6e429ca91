import { isTallyError, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRows } from "./csv-rows.ts";
import { LEDGER_LIMITS } from "./ledger-limits.ts";
import { parseLedgerMapping } from "./ledger-mapping.ts";
import { type LedgerReading, readLedger } from "./read-ledger.ts";

/** A mapping of a German ledger with columns Nr, Tag, Text, Menge, ME, Betrag. */
const GERMAN = {
  v: 1,
  numbers: { decimal: ",", thousands: "." },
  dates: ["DD.MM.YYYY"],
  columns: {
    id: "Nr",
    date: "Tag",
    category: { constant: "1" },
    description: "Text",
    quantity: "Menge",
    unit: "ME",
    amount: "Betrag",
    currency: { constant: "EUR" },
  },
} as const;
const HEADER = "Nr;Tag;Text;Menge;ME;Betrag";

function readFile(file: string | Uint8Array, document: object = GERMAN): LedgerReading {
  const mapping = parseLedgerMapping(document);
  return readLedger(csvRows(typeof file === "string" ? utf8Encode(file) : file, mapping), mapping);
}

/** The lines of rows under the German header, or their faults. */
function of(rows: string | readonly string[], more: object = {}, columns: object = {}): object {
  const chosen = Object.entries({ ...GERMAN.columns, ...columns }).filter(([, source]) => source !== undefined);
  const { lines, issues } = readFile([HEADER, ...[rows].flat()].join("\n"), {
    ...GERMAN,
    ...more,
    columns: Object.fromEntries(chosen),
  });
  return issues.count > 0
    ? { issues: issues.kept.map(({ row, column, rule, value }) => [row, column, rule, value]) }
    : { lines: lines.map(({ line }) => line) };
}

const line = (properties: object): object => ({
  id: "1",
  date: "2024-03-01",
  category: 1,
  description: "x",
  ...properties,
});
const money = (amount: string): object => ({ lines: [line({ amount, currency: "EUR" })] });
const mass = (quantity: string, unit = "t"): object => ({ lines: [line({ quantity, unit })] });
/** The column ME holds suppliers. */
const SUPPLIER = { supplier: "ME", quantity: undefined, unit: undefined };
const fault = (column: string, rule: string, value: string): object => ({ issues: [[2, column, rule, value]] });

describe("numbers of a dirty ledger", () => {
  it.each([
    ["1.234,56", "1234.56"],
    ["1.234,56 €", "1234.56"],
    ["EUR 1.234,56", "1234.56"],
    ["(1.234,56)", "-1234.56"],
    ["1.234,56-", "-1234.56"],
    ["1,2E+06", "1200000"],
    ["0,30000000000000004", "0.30000000000000004"],
    ["\u00a0 5,0 \u00a0", "5.0"],
  ])("reads %j exactly", (cell, amount) => {
    expect(of(`1;01.03.2024;x;;;${cell}`)).toEqual(money(amount));
  });

  it.each([
    ["1,234.56", "number-format"],
    ["1.23", "number-format"],
    ["1.234,56 USD", "unit-mismatch"],
    ["1.234,56 $", "unit-mismatch"],
    ["1.234,56 constructor", "unit-mismatch"],
    ["12,5 %", "unit-mismatch"],
    ["#N/A", "formula-error"],
    ["#DIV/0!", "formula-error"],
    ["#BEZUG!", "formula-error"],
    ["-", "number"],
    ["n/a", "number"],
    ["'5,0", "leading-apostrophe"],
    ["5\u200b,0", "hidden-character"],
  ])("refuses %j: %s", (cell, rule) => {
    expect(of(`1;01.03.2024;x;;;${cell}`)).toEqual(fault("Betrag", rule, cell));
  });

  it("refuses a cell that could be two numbers, and says both", () => {
    const { issues } = readFile('Nr,Tag,Text,Wert\n1,2024-03-01,x,"1,234"', {
      v: 1,
      columns: {
        id: "Nr",
        date: "Tag",
        category: { constant: "1" },
        description: "Text",
        amount: "Wert",
        currency: { constant: "EUR" },
      },
    });
    expect(issues.kept).toEqual([
      {
        row: 2,
        column: "Wert",
        rule: "number-format",
        value: "1,234",
        message: '"1,234" can be 1.234 or 1234: declare the number format in a mapping',
      },
    ]);
  });

  it("takes 1.234 for a number only where the decimal mark is declared", () => {
    const { numbers: _numbers, ...undeclared } = GERMAN;
    const read = (cell: string, mapping: object): object => {
      const { lines, issues } = readFile(`${HEADER}\n1;01.03.2024;x;;;${cell}`, mapping);
      return { amount: lines[0]?.line.amount, rule: issues.kept[0]?.rule };
    };
    expect(read("1.234", undeclared)).toEqual({ rule: "number-format" });
    expect(read("1.234", GERMAN)).toEqual({ amount: "1234" });
    expect(read("1.234", { ...GERMAN, numbers: { decimal: "." } })).toEqual({ amount: "1.234" });
    for (const cell of ["0.234", "12.34", "1234.567", "1.2345"])
      expect(read(cell, undeclared)).toEqual({ amount: cell });
  });

  it("takes what is declared as blank for nothing said, and never for zero", () => {
    for (const cell of ["-", "n/a", "k.A.", ""]) {
      expect(of(`1;01.03.2024;x;;;${cell}`, { blanks: ["-", "n/a", "k.A."] })).toEqual({ lines: [line({})] });
    }
    expect(of("1;01.03.2024;x;;;#N/A", { blanks: ["#N/A"] })).toEqual({ lines: [line({})] });
  });

  it("reads printed doubles as what they stand for, where that is declared", () => {
    const numbers = { decimal: ",", doubles: true };
    expect(of("1;01.03.2024;x;;;0,30000000000000004", { numbers })).toEqual(money("0.3"));
  });

  it("reads thousands apart by apostrophes and by spaces of any width", () => {
    const swiss = { numbers: { decimal: ".", thousands: "'" } };
    const french = { numbers: { decimal: ",", thousands: "space" } };
    expect(of("1;01.03.2024;x;;;1'234.50", swiss)).toEqual(money("1234.50"));
    expect(of("1;01.03.2024;x;;;1 234,50", french)).toEqual(money("1234.50"));
    expect(of("1;01.03.2024;x;;;1\u00a0234\u202f567,50", french)).toEqual(money("1234567.50"));
  });

  it("reads units that differ from row to row, from their column or beside the number", () => {
    const unit = { column: "ME", values: { TO: "t", KG: "kg" } };
    expect(of(["1;01.03.2024;x;4,5;TO;"], {}, { unit })).toEqual(mass("4.5"));
    expect(of(["1;01.03.2024;x;4,5;kg;"], {}, { unit })).toEqual(fault("ME", "value-unmapped", "kg"));
    expect(of(["1;01.03.2024;x;4,5;kg;"], {}, { unit: { ...unit, otherwise: "as-is" } })).toEqual(mass("4.5", "kg"));
    const inCell = { unit: { inCell: true, values: { To: "t" } } };
    expect(of("1;01.03.2024;x;2.000 kg;;", {}, inCell)).toEqual(mass("2000", "kg"));
    expect(of("1;01.03.2024;x;4,5 To;;", {}, inCell)).toEqual(mass("4.5"));
    expect(of("1;01.03.2024;x;4,5;;", {}, inCell)).toEqual(fault("Menge", "unit-missing", "4,5"));
    expect(of("1;01.03.2024;x;4,5 kg;t;")).toEqual(fault("Menge", "unit-mismatch", "4,5 kg"));
  });

  it("reads the currency beside an amount; a sign that several currencies have needs a value", () => {
    const currency = { inCell: true, values: { $: "USD" } };
    expect(of("1;01.03.2024;x;;;12,50 €", {}, { currency: { inCell: true } })).toEqual(money("12.50"));
    expect(of("1;01.03.2024;x;;;$ 12,50", {}, { currency })).toEqual({
      lines: [line({ amount: "12.50", currency: "USD" })],
    });
    expect(of("1;01.03.2024;x;;;$ 12,50", {}, { currency: { inCell: true } })).toMatchObject({
      issues: [[2, "Betrag", expect.any(String), "$ 12,50"]],
    });
  });

  it("reads shares from percentages, fractions and two columns", () => {
    const shares = { shares: { allocated: "Menge" } };
    const read = (cell: string): object => {
      const { quantity: _quantity, unit: _unit, ...rest } = GERMAN.columns;
      const { lines, issues } = readFile(`${HEADER}\n1;01.03.2024;x;${cell};;`, {
        ...GERMAN,
        columns: { ...rest, ...shares },
      });
      return lines[0]?.line.shares ?? issues.kept[0] ?? {};
    };
    expect(read("12,5 %")).toEqual({ allocated: { share: "0.125" } });
    expect(read("0,25")).toEqual({ allocated: { share: "0.25" } });
    expect(read("200 m2 / 2.000 m2")).toEqual({
      allocated: { part: { value: "200", unit: "m2" }, whole: { value: "2000", unit: "m2" } },
    });
    expect(read("100,0 %")).toEqual({ allocated: { share: "1.000" } });
    for (const cell of ["25", "1,01", "150 %", "-0,1"]) {
      expect(read(cell)).toMatchObject({ row: 2, column: "Menge", rule: "share", value: cell });
    }
    expect(read("25 kg")).toMatchObject({ row: 2, column: "Menge", rule: "share" });
    expect(read("200 / 2000 m2")).toMatchObject({ row: 2, column: "Menge", rule: "share" });
  });
});

describe("days of a dirty ledger", () => {
  it("never guesses which number is the month", () => {
    expect(of("1;01/03/2024;x;;;")).toEqual(fault("Tag", "date-format", "01/03/2024"));
    expect(of("1;01/03/2024;x;;;", { dates: ["MM/DD/YYYY", "DD/MM/YYYY"] })).toEqual(
      fault("Tag", "date-ambiguous", "01/03/2024"),
    );
    expect(of("1;03/01/2024;x;;;", { dates: ["MM/DD/YYYY"] })).toEqual({ lines: [line({})] });
  });

  it("reads serial days, and refuses those of the leap year 1900 that never was", () => {
    expect(of("1;45352;x;;;", { dates: ["excel-serial"] })).toEqual({ lines: [line({})] });
    expect(of("1;60;x;;;", { dates: ["excel-serial"] })).toEqual(fault("Tag", "date-format", "60"));
  });
});

describe("rows of a dirty ledger", () => {
  it.each(["Total", "Summe", "Gesamtsumme:", "Grand total", "Zwischensumme 03/2024"])("refuses a sum: %s", (name) => {
    expect(of([`1;01.03.2024;x;;;5,0`, `${name};;;;;5,0`])).toEqual({ issues: [[3, "Nr", "totals-row", name]] });
    expect(of([`1;01.03.2024;x;;;5,0`, `;;${name};;;5,0`])).toEqual({ issues: [[3, "Text", "totals-row", name]] });
  });

  it("refuses a sum whose label is not in its first cell", () => {
    const columns = { id: { hash: ["Tag", "Text", "Betrag"] } };
    expect(of("9;31.12.2024;Total;;;5,0", {}, columns)).toEqual({ issues: [[2, "Text", "totals-row", "Total"]] });
    expect(of("9;31.12.2024;Total loss of a pump;;;5,0")).toMatchObject({
      lines: [{ description: "Total loss of a pump" }],
    });
  });

  it("skips the rows that a mapping names, and takes a supplier called Total where it is told to", () => {
    const skipRowsWhere = [
      { column: "Nr", startsWith: ["Summe"] },
      { column: "Tag", blank: true },
    ];
    expect(of(["1;01.03.2024;x;;;5,0", "Summe 2024;;;;;5,0", "3;;y;;;5,0"], { skipRowsWhere })).toEqual(money("5.0"));
    const total = of("Total;01.03.2024;x;;;5,0", { totalsAreLines: true });
    expect(total).toMatchObject({ lines: [{ id: "Total" }] });
  });

  it("passes over blank lines, rows of separators and what stands above the header", () => {
    const text = ["Export vom 1.4.2024", "", HEADER, "", ";;;;;", "1;01.03.2024;x;;;5,0", "   ", ""].join("\r\n");
    const { lines, rows } = readFile(text, { ...GERMAN, headerRow: 3 });
    expect([rows, lines.map(({ row }) => row)]).toEqual([1, [6]]);
  });

  it("refuses a name that two columns have, until the mapping says which", () => {
    const text = "Nr;Tag;Text;Menge;ME;Betrag;Betrag\n1;01.03.2024;x;;;5,0;6,0";
    expect(() => readFile(text)).toThrow(/"repeated":\["Betrag"\]/);
    const columns = { ...GERMAN.columns, amount: { column: "Betrag", occurrence: 2 } };
    expect(readFile(text, { ...GERMAN, columns }).lines[0]?.line.amount).toBe("6.0");
  });

  it("names the columns of the mapping that the file does not have", () => {
    expect(() => readFile("Nr;Tag;Text\n")).toThrow(/"missing":\["Menge","ME","Betrag"\]/);
  });

  it("refuses or removes what nobody sees", () => {
    expect(of("1;01.03.2024;x\u200b;;;")).toEqual(fault("Text", "hidden-character", "x\u200b"));
    expect(of("1;01.03.2024;x\u200b\u202e;;;", { removeHidden: true })).toEqual({ lines: [line({})] });
    expect(of('1;01.03.2024;"x\ny";;;', { removeHidden: true })).toMatchObject({ lines: [{ description: "x y" }] });
    expect(of('1;01.03.2024;"x\ny";;;')).toMatchObject({ issues: [[2, "Text", "description", "x\ny"]] });
  });

  it.each([
    ["-", "blank-mark"],
    ["n/a", "blank-mark"],
    ["k. A.", "blank-mark"],
    ["#N/D", "formula-error"],
    ["#ZAHL!", "formula-error"],
    ["#\u00a1VALOR!", "formula-error"],
    ["########", "formula-error"],
    ["Rhein\u00a0stahl", "hidden-character"],
  ])("refuses %j for a supplier's name: %s", (name, rule) => {
    expect(of(`1;01.03.2024;x;;${name};`, {}, SUPPLIER)).toEqual(fault("ME", rule, name));
  });

  it("takes a name that a person could mean, and one whose marks the mapping explains", () => {
    for (const name of ["'s-Hertogenbosch BV", "# 1 Supplies", "Nana", "A\u3000B"]) {
      expect(of(`1;01.03.2024;x;;${name};`, {}, SUPPLIER)).toMatchObject({ lines: [{ supplier: name }] });
    }
    expect(of("1;01.03.2024;x;;-;", { blanks: ["-"] }, SUPPLIER)).toEqual({ lines: [line({})] });
    expect(of("1;01.03.2024;x;;Rhein\u00a0stahl;", { removeHidden: true }, SUPPLIER)).toMatchObject({
      lines: [{ supplier: "Rhein stahl" }],
    });
    const supplier = { column: "ME", values: { "-": "various" } };
    expect(of("1;01.03.2024;x;;-;", {}, { ...SUPPLIER, supplier })).toMatchObject({ lines: [{ supplier: "various" }] });
  });

  it("says which property is missing, by a rule of its own", () => {
    expect(of("1;;x;;;")).toMatchObject({ issues: [[2, "Tag", "missing", undefined]] });
    expect(of("1;01.03.2024;x;5;;")).toMatchObject({ issues: [[2, "ME", "unit", undefined]] });
  });

  it("refuses or removes the apostrophe that marks text, and leaves those of a text", () => {
    expect(of("'1;01.03.2024;x;;;")).toEqual(fault("Nr", "leading-apostrophe", "'1"));
    expect(of("'1;01.03.2024;x;;;'5,0", { removeApostrophe: true })).toEqual(money("5.0"));
    expect(of("1;01.03.2024;d'x;;;")).toMatchObject({ lines: [{ description: "d'x" }] });
  });

  it("refuses an identifier whose digits a spreadsheet has dropped", () => {
    expect(of("4.00638E+12;01.03.2024;x;;;")).toEqual(fault("Nr", "identifier-digits", "4.00638E+12"));
  });
});

describe("text of a dirty ledger", () => {
  const text = `${HEADER}\n1;01.03.2024;Müller – 5 €;;;`;

  it("reads UTF-8 and UTF-16 by their marks", () => {
    const wide = (bigEndian: boolean): Uint8Array => {
      const units = new Uint16Array([0xfeff, ...Array.from(text, (_, at) => text.charCodeAt(at))]);
      const view = new DataView(new ArrayBuffer(units.length * 2));
      for (const [at, unit] of units.entries()) view.setUint16(at * 2, unit, !bigEndian);
      return new Uint8Array(view.buffer);
    };
    for (const file of [utf8Encode(`\uFEFF${text}`), wide(false), wide(true)]) {
      expect(readFile(file).lines[0]?.line.description).toBe("Müller – 5 €");
    }
    expect(() => readFile(wide(false), { ...GERMAN, encoding: "utf-8" })).toThrow(/byte order mark says utf-16le/);
  });

  it("reads Windows-1252 where it is declared, and refuses it where it is not", () => {
    const bytes = new Uint8Array(
      Array.from(text, (letter) => ({ "–": 0x96, "€": 0x80 })[letter] ?? letter.charCodeAt(0)),
    );
    const read = readFile(bytes, { ...GERMAN, encoding: "windows-1252" });
    expect(read.lines[0]?.line.description).toBe("Müller – 5 €");
    expect(() => readFile(bytes)).toThrow(/declare its encoding in a mapping/);
  });
});

describe("ids, values and components", () => {
  it("joins ids from columns", () => {
    expect(of("1;01.03.2024;x;;;", {}, { id: { columns: ["Nr", "Text"], separator: "-" } })).toMatchObject({
      lines: [{ id: "1-x" }],
    });
  });

  it("makes ids of rows that stay the same in another order, and counts repeated rows only where told to", () => {
    const ids = (rows: string[], more: object = {}): string[] =>
      readFile([HEADER, ...rows].join("\n"), {
        ...GERMAN,
        columns: { ...GERMAN.columns, id: { hash: "row", ...more } },
      })
        .lines.map(({ line: { id } }) => id)
        .sort();
    const [a, b] = ["1;01.03.2024;x;;;5,0", "2;01.03.2024;x;;;5,0"];
    expect(ids([a, b])).toEqual(ids([b, a]));
    expect(new Set(ids([a, b])).size).toBe(2);
    expect(new Set(ids([a, a])).size).toBe(1);
    expect(new Set(ids([a, a], { repeats: "count" })).size).toBe(2);
  });

  it("reads values, defaults and constants", () => {
    const category = { column: "Text", values: { Strom: "3", Stahl: "1" }, otherwise: "as-is" };
    expect(of("1;01.03.2024;Strom;;;", {}, { category })).toMatchObject({ lines: [{ category: 3 }] });
    expect(of("1;01.03.2024;Holz;;;", {}, { category })).toMatchObject({
      issues: [[2, "Text", "category", "Holz"]],
    });
    const unit = { column: "ME", default: "kg" };
    expect(of("1;01.03.2024;x;5;;", {}, { unit })).toEqual(mass("5", "kg"));
    expect(of("1;01.03.2024;x;;;", {}, { unit })).toEqual({ lines: [line({})] });
  });

  it("folds rows into the line that they are a part of, wherever they stand", () => {
    const text = [
      "Nr;Tag;Text;Menge;ME;Betrag;Teil von",
      "a;;Strom;100;kWh_net;;1",
      "1;01.03.2024;x;;;;",
      "b;;Gas;5;kWh_gross;;1",
    ].join("\n");
    const columns = { ...GERMAN.columns, componentOf: "Teil von", part: "Text" };
    const { lines, issues } = readFile(text, { ...GERMAN, columns });
    expect(issues.kept).toEqual([]);
    expect(lines.map((one) => one.line)).toEqual([
      line({
        components: [
          { id: "a", part: "Strom", amounts: { quantity: { value: "100", unit: "kWh_net" } } },
          { id: "b", part: "Gas", amounts: { quantity: { value: "5", unit: "kWh_gross" } } },
        ],
      }),
    ]);
  });

  it("refuses a line whose component's row is cut short", () => {
    const text = "Nr;Teil von;Tag;Text;Menge;ME;Betrag\n1;;01.03.2024;x;;;\na;1;;Strom;100";
    const columns = { ...GERMAN.columns, componentOf: "Teil von", part: "Text" };
    const { lines, issues } = readFile(text, { ...GERMAN, columns });
    expect(lines).toEqual([]);
    expect(issues.kept.map(({ row, rule }) => [row, rule])).toEqual([
      [2, "component"],
      [3, "cell-count"],
    ]);
  });

  it("refuses documents that are no mapping", () => {
    for (const wrong of [
      undefined,
      {},
      { ...GERMAN, v: 2 },
      { ...GERMAN, extra: 1 },
      { ...GERMAN, numbers: { decimal: ",", thousands: "," } },
      { ...GERMAN, dates: [] },
      { ...GERMAN, columns: { ...GERMAN.columns, unit: undefined } },
      { ...GERMAN, columns: { ...GERMAN.columns, part: "Text" } },
      { ...GERMAN, skipRowsWhere: [{ column: "Nr" }] },
    ]) {
      expect(() => parseLedgerMapping(wrong)).toThrow(/LEDGER_MAPPING_INVALID/);
    }
  });
});

describe("limits", () => {
  it("refuses a row beyond the last, by its number", () => {
    const mapping = parseLedgerMapping(GERMAN);
    const rows = (last: number) => [
      [{ row: 1, cells: HEADER.split(";") }],
      [{ row: last, cells: "1;01.03.2024;x;;;5,0".split(";") }],
    ];
    expect(readLedger(rows(LEDGER_LIMITS.rows + 1), mapping).lines).toHaveLength(1);
    expect(() => readLedger(rows(LEDGER_LIMITS.rows + 2), mapping)).toThrow(/LEDGER_TOO_LARGE/);
  });

  it("reads a long cell once, whatever it begins like", () => {
    const start = performance.now();
    const cell = `Total${" ".repeat(60_000)}x`;
    expect(readFile(`${HEADER}\n${cell};01.03.2024;x;;;5,0`).issues.kept).toMatchObject([{ column: "Nr", rule: "id" }]);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("counts all faults, and keeps the first of them", () => {
    const count = LEDGER_LIMITS.reportedIssues + 1;
    const { issues } = readFile([HEADER, ...Array.from({ length: count }, (_, at) => `${at};x;x;;;`)].join("\n"));
    expect([issues.count, issues.rows, issues.kept.length]).toEqual([count, count, LEDGER_LIMITS.reportedIssues]);
  });
});

describe("any mapping", () => {
  it("is a mapping, or refused as none, whatever the document", () => {
    const source = fc.oneof(fc.string(), fc.jsonValue(), fc.constantFrom("Nr", "Tag", { constant: "1" }));
    const columns = fc.record(
      { id: source, date: source, category: source, description: source, unit: source, quantity: source },
      { requiredKeys: [] },
    );
    const documents = fc.oneof(fc.jsonValue(), fc.record({ v: fc.constant(1), columns }));
    fc.assert(
      fc.property(documents, (document) => {
        try {
          parseLedgerMapping(document);
        } catch (error) {
          if (!isTallyError(error, "LEDGER_MAPPING_INVALID")) throw error;
        }
      }),
    );
  });
});

describe("any file", () => {
  it("throws only its own codes, whatever the rows", () => {
    const own = new Set(["LEDGER_REFUSED", "LEDGER_HEADER_INVALID", "LEDGER_TOO_LARGE"]);
    const cell = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom("1.234,56 €", "Total", "#N/A", "01.03.2024", "'1", "-", "(5)", "1E+5"),
    );
    const rows = fc.array(fc.array(cell, { minLength: 6, maxLength: 6 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (cells) => {
        const text = cells.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(";")).join("\n");
        try {
          const { lines, issues, rows: count } = readFile(`${HEADER}\n${text}`);
          expect(lines.length + issues.rows).toBe(count);
        } catch (error) {
          if (!isTallyError(error) || !own.has(error.code)) throw error;
        }
      }),
    );
  });
});
