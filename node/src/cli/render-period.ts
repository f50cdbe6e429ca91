import type { PeriodDocument, StatementDocument } from "../core/closing/period-documents.ts";
import { renderDifference } from "./render-difference.ts";
import { readable, signed } from "./render-table.ts";

export function renderStatement({ statement, signers, needed, done }: StatementDocument): string {
  const { action, period, number, report } = statement;
  const what = action === "reopen" ? `reopening ${period}` : `report ${number} of ${period}`;
  return [
    done ? `${what}: signed, ${action === "reopen" ? "the period is open" : "the period is closed"}` : `${what} waits`,
    `signed by ${signers.join(", ")} (${signers.length} of ${needed})`,
    `report digest ${report}`,
  ].join("\n");
}

export function renderPeriod(document: PeriodDocument): string {
  const { period, state, reports, pending, sinceReport, baseYear, retentionYears } = document;
  return [
    `${period.name} (${period.start} to ${period.end}): ${state}`,
    ...reports.flatMap(({ number, digest, preparedAt, totalKgCo2e, signers, change }) => [
      `report ${number}: ${readable(totalKgCo2e)} kg CO2e, prepared ${preparedAt}, digest ${digest}`,
      `  signed by ${signers.join(", ")}`,
      ...(change === undefined
        ? []
        : [`  restates ${change.restates}: ${signed(change.deltaKgCo2e)} kg CO2e, because ${change.reason}`]),
    ]),
    ...(pending === undefined ? [] : [`waiting for signatures: ${pending.action}, report ${pending.report}`]),
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
