import { z } from "zod";

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/**
 * How a company's years run.
 *
 * - `months`: twelve months from a day of the calendar year ("04-01"); quarters are three months each.
 * - `weeks`: 52 or 53 whole weeks, ending on a weekday, either the last one in a month or the one nearest to that month's end;
 *   quarters are 13 weeks, and a 53rd week belongs to the last.
 *
 * `namedAfter` says whether FY2025 is the year that starts or the year that ends in 2025.
 */
export type FiscalCalendar =
  | { readonly kind: "months"; readonly startsOn: string; readonly namedAfter: "start" | "end" }
  | {
      readonly kind: "weeks";
      readonly endsOn: (typeof WEEKDAYS)[number];
      readonly month: number;
      readonly rule: "last-in-month" | "nearest-month-end";
      readonly namedAfter: "start" | "end";
    };

export const fiscalCalendarSchema: z.ZodType<FiscalCalendar> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("months"),
    /** Not later than the 28th, so that every year has the day. */
    startsOn: z.string().regex(/^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$/, "not a day written MM-DD, at most the 28th"),
    namedAfter: z.enum(["start", "end"]),
  }),
  z.strictObject({
    kind: z.literal("weeks"),
    endsOn: z.enum(WEEKDAYS),
    month: z.int().min(1).max(12),
    rule: z.enum(["last-in-month", "nearest-month-end"]),
    namedAfter: z.enum(["start", "end"]),
  }),
]);

/** Days as whole numbers: days since 1970-01-01. Both ends are included. */
export interface DayRange {
  readonly first: number;
  readonly last: number;
}

const MS_A_DAY = 86_400_000;

/** @param date YYYY-MM-DD, of a day that exists */
export function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / MS_A_DAY;
}

export function dayText(day: number): string {
  return new Date(day * MS_A_DAY).toISOString().slice(0, 10);
}

/** The day of a month that counts from 1 and may lie outside 1 to 12; day 0 is the last of the month before. */
export function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / MS_A_DAY;
}

/** The fiscal year of that name. */
export function fiscalYear(calendar: FiscalCalendar, name: number): DayRange {
  if (calendar.kind === "months") {
    const [month = 1, day = 1] = calendar.startsOn.split("-").map(Number);
    // A year that starts on 1 January starts and ends in one and the same year.
    const start = calendar.namedAfter === "end" && calendar.startsOn !== "01-01" ? name - 1 : name;
    return { first: dayOf(start, month, day), last: dayOf(start + 1, month, day) - 1 };
  }
  const end = calendar.namedAfter === "end" ? name : name + 1;
  return { first: weeksEnd(calendar, end - 1) + 1, last: weeksEnd(calendar, end) };
}

/** Quarters 1 to 4 of a fiscal year. */
export function fiscalQuarter(calendar: FiscalCalendar, name: number, quarter: number): DayRange {
  const year = fiscalYear(calendar, name);
  if (calendar.kind === "weeks") {
    const first = year.first + (quarter - 1) * 13 * 7;
    return { first, last: quarter === 4 ? year.last : first + 13 * 7 - 1 };
  }
  const start = new Date(year.first * MS_A_DAY);
  const at = (months: number): number =>
    dayOf(start.getUTCFullYear(), start.getUTCMonth() + 1 + months, start.getUTCDate());
  return { first: at((quarter - 1) * 3), last: at(quarter * 3) - 1 };
}

function weeksEnd({ endsOn, month, rule }: Extract<FiscalCalendar, { kind: "weeks" }>, year: number): number {
  const monthEnd = dayOf(year, month + 1, 0);
  // 1970-01-01 was a Thursday.
  const weekday = (((monthEnd + 4) % 7) + 7) % 7;
  const back = (weekday - WEEKDAYS.indexOf(endsOn) + 7) % 7;
  return rule === "nearest-month-end" && back > 3 ? monthEnd - back + 7 : monthEnd - back;
}
