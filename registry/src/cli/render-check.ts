import type { StoreReport } from "../check/check-store.ts";

const MENDS = { repair: "--repair redoes it", restore: "restore a backup", none: "no damage" } as const;

/** The report of a check, for a person. */
export function renderCheck(report: StoreReport): string {
  const { records, bytes, logs, findings, unlisted, repaired } = report;
  return [
    ...repaired.map((done) => `repaired: ${done}`),
    ...findings.map(
      ({ where, what, consequence, mend }) => `${where}\n  ${what}\n  so: ${consequence}\n  ${MENDS[mend]}`,
    ),
    ...(unlisted > 0 ? [`and ${unlisted} more`] : []),
    `checked ${records} records (${(bytes / 1_048_576).toFixed(1)} MiB) and ${logs.length} logs:`,
    ...logs.map(({ origin, size }) => `  ${origin}: ${size} entries`),
    report.sound ? "the store is sound" : "the store is damaged",
  ].join("\n");
}
