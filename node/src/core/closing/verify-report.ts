import { formatInstant } from "@tallystick/contracts";
import { canonicalJson, isTallyError, type JsonObject } from "@tallystick/proto";
import type { AttestKeyRecord } from "@tallystick/registry";
import { z } from "zod";
import { diffInventories } from "../inventory/diff-inventories.ts";
import type { FiscalCalendar } from "../inventory/fiscal-calendar.ts";
import { type Period, parsePeriod } from "../inventory/period.ts";
import { closingError } from "./closing-errors.ts";
import { checkReport, type ReportChange, type ReportWithLines, reportDigest } from "./inventory-report.ts";
import { verifyVouch } from "./member-vouch.ts";
import { type PeriodStatement, verifyStatement } from "./period-statement.ts";
import { type Person, parseReportingPolicy, type ReportingPolicy, reportingDigest } from "./reporting-policy.ts";

/** Something that a report's check does not show. */
export interface ReportNotChecked {
  readonly what: string;
  readonly why: string;
}

/** What a signed report that holds says. Masses are kg CO2e with nine decimals. */
export interface ReportVerification {
  readonly ok: true;
  readonly member: string;
  readonly memberName: string;
  readonly period: { readonly name: string; readonly start: string; readonly end: string };
  readonly number: number;
  /** What the signatures are over: base64 SHA-256. */
  readonly digest: string;
  readonly preparedAt: string;
  /** Added up from the lines, not read from the report. */
  readonly totalKgCo2e: string;
  readonly lines: number;
  readonly signers: readonly { readonly name: string; readonly kid: string }[];
  readonly needed: number;
  readonly change?: ReportChange;
  readonly notChecked: readonly ReportNotChecked[];
}

/** An attesting key that a member has or had, as a registry shows it. */
export interface VouchingKey extends Pick<AttestKeyRecord, "key" | "untilEntry" | "compromisedSince"> {
  /** Log time of the key event that ended it, where that is shown. */
  readonly endedUnix?: number;
}

export interface VerifyReportOptions {
  /** The attesting key of that id, of that member, whether it is in use or was. */
  readonly attestKeyOf?: (member: string, kid: string) => VouchingKey | undefined;
  /** The report that this one restates. */
  readonly earlier?: unknown;
}

const signedReportSchema = z.strictObject({
  report: z.unknown(),
  lines: z.unknown(),
  signatures: z.array(z.string().max(16_384)).max(32),
  vouch: z.string().max(65_536).exactOptional(),
});

/**
 * Checks a signed report as anybody can who was handed it: with no node and no network. Its lines have its root and add up to it; as many
 * distinct persons of its reporting policy as that demands signed exactly this report, of this member, period and number; and, where the
 * member's key is at hand, the member vouches for these persons. A report stands in no log, so nothing dates a vouch: one by a key that is out of
 * use shows that the member vouched only once it is exported again, and one by a key that was compromised is refused (KEY-9, KEY-10). Pure.
 *
 * @throws REPORT_INVALID, REPORT_SIGNATURES_MISSING, SIGNATURE_INVALID, PERSON_UNKNOWN, KEY_UNKNOWN, JWS_MALFORMED
 */
export function verifyReport(value: unknown, { attestKeyOf, earlier }: VerifyReportOptions = {}): ReportVerification {
  const parsed = signedReportSchema.safeParse(value);
  if (!parsed.success) throw invalid("not a report with its lines and signatures");
  const { signatures, vouch, ...stored } = parsed.data;
  const whole = checkReport(stored);
  const { report, lines } = whole;
  const reporting = policyOf(whole);
  requireDays(whole, reporting);
  const statement = statementOf(whole, reporting);
  const signers = signersOf(signatures, statement, reporting);
  if (signers.length < reporting.signatures) {
    throw closingError("REPORT_SIGNATURES_MISSING", { found: signers.length, needed: reporting.signatures });
  }
  const notChecked: ReportNotChecked[] = [EVIDENCE];
  if (attestKeyOf === undefined) notChecked.push(PERSONS);
  else notChecked.push(...requireVouch(vouch, statement, signers, (kid) => attestKeyOf(statement.member, kid)));
  if (earlier !== undefined) requireRestates(whole, earlier);
  else if (report.change !== undefined) notChecked.push(EARLIER);
  const { member, memberName, period, number, preparedAt, change, figures } = report;
  return {
    ok: true,
    member,
    memberName,
    period,
    number,
    digest: statement.report,
    preparedAt,
    totalKgCo2e: figures.totalKgCo2e,
    lines: lines.length,
    signers: signers.map(({ name, kid }) => ({ name, kid })),
    needed: reporting.signatures,
    ...(change === undefined ? {} : { change }),
    notChecked,
  };
}

/** The reporting policy that the report is signed under: the one that it pins. */
function policyOf({ report: { pins, member } }: ReportWithLines): ReportingPolicy {
  try {
    const policy = parseReportingPolicy(pins.reporting);
    if (policy.persons.every(({ kid }) => kid.startsWith(`${member}#`))) return policy;
  } catch (cause) {
    if (!isTallyError(cause, "REPORTING_POLICY_INVALID")) throw cause;
    throw closingError("REPORT_INVALID", { reason: "its reporting policy is none" }, { cause });
  }
  throw invalid("its reporting policy names persons of another member");
}

/** The name of the period means these days, in the calendar of the reporting policy. */
function requireDays({ report: { period } }: ReportWithLines, { calendar }: ReportingPolicy): void {
  const { start, end } = parseNamed(period.name, calendar);
  if (start !== period.start || end !== period.end) throw invalid(`${period.name} is ${start} to ${end}`);
}

function parseNamed(name: string, calendar: FiscalCalendar): Period {
  try {
    return parsePeriod(name, calendar);
  } catch (cause) {
    if (!isTallyError(cause, "PERIOD_INVALID")) throw cause;
    throw closingError("REPORT_INVALID", { reason: "its period is none" }, { cause });
  }
}

/** What must have been signed, every word of it. */
function statementOf({ report }: ReportWithLines, reporting: ReportingPolicy): PeriodStatement {
  const { member, number } = report;
  const { name: period, start, end } = report.period;
  const digests = { report: reportDigest(report), reporting: reportingDigest(reporting) };
  return { v: 1, action: "close", member, period, start, end, number, ...digests };
}

function signersOf(
  signatures: readonly string[],
  statement: PeriodStatement,
  { persons }: ReportingPolicy,
): readonly Person[] {
  const kids = signatures.map((jws) => {
    const signed = verifyStatement(jws, persons);
    if (textOf(signed.statement) !== textOf(statement)) throw invalid(`${signed.kid} signed another statement`);
    return signed.kid;
  });
  if (new Set(kids).size !== kids.length) throw invalid("one person signed twice");
  return kids.flatMap((kid) => persons.filter((person) => person.kid === kid));
}

function requireVouch(
  vouch: string | undefined,
  statement: PeriodStatement,
  signers: readonly Person[],
  keyOf: (kid: string) => VouchingKey | undefined,
): readonly ReportNotChecked[] {
  if (vouch === undefined) throw invalid("the member does not vouch for those who signed");
  const kid = verifyVouch(vouch, statement, signers, (id) => keyOf(id)?.key);
  const { untilEntry, compromisedSince, endedUnix } = keyOf(kid) as VouchingKey;
  if (untilEntry === undefined) return [];
  if (compromisedSince !== undefined) {
    throw invalid(`the member vouches by ${kid}, which it says was compromised: have the report exported again`);
  }
  const ended = endedUnix === undefined ? "" : ` at ${formatInstant(endedUnix * 1000)}`;
  const why = `${kid} was replaced${ended}, and nothing shows that the member vouched before: have the report exported again`;
  return [{ what: PERSONS.what, why }];
}

/** The report names that very one, and says what changed since: no more and no less. */
function requireRestates({ report, lines }: ReportWithLines, earlier: unknown): void {
  const parsed = signedReportSchema.safeParse(earlier);
  if (!parsed.success) throw invalid("the earlier report is none");
  const { report: before, lines: linesBefore } = checkReport({ report: parsed.data.report, lines: parsed.data.lines });
  const { change } = report;
  if (change?.restates !== reportDigest(before)) throw invalid("it restates another report");
  const { deltaKgCo2e, byCause } = diffInventories(linesBefore, lines);
  if (deltaKgCo2e !== change.deltaKgCo2e || canonicalJson({ ...byCause }) !== canonicalJson({ ...change.byCause })) {
    throw invalid("what it says changed is not what changed");
  }
}

const textOf = (statement: PeriodStatement): string => canonicalJson(statement as unknown as JsonObject);
const invalid = (reason: string): Error => closingError("REPORT_INVALID", { reason });

const EVIDENCE: ReportNotChecked = {
  what: "what the figures rest on",
  why: "a report names its evidence and factors by root and version; the evidence bundle of the period shows them",
};
const PERSONS: ReportNotChecked = {
  what: "that the persons sign for the member",
  why: "the member's key was not given: an evidence bundle of the member has it",
};
const EARLIER: ReportNotChecked = {
  what: "what changed since the report before",
  why: "that report was not given",
};
