const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The pattern of an RFC 3339 date-time, for schemas. Which days exist is `parseInstant`'s to say. */
export const INSTANT_PATTERN: RegExp =
  /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

function isDay(year: string, month: string, day: string): boolean {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const leap = y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0);
  const days = m === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31;
  return m >= 1 && m <= 12 && d >= 1 && d <= days;
}

/**
 * Unix milliseconds of an RFC 3339 date-time with upper-case T and Z or an offset, or undefined where it is none.
 * Days that do not exist are refused (Date.parse makes 1 March of 30 February), and so is a leap second.
 */
export function parseInstant(text: string): number | undefined {
  const match = INSTANT.exec(text);
  if (match === null || !isDay(match[1] ?? "", match[2] ?? "", match[3] ?? "")) return undefined;
  const unixMs = Date.parse(text);
  return Number.isNaN(unixMs) ? undefined : unixMs;
}

/** True for an existing calendar day written YYYY-MM-DD. */
export function isDate(text: string): boolean {
  const match = DAY.exec(text);
  return match !== null && isDay(match[1] ?? "", match[2] ?? "", match[3] ?? "");
}

/** Unix milliseconds as an RFC 3339 date-time in UTC, milliseconds only where there are any. */
export function formatInstant(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(".000Z", "Z");
}

/** The same moment `years` calendar years on; 29 February becomes 1 March where there is none. */
export function addYears(unixMs: number, years: number): number {
  const date = new Date(unixMs);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date.getTime();
}
