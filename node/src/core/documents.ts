import type { FeedWarning } from "./gossip/feed-warning.ts";
import type { LedgerIssue } from "./inventory/inventory-errors.ts";

// The documents that the local interface answers with, and `--json` prints. Decimal values are strings.

/** Facts about one feed this node follows. */
export interface FollowedFeed {
  readonly supplier: string;
  readonly origin: string;
  readonly address: string;
  /** Entries verified so far: the index at which the stream resumes. */
  readonly size: number;
  readonly finalSize: number;
  readonly state: "live" | "connecting" | "faulted";
  /** Faults of its owner that stand, and deliveries that were skipped or not opened and are awaited. */
  readonly faults: number;
  readonly awaited: number;
  /** Code of the fault that stopped the feed. */
  readonly fault?: string;
  /** What makes it doubtful, though nothing is proven. */
  readonly doubts: readonly FeedWarning["code"][];
}

export interface StatusDocument {
  readonly did: string;
  readonly name: string;
  readonly origin: string;
  readonly running: boolean;
  readonly grpcPort?: number;
  readonly httpPort?: number;
  readonly libp2p?: Libp2pStatus;
  readonly feed: {
    readonly size: number;
    readonly finalSize: number;
    readonly signing: "ready" | "locked";
    readonly reason?: string;
  };
  readonly registry: {
    readonly members: number;
    readonly contracts: number;
    readonly factorSets: number;
    readonly treeSize: number;
    readonly ageSeconds: number;
    readonly stale: boolean;
    readonly reachable: boolean;
    /** Origins of its logs that have two histories; the proofs are in the node's folder `evidence`. */
    readonly forked?: readonly string[];
  };
  readonly follows: readonly FollowedFeed[];
  readonly buyers: readonly string[];
  /** Attestations that count by their suppliers' logs: how many signatures are yet to be checked, and how far beyond the deadline the oldest is. */
  readonly covered: { readonly waiting: number; readonly overdueSeconds: number };
  readonly ledgerLines: number;
  readonly peakRssMiB: number;
}

/** Accesses of one peer, alike and within a minute. Times are RFC 3339. */
export interface AccessEntry {
  readonly first: string;
  readonly last: string;
  readonly count: number;
  readonly road: "tls" | "libp2p" | "local";
  /** Raw Ed25519 transport key, base64url. */
  readonly publicKey?: string;
  /** The member that holds it. */
  readonly did?: string;
  /** `<service>/<method>`; absent where no call was made. */
  readonly method?: string;
  /** Why it was not let, a code; absent where it was. */
  readonly refused?: string;
}

export interface AccessDocument {
  /** Newest first. */
  readonly entries: readonly AccessEntry[];
  /** How many entries there are in all. */
  readonly held: number;
}

/** The libp2p side of a node that runs with one. */
export interface Libp2pStatus {
  readonly peerId: string;
  /** Multiaddrs by which others can reach this node now. */
  readonly addresses: readonly string[];
  readonly connections: readonly { readonly did?: string; readonly address: string; readonly relayed: boolean }[];
}

export interface PublishDocument {
  readonly published: readonly {
    readonly productId: string;
    readonly index: number;
    /** Leaf hash, base64. */
    readonly leaf: string;
    readonly supersedes?: number;
    /** True where the same content was live already, and nothing was appended. */
    readonly unchanged: boolean;
  }[];
  readonly deliveries: number;
  readonly warnings: readonly { readonly path: string; readonly rule: string; readonly message: string }[];
}

export interface SubscribeDocument {
  readonly supplier: string;
  readonly origin: string;
  readonly contract: string;
  readonly epoch: number;
  /** True where the agreement stood already. */
  readonly existing: boolean;
}

/** A policy in force, and since when. */
export interface PolicyDocument {
  readonly policy: unknown;
  /** RFC 3339; absent for the policy that the node came with. */
  readonly since?: string;
  readonly cause?: string;
  /** How many policies were put in force before it. */
  readonly replaced: number;
}

export interface PoliciesDocument {
  readonly inventory: PolicyDocument;
  readonly reporting: PolicyDocument;
  readonly checking: PolicyDocument;
}

export interface ImportDocument {
  /** Rows of the file that hold something; a component's row is one too. */
  readonly lines: number;
  readonly added: number;
  /** Lines that were held with other content, and have a new version. */
  readonly corrected: number;
  readonly unchanged: number;
  /** Rows that are refused. Without `skipBad` nothing is imported when there is one. */
  readonly refused: number;
  /** True where the lines counted as added and corrected are in the ledger now. */
  readonly imported: boolean;
  readonly dryRun: boolean;
  /** How many faults there are; `issues` has the first of them, by row. */
  readonly issueCount: number;
  readonly issues?: readonly LedgerIssue[];
}

export interface RetractDocument {
  readonly id: string;
  readonly reason: string;
}
