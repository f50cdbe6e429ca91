import { extname } from "node:path";
import type { ImportDocument } from "../core/documents.ts";
import type { LedgerIssue } from "../core/inventory/inventory-errors.ts";
import { nodeError } from "../errors.ts";

const SHOWN_ISSUES = 20;

/** What an import did, for a person. */
export function renderImport(document: ImportDocument, report?: string): string {
  const { lines, added, corrected, unchanged, refused, imported, dryRun, issueCount, issues = [] } = document;
  const outcome = imported
    ? refused > 0
      ? "imported without the refused rows"
      : "imported"
    : refused > 0 && !dryRun
      ? "nothing was imported: correct the rows, or leave them out with --skip-bad"
      : "nothing was imported: this was a dry run";
  const counts = [`${added} new`, `${corrected} corrected`, `${unchanged} known already`, `${refused} refused`].join(
    ", ",
  );
  const shown = issues.slice(0, SHOWN_ISSUES).map(renderIssue);
  const more = issueCount - shown.length;
  const rest = report === undefined ? "name a file with --report to see all" : `see ${report}`;
  return [
    `${lines} rows read: ${counts}; ${outcome}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more faults: ${rest}`] : []),
  ].join("\n");
}

function renderIssue({ row, column, rule, value, message }: LedgerIssue): string {
  const place = column === undefined ? `row ${row}` : `row ${row}, ${column}`;
  const cell = value === undefined ? "" : ` ${JSON.stringify(value)}`;
  return `  ${place}: ${rule}:${cell} ${message}`;
}

/** How faults are written to a file of that name. @throws FILE_UNREADABLE where the name ends in neither .csv nor .json */
export function reportFile(path: string): (issues: readonly LedgerIssue[]) => string {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return (issues) => `${JSON.stringify(issues, null, 2)}\n`;
  if (extension === ".csv") return toCsv;
  throw nodeError("FILE_UNREADABLE", { path, reason: "a report is .csv or .json" });
}

function toCsv(issues: readonly LedgerIssue[]): string {
  const rows = issues.map(({ row, column = "", rule, value = "", message }) => [
    String(row),
    column,
    rule,
    value,
    message,
  ]);
  return [["row", "column", "rule", "value", "message"], ...rows]
    .map((cells) => `${cells.map(csvCell).join(",")}\r\n`)
    .join("");
}

/** A cell that a spreadsheet would take for a formula is marked as text. */
function csvCell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.,]+$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
