import { METHODS } from "@tallystick/contracts";
import { canonicalJson, encodeHex, sha256, utf8Encode } from "@tallystick/proto";
import type { TableRow } from "@tallystick/registry";
import { fault } from "./cell-fault.ts";
import { type FoundQuantity, type FoundShare, quantityReader, shareReader } from "./data-reader.ts";
import { fuelReader } from "./fuel-reader.ts";
import type { IdSource, LedgerColumns, LedgerMapping, ShareSource, Source } from "./ledger-mapping.ts";
import { type FoundFault, MARKED_AS_TEXT, type RowContext, SourceReader } from "./source-reader.ts";

/** What a row says, in the words of a ledger line, not yet checked as one. */
export interface ReadRow {
  readonly record: Readonly<Record<string, unknown>>;
  /** The id of the line that it is a component of. */
  readonly componentOf?: string;
}

/** Reads the rows of one file under one mapping. */
export interface RowReader {
  /** Columns that the mapping names and the file lacks, or has twice. */
  readonly missing: readonly string[];
  readonly repeated: readonly string[];
  /** What the row says; undefined where it is to be skipped. Where `faults` was added to, it does not count. */
  read(row: TableRow, faults: FoundFault[]): ReadRow | undefined;
  /** The column that a property of a line comes from, for what is found wrong with the line. */
  columnOf(path: readonly PropertyKey[]): number | undefined;
}

/** A row that begins so, or is named so, is a sum of others. */
const TOTALS =
  /^(?:(?:grand[- ]|sub[- ]?)?totals?|sum|summen?|insgesamt|gesamt(?:summe)?|zwischensumme|endsumme|somme|sous-total|total général|totale|totaal|suma)(?: [\d./ -]+)?\s*:?$/iu;
const MAX_NAME_LENGTH = 80;
/** The pattern goes over a run of blanks once for each of them: what is longer than any such name is not put to it. */
const namesSum = (cell: string): boolean => cell.length <= MAX_NAME_LENGTH && TOTALS.test(cell);
/** How spreadsheets show long numbers when their last digits are lost. */
const SCIENTIFIC = /^\d(?:[.,]\d+)?[eE]\+?\d+$/;
/** A stored number keeps so many digits. */
const EXACT_DIGITS = 15;
const TEXTS = ["supplier", "description", "activity", "naics", "geography", "method", "account"] as const;

export function makeRowReader(mapping: LedgerMapping, header: readonly string[]): RowReader {
  const { columns, skipRowsWhere = [], totalsAreLines = false, ...cleaning } = mapping;
  const reader = new SourceReader(cleaning, header);
  const places = placesOf(columns, reader);
  const skips = skipRowsWhere.map((rule) => ({ ...rule, at: reader.indexOf(rule.column) }));
  const id = idReader(reader, columns.id, header);
  const componentOf = columns.componentOf === undefined ? undefined : identifier(reader, columns.componentOf);
  const activityData = activityDataReader(reader, columns);
  const line = lineReader(reader, columns);
  const part = columns.part === undefined ? undefined : reader.text(columns.part);

  const named = ["id", "description"].flatMap((property) => places.get(property) ?? []);

  const isSkipped = ({ cells }: TableRow): boolean =>
    skips.some(({ at, equals, startsWith, blank }) => {
      const cell = (cells[at] ?? "").trim();
      return (
        (equals === undefined || equals.includes(cell)) &&
        (startsWith === undefined || startsWith.some((start) => cell.startsWith(start))) &&
        (blank === undefined || blank === (cell === ""))
      );
    });

  return {
    missing: [...reader.missing],
    repeated: [...reader.repeated],
    read(row, faults) {
      if (isSkipped(row)) return undefined;
      const first = row.cells.findIndex((cell) => cell.trim() !== "");
      const sum = totalsAreLines ? undefined : [first, ...named].find((at) => namesSum((row.cells[at] ?? "").trim()));
      if (sum !== undefined) {
        const message = "looks like a sum of other rows: skip it with skipRowsWhere, or say totalsAreLines";
        faults.push({ at: sum, ...fault("totals-row", message) });
        return undefined;
      }
      const context: RowContext = { row, faults };
      const parent = componentOf?.(context);
      const surplus = row.cells.findIndex((cell, at) => at >= header.length && cell.trim() !== "");
      if (surplus !== -1 || row.cells.length < header.length) {
        faults.push(fault("cell-count", `${row.cells.length} cells under ${header.length} columns`));
        return parent === undefined ? undefined : { record: {}, componentOf: parent };
      }
      const record: Record<string, unknown> = { id: id(context) };
      activityData(context, record);
      if (parent !== undefined) {
        const heading = part?.(context);
        if (heading !== undefined) record.part = heading.text;
        componentQuantity(line.quantity(context), line.money(context), record, faults);
        for (const name of ["activity", "naics"] as const) record[name] = line.texts[name]?.(context);
      } else {
        line.read(context, record);
      }
      for (const [name, value] of Object.entries(record)) if (value === undefined) delete record[name];
      return parent === undefined ? { record } : { record, componentOf: parent };
    },
    columnOf: (path) => {
      for (let length = path.length; length > 0; length -= 1) {
        const at = places.get(path.slice(0, length).map(String).join("."));
        if (at !== undefined) return at;
      }
      return undefined;
    },
  };
}

interface LineReader {
  read(context: RowContext, record: Record<string, unknown>): void;
  quantity(context: RowContext): FoundQuantity;
  money(context: RowContext): FoundQuantity;
  readonly texts: Readonly<Partial<Record<string, (context: RowContext) => string | undefined>>>;
}

function lineReader(reader: SourceReader, columns: LedgerColumns): LineReader {
  const none = (): FoundQuantity => ({});
  const { quantity, unit, amount, currency, period } = columns;
  const texts: Partial<Record<string, (context: RowContext) => string | undefined>> = {};
  for (const name of TEXTS) {
    const source = columns[name];
    if (source === undefined) continue;
    const read = name === "description" ? reader.text(source) : reader.name(source);
    texts[name] = (context) => read(context)?.text;
  }
  if (columns.productId !== undefined) texts.productId = identifier(reader, columns.productId);
  const date = reader.date(columns.date);
  const category = reader.text(columns.category);
  const readQuantity =
    quantity === undefined || unit === undefined ? none : quantityReader(reader, { value: quantity, unit });
  const readMoney =
    amount === undefined || currency === undefined ? none : quantityReader(reader, { value: amount, unit: currency });
  const start = period === undefined ? undefined : reader.date(period.start);
  const end = period === undefined ? undefined : reader.date(period.end);
  return {
    texts,
    quantity: readQuantity,
    money: readMoney,
    read(context, record) {
      record.date = date(context);
      const days = { start: start?.(context), end: end?.(context) };
      if (days.start !== undefined || days.end !== undefined) record.period = days;
      const number = category(context)?.text;
      record.category = number !== undefined && /^\d{1,2}$/.test(number) ? Number(number) : number;
      for (const [name, read] of Object.entries(texts)) record[name] = read?.(context);
      const found = readQuantity(context);
      record.quantity = found.value;
      record.unit = found.unit;
      const money = readMoney(context);
      record.amount = money.value;
      record.currency = money.unit;
    },
  };
}

function activityDataReader(
  reader: SourceReader,
  { method, amounts = {}, shares = {}, fuel }: LedgerColumns,
): (context: RowContext, record: Record<string, unknown>) => void {
  const readMethod = method === undefined ? undefined : reader.name(method);
  const readAmounts = Object.entries(amounts).map(([name, source]) => [name, quantityReader(reader, source)] as const);
  const readShares = Object.entries(shares).map(([name, source]) => [name, shareReader(reader, source)] as const);
  const readFuel = fuel === undefined ? undefined : fuelReader(reader, fuel);
  return (context, record) => {
    record.fuel = readFuel?.(context);
    record.method = readMethod?.(context)?.text;
    const found: Record<string, FoundQuantity> = {};
    for (const [name, read] of readAmounts) {
      const amount = read(context);
      if (amount.value !== undefined || amount.unit !== undefined) found[name] = amount;
    }
    if (Object.keys(found).length > 0) record.amounts = found;
    const parts: Record<string, FoundShare> = {};
    for (const [name, read] of readShares) {
      const share = read(context);
      if (share !== undefined) parts[name] = share;
    }
    if (Object.keys(parts).length > 0) record.shares = parts;
  };
}

/** A component has amounts by name: its row's own quantity is the first input of its method, as it is of a line. */
function componentQuantity(
  quantity: FoundQuantity,
  money: FoundQuantity,
  record: Record<string, unknown>,
  faults: FoundFault[],
): void {
  const method = METHODS.find(({ id }) => id === record.method);
  const found = money.value === undefined ? quantity : money;
  if (found.value === undefined) return;
  const name = method?.inputs[0]?.name ?? "quantity";
  const amounts = (record.amounts ?? {}) as Readonly<Record<string, FoundQuantity>>;
  if (Object.hasOwn(amounts, name) || (money.value !== undefined && quantity.value !== undefined)) {
    faults.push(fault("component", `a component has one ${name}: its row says two`));
  }
  record.amounts = { ...amounts, [name]: found };
}

/** A reader of an identifier: what a spreadsheet may have spoilt is refused. */
function identifier(reader: SourceReader, source: Source): (context: RowContext) => string | undefined {
  const read = reader.name(source);
  return (context) => {
    const found = read(context);
    if (found === undefined) return undefined;
    const place = found.at === undefined ? {} : { at: found.at };
    if (SCIENTIFIC.test(found.text) || (found.stored && found.text.replace(/\D/g, "").length > EXACT_DIGITS)) {
      const message = "a number whose last digits a spreadsheet may have lost: keep the column as text";
      context.faults.push({ ...place, ...fault("identifier-digits", message) });
      return undefined;
    }
    if (found.text.startsWith("'")) {
      context.faults.push({ ...place, ...MARKED_AS_TEXT });
      return undefined;
    }
    return found.text;
  };
}

function idReader(
  reader: SourceReader,
  source: IdSource,
  header: readonly string[],
): (context: RowContext) => string | undefined {
  if (typeof source === "object" && "columns" in source) {
    const parts = source.columns.map((column) => identifier(reader, column));
    return (context) => {
      const texts = parts.map((read) => read(context));
      return texts.every((text) => text !== undefined) ? texts.join(source.separator) : undefined;
    };
  }
  if (typeof source === "string" || !("hash" in source)) return identifier(reader, source);
  const indices = source.hash === "row" ? header.map((_, at) => at) : source.hash.map((name) => reader.indexOf(name));
  const repeats = new Map<string, number>();
  return ({ row }) => {
    const cells = indices.map((at) => [header[at] ?? "", (row.cells[at] ?? "").trim()]);
    const id = `row-${encodeHex(sha256(utf8Encode(canonicalJson(cells)))).slice(0, 32)}`;
    if (source.repeats === undefined) return id;
    const count = (repeats.get(id) ?? 0) + 1;
    repeats.set(id, count);
    return count === 1 ? id : `${id}-${count}`;
  };
}

/** Where each property of a line is read from. */
function placesOf(columns: LedgerColumns, reader: SourceReader): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const put = (path: string, source: unknown): void => {
    if (typeof source === "string") places.set(path, reader.indexOf(source));
    else if (typeof source !== "object" || source === null) return;
    else if ("column" in source && typeof source.column === "string") {
      places.set(path, reader.indexOf(source.column, (source as { occurrence?: number }).occurrence));
    }
  };
  const { amounts = {}, shares = {}, period, fuel, id, ...plain } = columns;
  for (const [name, source] of Object.entries(plain)) put(name, source);
  put("id", id);
  // A unit in the cell of its number is read from there.
  if (!places.has("unit")) put("unit", columns.quantity);
  if (!places.has("currency")) put("currency", columns.amount);
  put("period", period?.end);
  put("period.start", period?.start);
  put("period.end", period?.end);
  put("fuel", fuel?.name);
  put("fuel.source", fuel?.source);
  put("fuel.properties", fuel?.properties);
  for (const [name, { value, unit }] of Object.entries(amounts)) {
    put(`amounts.${name}`, value);
    put(`amounts.${name}.unit`, unit);
  }
  for (const [name, source] of Object.entries(shares)) putShare(name, source, put);
  return places;
}

function putShare(name: string, source: ShareSource, put: (path: string, source: unknown) => void): void {
  if (typeof source === "string" || !("part" in source)) {
    put(`shares.${name}`, source);
    return;
  }
  for (const side of ["part", "whole"] as const) {
    put(`shares.${name}.${side}`, source[side].value);
    put(`shares.${name}.${side}.unit`, source[side].unit);
  }
  put(`shares.${name}`, source.part.value);
}
