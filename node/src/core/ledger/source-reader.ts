import type { TableRow } from "@tallystick/registry";
import { type CellFault, type CellResult, fault, read } from "./cell-fault.ts";
import { type DateFormat, readDateCell } from "./date-cell.ts";
import type { ColumnSource, LedgerMapping, Source } from "./ledger-mapping.ts";
import { type NumberCell, type NumberFormat, PLAIN_NUMBERS, readNumberCell } from "./number-cell.ts";

/** One fault of one cell, where it stands. */
export interface FoundFault extends CellFault {
  /** Index of the column in the file; absent where no single cell is at fault. */
  readonly at?: number;
}

/** A row being read, and what was found wrong with it so far. */
export interface RowContext {
  readonly row: TableRow;
  readonly faults: FoundFault[];
}

/** The text of a property, and whether the file has it so or the mapping says it. */
export interface FoundText {
  readonly text: string;
  /** Index of the column it was read from. */
  readonly at?: number;
  /** Said by the mapping: numbers are plain decimals then, and days YYYY-MM-DD. */
  readonly said: boolean;
  /** The cell is a stored number or day of a workbook. */
  readonly stored: boolean;
}

/** Errors of formulas, as spreadsheets write them in their languages ("#REF!", "#BEZUG!", "#¡VALOR!"), and the signs of a cell too narrow. */
const FORMULA_ERROR = /^#(?:N\/[ABD]|NV|GETTING_DATA|#+|[¡¿]?\p{L}[\p{L}/0]{1,19}[!?])$/iu;
/** Marks for "nothing" that people and programs write where a cell should be empty. */
export const BLANK_MARK: RegExp = /^(?:[-\u2013\u2014]+|n\/a|n\. ?a\.|k\. ?a\.|null|nan|\?+)$/iu;
/** Spaces that look like a plain one and make another name of it. The ideographic space is one of its script's own. */
const ODD_SPACE = /[\u00a0\u2000-\u200a\u202f\u205f]/u;
const ALL_ODD_SPACES = new RegExp(ODD_SPACE.source, "gu");
/** Zero-width and direction characters, soft hyphens, and control characters other than tab and line breaks. */
const HIDDEN = /\p{Cf}|\u034f|(?![\t\r\n])\p{Cc}/u;
const ALL_HIDDEN = new RegExp(HIDDEN.source, "gu");
const APOSTROPHE = /^'/;
/** What an identifier or a number is that begins with an apostrophe. */
export const MARKED_AS_TEXT: ReturnType<typeof fault> = fault(
  "leading-apostrophe",
  "begins with the apostrophe that marks text: see removeApostrophe",
);
const STORED_DAY = /^\d{4}-\d{2}-\d{2}$/;
const DEFAULT_DATES: readonly DateFormat[] = ["YYYY-MM-DD"];

/** Reads sources of one mapping, in a file with that header. Absent is not zero: a blank cell is `undefined`. */
export class SourceReader {
  readonly #mapping: Omit<LedgerMapping, "columns">;
  readonly #header: readonly string[];
  readonly #blanks: ReadonlySet<string>;
  readonly missing = new Set<string>();
  readonly repeated = new Set<string>();

  constructor(mapping: Omit<LedgerMapping, "columns">, header: readonly string[]) {
    this.#mapping = mapping;
    this.#header = header;
    this.#blanks = new Set(["", ...(mapping.blanks ?? [])]);
  }

  /** The index of a column. What is not there, or there twice, is noted and answered with -1. */
  indexOf(column: string, occurrence?: number): number {
    const found = this.#header.flatMap((name, at) => (name === column ? [at] : []));
    const at = found[(occurrence ?? 1) - 1];
    if (at === undefined) this.missing.add(column);
    else if (found.length > 1 && occurrence === undefined) this.repeated.add(column);
    return at ?? -1;
  }

  /** A cell without blanks around it and cleaned as the mapping says; undefined where it is blank or was found faulty. */
  cell({ row, faults }: RowContext, at: number): string | undefined {
    const raw = row.cells[at] ?? "";
    let text = this.#mapping.removeHidden === true ? withoutHidden(raw) : raw.trim();
    if (this.#mapping.removeApostrophe === true) text = text.replace(APOSTROPHE, "").trim();
    if (this.#blanks.has(text)) return undefined;
    if (text.startsWith("#") && FORMULA_ERROR.test(text)) {
      faults.push({
        at,
        ...fault("formula-error", "a formula that failed, or a number that the column was too narrow for"),
      });
      return undefined;
    }
    const hidden = HIDDEN.exec(text);
    if (hidden !== null) {
      faults.push({ at, ...hiddenCharacter(hidden[0]) });
      return undefined;
    }
    return text;
  }

  /** A reader of a property's text. */
  text(source: Source): (context: RowContext) => FoundText | undefined {
    if (typeof source !== "string" && "constant" in source) {
      const found = { text: source.constant, said: true, stored: false };
      return () => found;
    }
    const column: ColumnSource = typeof source === "string" ? { column: source } : source;
    const at = this.indexOf(column.column, column.occurrence);
    const byDefault = column.default === undefined ? undefined : { text: column.default, said: true, stored: false };
    return (context) => {
      const before = context.faults.length;
      const text = this.cell(context, at);
      if (text === undefined) return context.faults.length === before ? byDefault : undefined;
      if (column.values === undefined) return { text, at, said: false, stored: context.row.stored?.[at] === true };
      const meaning = meaningOf(text, column.values);
      if (meaning !== undefined) return { text: meaning, at, said: true, stored: false };
      if (column.otherwise === "as-is") return { text, at, said: false, stored: context.row.stored?.[at] === true };
      context.faults.push({ at, ...fault("value-unmapped", "is not among the values of the mapping") });
      return undefined;
    };
  }

  /** A reader of a name or a code, which is compared with others: a mark for "nothing" and a space that only looks like one are refused. */
  name(source: Source): (context: RowContext) => FoundText | undefined {
    const read = this.text(source);
    return (context) => {
      const found = read(context);
      if (found === undefined || found.said) return found;
      const odd = ODD_SPACE.exec(found.text);
      const isMark = BLANK_MARK.test(found.text);
      if (odd === null && !isMark) return found;
      const what =
        odd === null ? fault("blank-mark", "says that nothing is said: see blanks") : hiddenCharacter(odd[0]);
      context.faults.push({ ...(found.at === undefined ? {} : { at: found.at }), ...what });
      return undefined;
    };
  }

  /** A reader of a property that is a number, with what stands beside it. */
  number(source: Source): (context: RowContext) => (NumberCell & { readonly at?: number }) | undefined {
    const read = this.text(source);
    const format: NumberFormat | undefined = numberOf(source) ?? this.#mapping.numbers;
    return (context) => {
      const found = read(context);
      if (found === undefined) return undefined;
      const result = found.text.startsWith("'")
        ? MARKED_AS_TEXT
        : readNumberCell(found.text, found.said ? PLAIN_NUMBERS : format, found.stored);
      const place = found.at === undefined ? {} : { at: found.at };
      if (result.ok) return { ...result.value, ...place };
      context.faults.push({ ...place, rule: result.rule, message: result.message });
      return undefined;
    };
  }

  /** A reader of a property that is a day. */
  date(source: Source): (context: RowContext) => string | undefined {
    const read = this.text(source);
    const own = typeof source === "string" || "constant" in source ? undefined : source.dates;
    const formats = own ?? this.#mapping.dates ?? DEFAULT_DATES;
    return (context) => {
      const found = read(context);
      if (found === undefined) return undefined;
      const result =
        found.stored && STORED_DAY.test(found.text)
          ? readStoredDay(found.text)
          : readDateCell(found.text, found.said ? DEFAULT_DATES : formats);
      if (result.ok) return result.value;
      const place = found.at === undefined ? {} : { at: found.at };
      context.faults.push({ ...place, rule: result.rule, message: result.message });
      return undefined;
    };
  }

  /** How numbers of a source are written. */
  formatOf(source: Source): NumberFormat | undefined {
    return numberOf(source) ?? this.#mapping.numbers;
  }
}

/** Before March 1900 spreadsheets count a day that never was, and show an empty cell that is calculated with as a day. */
function readStoredDay(day: string): CellResult<string> {
  return day < "1900-03-01"
    ? fault("date-format", "an empty cell shown as a day, or one before March 1900")
    : read(day);
}

function hiddenCharacter(character: string): CellFault {
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  return fault("hidden-character", `has U+${code}, which cannot be seen: see removeHidden`);
}

/** Line breaks within a cell, and spaces of other kinds, become spaces. */
function withoutHidden(text: string): string {
  return text
    .replace(ALL_HIDDEN, "")
    .replace(ALL_ODD_SPACES, " ")
    .replace(/[\t\r\n\u2028\u2029]+/gu, " ")
    .trim();
}

function numberOf(source: Source): NumberFormat | undefined {
  return typeof source === "string" || "constant" in source ? undefined : source.number;
}

/** What a text means by a list of values; undefined where it is not listed. */
export function meaningOf(text: string, values: Readonly<Record<string, string>>): string | undefined {
  return Object.hasOwn(values, text) ? values[text] : undefined;
}
