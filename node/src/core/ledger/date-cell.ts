import { type CellResult, fault, read } from "./cell-fault.ts";

/** The ways to write a day that a mapping can declare. `excel-serial` counts days as spreadsheets do: 45292 is 2024-01-01. */
export const DATE_FORMATS = [
  "YYYY-MM-DD",
  "DD.MM.YYYY",
  "MM/DD/YYYY",
  "DD/MM/YYYY",
  "YYYYMMDD",
  "excel-serial",
] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

const PATTERNS: Readonly<Record<Exclude<DateFormat, "excel-serial">, RegExp>> = {
  "YYYY-MM-DD": /^(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$/,
  "DD.MM.YYYY": /^(?<d>\d{1,2})\.(?<m>\d{1,2})\.(?<y>\d{4})$/,
  "MM/DD/YYYY": /^(?<m>\d{1,2})\/(?<d>\d{1,2})\/(?<y>\d{4})$/,
  "DD/MM/YYYY": /^(?<d>\d{1,2})\/(?<m>\d{1,2})\/(?<y>\d{4})$/,
  YYYYMMDD: /^(?<y>\d{4})(?<m>\d{2})(?<d>\d{2})$/,
};

/** Serial 60 is 29 February 1900, a day that never was; from 61 on, the count is one ahead of the calendar. */
const PHANTOM_SERIAL = 60;
/** 31 December 9999. */
const LAST_SERIAL = 2_958_465;
const DAYS_BEFORE_YEAR_1 = 693_594;

/** Reads a day under the formats declared. A cell that two of them read differently is refused. @returns YYYY-MM-DD */
export function readDateCell(cell: string, formats: readonly DateFormat[]): CellResult<string> {
  const days = new Set<string>();
  let near: string | undefined;
  for (const format of formats) {
    const day = format === "excel-serial" ? readSerial(cell) : readPattern(cell, PATTERNS[format]);
    if (day === undefined) continue;
    if (day.ok) days.add(day.value);
    else near = day.message;
  }
  const [day, other] = days;
  if (other !== undefined) return fault("date-ambiguous", `can be ${[...days].join(" or ")}`);
  if (day !== undefined) return read(day);
  return fault("date-format", near ?? `not a day written ${formats.join(" or ")}`);
}

function readPattern(cell: string, pattern: RegExp): CellResult<string> | undefined {
  const groups = pattern.exec(cell)?.groups;
  if (groups === undefined) return undefined;
  const { y = "", m = "", d = "" } = groups;
  if (!exists(Number(y), Number(m), Number(d))) return fault("date-format", "a day that does not exist");
  return read(`${y}-${m.padStart(2, "0")}-${d.padStart(2, "0")}`);
}

function readSerial(cell: string): CellResult<string> | undefined {
  const match = /^(\d{1,7})(?:\.(\d+))?$/.exec(cell);
  if (match === null) return undefined;
  const serial = Number(match[1]);
  if (/[1-9]/.test(match[2] ?? "")) return fault("date-format", "a time of day, not a day");
  if (serial <= PHANTOM_SERIAL || serial > LAST_SERIAL) {
    return fault("date-format", `serial days are ${PHANTOM_SERIAL + 1} to ${LAST_SERIAL}`);
  }
  return read(dayOf(serial + DAYS_BEFORE_YEAR_1 - 1));
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
const daysBefore = (year: number): number => {
  const before = year - 1;
  return before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
};

function exists(year: number, month: number, day: number): boolean {
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

/** The day of a number of days since 1 January of the year 1. */
function dayOf(days: number): string {
  let year = Math.floor(days / 365.2425) + 1;
  while (daysBefore(year) > days) year -= 1;
  while (daysBefore(year + 1) <= days) year += 1;
  let rest = days - daysBefore(year);
  let month = 1;
  while (rest >= daysIn(year, month)) {
    rest -= daysIn(year, month);
    month += 1;
  }
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(rest + 1)}`;
}
