import { utf8Encode } from "@tallystick/proto";
import type { TableRow } from "@tallystick/registry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRows } from "./csv-rows.ts";
import { DATE_FORMATS } from "./date-cell.ts";
import { parseLedgerMapping } from "./ledger-mapping.ts";
import { type MappingProposal, proposeMapping } from "./propose-mapping.ts";
import { readLedger } from "./read-ledger.ts";

function propose(header: readonly string[], ...rows: readonly (readonly string[])[]): MappingProposal {
  return proposeMapping(
    header,
    rows.map((cells, at): TableRow => ({ row: at + 2, cells })),
  );
}

const SAP = [
  "Belegnr;Buchungsdatum;Kategorie;Lieferant;Bezeichnung;Menge;ME;Betrag (EUR)",
  "1;31.01.2024;Stahl;Rheinstahl;Blech;1.200,5;TO;3.802,50",
  "2;01.02.2024;Fracht;-;Spedition;3;St;99,00",
];
const proposal = propose(SAP[0]?.split(";") ?? [], ...SAP.slice(1).map((row) => row.split(";")));

describe("a proposed mapping", () => {
  it("suggests columns, formats, blanks and units from headers and cells", () => {
    expect(proposal.mapping).toEqual({
      v: 1,
      blanks: ["-"],
      numbers: { decimal: ",", thousands: "." },
      dates: ["DD.MM.YYYY"],
      columns: {
        id: "Belegnr",
        date: "Buchungsdatum",
        category: { column: "Kategorie", values: { Stahl: "", Fracht: "" } },
        supplier: "Lieferant",
        description: "Bezeichnung",
        quantity: "Menge",
        unit: { column: "ME", values: { TO: "t", St: "piece" }, otherwise: "as-is" },
        amount: "Betrag (EUR)",
        currency: { constant: "EUR" },
      },
    });
    expect(proposal.open).toEqual([
      'columns.unit: whether "TO" is t',
      'columns.unit: whether "St" is piece',
      "columns.category: which Scope 3 category, 1 to 15, each of its values is",
    ]);
  });

  it("imports nothing where a person has not said what only a person can", () => {
    const file = utf8Encode(SAP.join("\n"));
    const read = (document: object) => {
      const mapping = parseLedgerMapping(document);
      return readLedger(csvRows(file, mapping), mapping);
    };
    const untouched = read(proposal.mapping);
    expect(untouched.lines).toEqual([]);
    expect(untouched.issues.kept.map(({ column, rule }) => [column, rule])).toEqual([
      ["Kategorie", "category"],
      ["Kategorie", "category"],
    ]);
    const category = { column: "Kategorie", values: { Stahl: "1", Fracht: "4" } };
    const complete = read({ ...proposal.mapping, columns: { ...proposal.mapping.columns, category } });
    expect(complete.lines.map(({ line: { category: number, quantity, unit } }) => [number, quantity, unit])).toEqual([
      [1, "1200.5", "t"],
      [4, "3", "piece"],
    ]);
  });

  it("says nothing of formats that a sample leaves open, and asks", () => {
    const { mapping, open } = propose(["id", "date", "quantity"], ["a", "03/02/2024", "1,234"]);
    expect([mapping.numbers, mapping.dates]).toEqual([undefined, undefined]);
    expect(open).toContain('numbers: how they are written; "1,234" can be 1.234 or 1234');
    expect(open).toContain('dates: how they are written; "03/02/2024" can be 2024-03-02 or 2024-02-03');
    const same = propose(["id", "date", "quantity"], ["a", "03/03/2024", "12"]);
    expect([same.mapping.numbers, same.mapping.dates]).toEqual([undefined, undefined]);
    const mixed = propose(["id", "quantity"], ["a", "1,5"], ["b", "1.5"]);
    expect(mixed.open).toContainEqual(expect.stringContaining("no format fits all cells"));
  });

  it("takes one telling cell for its whole column", () => {
    const rows = [
      ["a", "03/02/2024", "1,234"],
      ["b", "13/02/2024", "1,234.5"],
    ];
    const { mapping } = propose(["id", "date", "quantity (kg)"], ...rows);
    expect([mapping.numbers, mapping.dates]).toEqual([{ decimal: ".", thousands: "," }, ["DD/MM/YYYY"]]);
  });

  it("finds units and currencies beside the numbers, and asks which an ambiguous one is", () => {
    const { mapping, open } = propose(
      ["id", "quantity", "amount"],
      ["a", "5 tons", "7,00 €"],
      ["b", "1 200 Stk", "$ 7,00"],
    );
    expect(mapping.columns).toMatchObject({
      unit: { inCell: true, values: { tons: "", Stk: "piece" } },
      currency: { inCell: true, values: { "€": "EUR", $: "" } },
    });
    expect(open).toContain('columns.unit: what "tons" is: t or short-ton or long-ton');
  });

  it("has no format for numbers that a workbook stores", () => {
    const rows = [{ row: 2, cells: ["a", "1234.5"], stored: [false, true] }];
    expect(proposeMapping(["id", "quantity (t)"], rows).mapping).toEqual({
      v: 1,
      columns: { id: "id", quantity: "quantity (t)", unit: { constant: "t" } },
    });
  });

  it("takes the surest of several columns by its occurrence, and names what it has no use for", () => {
    const { mapping, open, unused } = propose(["Betrag", "Betrag", "Kostenstelle"]);
    expect(mapping.columns.amount).toEqual({ column: "Betrag", occurrence: 1 });
    expect(open).toContain('columns.amount: "Betrag" is proposed; "Betrag" would fit too');
    expect(unused).toContain("Kostenstelle");
  });

  it("proposes something for any table, and only formats that there are", () => {
    const cell = fc.oneof(
      fc.string(),
      fc.constantFrom("id", "Datum", "Menge (kg)", "1,5", "01.02.2024", "-", "Betrag EUR", "__proto__"),
    );
    const rows = fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 6 }), rows, (header, cells) => {
        for (const format of (propose(header, ...cells).mapping.dates ?? []) as string[])
          expect(DATE_FORMATS).toContain(format);
      }),
    );
  });
});
