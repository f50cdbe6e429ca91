import type { PeriodDocument, PeriodListDocument, StatementDocument } from "../core/closing/period-documents.ts";
import type {
  AccessDocument,
  ImportDocument,
  PoliciesDocument,
  PolicyDocument,
  PublishDocument,
  RetractDocument,
  StatusDocument,
  SubscribeDocument,
} from "../core/documents.ts";
import type { FaultDetail, FaultsDocument } from "../core/evidence/fault/fault-list.ts";
import type { InventoryDifference } from "../core/inventory/diff-inventories.ts";
import type { ExplainDocument } from "../core/inventory/explain.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import type { ViewQuery } from "../core/inventory/inventory-view.ts";
import type { RebaselineDocument } from "../core/rebaseline/rebaseline-document.ts";

/**
 * What the owner of a node can ask of it. Implemented by the node itself and by the client of its local socket, so that a
 * command works the same whether the node is running or not.
 */
export interface LocalApi {
  status(): Promise<StatusDocument>;
  /** Who came by which road for what, and whether it was let: the latest first. */
  access(query?: AccessQuery): Promise<AccessDocument>;
  /** Publishes every footprint of a PACT JSON or CSV file, or none. Resolves when durable. */
  publish(name: string, content: Uint8Array): Promise<PublishDocument>;
  /** Agrees with the supplier at `address` (host:port) and follows its feed from then on. */
  subscribe(address: string, supplierDid: string): Promise<SubscribeDocument>;
  /** Imports a ledger, CSV or XLSX: all lines or none, unless the bad ones are to be skipped. What is refused is in the answer. */
  importLedger(name: string, content: Uint8Array, options?: LedgerImportOptions): Promise<ImportDocument>;
  /** Records that a line was none; its versions stay. */
  retractLine(id: string, reason: string): Promise<RetractDocument>;
  inventory(view?: ViewQuery): Promise<InventoryDocument>;
  /** The inventory now, and again after each change, until the signal aborts. */
  watch(signal: AbortSignal): AsyncIterable<InventoryDocument>;
  /** `subject` is a ledger line's id, or "total". */
  explain(subject: string, view?: ViewQuery): Promise<ExplainDocument>;
  /** The evidence bundle, in pieces. */
  prove(view?: ViewQuery): AsyncIterable<Uint8Array>;
  /** Two inventories, each as "PERIOD@AS-OF", or "closed:PERIOD" for the latest report of a period. */
  diff(before: string, after: string): Promise<InventoryDifference>;
  /** The whole store and the public files of the folder as they are now, and sealed keys where they are wanted: an archive, in pieces. */
  backup(withKeys: boolean): AsyncIterable<Uint8Array>;
  readonly faults: FaultsApi;
  readonly policies: PoliciesApi;
  readonly periods: PeriodsApi;
  readonly rebaseline: RebaselineApi;
}

export interface AccessQuery {
  readonly did?: string;
  /** Only what was refused. */
  readonly refused?: boolean;
  /** The latest so many. Default 100. */
  readonly limit?: number;
}

export interface LedgerImportOptions {
  /** A `LedgerMapping`, not yet checked. */
  readonly mapping?: unknown;
  /** The sheet of a workbook that has several. */
  readonly sheet?: string;
  /** Nothing is imported; the answer says what would be. */
  readonly dryRun?: boolean;
  /** Other content under a held id is a new version of that line. */
  readonly correct?: boolean;
  /** Rows without faults are imported though others have them. */
  readonly skipBad?: boolean;
}

/** What members were caught at, and the documents that show it to others. */
export interface FaultsApi {
  /** Every fault in the journal, those that healed included, and what the evidence held shows. */
  list(): Promise<FaultsDocument>;
  /** One fault, and what a document of it would show. @throws FAULT_UNKNOWN */
  show(fault: string): Promise<FaultDetail>;
  /** The fault document, in pieces. @throws FAULT_UNKNOWN, FAULT_NOT_EXPORTABLE, FAULT_NOT_SHOWN, EVIDENCE_NOT_HELD */
  exportFault(fault: string): AsyncIterable<Uint8Array>;
}

/** The rules that a node's inventory and its reports go by. */
export interface PoliciesApi {
  show(): Promise<PoliciesDocument>;
  /** Puts a policy in force from now on; what was computed before stays as it was known then. */
  put(kind: string, policy: unknown, cause: string): Promise<PolicyDocument>;
}

/** What is asked about a period. */
export interface PeriodRequest {
  readonly action: "close" | "reopen" | "restate";
  readonly period: string;
  readonly reason?: string;
  /** A restatement below the materiality of the policy is meant. */
  readonly immaterial?: boolean;
  /** Drop the statement that waits, with the signatures it has. */
  readonly renew?: boolean;
}

/** Reporting periods, closed under the keys of several persons. Those keys never come near the node. */
export interface PeriodsApi {
  list(): Promise<PeriodListDocument>;
  show(period: string): Promise<PeriodDocument>;
  /** Puts a statement forward: from now on persons can sign it. */
  propose(request: PeriodRequest): Promise<StatementDocument>;
  /** Adds a person's signature to the statement that waits; one to a report that is outdated only `asPrepared`. */
  sign(jws: string, asPrepared?: boolean): Promise<StatementDocument>;
  /** The latest `SignedReport` (core/closing) of a period as JSON, in pieces. */
  exportReport(period: string): AsyncIterable<Uint8Array>;
}

/** Another version of a factor set: what it would change, and that it be in force. */
export interface RebaselineApi {
  plan(to: string, view?: ViewQuery): Promise<RebaselineDocument>;
  /** `plan` is the digest of the plan that was looked at: what would do something else is refused. */
  apply(to: string, plan: string): Promise<RebaselineDocument>;
}
