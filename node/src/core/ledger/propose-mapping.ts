/** A mapping as far as headers alone tell it, for a person to complete. Never applied by itself. */
export interface MappingProposal {
  /** A mapping document; `id`, `date`, `category` and `description` may still be missing. */
  readonly mapping: { readonly v: 1; readonly columns: Readonly<Record<string, unknown>> };
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
  quantity: ["quantity", "qty", "amount of units", "menge", "anzahl", "quantité", "cantidad"],
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

/** Proposes a mapping from the headers of a file, and says what is open. The first header that fits a property is taken. */
export function proposeMapping(header: readonly string[]): MappingProposal {
  const columns: Record<string, unknown> = {};
  const open: string[] = [];
  const taken = new Set<number>();
  for (const [property, names] of Object.entries(NAMES)) {
    const known = new Set(names.map(fold));
    const found = header.flatMap((name, at) => (known.has(fold(name)) ? [at] : []));
    const [at, ...others] = found.filter((candidate) => !taken.has(candidate));
    if (at === undefined) continue;
    const column = header[at] ?? "";
    taken.add(at);
    const repeated = header.filter((name) => name === column).length > 1;
    columns[property] = repeated
      ? { column, occurrence: header.slice(0, at + 1).filter((name) => name === column).length }
      : column;
    if (others.length > 0) {
      const names = others.map((other) => `"${header[other]}"`).join(", ");
      open.push(`columns.${property}: "${column}" is proposed; ${names} would fit too`);
    }
  }
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
  open.push("numbers and dates: how they are written, unless they are 1234.56 and YYYY-MM-DD");
  const unused = header.filter((name, at) => name !== "" && !taken.has(at));
  return { mapping: { v: 1, columns }, open, unused };
}

/** Without case, accents, marks and blanks: "Beleg-Nr." is "belegnr". */
function fold(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();
}
