import type { ReportChange } from "../core/closing/inventory-report.ts";
import type { PendingDocument, PeriodDocument, StatementDocument } from "../core/closing/period-documents.ts";
import { renderDifference } from "./render-difference.ts";
import { readable, signed } from "./render-table.ts";

export function renderStatement({
  statement,
  signers,
  needed,
  done,
  totalKgCo2e,
  preparedAt,
  change,
}: StatementDocument): string {
  const { action, period, number, report } = statement;
  const what = action === "reopen" ? `reopening ${period}, report ${number}` : `report ${number} of ${period}`;
  const closed = action === "reopen" ? "the period is open" : "the period is closed";
  return [
    done ? `${what}: signed, ${closed}` : `${what} waits for signatures`,
    `${readable(totalKgCo2e)} kg CO2e, prepared ${preparedAt}, digest ${report}`,
    ...(action === "reopen" ? [`because ${statement.reason}`] : []),
    ...(change === undefined ? [] : [changeLine(change)]),
    signers.length === 0
      ? `signed by nobody yet (0 of ${needed})`
      : `signed by ${signers.join(", ")} (${signers.length} of ${needed})`,
  ].join("\n");
}

function changeLine({ restates, deltaKgCo2e, reason }: ReportChange): string {
  return `restates ${restates}: ${signed(deltaKgCo2e)} kg CO2e, because ${reason}`;
}

function renderPending(pending: PendingDocument): string {
  const { sinceReport, outdated, otherRules } = pending;
  return [
    renderStatement(pending),
    ...(otherRules ? ["the reporting policy is another one since: prepare it anew with --renew"] : []),
    ...(outdated ? ["what is known now would make another report:", renderDifference(sinceReport)] : []),
  ].join("\n");
}

export function renderPeriod(document: PeriodDocument): string {
  const { period, state, reports, pending, sinceReport, baseYear, retentionYears } = document;
  return [
    `${period.name} (${period.start} to ${period.end}): ${state}`,
    ...reports.flatMap(({ number, digest, preparedAt, totalKgCo2e, signers, change }) => [
      `report ${number}: ${readable(totalKgCo2e)} kg CO2e, prepared ${preparedAt}, digest ${digest}`,
      `  signed by ${signers.join(", ")}`,
      ...(change === undefined ? [] : [`  ${changeLine(change)}`]),
    ]),
    ...(pending === undefined ? [] : [renderPending(pending)]),
    ...(sinceReport === undefined
      ? []
      : [
          `since the last report (${sinceReport.material ? "material: restate" : "not material"}):`,
          renderDifference(sinceReport.difference),
        ]),
    ...(baseYear === undefined
      ? []
      : [
          `base year: ${baseYear.recalculate ? "recalculate it" : "need not be recalculated"} ` +
            `(${baseYear.share ?? "all"} of its total changed, significance ${baseYear.significance})`,
        ]),
    `kept for ${retentionYears} years`,
  ].join("\n");
}
