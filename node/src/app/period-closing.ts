import { formatInstant } from "@tallystick/contracts";
import { utf8Encode } from "@tallystick/proto";
import { REGISTRY_LOGS, type Replica, registryError, type Store } from "@tallystick/registry";
import type { Signatory } from "../core/agreement/agreement-terms.ts";
import { buildReport, changeOf } from "../core/closing/build-report.ts";
import { closingError } from "../core/closing/closing-errors.ts";
import { checkReport, type ReportWithLines, reportDigest } from "../core/closing/inventory-report.ts";
import type {
  PeriodDocument,
  PeriodListDocument,
  PeriodSummary,
  StatementDocument,
} from "../core/closing/period-documents.ts";
import {
  addSignature,
  latestReport,
  NEW_PERIOD,
  nextNumber,
  type PeriodRecord,
  periodRecordSchema,
  propose,
  stateOf,
} from "../core/closing/period-history.ts";
import { type PeriodStatement, verifyStatement } from "../core/closing/period-statement.ts";
import type { ReportingPolicy } from "../core/closing/reporting-policy.ts";
import { baseYearFinding, type Drift, driftOf } from "../core/closing/restatement.ts";
import { computeInventory } from "../core/inventory/compute-inventory.ts";
import { type LineFigure, toLineFigure } from "../core/inventory/line-figure.ts";
import { type Period, parsePeriod } from "../core/inventory/period.ts";
import type { Verdict } from "../core/journal/verdict.ts";
import type { PeriodRequest, PeriodsApi, SignedReport } from "../ports/local-api.ts";
import { inChunks } from "./in-chunks.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import { keys, putRecord, readAll, readRecord, readStored } from "./node-records.ts";
import type { StoredPolicy } from "./stored-policy.ts";
import { pinOf, type VerdictJournal } from "./verdict-journal.ts";

export interface PeriodClosingOptions {
  readonly store: Store;
  readonly keeper: InventoryKeeper;
  readonly journal: VerdictJournal;
  readonly replica: Replica;
  readonly reporting: StoredPolicy<ReportingPolicy>;
  readonly self: Signatory & { readonly name: string; readonly origin: string };
  /** Name and version of the software. */
  readonly engine: string;
  /** Unix seconds. */
  readonly now: () => number;
}

/**
 * Closes periods: freezes an inventory as a report, has persons sign it, and restates it when more is learnt. A report that was signed
 * is never changed; whatever comes after it is another one.
 */
export class PeriodClosing implements PeriodsApi {
  readonly #options: PeriodClosingOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PeriodClosingOptions) {
    this.#options = options;
  }

  /** A period by its name, in the company's own calendar. @throws PERIOD_INVALID */
  periodOf(name: string): Period {
    return parsePeriod(name, this.#options.reporting.current.calendar);
  }

  /** Puts a statement forward: from now on persons can sign it. What waited for signatures before is dropped. */
  propose(request: PeriodRequest): Promise<StatementDocument> {
    return this.#inTurn(async () => {
      const period = this.periodOf(request.period);
      const record = await this.#record(period);
      const { statement, report } =
        request.action === "reopen"
          ? this.#reopening(period, record, request)
          : await this.#report(period, record, request);
      const { store } = this.#options;
      await store.write(
        [
          ...(report === undefined ? [] : [putRecord(keys.report(statement.report), report)]),
          putRecord(keys.period(period.start, period.end), propose(record, statement)),
        ],
        { sync: true },
      );
      return this.#statementDocument(statement, [], report);
    });
  }

  async #report(
    period: Period,
    record: PeriodRecord,
    { action, reason, immaterial }: PeriodRequest,
  ): Promise<{ statement: PeriodStatement; report: ReportWithLines }> {
    const state = stateOf(record);
    if ((action === "restate") !== (state === "closed")) {
      throw closingError("PERIOD_STATE", { period: period.name, state, action });
    }
    const { keeper, journal, replica, reporting, self, engine, now } = this.#options;
    const input = keeper.input({ period });
    const inventory = computeInventory(input);
    const digest = latestReport(record);
    const drift = digest === undefined ? undefined : await this.#drift(digest, inventory.lines.map(toLineFigure));
    if (action === "restate" && drift !== undefined) this.#requireWorthIt(period, drift, immaterial === true);
    const report = buildReport(inventory, input, {
      member: self.did,
      memberName: self.name,
      period,
      number: nextNumber(record),
      preparedAt: formatInstant(now() * 1000),
      ledgerVersions: keeper.ledger.size,
      journal: journal.pin,
      registry: REGISTRY_LOGS.flatMap((log) => {
        const note = replica.noteOf(log);
        return note === undefined ? [] : [pinOf(note)];
      }),
      reporting: reporting.current,
      engine,
      ...(digest === undefined || drift === undefined
        ? {}
        : { change: changeOf(digest, reason ?? "closed again after it was reopened", drift) }),
    });
    const { start, end, name } = period;
    const head = { v: 1, member: self.did, period: name, start, end, number: report.report.number } as const;
    return { statement: { ...head, action: "close", report: reportDigest(report.report) }, report };
  }

  #requireWorthIt({ name: period }: Period, { difference, share = "", material }: Drift, meant: boolean): void {
    if (difference.lines.length === 0) throw closingError("RESTATEMENT_EMPTY", { period });
    if (material || meant) return;
    const { deltaKgCo2e } = difference;
    const { materiality } = this.#options.reporting.current;
    throw closingError("RESTATEMENT_IMMATERIAL", { period, deltaKgCo2e, share, materiality });
  }

  #reopening(
    { name, start, end }: Period,
    record: PeriodRecord,
    { action, reason = "no reason given" }: PeriodRequest,
  ): { statement: PeriodStatement; report?: undefined } {
    const report = latestReport(record);
    const state = stateOf(record);
    if (report === undefined || state === "open") throw closingError("PERIOD_STATE", { period: name, state, action });
    const head = { v: 1, member: this.#options.self.did, period: name, start, end } as const;
    return { statement: { ...head, action: "reopen", number: nextNumber(record) - 1, report, reason } };
  }

  /**
   * Adds a person's signature. With the last one that is needed the statement is done, and the journal says so.
   * @throws PERSON_UNKNOWN, PERSON_SIGNED_ALREADY, STATEMENT_DIFFERS, PERIOD_STATE, SIGNATURE_INVALID
   */
  sign(jws: string): Promise<StatementDocument> {
    return this.#inTurn(async () => {
      const { store, journal, reporting, self } = this.#options;
      const { persons, signatures: needed } = reporting.current;
      const signed = verifyStatement(jws, persons);
      const { statement } = signed;
      const { start, end } = statement;
      if (statement.member !== self.did) {
        throw closingError("STATEMENT_DIFFERS", { period: statement.period, reason: "of another member" });
      }
      const record = await this.#record({ start, end });
      const next = addSignature(record, signed, jws, needed);
      const op = putRecord(keys.period(start, end), next);
      if (next.pending !== undefined) {
        await store.write([op], { sync: true });
        return this.#statementDocument(statement, next.pending.signatures);
      }
      const verdict: Verdict = {
        v: 1,
        kind: statement.action === "close" ? "period-closed" : "period-reopened",
        member: self.did,
        origin: self.origin,
        period: `${start}..${end}`,
        number: statement.number,
        report: statement.report,
      };
      await journal.append([verdict], [op]);
      return this.#statementDocument(statement, next.done.at(-1)?.signatures ?? []);
    });
  }

  /** Every period that was put forward, the earliest first. */
  async list(): Promise<PeriodListDocument> {
    const records = await readAll(this.#options.store, keys.periods, periodRecordSchema);
    const periods = records.flatMap(([, record]) => {
      const { statement } = record.pending ?? record.done.at(-1) ?? {};
      if (statement === undefined) return [];
      const { period: name, start, end } = statement;
      return [summaryOf({ name, start, end }, record)];
    });
    return { periods };
  }

  /** One period, and how far what is known now is from its last report. @throws PERIOD_INVALID */
  async show(name: string): Promise<PeriodDocument> {
    const period = this.periodOf(name);
    const record = await this.#record(period);
    const digest = latestReport(record);
    const { reporting, keeper } = this.#options;
    const drift =
      digest === undefined
        ? undefined
        : await this.#drift(digest, keeper.inventory({ period }).lines.map(toLineFigure));
    const { baseYear } = reporting.current;
    const isBaseYear = baseYear !== undefined && sameDays(this.periodOf(baseYear.period), period);
    return {
      ...summaryOf(period, record),
      reports: await this.#reports(record),
      ...(record.pending === undefined ? {} : { pending: record.pending.statement }),
      ...(drift === undefined ? {} : { sinceReport: drift }),
      ...(drift !== undefined && isBaseYear ? { baseYear: baseYearFinding(drift, baseYear) } : {}),
      retentionYears: reporting.current.retentionYears,
    };
  }

  async #reports(record: PeriodRecord): Promise<PeriodDocument["reports"]> {
    const closings = record.done.filter(({ statement }) => statement.action === "close");
    return Promise.all(
      closings.map(async ({ statement, signatures }) => {
        const { report } = await this.report(statement.report);
        const { number, preparedAt, change, figures } = report;
        const signers = signatures.map(({ kid }) => kid);
        const { totalKgCo2e } = figures;
        return {
          number,
          digest: statement.report,
          preparedAt,
          totalKgCo2e,
          signers,
          ...(change === undefined ? {} : { change }),
        };
      }),
    );
  }

  /** @inheritdoc @throws PERIOD_INVALID, PERIOD_STATE */
  async *exportReport(name: string): AsyncGenerator<Uint8Array> {
    const { done } = await this.#record(this.periodOf(name));
    const closing = done.findLast(({ statement }) => statement.action === "close");
    if (closing === undefined) throw closingError("PERIOD_STATE", { period: name, state: "open", action: "export" });
    const { report, lines } = await this.report(closing.statement.report);
    const whole: SignedReport = { report, lines, signatures: closing.signatures.map(({ jws }) => jws) };
    yield* inChunks(utf8Encode(JSON.stringify(whole)));
  }

  /** The lines of the latest report of a period. @throws PERIOD_INVALID, PERIOD_STATE */
  async reportedLines(name: string): Promise<readonly LineFigure[]> {
    const digest = latestReport(await this.#record(this.periodOf(name)));
    if (digest === undefined) throw closingError("PERIOD_STATE", { period: name, state: "open", action: "compare" });
    return (await this.report(digest)).lines;
  }

  /** A report by its digest, as it was stored. @throws STORE_CORRUPT */
  async report(digest: string): Promise<ReportWithLines> {
    const key = keys.report(digest);
    const bytes = await this.#options.store.get(key);
    if (bytes === undefined) throw registryError("STORE_CORRUPT", { reason: `${key} is missing` });
    return readStored(key, () => {
      const stored = checkReport(JSON.parse(new TextDecoder().decode(bytes)));
      if (reportDigest(stored.report) !== digest) throw closingError("REPORT_INVALID", { reason: "another report" });
      return stored;
    });
  }

  async #drift(digest: string, now: Parameters<typeof driftOf>[1]): Promise<Drift> {
    return driftOf(await this.report(digest), now, this.#options.reporting.current);
  }

  async #record({ start, end }: Pick<Period, "start" | "end">): Promise<PeriodRecord> {
    const key = keys.period(start, end);
    const bytes = await this.#options.store.get(key);
    return bytes === undefined ? NEW_PERIOD : readRecord(periodRecordSchema, key, bytes);
  }

  #statementDocument(
    statement: PeriodStatement,
    signatures: readonly { readonly kid: string }[],
    report?: ReportWithLines,
  ): StatementDocument {
    const { signatures: needed } = this.#options.reporting.current;
    return {
      statement,
      signers: signatures.map(({ kid }) => kid),
      needed,
      done: signatures.length >= needed,
      ...(report === undefined ? {} : { totalKgCo2e: report.report.figures.totalKgCo2e }),
      ...(report?.report.change === undefined ? {} : { change: report.report.change }),
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

const sameDays = (a: Period, b: Period): boolean => a.start === b.start && a.end === b.end;

function summaryOf(period: Period, record: PeriodRecord): PeriodSummary {
  return {
    period,
    state: stateOf(record),
    reports: nextNumber(record),
    awaitingSignatures: record.pending !== undefined,
  };
}
