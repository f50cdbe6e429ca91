import { DATE_FORMATS, type DateFormat, readDateCell } from "./date-cell.ts";
import { type NumberFormat, readNumberCell } from "./number-cell.ts";

/** A cell of a sample, and whether it is a stored number of a workbook. */
export interface SampleCell {
  readonly text: string;
  readonly stored: boolean;
}

/** What a sample shows of how something is written: one way, no way that fits all, several that read one cell differently, or nothing. */
export type Inferred<T> =
  | { readonly kind: "one"; readonly format: T }
  | { readonly kind: "untold" }
  | { readonly kind: "none"; readonly cell: string }
  | { readonly kind: "several"; readonly cell: string; readonly readings: readonly string[] };

/** The plainest first: of those with one decimal mark that all fit, it is suggested, and refuses what the sample did not show. */
const NUMBER_FORMATS: readonly NumberFormat[] = [
  { decimal: "." },
  { decimal: "," },
  { decimal: ".", thousands: "," },
  { decimal: ",", thousands: "." },
  { decimal: ".", thousands: "'" },
  { decimal: ",", thousands: "'" },
  { decimal: ".", thousands: "space" },
  { decimal: ",", thousands: "space" },
];

/** The number format of the texts among the cells. Stored numbers have none. */
export function inferNumberFormat(cells: readonly SampleCell[]): Inferred<NumberFormat> {
  const texts = cells.filter(({ stored }) => !stored).map(({ text }) => text);
  const read = (text: string, format: NumberFormat): string | undefined => {
    const result = readNumberCell(text, format);
    return result.ok ? result.value.value : undefined;
  };
  return infer(texts, NUMBER_FORMATS, read, ({ decimal }) => decimal);
}

/** The format of the days. */
export function inferDateFormat(cells: readonly SampleCell[]): Inferred<DateFormat> {
  // A workbook's days are days, whatever a mapping declares.
  const texts = cells.flatMap(({ text, stored }) => (stored && text.includes("-") ? [] : [text]));
  const read = (text: string, format: DateFormat): string | undefined => {
    const result = readDateCell(text, [format]);
    return result.ok ? result.value : undefined;
  };
  return infer(texts, DATE_FORMATS, read, (format) => format);
}

function infer<T>(
  texts: readonly string[],
  formats: readonly T[],
  read: (text: string, format: T) => string | undefined,
  /** Formats that differ in it read differently what the sample need not show. */
  kindOf: (format: T) => string,
): Inferred<T> {
  if (texts.length === 0) return { kind: "untold" };
  const fitting = formats.filter((format) => texts.every((text) => read(text, format) !== undefined));
  const [first] = fitting;
  if (first === undefined) {
    const best = mostOf(formats, (format) => texts.filter((text) => read(text, format) !== undefined).length);
    return { kind: "none", cell: texts.find((text) => read(text, best) === undefined) ?? "" };
  }
  for (const text of texts) {
    const readings = new Set(fitting.map((format) => read(text, format) as string));
    if (readings.size > 1) return { kind: "several", cell: text, readings: [...readings] };
  }
  return new Set(fitting.map(kindOf)).size > 1 ? { kind: "untold" } : { kind: "one", format: first };
}

function mostOf<T>(items: readonly T[], count: (item: T) => number): T {
  return items.reduce((best, item) => (count(item) > count(best) ? item : best));
}
