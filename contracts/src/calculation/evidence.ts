import type { FactorRow } from "../factors/factor-row.ts";
import type { FactorSet } from "../factors/factor-set.ts";
import type { ProductFootprint } from "../footprint/product-footprint.ts";
import type { RateSet } from "../rates/rate-set.ts";
import type { GwpChoice } from "./factor-value.ts";

/** Where an entry stands: the origin of its log, its index, and its leaf hash in base64. */
export interface EntryRef {
  readonly origin: string;
  readonly index: number;
  readonly leaf: string;
}

/** The supplier's own figure for the product. */
export interface SupplierEvidence {
  readonly method: "supplier-specific";
  readonly ref: EntryRef;
  readonly footprint: ProductFootprint;
}

/** A factor per physical quantity. */
export interface AverageEvidence {
  readonly method: "average-data";
  readonly set: FactorSet;
  readonly row: FactorRow;
  /** Absent: the publisher's own figure. */
  readonly gwp?: GwpChoice;
}

/** A factor per money of the set's price basis; rates where the amount is in other money. */
export interface SpendEvidence {
  readonly method: "spend-based";
  readonly set: FactorSet;
  readonly row: FactorRow;
  readonly rates?: RateSet;
  readonly gwp?: GwpChoice;
}

/** What a line's figure rests on, by the methods of the GHG Protocol's Scope 3 guidance. */
export type Evidence = SupplierEvidence | AverageEvidence | SpendEvidence;
