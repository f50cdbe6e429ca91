import { dayShare } from "../core/inventory/period.ts";
import { type LineHistory, lineHistory, type ReportedLine, reportedLine } from "../core/ledger/line-history.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import type { PeriodStore } from "./period-store.ts";
import type { Policies } from "./policies.ts";

/** Tells the history of ledger lines, from what is stored of ledger, policies and reports. */
export class LineHistories {
  readonly #keeper: InventoryKeeper;
  readonly #policies: Policies;
  readonly #periods: PeriodStore;

  constructor(keeper: InventoryKeeper, policies: Policies, periods: PeriodStore) {
    this.#keeper = keeper;
    this.#policies = policies;
    this.#periods = periods;
  }

  /** @param asOf Unix seconds: what came later is left out @throws STORE_CORRUPT */
  async of(id: string, asOf?: number): Promise<LineHistory> {
    const versions = this.#keeper.ledger.of(id);
    const lines = versions.flatMap((version) => (version.kind === "line" ? [version.line] : []));
    const reports: ReportedLine[] = [];
    for (const { done } of await this.#periods.records()) {
      for (const { statement } of done) {
        const { action, period, start, end } = statement;
        // A report can only have a line that once had a day in its period.
        const within = lines.some((line) => dayShare(line, { name: period, start, end }) !== undefined);
        if (action !== "close" || !within) continue;
        const { report, lines: figures } = await this.#periods.report(statement.report);
        const figure = figures.find((one) => one.id === id);
        if (figure === undefined) continue;
        const { number, preparedAt } = report;
        reports.push(reportedLine(figure, { period, number, report: statement.report, preparedAt }));
      }
    }
    reports.sort((a, b) =>
      a.preparedAt === b.preparedAt ? a.number - b.number : a.preparedAt < b.preparedAt ? -1 : 1,
    );
    return lineHistory(versions, this.#policies.inventory.history.versions, reports, asOf);
  }
}
