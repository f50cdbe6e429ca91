import { errorFactory } from "@tallystick/proto";

/** The codes of closing a period. */
export interface ClosingErrors {
  /** The policy does not have the shape of a reporting policy. */
  REPORTING_POLICY_INVALID: { issues: readonly { path: string; message: string }[] };
  /** Fewer persons are named in the reporting policy than signatures are needed. */
  PERSONS_MISSING: { named: number; needed: number };
  /** The key is not that of a person who may sign. */
  PERSON_UNKNOWN: { kid: string };
  /** The same person signed this statement already. */
  PERSON_SIGNED_ALREADY: { kid: string };
  /** The period is not in a state in which that can be done. */
  PERIOD_STATE: { period: string; state: string; action: string };
  /** Nothing provisional may be closed: lines whose evidence no quorum of witnesses has cosigned. */
  PERIOD_PROVISIONAL: { period: string; lines: readonly string[]; lineCount: number };
  /** What the inventory rests on may be out of date or wrong, and is not closed on. */
  PERIOD_UNSAFE: { period: string; reason: "registry-stale" | "no-lines" };
  /** The change since the report is below the materiality of the reporting policy. */
  RESTATEMENT_IMMATERIAL: { period: string; deltaKgCo2e: string; share: string; materiality: string };
  /** Nothing has changed since the report. */
  RESTATEMENT_EMPTY: { period: string };
  /** A statement waits for signatures, which another one would drop. */
  STATEMENT_WAITING: { period: string; action: string; report: string; signers: readonly string[] };
  /** What waits for signatures is no longer what would be prepared now. */
  STATEMENT_OUTDATED: { period: string; report: string; deltaKgCo2e: string; lines: number };
  /** Who signs has not said which statement was looked at. */
  STATEMENT_NOT_NAMED: {
    period: string;
    action: string;
    report: string;
    totalKgCo2e: string;
    preparedAt: string;
    signers: readonly string[];
    /** From the report to what is known now. */
    deltaKgCo2e: string;
    lines: number;
  };
  /** A reason is missing, or too long to be kept. */
  REASON_INVALID: { maxLength: number };
  /** What was signed is not what is waiting for signatures. */
  STATEMENT_DIFFERS: { period: string; reason: string };
  /** Fewer persons signed a report than its reporting policy demands. */
  REPORT_SIGNATURES_MISSING: { found: number; needed: number };
  /** A stored or received report does not fit its digest, its signatures or its own figures. */
  REPORT_INVALID: { reason: string };
}

export const closingError: ReturnType<typeof errorFactory<ClosingErrors>> = errorFactory<ClosingErrors>();
