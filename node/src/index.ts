export type { NotChecked } from "./core/evidence/bundle-check.ts";
export type { EvidenceErrors } from "./core/evidence/evidence-errors.ts";
export type { EvidenceSources, SizedNote } from "./core/evidence/evidence-sources.ts";
export {
  type ForkEvidence,
  type Preparer,
  type ProvenInventory,
  type ProveRequest,
  proveInventory,
} from "./core/evidence/prove.ts";
export type { TrustAnchor } from "./core/evidence/registry-proof.ts";
export { type VerificationReport, verifyBundle } from "./core/evidence/verify.ts";
export { computeInventory } from "./core/inventory/compute-inventory.ts";
export { type ExplainDocument, type ExplainNode, explainLine, explainTotal } from "./core/inventory/explain.ts";
export { type FactorLibrary, type FactorTable, factorTable, selectLibrary } from "./core/inventory/factor-library.ts";
export { type HeldLedger, type ImportRules, importLedger, type LedgerImport } from "./core/inventory/import-ledger.ts";
export type {
  EvidenceItem,
  EvidenceRef,
  Inventory,
  InventoryInput,
  LineResult,
  MemberFault,
  RefusedEvidence,
  Retraction,
} from "./core/inventory/inventory.ts";
export { type InventoryDocument, toInventoryDocument } from "./core/inventory/inventory-document.ts";
export type { InventoryErrors, LedgerIssue } from "./core/inventory/inventory-errors.ts";
export {
  DEFAULT_INVENTORY_POLICY,
  type InventoryPolicy,
  parseInventoryPolicy,
} from "./core/inventory/inventory-policy.ts";
export { LiveInventory } from "./core/inventory/live-inventory.ts";
export { renderExplanation } from "./core/inventory/render-explanation.ts";
export { LEDGER_COLUMNS } from "./core/ledger/fixed-columns.ts";
export { LEDGER_LIMITS } from "./core/ledger/ledger-limits.ts";
export { type LedgerMapping, parseLedgerMapping } from "./core/ledger/ledger-mapping.ts";
