import { formatInstant } from "@tallystick/contracts";
import { canonicalJson, type JsonObject, utf8Encode } from "@tallystick/proto";
import { REGISTRY_LOGS, type Replica, type Store } from "@tallystick/registry";
import type { Signatory } from "../core/agreement/agreement-terms.ts";
import { buildReport, changeOf } from "../core/closing/build-report.ts";
import { closingError } from "../core/closing/closing-errors.ts";
import { linesRoot, type ReportWithLines, reportDigest } from "../core/closing/inventory-report.ts";
import { vouchAnew, vouchFor } from "../core/closing/member-vouch.ts";
import type {
  PendingDocument,
  PeriodDocument,
  PeriodListDocument,
  PeriodSummary,
  StatementDocument,
} from "../core/closing/period-documents.ts";
import {
  addSignature,
  latestReport,
  nextNumber,
  type PeriodRecord,
  propose,
  type StatementRecord,
  stateOf,
} from "../core/closing/period-history.ts";
import { type PeriodStatement, requireReason, verifyStatement } from "../core/closing/period-statement.ts";
import { type ReportingPolicy, reportingDigest } from "../core/closing/reporting-policy.ts";
import { baseYearFinding, type Drift, driftOf } from "../core/closing/restatement.ts";
import type { SignedReport } from "../core/closing/signed-report.ts";
import { computeInventory } from "../core/inventory/compute-inventory.ts";
import { diffInventories } from "../core/inventory/diff-inventories.ts";
import { type LineFigure, toLineFigure } from "../core/inventory/line-figure.ts";
import { type Period, parsePeriod } from "../core/inventory/period.ts";
import type { Verdict } from "../core/journal/verdict.ts";
import type { PeriodRequest, PeriodsApi } from "../ports/local-api.ts";
import { inChunks } from "./in-chunks.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import { PeriodStore } from "./period-store.ts";
import type { StoredPolicy } from "./stored-policy.ts";
import { pinOf, type VerdictJournal } from "./verdict-journal.ts";

export interface PeriodClosingOptions {
  readonly store: Store;
  readonly keeper: InventoryKeeper;
  readonly journal: VerdictJournal;
  readonly replica: Replica;
  readonly reporting: StoredPolicy<ReportingPolicy>;
  readonly self: Signatory & { readonly name: string; readonly origin: string };
  /** Checks the signatures of all that counts by its log alone (docs/protocol.md, COV-4). @throws TOKENS_UNCHECKED */
  readonly settle: () => Promise<void>;
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
  readonly #stored: PeriodStore;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PeriodClosingOptions) {
    this.#options = options;
    this.#stored = new PeriodStore(options.store);
  }

  /** A period by its name, in the company's own calendar. @throws PERIOD_INVALID */
  periodOf(name: string): Period {
    return parsePeriod(name, this.#options.reporting.current.calendar);
  }

  /**
   * Puts a statement forward: from now on persons can sign it. One that waits already is dropped only where `renew` says so.
   * @throws STATEMENT_WAITING, PERIOD_STATE, REASON_INVALID, RESTATEMENT_EMPTY, RESTATEMENT_IMMATERIAL and what `buildReport` throws
   */
  propose(request: PeriodRequest): Promise<StatementDocument> {
    return this.#inTurn(async () => {
      const period = this.periodOf(request.period);
      const record = await this.#stored.record(period);
      const { statement, report } =
        request.action === "reopen"
          ? await this.#reopening(period, record, request)
          : await this.#report(period, record, request);
      const next = propose(record, statement, request.renew === true);
      await this.#stored.write(
        ...(request.action === "reopen" ? [] : [this.#stored.putReport(statement.report, report)]),
        this.#stored.putRecord(period, next),
      );
      return this.#statementDocument({ statement, signatures: [] }, report);
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
    const why = action === "restate" || reason !== undefined ? requireReason(reason) : AFTER_REOPENING;
    const digest = latestReport(record);
    const earlier = digest === undefined ? undefined : await this.#stored.report(digest);
    await this.#options.settle();
    // From here on nothing is awaited: what is pinned is what the figures are computed from, whatever arrives meanwhile.
    const { keeper, journal, replica, reporting, self, engine, now } = this.#options;
    const input = keeper.input({ period });
    const inventory = computeInventory(input);
    const drift =
      earlier === undefined ? undefined : driftOf(earlier, inventory.lines.map(toLineFigure), reporting.current);
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
      ...(digest === undefined || drift === undefined ? {} : { change: changeOf(digest, why, drift) }),
    });
    const number = report.report.number;
    return {
      statement: { ...this.#head(period, number), action: "close", report: reportDigest(report.report) },
      report,
    };
  }

  /** What every statement says. */
  #head({ name, start, end }: Period, number: number) {
    const { self, reporting } = this.#options;
    const rules = reportingDigest(reporting.current);
    return { v: 1, member: self.did, period: name, start, end, number, reporting: rules } as const;
  }

  #requireWorthIt({ name: period }: Period, { difference, share = "", material }: Drift, meant: boolean): void {
    if (difference.lines.length === 0) throw closingError("RESTATEMENT_EMPTY", { period });
    if (material || meant) return;
    const { deltaKgCo2e } = difference;
    const { materiality } = this.#options.reporting.current;
    throw closingError("RESTATEMENT_IMMATERIAL", { period, deltaKgCo2e, share, materiality });
  }

  async #reopening(
    period: Period,
    record: PeriodRecord,
    { action, reason }: PeriodRequest,
  ): Promise<{ statement: PeriodStatement; report: ReportWithLines }> {
    const report = latestReport(record);
    const state = stateOf(record);
    if (report === undefined || state === "open") {
      throw closingError("PERIOD_STATE", { period: period.name, state, action });
    }
    const { persons, signatures: needed } = this.#options.reporting.current;
    if (persons.length < needed) throw closingError("PERSONS_MISSING", { named: persons.length, needed });
    const head = this.#head(period, nextNumber(record) - 1);
    return {
      statement: { ...head, action: "reopen", report, reason: requireReason(reason) },
      report: await this.#stored.report(report),
    };
  }

  /**
   * Adds a person's signature. With the last one that is needed the statement is done, the member vouches for it, and the journal says so.
   *
   * @param asPrepared sign a report also where one prepared now would be another
   * @throws PERSON_UNKNOWN, PERSON_SIGNED_ALREADY, STATEMENT_DIFFERS, STATEMENT_OUTDATED, PERIOD_STATE, SIGNATURE_INVALID,
   *   and SIGNER_UNAVAILABLE, SIGNING_LOCKED, with nothing changed
   */
  sign(jws: string, asPrepared = false): Promise<StatementDocument> {
    return this.#inTurn(async () => {
      const { journal, reporting, self } = this.#options;
      const { persons, signatures: needed } = reporting.current;
      const signed = verifyStatement(jws, persons);
      const { statement } = signed;
      const { period } = statement;
      if (statement.member !== self.did)
        throw closingError("STATEMENT_DIFFERS", { period, reason: "of another member" });
      const record = await this.#stored.record(statement);
      // A person waits for the answer: refused now, the same signature is good later.
      await journal.requireSigner();
      const next = await addSignature(record, signed, jws, {
        needed,
        vouch: ({ statement, signatures }) =>
          vouchFor(
            statement,
            signatures.flatMap(({ kid }) => persons.filter((person) => person.kid === kid)),
            self,
          ),
      });
      if (statement.reporting !== reportingDigest(reporting.current)) {
        throw closingError("STATEMENT_DIFFERS", { period, reason: "the reporting policy is another one since" });
      }
      const report = await this.#stored.report(statement.report);
      if (statement.action === "close" && !asPrepared) this.#requireCurrent(statement, report);
      const op = this.#stored.putRecord(statement, next);
      if (next.pending !== undefined) {
        await this.#stored.write(op);
        return this.#statementDocument(next.pending, report);
      }
      const verdict: Verdict = {
        v: 1,
        kind: statement.action === "close" ? "period-closed" : "period-reopened",
        member: self.did,
        origin: self.origin,
        period: `${statement.start}..${statement.end}`,
        number: statement.number,
        report: statement.report,
      };
      await journal.append([verdict], [op]);
      return this.#statementDocument(next.done.at(-1) as StatementRecord, report);
    });
  }

  #requireCurrent(statement: PeriodStatement, report: ReportWithLines): void {
    const { difference, outdated } = this.#compare(statement, report);
    if (!outdated) return;
    const { deltaKgCo2e, lines } = difference;
    const { period } = statement;
    throw closingError("STATEMENT_OUTDATED", { period, report: statement.report, deltaKgCo2e, lines: lines.length });
  }

  /** A statement's report beside what is known now. */
  #compare({ period: name, start, end }: PeriodStatement, { report, lines }: ReportWithLines) {
    const { keeper } = this.#options;
    const input = keeper.input({ period: { name, start, end } });
    const figures = computeInventory(input).lines.map(toLineFigure);
    const [before, after] = [report.pins.policy, input.policy].map((policy) =>
      canonicalJson(policy as unknown as JsonObject),
    );
    return {
      difference: diffInventories(lines, figures),
      outdated: before !== after || linesRoot(figures) !== report.pins.linesRoot,
    };
  }

  /** Every period that was put forward, the earliest first. */
  async list(): Promise<PeriodListDocument> {
    const records = await this.#stored.records();
    const periods = records.flatMap((record) => {
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
    const record = await this.#stored.record(period);
    const digest = latestReport(record);
    const { reporting, keeper } = this.#options;
    const drift =
      digest === undefined
        ? undefined
        : driftOf(
            await this.#stored.report(digest),
            keeper.inventory({ period }).lines.map(toLineFigure),
            reporting.current,
          );
    const { baseYear } = reporting.current;
    const isBaseYear = baseYear !== undefined && sameDays(this.periodOf(baseYear.period), period);
    return {
      ...summaryOf(period, record),
      reports: await this.#reports(record),
      ...(record.pending === undefined ? {} : { pending: await this.#pendingDocument(record.pending) }),
      ...(drift === undefined ? {} : { sinceReport: drift }),
      ...(drift !== undefined && isBaseYear ? { baseYear: baseYearFinding(drift, baseYear) } : {}),
      retentionYears: reporting.current.retentionYears,
    };
  }

  async #reports(record: PeriodRecord): Promise<PeriodDocument["reports"]> {
    const closings = record.done.filter(({ statement }) => statement.action === "close");
    return Promise.all(
      closings.map(async ({ statement, signatures }) => {
        const { report } = await this.#stored.report(statement.report);
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

  /** @inheritdoc @throws PERIOD_INVALID, PERIOD_STATE, and what the signer throws where the key that vouched is out of use */
  async *exportReport(name: string): AsyncGenerator<Uint8Array> {
    const { done } = await this.#stored.record(this.periodOf(name));
    const closing = done.findLast(({ statement }) => statement.action === "close");
    if (closing === undefined) throw closingError("PERIOD_STATE", { period: name, state: "open", action: "export" });
    const { report, lines } = await this.#stored.report(closing.statement.report);
    const signatures = closing.signatures.map(({ jws }) => jws);
    const { statement, vouch } = closing;
    const vouched = vouch === undefined ? {} : { vouch: await vouchAnew(vouch, statement, this.#options.self) };
    const whole: SignedReport = { report, lines, signatures, ...vouched };
    yield* inChunks(utf8Encode(JSON.stringify(whole)));
  }

  /** The lines of the latest report of a period. @throws PERIOD_INVALID, PERIOD_STATE */
  async reportedLines(name: string): Promise<readonly LineFigure[]> {
    const digest = latestReport(await this.#stored.record(this.periodOf(name)));
    if (digest === undefined) throw closingError("PERIOD_STATE", { period: name, state: "open", action: "compare" });
    return (await this.#stored.report(digest)).lines;
  }

  async #pendingDocument(pending: StatementRecord): Promise<PendingDocument> {
    const { statement } = pending;
    const report = await this.#stored.report(statement.report);
    const { difference, outdated } = this.#compare(statement, report);
    return {
      ...this.#statementDocument(pending, report),
      sinceReport: difference,
      outdated,
      otherRules: statement.reporting !== reportingDigest(this.#options.reporting.current),
    };
  }

  #statementDocument(
    { statement, signatures, vouch }: StatementRecord,
    { report: { figures, preparedAt, change } }: ReportWithLines,
  ): StatementDocument {
    return {
      statement,
      signers: signatures.map(({ kid }) => kid),
      needed: this.#options.reporting.current.signatures,
      done: vouch !== undefined,
      totalKgCo2e: figures.totalKgCo2e,
      preparedAt,
      ...(change === undefined ? {} : { change }),
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** What a report after a reopening says where nobody said more: why is in the statement that reopened the period. */
const AFTER_REOPENING = "closed again after it was reopened";

const sameDays = (a: Period, b: Period): boolean => a.start === b.start && a.end === b.end;

function summaryOf(period: Period, record: PeriodRecord): PeriodSummary {
  return {
    period,
    state: stateOf(record),
    reports: nextNumber(record),
    awaitingSignatures: record.pending !== undefined,
  };
}
