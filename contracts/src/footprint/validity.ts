import { addYears, formatInstant, parseInstant } from "../schema/instant.ts";
import type { ProductFootprint } from "./product-footprint.ts";

/** Longest that a footprint may be valid after its reference period, in years (PACT v3, section on validity). */
export const MAX_VALIDITY_YEARS = 3;

/** From `start` on and before `end`, as RFC 3339 date-times. */
export interface Validity {
  readonly start: string;
  readonly end: string;
}

/** The moment of a date-time that the schema has already accepted. */
export function instantOf(text: string): number {
  return parseInstant(text) ?? Number.NaN;
}

/**
 * When a footprint may be used: as it says itself, else from the end of its reference period (exclusive, so the first
 * moment after it) for three years.
 */
export function validityOf(footprint: ProductFootprint): Validity {
  const { referencePeriodEnd } = footprint.pcf;
  return {
    start: footprint.validityPeriodStart ?? referencePeriodEnd,
    end: footprint.validityPeriodEnd ?? formatInstant(addYears(instantOf(referencePeriodEnd), MAX_VALIDITY_YEARS)),
  };
}
