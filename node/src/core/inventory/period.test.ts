import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayNumber, dayText, type FiscalCalendar, fiscalQuarter, fiscalYear } from "./fiscal-calendar.ts";
import { apportion, dayShare, type Period, parsePeriod } from "./period.ts";

const APRIL: FiscalCalendar = { kind: "months", startsOn: "04-01", namedAfter: "start" };
/** The last Saturday of January, as many retailers in the US have it. */
const RETAIL: FiscalCalendar = {
  kind: "weeks",
  endsOn: "saturday",
  month: 1,
  rule: "nearest-month-end",
  namedAfter: "start",
};

const daysOf = ({ start, end }: Period): string => `${start}..${end}`;

describe("a reporting period", () => {
  it.each([
    ["2025", "2025-01-01..2025-12-31"],
    ["2024-H1", "2024-01-01..2024-06-30"],
    ["2025-Q3", "2025-07-01..2025-09-30"],
    ["2024-02", "2024-02-01..2024-02-29"],
    ["2025-12", "2025-12-01..2025-12-31"],
    ["FY2025", "2025-04-01..2026-03-31"],
    ["FY2025-Q4", "2026-01-01..2026-03-31"],
    ["FY2025-H2", "2025-10-01..2026-03-31"],
    ["2025-04-15..2025-04-15", "2025-04-15..2025-04-15"],
  ])("%s of a year that starts in April is %s", (text, days) => {
    expect(daysOf(parsePeriod(text, APRIL))).toBe(days);
  });

  it("is named after its end where the company says so", () => {
    expect(daysOf(parsePeriod("FY2025", { ...APRIL, namedAfter: "end" }))).toBe("2024-04-01..2025-03-31");
  });

  it.each([
    "",
    "25",
    "2025-Q5",
    "2025-13",
    "FY2025-07",
    "2025-02-30..2025-03-01",
    "2025-02-01..2025-01-01",
    "2025..",
    "a..b..c",
  ])("%s is refused", (text) => {
    expect(() => parsePeriod(text)).toThrowError(expect.objectContaining({ code: "PERIOD_INVALID" }));
  });

  it("throws only PERIOD_INVALID, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parsePeriod(text);
        } catch (error) {
          if (!isTallyError(error, "PERIOD_INVALID")) throw error;
        }
      }),
    );
  });

  it("has 52 or 53 whole weeks, as the National Retail Federation published them", () => {
    const years = [2022, 2023, 2024].map((name) => {
      const { first, last } = fiscalYear(RETAIL, name);
      return [dayText(first), dayText(last), (last - first + 1) / 7];
    });
    expect(years).toEqual([
      ["2022-01-30", "2023-01-28", 52],
      ["2023-01-29", "2024-02-03", 53],
      ["2024-02-04", "2025-02-01", 52],
    ]);
  });

  it("leaves no day between two years or two quarters, in any calendar", () => {
    const calendars = fc.oneof(
      fc.record({
        kind: fc.constant("months" as const),
        startsOn: fc.constantFrom("01-01", "02-28", "04-01", "07-01", "10-15"),
        namedAfter: fc.constantFrom("start" as const, "end" as const),
      }),
      fc.record({
        kind: fc.constant("weeks" as const),
        endsOn: fc.constantFrom("sunday" as const, "friday" as const, "saturday" as const),
        month: fc.integer({ min: 1, max: 12 }),
        rule: fc.constantFrom("last-in-month" as const, "nearest-month-end" as const),
        namedAfter: fc.constantFrom("start" as const, "end" as const),
      }),
    );
    fc.assert(
      fc.property(calendars, fc.integer({ min: 1990, max: 2090 }), (calendar, name) => {
        const year = fiscalYear(calendar, name);
        expect(fiscalYear(calendar, name + 1).first).toBe(year.last + 1);
        const quarters = [1, 2, 3, 4].map((quarter) => fiscalQuarter(calendar, name, quarter));
        expect(quarters[0]?.first).toBe(year.first);
        expect(quarters[3]?.last).toBe(year.last);
        for (const at of [0, 1, 2]) expect(quarters[at + 1]?.first).toBe((quarters[at]?.last ?? 0) + 1);
      }),
    );
  });
});

describe("a line that spans periods", () => {
  const line = { date: "2025-12-31", period: { start: "2025-12-02", end: "2026-01-31" } };

  it("is apportioned by days", () => {
    // 30 of its 61 days are in 2025.
    const share = dayShare(line, parsePeriod("2025"));
    expect(share).toEqual({ before: 0, upTo: 30, of: 61 });
    expect(apportion(61_000_000_000n, share as NonNullable<typeof share>)).toBe(30_000_000_000n);
  });

  it("is in no period that it does not touch, and wholly in one that holds it", () => {
    expect(dayShare(line, parsePeriod("2024"))).toBeUndefined();
    expect(dayShare(line, parsePeriod("2025-12-01..2026-02-01"))).toEqual({ before: 0, upTo: 1, of: 1 });
    expect(dayShare({ date: "2025-06-01" }, parsePeriod("2025-Q3"))).toBeUndefined();
  });

  it("adds up to its figure exactly, however time is cut", () => {
    const start = dayNumber("2024-01-01");
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
        fc.integer({ min: 1, max: 800 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 799 }), { maxLength: 12 }),
        (nano, days, cuts) => {
          const spanning = { date: dayText(start), period: { start: dayText(start), end: dayText(start + days - 1) } };
          const bounds = [0, ...cuts.sort((a, b) => a - b), 800];
          let sum = 0n;
          for (const [at, from] of bounds.slice(0, -1).entries()) {
            const period = {
              name: "",
              start: dayText(start + from),
              end: dayText(start + (bounds[at + 1] as number) - 1),
            };
            const share = dayShare(spanning, period);
            if (share !== undefined) sum += apportion(nano, share);
          }
          expect(sum).toBe(nano);
        },
      ),
    );
  });
});
