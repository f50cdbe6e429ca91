import { z } from "zod";
import { type FiscalCalendar, fiscalCalendarSchema } from "../inventory/fiscal-calendar.ts";
import { CALENDAR_YEARS } from "../inventory/period.ts";
import { closingError } from "./closing-errors.ts";

/** A share of a total as decimal text: "0.05". */
const share = z.string().regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, "a share from 0 to 1 with at most six decimals");

/** Who may sign for the company, and by which key. */
export interface Person {
  readonly name: string;
  /** Id of the key: the member's DID with a fragment. */
  readonly kid: string;
  /** Ed25519, base64url. */
  readonly key: string;
}

export const personSchema: z.ZodType<Person> = z.strictObject({
  name: z.string().min(1).max(120),
  kid: z.string().regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+#[A-Za-z0-9._-]{1,63}$/, "not a DID with a fragment"),
  key: z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "not 32 bytes in base64url"),
});

/**
 * How a company reports: its year, who signs, from when on a change of a closed figure is material, and its base year.
 *
 * Figures that span periods are always apportioned by days (see `apportion`): that is a rule of the engine, not a choice.
 */
export interface ReportingPolicy {
  readonly v: 1;
  readonly calendar: FiscalCalendar;
  /** At least two persons' keys close a period. */
  readonly signatures: number;
  readonly persons: readonly Person[];
  /** A closed total is restated from this share of it on; below, the change is shown and waits. */
  readonly materiality: string;
  /** The year that targets are measured from; recalculated from this share of its total on (GHG Protocol, Scope 3 Standard, 9.3). */
  readonly baseYear?: { readonly period: string; readonly significance: string };
  /** Years that reports and what they rest on are kept. */
  readonly retentionYears: number;
}

export const reportingPolicySchema: z.ZodType<ReportingPolicy> = z
  .strictObject({
    v: z.literal(1),
    calendar: fiscalCalendarSchema,
    signatures: z.int().min(2).max(8),
    persons: z.array(personSchema).max(32),
    materiality: share,
    baseYear: z.strictObject({ period: z.string().min(1).max(80), significance: share }).exactOptional(),
    retentionYears: z.int().min(1).max(100),
  })
  .superRefine(({ persons }, context) => {
    for (const field of ["kid", "key"] as const) {
      // One person with two names would sign twice.
      if (new Set(persons.map((person) => person[field])).size !== persons.length) {
        context.addIssue({ code: "custom", path: ["persons"], message: `two persons with one ${field}` });
      }
    }
  });

/** @throws REPORTING_POLICY_INVALID */
export function parseReportingPolicy(value: unknown): ReportingPolicy {
  const parsed = reportingPolicySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw closingError("REPORTING_POLICY_INVALID", { issues });
}

/** Calendar years, two signatures, nobody yet to give them, five per cent. */
export const DEFAULT_REPORTING_POLICY: ReportingPolicy = {
  v: 1,
  calendar: CALENDAR_YEARS,
  signatures: 2,
  persons: [],
  materiality: "0.05",
  retentionYears: 10,
};
