import { registryError, type Store, type WriteOp } from "@tallystick/registry";
import { closingError } from "../core/closing/closing-errors.ts";
import { checkReport, type ReportWithLines, reportDigest } from "../core/closing/inventory-report.ts";
import { NEW_PERIOD, type PeriodRecord, periodRecordSchema } from "../core/closing/period-history.ts";
import type { Period } from "../core/inventory/period.ts";
import { keys, putRecord, readAll, readRecord, readStored } from "./node-records.ts";

/** Periods and their reports, as they lie in a node's store. */
export class PeriodStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws STORE_CORRUPT */
  async record({ start, end }: Pick<Period, "start" | "end">): Promise<PeriodRecord> {
    const key = keys.period(start, end);
    const bytes = await this.#store.get(key);
    return bytes === undefined ? NEW_PERIOD : readRecord(periodRecordSchema, key, bytes);
  }

  /** Every period that was put forward, the earliest first. @throws STORE_CORRUPT */
  async records(): Promise<readonly PeriodRecord[]> {
    return (await readAll(this.#store, keys.periods, periodRecordSchema)).map(([, record]) => record);
  }

  /** A report by its digest, checked against it. @throws STORE_CORRUPT */
  async report(digest: string): Promise<ReportWithLines> {
    const key = keys.report(digest);
    const bytes = await this.#store.get(key);
    if (bytes === undefined) throw registryError("STORE_CORRUPT", { reason: `${key} is missing` });
    return readStored(key, () => {
      const stored = checkReport(JSON.parse(new TextDecoder().decode(bytes)));
      if (reportDigest(stored.report) !== digest) throw closingError("REPORT_INVALID", { reason: "another report" });
      return stored;
    });
  }

  putRecord({ start, end }: Pick<Period, "start" | "end">, record: PeriodRecord): WriteOp {
    return putRecord(keys.period(start, end), record);
  }

  putReport(digest: string, report: ReportWithLines): WriteOp {
    return putRecord(keys.report(digest), report);
  }

  /** All or none; durable when it resolves. */
  async write(...ops: readonly WriteOp[]): Promise<void> {
    await this.#store.write(ops, { sync: true });
  }
}
