import type { ImportDocument, PublishDocument, StatusDocument, SubscribeDocument } from "../core/documents.ts";
import type { ExplainDocument } from "../core/inventory/explain.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";

/**
 * What the owner of a node can ask of it. Implemented by the node itself and by the client of its local socket, so that a
 * command works the same whether the node is running or not.
 */
export interface LocalApi {
  status(): Promise<StatusDocument>;
  /** Publishes every footprint of a PACT JSON or CSV file, or none. Resolves when durable. */
  publish(name: string, content: Uint8Array): Promise<PublishDocument>;
  /** Agrees with the supplier at `address` (host:port) and follows its feed from then on. */
  subscribe(address: string, supplierDid: string): Promise<SubscribeDocument>;
  /** Imports a ledger as CSV: all lines or none. */
  importLedger(name: string, content: Uint8Array): Promise<ImportDocument>;
  inventory(): Promise<InventoryDocument>;
  /** The inventory now, and again after each change, until the signal aborts. */
  watch(signal: AbortSignal): AsyncIterable<InventoryDocument>;
  /** `subject` is a ledger line's id, or "total". */
  explain(subject: string): Promise<ExplainDocument>;
  /** The evidence bundle, in pieces. */
  prove(): AsyncIterable<Uint8Array>;
}
