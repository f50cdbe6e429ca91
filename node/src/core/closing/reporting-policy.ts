import {
  admitPublicKey,
  canonicalJson,
  decodeBase64url,
  encodeBase64,
  isTallyError,
  type JsonObject,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import { z } from "zod";
import { type FiscalCalendar, fiscalCalendarSchema } from "../inventory/fiscal-calendar.ts";
import { CALENDAR_YEARS, parsePeriod } from "../inventory/period.ts";
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
  name: z
    .string()
    .min(1)
    .max(120)
    .regex(/^(?!\s*$)[^\p{Cc}\p{Cf}\p{Cs}]+$/u, "not a name without control characters"),
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
  /**
   * What becomes of a newly published version of a factor set in use: `ask` (also where absent) leaves it to a person, `apply` has the
   * node move to it by itself.
   */
  readonly rebaseline?: "ask" | "apply";
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
    rebaseline: z.enum(["ask", "apply"]).exactOptional(),
  })
  .superRefine(({ persons, baseYear, calendar }, context) => {
    const refuse = (path: readonly PropertyKey[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message });
    // Whoever is named twice, or holds two keys, could sign twice.
    const identities = {
      kid: persons.map(({ kid }) => kid),
      key: persons.map(({ key }) => key),
      name: persons.map(({ name }) => foldName(name)),
    };
    for (const [field, values] of Object.entries(identities)) {
      if (new Set(values).size !== values.length) refuse(["persons"], `two persons with one ${field}`);
    }
    for (const [at, { key }] of persons.entries()) {
      if (!isAdmissible(key)) refuse(["persons", at, "key"], "a key under which signatures can be forged");
    }
    if (baseYear !== undefined && !isPeriod(baseYear.period, calendar)) {
      refuse(["baseYear", "period"], "not a period as 2025, FY2025 or 2025-04-01..2026-03-31");
    }
  });

/** Two names that differ in case, spacing or form of characters only are one. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
}

function isAdmissible(key: string): boolean {
  return holds(() => admitPublicKey(decodeBase64url(key)));
}

function isPeriod(text: string, calendar: FiscalCalendar): boolean {
  return holds(() => parsePeriod(text, calendar));
}

function holds(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return false;
  }
}

/** Whose node it is, and the keys that the node itself holds, base64url. */
export interface PolicyOwner {
  readonly did: string;
  readonly keys: readonly string[];
}

/**
 * The persons are this member's, and none of them is the node: whoever holds the node would be one of the signatories.
 * @throws REPORTING_POLICY_INVALID
 */
export function requireOwnPersons({ persons }: ReportingPolicy, { did, keys }: PolicyOwner): void {
  const issues = persons.flatMap(({ kid, key }, at) => [
    ...(kid.startsWith(`${did}#`) ? [] : [{ path: `persons.${at}.kid`, message: `not a key of ${did}` }]),
    ...(keys.includes(key) ? [{ path: `persons.${at}.key`, message: "a key that the node itself holds" }] : []),
  ]);
  if (issues.length > 0) throw closingError("REPORTING_POLICY_INVALID", { issues });
}

/** Base64 SHA-256 of the policy's JCS: under which rules something is signed. */
export function reportingDigest(policy: ReportingPolicy): string {
  return encodeBase64(sha256(utf8Encode(canonicalJson(policy as unknown as JsonObject))));
}

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
  rebaseline: "ask",
};
