import type { TableRow } from "@tallystick/registry";
import { proposeFromCells, type RecognisedColumn } from "./propose-from-cells.ts";

/** A mapping as far as headers and a sample of cells tell it, for a person to complete. Never applied by itself. */
export interface MappingProposal {
  /** A mapping document; `id`, `date`, `category` and `description` may still be missing. */
  readonly mapping: {
    readonly v: 1;
    readonly columns: Readonly<Record<string, unknown>>;
    readonly [property: string]: unknown;
  };
  /** What is still to be said before it can be used. */
  readonly open: readonly string[];
  /** Headers that nothing was proposed for. */
  readonly unused: readonly string[];
}

/** Headers by property, as common systems write them in English, German, French and Spanish; compared without case, marks and blanks. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  id: [
    "id",
    "line id",
    "document number",
    "document no",
    "invoice number",
    "invoice no",
    "belegnummer",
    "belegnr",
    "beleg",
    "rechnungsnummer",
    "buchungsnummer",
    "numéro de facture",
    "número de factura",
  ],
  date: [
    "date",
    "posting date",
    "invoice date",
    "document date",
    "delivery date",
    "datum",
    "buchungsdatum",
    "belegdatum",
    "rechnungsdatum",
    "lieferdatum",
    "date de facture",
    "fecha",
    "fecha de factura",
  ],
  category: [
    "category",
    "scope 3 category",
    "ghg category",
    "kategorie",
    "scope 3 kategorie",
    "catégorie",
    "categoría",
  ],
  supplier: [
    "supplier",
    "supplier name",
    "vendor",
    "vendor name",
    "lieferant",
    "kreditor",
    "name des kreditors",
    "fournisseur",
    "proveedor",
  ],
  productId: [
    "product id",
    "product urn",
    "gtin",
    "article number",
    "material number",
    "artikelnummer",
    "materialnummer",
  ],
  description: [
    "description",
    "text",
    "item text",
    "item description",
    "material description",
    "bezeichnung",
    "beschreibung",
    "buchungstext",
    "positionstext",
    "artikel",
    "désignation",
    "descripción",
  ],
  quantity: [
    "quantity",
    "qty",
    "amount of units",
    "menge",
    "anzahl",
    "quantité",
    "cantidad",
    "weight",
    "net weight",
    "gewicht",
    "nettogewicht",
    "poids",
    "consumption",
    "verbrauch",
  ],
  unit: ["unit", "uom", "unit of measure", "unit of measurement", "einheit", "mengeneinheit", "me", "unité", "unidad"],
  amount: [
    "amount",
    "net amount",
    "amount in local currency",
    "value",
    "net value",
    "spend",
    "betrag",
    "nettobetrag",
    "betrag in hauswährung",
    "wert",
    "montant",
    "montant ht",
    "importe",
  ],
  currency: ["currency", "currency key", "währung", "hauswährung", "devise", "moneda"],
  activity: ["activity", "commodity", "material group", "warengruppe"],
  naics: ["naics", "naics code"],
  geography: ["geography", "country", "country code", "land", "pays", "país"],
  method: ["method", "calculation method"],
  account: ["account"],
};

/** What each property that a ledger cannot do without is. */
const REQUIRED = {
  id: 'columns.id: a column that identifies a row, several joined, or {"hash": "row"}',
  date: "columns.date: the column with the day",
  category: 'columns.category: the Scope 3 category, as a column with values or {"constant": "1"}',
  description: "columns.description: the column with the text",
} as const;

const PAIRS = [
  ["quantity", "unit"],
  ["amount", "currency"],
] as const;

/**
 * Proposes a mapping from the headers of a file and some of its rows, and says what is open. The first header that fits a property is
 * taken; how numbers and days are written is proposed where the rows can be read in one way only.
 */
export function proposeMapping(header: readonly string[], rows: readonly TableRow[]): MappingProposal {
  const columns: Record<string, unknown> = {};
  const open: string[] = [];
  const taken = new Set<number>();
  const recognised = new Map<string, RecognisedColumn>();
  for (const [property, names] of Object.entries(NAMES)) {
    const known = new Set(names.map(fold));
    const found = header.flatMap((name, at) =>
      known.has(fold(name)) || known.has(fold(takeApart(name).name)) ? [at] : [],
    );
    const [at, ...others] = found.filter((candidate) => !taken.has(candidate));
    if (at === undefined) continue;
    const column = header[at] ?? "";
    taken.add(at);
    const repeated = header.filter((name) => name === column).length > 1;
    columns[property] = repeated
      ? { column, occurrence: header.slice(0, at + 1).filter((name) => name === column).length }
      : column;
    const { unit } = known.has(fold(column)) ? {} : takeApart(column);
    recognised.set(property, { at, source: columns[property], ...(unit === undefined ? {} : { unit }) });
    if (others.length > 0) {
      const names = others.map((other) => `"${header[other]}"`).join(", ");
      open.push(`columns.${property}: "${column}" is proposed; ${names} would fit too`);
    }
  }
  const fromCells = proposeFromCells(recognised, rows);
  Object.assign(columns, fromCells.columns);
  for (const [property, text] of Object.entries(REQUIRED)) {
    if (columns[property] === undefined) open.push(text);
  }
  for (const [number, unit] of PAIRS) {
    if (columns[number] !== undefined && columns[unit] === undefined) {
      open.push(`columns.${unit}: a column, {"constant": "…"}, or {"inCell": true} where it stands beside the number`);
    } else if (columns[number] === undefined && columns[unit] !== undefined) {
      open.push(`columns.${number}: the number that goes with "${String(columns[unit])}"`);
    }
  }
  open.push(...fromCells.open);
  const unused = header.filter((name, at) => name !== "" && !taken.has(at));
  return { mapping: { v: 1, ...fromCells.mapping, columns }, open, unused };
}

/** A header and what it says of its unit or currency: "Weight (kg)", "Betrag in EUR". */
function takeApart(header: string): { readonly name: string; readonly unit?: string } {
  const match =
    /^(.*\S)\s*[([]([^()[\]]{1,40})[)\]]$/u.exec(header) ?? /^(.*\S)\s+(?:in\s+)?([A-Z]{3}|€)$/u.exec(header);
  return match === null ? { name: header } : { name: match[1] ?? "", unit: (match[2] ?? "").trim() };
}

/** Without case, accents, marks and blanks: "Beleg-Nr." is "belegnr". */
function fold(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();
}
