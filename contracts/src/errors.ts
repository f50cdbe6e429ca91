import { errorFactory } from "@tallystick/proto";

/** One fault found in a document: where, which rule, in words. */
export interface Finding {
  /** Dotted path from the document's root, "" for the whole document. */
  readonly path: string;
  /** Stable id of the rule: see FOOTPRINT_RULES for a footprint's; `schema` for a structural fault. */
  readonly rule: string;
  readonly message: string;
}

/** The codes of what members say to each other. Each is raised for exactly one kind of fault. */
export interface ContractErrors {
  DECIMAL_INVALID: { text: string; reason: string };
  UNIT_UNKNOWN: { unit: string };
  UNIT_AMBIGUOUS: { unit: string; alternatives: readonly string[] };
  UNIT_INCOMPATIBLE: { from: string; to: string; fromDimension: string; toDimension: string };
  UNIT_UNPRICED: { unit: string };
  GAS_UNKNOWN: { gas: string; gwpSet: string };
  FOOTPRINT_INVALID: { issues: readonly Finding[] };
  ATTESTATION_INVALID: { issues: readonly Finding[] };
  REVOCATION_INVALID: { issues: readonly Finding[] };
  CONTRACT_INVALID: { issues: readonly Finding[] };
  KEY_EVENT_INVALID: { issues: readonly Finding[] };
  AGREEMENT_INVALID: { issues: readonly Finding[] };
  FACTOR_SET_INVALID: { issues: readonly Finding[] };
  FACTOR_ROW_INVALID: { key: string; issues: readonly Finding[] };
  FACTOR_ROW_UNPROVEN: { set: string; key: string; index: number };
  FACTOR_NOT_A_VALUE: { set: string; key: string; kind: string };
  FUEL_PROPERTIES_INVALID: { issues: readonly Finding[] };
  FUEL_UNKNOWN: { set: string; fuel: string };
  FUEL_PROPERTY_MISSING: { set: string; fuel: string; from: string; to: string };
  RATES_INVALID: { issues: readonly Finding[] };
  RATE_UNKNOWN: { what: "currency" | "price-index"; currency: string; year: number };
  LEDGER_LINE_INVALID: { id: string; issues: readonly Finding[] };
  ACTIVITY_DATA_MISSING: { line: string; needs: string };
  ACTIVITY_DATA_INVALID: { line: string; input: string; reason: string };
  METHOD_UNKNOWN: { method: string; category?: number; offered: readonly string[] };
  GWP_SET_UNAVAILABLE: { set: string; key: string; gwpSet: string; reason: string };
  FACTOR_BOUNDARY_UNFIT: { set: string; key: string; boundary: string; reason: string };
  SHARES_NOT_WHOLE: { line: string; share: string; sum: string };
  CALCULATION_FILE_INVALID: { issues: readonly Finding[] };
  QUALITY_SCORE_INVALID: { scheme: string; indicator: string; score: string };
  QUALITY_SCHEME_MISMATCH: { expected: string; found: string };
  QUALITY_ENTRY_INVALID: { text: string; reason: string };
  QUALITY_WEIGHTS_INVALID: { reason: string };
  UNCERTAINTY_INVALID: { what: string; value: string; reason: string };
  UNCERTAINTY_EXTENSION_INVALID: { issues: readonly Finding[] };
}

export const contractError: ReturnType<typeof errorFactory<ContractErrors>> = errorFactory<ContractErrors>();
