import { formatInstant } from "@tallystick/contracts";
import type { InventoryPolicy } from "../inventory/inventory-policy.ts";
import type { LineFigure } from "../inventory/line-figure.ts";
import type { PolicyVersion } from "../inventory/policy-history.ts";
import type { LedgerVersion } from "./ledger-version.ts";

/** What a ledger line was over time: as the ledger had it, under which policies, and what was reported of it. Times are RFC 3339. */
export interface LineHistory {
  /** The first one first. A retracted line says why instead of what. */
  readonly versions: readonly {
    readonly recordedAt: string;
    readonly line?: object;
    readonly retracted?: string;
  }[];
  /** Put in force since the line was first recorded: re-baselines among them, each with its cause. */
  readonly policies: readonly { readonly since: string; readonly policy: string; readonly cause: string }[];
  /** Signed reports that have the line. */
  readonly reports: readonly ReportedLine[];
}

/** What one signed report says of a line. */
export interface ReportedLine {
  readonly period: string;
  readonly number: number;
  /** Digest of the report. */
  readonly report: string;
  readonly preparedAt: string;
  readonly method: string;
  readonly evidence?: string;
  /** In the period; absent where the line was unsupported. */
  readonly kgCo2e?: string;
}

/** @param asOf Unix seconds: what came later is left out */
export function lineHistory(
  versions: readonly LedgerVersion[],
  policies: readonly PolicyVersion<InventoryPolicy>[],
  reports: readonly ReportedLine[],
  asOf: number = Number.POSITIVE_INFINITY,
): LineHistory {
  const known = versions.filter(({ at }) => at <= asOf);
  const first = known[0]?.at ?? 0;
  return {
    versions: known.map((version) => {
      const recordedAt = instant(version.at);
      return version.kind === "line" ? { recordedAt, line: version.line } : { recordedAt, retracted: version.reason };
    }),
    policies: policies
      .filter(({ at }) => first <= at && at <= asOf)
      .map(({ at, policy: { id, version }, cause }) => ({ since: instant(at), policy: `${id}@${version}`, cause })),
    reports: reports.filter(({ preparedAt }) => Date.parse(preparedAt) / 1000 <= asOf),
  };
}

/** What a report says of one of its lines. */
export function reportedLine(
  { id: _id, method, evidence, kgCo2e }: LineFigure,
  report: Pick<ReportedLine, "period" | "number" | "report" | "preparedAt">,
): ReportedLine {
  return {
    ...report,
    method,
    ...(evidence === undefined ? {} : { evidence }),
    ...(kgCo2e === undefined ? {} : { kgCo2e }),
  };
}

const instant = (unix: number): string => formatInstant(unix * 1000);
