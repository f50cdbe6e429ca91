import { isDate, type LedgerLine, type Rational, rational, roundHalfEven } from "@tallystick/contracts";
import {
  type DayRange,
  dayNumber,
  dayOf,
  dayText,
  type FiscalCalendar,
  fiscalQuarter,
  fiscalYear,
} from "./fiscal-calendar.ts";
import { inventoryError } from "./inventory-errors.ts";

/** A reporting period: days from `start` to `end`, both included, YYYY-MM-DD. */
export interface Period {
  /** As it was asked for: "2025", "FY2025-Q3", "2025-04-01..2026-03-31". */
  readonly name: string;
  readonly start: string;
  readonly end: string;
}

/** Years that start on 1 January. */
export const CALENDAR_YEARS: FiscalCalendar = { kind: "months", startsOn: "01-01", namedAfter: "start" };

const FORM = /^(FY)?(\d{4})(?:-(?:Q([1-4])|H([12])|(0[1-9]|1[0-2])))?$/;

/**
 * A period by name. "2025", "2025-H1", "2025-Q3" and "2025-07" are of the calendar year, whatever the company's year is;
 * "FY2025", "FY2025-H2" and "FY2025-Q3" are of its fiscal calendar; "2025-04-01..2026-03-31" says its days.
 *
 * @throws PERIOD_INVALID
 */
export function parsePeriod(text: string, calendar: FiscalCalendar = CALENDAR_YEARS): Period {
  const [start = "", end = "", ...rest] = text.split("..");
  if (text.includes("..")) {
    if (rest.length > 0 || !isDate(start) || !isDate(end))
      throw invalid(text, "not two days as 2025-04-01..2026-03-31");
    if (start > end) throw invalid(text, "ends before it starts");
    return { name: text, start, end };
  }
  const [, fiscal, year, quarter, half, month] = FORM.exec(text) ?? [];
  if (year === undefined)
    throw invalid(text, "not a period as 2025, 2025-Q3, 2025-07, FY2025 or 2025-04-01..2026-03-31");
  if (fiscal !== undefined && month !== undefined) throw invalid(text, "months are of the calendar year: leave FY out");
  const { first, last } = daysOf(fiscal === undefined ? CALENDAR_YEARS : calendar, Number(year), {
    quarter,
    half,
    month,
  });
  return { name: text, start: dayText(first), end: dayText(last) };
}

/**
 * A period that somebody else stated: its days, and the name for them. What a fiscal year's name stands for is its company's to say; any
 * other name says its days itself.
 *
 * @throws PERIOD_INVALID
 */
export function requirePeriod({ name, start, end }: Period): Period {
  if (!isDate(start) || !isDate(end) || start > end) throw invalid(name, `not two days in order: ${start}, ${end}`);
  const named = parsePeriod(name);
  if (!isFiscal(name) && (named.start !== start || named.end !== end)) throw invalid(name, `is not ${start} to ${end}`);
  return { name, start, end };
}

/** Whether it takes a company's fiscal calendar to say which days a name means. */
export function isFiscal(name: string): boolean {
  return name.startsWith("FY");
}

function daysOf(
  calendar: FiscalCalendar,
  year: number,
  part: { quarter: string | undefined; half: string | undefined; month: string | undefined },
): DayRange {
  if (part.month !== undefined) {
    return { first: dayOf(year, Number(part.month), 1), last: dayOf(year, Number(part.month) + 1, 0) };
  }
  if (part.quarter !== undefined) return fiscalQuarter(calendar, year, Number(part.quarter));
  if (part.half === undefined) return fiscalYear(calendar, year);
  const first = part.half === "1" ? 1 : 3;
  return {
    first: fiscalQuarter(calendar, year, first).first,
    last: fiscalQuarter(calendar, year, first + 1).last,
  };
}

const invalid = (text: string, reason: string): Error =>
  inventoryError("PERIOD_INVALID", { text: text.slice(0, 80), reason });

/** How many of a line's days lie in a period, or undefined where none does. */
export interface DayShare {
  /** Days of the line before the period, and up to its last day in it. */
  readonly before: number;
  readonly upTo: number;
  readonly of: number;
}

/** The part of a line that a period has, by days. */
export function dayShare(
  { date, period }: Pick<LedgerLine, "date" | "period">,
  { start, end }: Period,
): DayShare | undefined {
  if (period === undefined) return start <= date && date <= end ? WHOLE : undefined;
  if (period.end < start || end < period.start) return undefined;
  if (start <= period.start && period.end <= end) return WHOLE;
  const first = dayNumber(period.start);
  const of = dayNumber(period.end) - first + 1;
  const before = Math.max(0, dayNumber(start) - first);
  const upTo = Math.min(of, dayNumber(end) - first + 1);
  return { before, upTo, of };
}

const WHOLE: DayShare = { before: 0, upTo: 1, of: 1 };

/** The part as a number, for what is not rounded: amounts of activity. */
export function dayRatio({ before, upTo, of }: DayShare): Rational {
  return rational(BigInt(upTo - before), BigInt(of));
}

/** True where the period has all of the line. */
export function isWhole({ before, upTo, of }: DayShare): boolean {
  return before === 0 && upTo === of;
}

/**
 * A figure's part in a period, by days. The parts of adjoining periods add up to the figure exactly: each is the difference of two
 * rounded running totals, so no rounding is lost or counted twice.
 */
export function apportion(nano: bigint, days: DayShare | undefined): bigint {
  if (days === undefined || isWhole(days)) return nano;
  const { before, upTo, of } = days;
  const runningTotal = (count: number): bigint => roundHalfEven({ n: nano * BigInt(count), d: BigInt(of) }, 0);
  return runningTotal(upTo) - runningTotal(before);
}
