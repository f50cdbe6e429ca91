import type { InventoryDifference } from "../inventory/diff-inventories.ts";
import type { Period } from "../inventory/period.ts";
import type { ReportChange } from "./inventory-report.ts";
import type { PeriodState } from "./period-history.ts";
import type { PeriodStatement } from "./period-statement.ts";
import type { BaseYearFinding, Drift } from "./restatement.ts";

// What the local interface answers about periods, and `--json` prints. Masses are kg CO2e with nine decimals.

/** A statement, and who signed it so far. */
export interface StatementDocument {
  readonly statement: PeriodStatement;
  /** Ids of the keys that signed. */
  readonly signers: readonly string[];
  readonly needed: number;
  readonly done: boolean;
  /** Of the report that the statement is about. */
  readonly totalKgCo2e: string;
  readonly preparedAt: string;
  readonly change?: ReportChange;
}

/** A statement that waits for signatures, beside what is known now: what a person looks at before signing. */
export interface PendingDocument extends StatementDocument {
  /** From the statement's report to what is known now. */
  readonly sinceReport: InventoryDifference;
  /** Whether a report prepared now would not be this one: another line, another figure, another policy. */
  readonly outdated: boolean;
  /** Whether the reporting policy is another one now: then it cannot be signed any more, only prepared anew. */
  readonly otherRules: boolean;
}

export interface PeriodSummary {
  readonly period: Period;
  readonly state: PeriodState;
  readonly reports: number;
  readonly awaitingSignatures: boolean;
}

export interface PeriodListDocument {
  readonly periods: readonly PeriodSummary[];
}

export interface PeriodDocument extends Omit<PeriodSummary, "reports"> {
  /** The first report and its restatements. */
  readonly reports: readonly {
    readonly number: number;
    readonly digest: string;
    readonly preparedAt: string;
    readonly totalKgCo2e: string;
    readonly signers: readonly string[];
    readonly change?: ReportChange;
  }[];
  readonly pending?: PendingDocument;
  /** What was learnt since the last report, which does not change it. */
  readonly sinceReport?: Drift;
  readonly baseYear?: BaseYearFinding;
  readonly retentionYears: number;
}
