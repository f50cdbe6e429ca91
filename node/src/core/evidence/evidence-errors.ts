import { errorFactory } from "@tallystick/proto";

/** The codes of evidence bundles. The verifier raises the first alone; the others are its `reason`. */
export interface EvidenceErrors {
  /**
   * The first claim of the bundle that does not hold: its line in the file (1-based), its type, what it is about,
   * and the code and facts of the reason.
   */
  BUNDLE_CLAIM_FAILED: { line: number; type: string; about: string; reason: string; facts: object };
  CLAIM_MALFORMED: { issues: readonly { path: string; message: string }[] };
  CLAIM_OUT_OF_ORDER: { needs: string };
  CLAIM_REPEATED: { about: string };
  CLAIM_MISSING: { what: string };
  /** A claim of a type that this verifier cannot check: it refuses rather than skips. */
  CLAIM_NOT_SUPPORTED: { type: string };
  /** The bundle's anchor is not the one that the verifier pinned. */
  ANCHOR_MISMATCH: { field: string };
  ORIGIN_MISMATCH: { expected: string; actual: string };
  MEMBER_UNKNOWN: { origin: string };
  CONTRACT_UNKNOWN: { contract: string };
  FACTOR_SET_UNKNOWN: { set: string };
  LEAVES_NOT_CONTIGUOUS: { origin: string; index: number };
  LOG_TIME_NOT_SHOWN: { origin: string };
  ATTEST_KEY_RETIRED: { origin: string; index: number; kid: string };
  ENTRY_DISPUTED: { origin: string; index: number; kid: string; since: number };
  LEAF_DIFFERS: { origin: string; index: number };
  ENTRY_RETRACTED: { origin: string; index: number; by: number };
  ISSUER_DIFFERS: { issuer: string; member: string };
  /** A fork proof whose two notes do not contradict each other. */
  FORK_NOT_SHOWN: { origin: string };
  /** A file that is neither a bundle nor a fault document. */
  EVIDENCE_NOT_RECOGNISED: { sizeBytes: number };
  /** A file that is no fault document. */
  FAULT_MALFORMED: { issues: readonly { path: string; message: string }[] };
  /** A fault document that does not show what it says. */
  FAULT_NOT_SHOWN: { kind: string; reason: string };
  FAULT_UNKNOWN: { fault: string };
  /** Nothing of the fault can be shown to others. */
  FAULT_NOT_EXPORTABLE: { kind: string; reason: string };
  CALCULATION_DIFFERS: { line: string; field: string; claimed: string; computed: string };
  /** Another engine made the bundle, and this one comes to something else: neither says the other is wrong. */
  ENGINE_DIFFERS: { made: string; verifier: string; instead: string; facts: object };
  TOTAL_DIFFERS: { field: string; claimed: string; computed: string };
  /** A node does not hold what a bundle needs. */
  EVIDENCE_NOT_HELD: { what: string };
}

export const evidenceError: ReturnType<typeof errorFactory<EvidenceErrors>> = errorFactory<EvidenceErrors>();
