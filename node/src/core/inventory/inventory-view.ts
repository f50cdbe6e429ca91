import { isDate, parseInstant } from "@tallystick/contracts";
import type { FiscalCalendar } from "./fiscal-calendar.ts";
import { inventoryError } from "./inventory-errors.ts";
import type { InventoryPolicy } from "./inventory-policy.ts";
import { type Period, parsePeriod } from "./period.ts";

/** Which inventory: of a period, as it was known at a time. Without either, all of it as it is known now. */
export interface InventoryView {
  readonly period?: Period;
  /** Unix seconds, that second included. */
  readonly asOf?: number;
  /** Under this policy instead of the one in force. */
  readonly policy?: InventoryPolicy;
}

/** A view as a person asks for it. */
export interface ViewQuery {
  readonly period?: string;
  readonly asOf?: string;
}

/** @throws PERIOD_INVALID, AS_OF_INVALID */
export function parseView({ period, asOf }: ViewQuery, calendar: FiscalCalendar): InventoryView {
  return {
    ...(period === undefined ? {} : { period: parsePeriod(period, calendar) }),
    ...(asOf === undefined ? {} : { asOf: parseAsOf(asOf) }),
  };
}

/**
 * "2025", "2025@2026-03-31" or "@2026-03-31T12:00:00Z": a period, a time of knowledge, or both.
 * @throws PERIOD_INVALID, AS_OF_INVALID
 */
export function parseViewName(text: string, calendar: FiscalCalendar): InventoryView {
  const at = text.indexOf("@");
  const period = at < 0 ? text : text.slice(0, at);
  return parseView({ ...(period === "" ? {} : { period }), ...(at < 0 ? {} : { asOf: text.slice(at + 1) }) }, calendar);
}

const DAY_SECONDS = 86_400;

/** A day means its end, in UTC. */
function parseAsOf(text: string): number {
  if (isDate(text)) return Date.parse(`${text}T00:00:00Z`) / 1000 + DAY_SECONDS - 1;
  const instant = parseInstant(text);
  if (instant !== undefined) return Math.floor(instant / 1000);
  throw inventoryError("AS_OF_INVALID", { text: text.slice(0, 80) });
}
