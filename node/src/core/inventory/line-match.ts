import type { Calculation } from "@tallystick/contracts";
import type { FallbackStep } from "@tallystick/registry";
import type { FactorTable, PlacedRow } from "./factor-library.ts";
import type { EvidenceItem, PassedOver } from "./inventory.ts";

/** The supplier's own attestation. */
export interface SupplierUse {
  readonly method: "supplier-specific";
  readonly item: EvidenceItem;
}

/** A factor, and how far it is from what was asked. */
export interface FactorUse {
  readonly method: "average-data" | "spend-based";
  readonly table: FactorTable;
  readonly placed: PlacedRow;
  /** Empty: EXACT. */
  readonly steps: readonly FallbackStep[];
}

/** Emissions that the ledger itself states. */
export interface ReportedUse {
  readonly method: "reported-emissions";
}

/** A component of a line with its own evidence. */
export interface ComponentUse {
  readonly id: string;
  readonly part: string;
  readonly evidence: FactorUse | ReportedUse;
  readonly calculation: Calculation;
  /** What was not used for it, and why: listed when it is read. */
  readonly passedOver: readonly PassedOver[];
}

/** A line of components. */
export interface HybridUse {
  readonly method: "hybrid";
  readonly components: readonly ComponentUse[];
}

/** What a line's figure rests on. */
export type EvidenceUse = SupplierUse | FactorUse | ReportedUse | HybridUse;

/** A line that is counted on the best evidence that policy allows. */
export interface CountedLine {
  readonly kind: "counted";
  readonly evidence: EvidenceUse;
  readonly calculation: Calculation;
  /** Listed when it is read: a million lines have some thousands of rejected candidates each, which nobody reads. */
  readonly passedOver: readonly PassedOver[];
}

/** A line that nothing admissible is known of. */
export interface UnsupportedLine {
  readonly kind: "unsupported";
  readonly passedOver: readonly PassedOver[];
}

/** The outcome for one line: counted, or not at all. */
export type LineMatch = CountedLine | UnsupportedLine;
