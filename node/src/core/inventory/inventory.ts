import type { LedgerLine, ProductFootprint } from "@tallystick/contracts";
import type { FactorLibrary } from "./factor-library.ts";
import type { InventoryPolicy, Method } from "./inventory-policy.ts";
import type { LineMatch } from "./line-match.ts";
import type { DayShare, Period } from "./period.ts";
import type { GroupUncertainty } from "./uncertainty.ts";

/** Coordinates of one log entry: what an attestation is called everywhere. `leaf` is the base64 leaf hash. */
export interface EvidenceRef {
  readonly origin: string;
  readonly index: number;
  readonly leaf: string;
}

/** A verified and journalled supplier attestation, reduced to what an inventory needs. */
export interface EvidenceItem {
  readonly ref: EvidenceRef;
  /** DID of the member that issued it, and the name under which the registry knows that member. */
  readonly member: string;
  readonly memberName: string;
  readonly footprint: ProductFootprint;
  /** Covered by a quorum of witnesses, not by the member's own checkpoint alone. */
  readonly final: boolean;
  /** Latest cosignature time in the quorum, Unix seconds. */
  readonly logTimeUnix?: number;
  /** Where the signature and the inclusion were seen: key id of the JWS and the size of the checkpoint. */
  readonly source: { readonly kid: string; readonly treeSize: number };
  /** Admitted on a sponsor's word, not yet vetted by the maintainers. */
  readonly sponsored?: boolean;
  /** It counts by its log alone: its signature is yet to be checked. */
  readonly covered?: boolean;
}

/**
 * What ends an entry: a later one of the same log, or, where it is `disputed`, a key event, whose index in the members log is then `byIndex`.
 */
export interface Retraction {
  /** `refuted`: it counted by its log alone, and its signature does not hold. */
  readonly kind: "superseded" | "revoked" | "refuted" | "disputed";
  readonly origin: string;
  readonly targetIndex: number;
  readonly byIndex: number;
}

/** Evidence that did not verify and so counts for nothing. */
export interface RefusedEvidence {
  readonly member: string;
  readonly origin: string;
  readonly index?: number;
  readonly code: string;
  readonly reason: string;
}

/** A member caught at something that no honest node does. */
export interface MemberFault {
  readonly member: string;
  readonly kind: string;
  readonly caughtBy: string;
  readonly detail: string;
}

/** The registry state that the evidence was judged under. `root` is base64. */
export interface RegistryPin {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

/** What was not used for a line, and the rule that rejected it. */
export interface PassedOver {
  readonly method: Method;
  /** An entry (`origin#index`) or a factor (`set@version#key`); absent where the method had no candidate at all. */
  readonly candidate?: string;
  readonly rule: string;
  readonly detail?: string;
}

/** One ledger line and what became of it. */
export interface LineResult {
  readonly line: LedgerLine;
  readonly match: LineMatch;
  /** The part of the line that the inventory's period has; absent where that is all of it. */
  readonly days?: DayShare;
}

/** Figures of a group of lines: 10⁻⁹ kg CO2e. */
export interface GroupTotal {
  readonly lines: number;
  readonly nanoKgCo2e: bigint;
}

/** A gas over a group of lines. `nanoKg` is absent where some evidence gives CO2e of it alone. */
export interface GasTotal {
  readonly nanoKg?: bigint;
  readonly nanoKgCo2e: bigint;
}

/** What is reported beside a total: 10⁻⁹ kg. */
export interface ApartTotals {
  readonly biogenicNanoKgCo2: bigint;
  readonly uptakeNanoKgCo2: bigint;
  readonly removalsNanoKgCo2e: bigint;
  readonly accounts: ReadonlyMap<string, GroupTotal>;
}

/** How much of the ledger is counted. Shares are decimal text with four decimals, rounded down. */
export interface Coverage {
  readonly lines: { readonly counted: number; readonly total: number; readonly share: string };
  /** By amount spent, over the lines whose amount has a known rate; absent where no line has one. */
  readonly spend?: { readonly lines: number; readonly share: string };
}

export type ConfidenceReason =
  | "faults"
  | "feed-doubted"
  | "low-coverage"
  | "low-verified-share"
  | "provisional"
  | "refused-evidence"
  | "registry-forked"
  | "registry-stale"
  | "sponsored-members"
  | "unsupported-lines"
  | "weak-witnessing";

/** How far a total can be relied on: see confidence.ts for the thresholds. */
export interface Confidence {
  readonly level: "high" | "medium" | "low";
  /** Share of the total that rests on verified supplier attestations: four decimals, rounded down. */
  readonly verifiedShare: string;
  readonly reasons: readonly ConfidenceReason[];
}

/** Everything an inventory is a function of, but for the evidence and the ledger themselves. */
export interface InventoryBasis {
  readonly policy: InventoryPolicy;
  readonly factors: FactorLibrary;
  readonly registry: RegistryPin;
  readonly registryStale: boolean;
  /** Fewer witnesses than it takes to outlast a faulty one. */
  readonly weakWitnessing: boolean;
  /** Only lines of this period count, those that reach beyond it by their days in it. Absent: every line. */
  readonly period?: Period;
}

/** The whole input: a set, of which neither order nor repetition matters. */
export interface InventoryInput extends InventoryBasis {
  readonly ledger: readonly LedgerLine[];
  readonly evidence: readonly EvidenceItem[];
  readonly retractions: readonly Retraction[];
  readonly refused: readonly RefusedEvidence[];
  readonly faults: readonly MemberFault[];
}

/** The result without its lines. Sums are exact integers of 10⁻⁹ kg CO2e. */
export interface InventoryFigures {
  readonly policy: { readonly id: string; readonly version: string };
  readonly period?: Period;
  readonly lineCount: number;
  readonly registry: RegistryPin;
  readonly totalNano: bigint;
  readonly finalNano: bigint;
  readonly provisionalNano: bigint;
  /** What rests on attestations that count by their log alone. */
  readonly coveredNano: bigint;
  readonly byCategory: ReadonlyMap<number, GroupTotal>;
  readonly bySupplier: ReadonlyMap<string, GroupTotal>;
  readonly byMethod: ReadonlyMap<Method, GroupTotal>;
  /** By what a line's figure says that its GWPs are. */
  readonly byGwp: ReadonlyMap<string, GroupTotal>;
  readonly gases: ReadonlyMap<string, GasTotal>;
  readonly apart: ApartTotals;
  readonly unsupportedLines: number;
  readonly coverage: Coverage;
  readonly confidence: Confidence;
  readonly uncertainty: GroupUncertainty;
  readonly verifiedAttestations: number;
  /** Attestations that count by their log alone: their signatures are yet to be checked. */
  readonly coveredAttestations: number;
  readonly refused: readonly RefusedEvidence[];
  readonly faults: readonly MemberFault[];
}

/** The result, with its lines in the order of their ids. */
export interface Inventory extends InventoryFigures {
  readonly lines: readonly LineResult[];
}
