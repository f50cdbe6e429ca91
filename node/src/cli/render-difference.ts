import type { InventoryDifference } from "../core/inventory/diff-inventories.ts";
import { readable, signed, table } from "./render-table.ts";

/** Lines shown of a long list; --json has them all. */
const SHOWN_LINES = 20;

/** A difference as a person reads it: totals, causes, and the lines that matter most. */
export function renderDifference(difference: InventoryDifference): string {
  const { beforeKgCo2e, afterKgCo2e, deltaKgCo2e, byCause, lines, unchangedLines } = difference;
  const hidden = lines.length - SHOWN_LINES;
  return [
    `${readable(beforeKgCo2e)} → ${readable(afterKgCo2e)} kg CO2e: ${signed(deltaKgCo2e)}`,
    ...(lines.length === 0 ? ["no line differs"] : []),
    ...table(
      Object.entries(byCause).map(
        ([cause, sum]) => [`${cause} (${sum.lines} lines)`, signed(sum.deltaKgCo2e)] as const,
      ),
    ),
    ...(lines.length === 0 ? [] : ["lines, the largest first"]),
    ...table(
      lines
        .slice(0, SHOWN_LINES)
        .map(({ id, cause, deltaKgCo2e: delta, evidenceBefore = "—", evidenceAfter = "—" }) => [
          `${id}  ${cause}${evidenceBefore === evidenceAfter ? "" : `: ${evidenceBefore} → ${evidenceAfter}`}`,
          signed(delta),
        ]),
    ),
    ...(hidden > 0 ? [`  and ${hidden} more: --json prints them all`] : []),
    `${unchangedLines} lines as they were`,
  ].join("\n");
}
