import { z } from "zod";

// What a change in each registry log can be. `maintainersAt` names the entry of the members log that set the maintainers whose
// approvals count: 0, the genesis, until they change.

const maintainersAt: z.ZodType<number> = z.int().min(0);
const did: z.ZodType<string> = z
  .string()
  .max(256)
  .regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/, "not a DID");
const publicKey: z.ZodType<string> = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "not 32 bytes in base64url");

/** Entry 0 of the members log: who may approve, and whose cosignatures make an entry final. */
export interface GenesisChange {
  readonly kind: "genesis";
  readonly maintainersAt: number;
  readonly name: string;
  readonly maintainers: readonly NamedMaintainer[];
  /** How many of them must approve a change. */
  readonly threshold: number;
  /** C2SP tlog-policy text for every log of the network. */
  readonly policy: string;
}

/** A member's key event, which is its admission when it is the member's first. */
export interface MemberChange {
  readonly kind: "member";
  readonly maintainersAt: number;
  /** Compact JWS of a KeyEvent, by the member's own attesting key. */
  readonly event: string;
  /** The same payload signed by each further attesting key that the event names. */
  readonly cosignatures?: readonly string[];
  /** Vetted by the maintainers, or admitted on a member's word. */
  readonly vetting: "full" | "sponsored";
  readonly sponsor?: string;
}

/** Stops, or lets go on, whatever a member does from then on; or vets one that a sponsor admitted. */
export interface StandingChange {
  readonly kind: "suspend" | "reinstate" | "vet";
  readonly maintainersAt: number;
  readonly member: string;
  readonly reason: string;
  /** What a suspension rests on. */
  readonly evidence?: StandingEvidence;
}

export interface StandingEvidence {
  /** SHA-256 of each file, base64. */
  readonly digests: readonly string[];
  /** The files themselves, where they are the two notes of a fork: every replica checks them. */
  readonly notes?: readonly [string, string];
}

export interface WitnessPolicyChange {
  readonly kind: "witness-policy";
  readonly maintainersAt: number;
  readonly policy: string;
}

/** A maintainer: an id that never names another key, and the raw key in base64url. */
export interface NamedMaintainer {
  readonly kid: string;
  readonly key: string;
}

/**
 * Other maintainers, or another threshold. Approved by as many of the present ones as must approve, and by each new one, which shows that
 * the new keys are at hand.
 */
export interface MaintainersChange {
  readonly kind: "maintainers";
  readonly maintainersAt: number;
  readonly maintainers: readonly NamedMaintainer[];
  readonly threshold: number;
  /** The entry of each other log from which on the new set approves: its size when this was proposed. */
  readonly from: { readonly contracts: number; readonly factors: number };
  readonly reason: string;
}

export type MembersChange = MaintainersChange | GenesisChange | MemberChange | StandingChange | WitnessPolicyChange;

/** A contract version; the document is checked by `contracts`. */
export interface ContractChange {
  readonly kind: "contract";
  readonly maintainersAt: number;
  readonly document: unknown;
}

/** A factor set version, whose rows are kept apart under its root. */
export interface FactorSetChange {
  readonly kind: "factor-set";
  readonly maintainersAt: number;
  readonly set: unknown;
  /** What was let pass: rows that changed from the superseded version beyond the gate's ratio. */
  readonly releases?: readonly OutlierRelease[];
}

/** Held rows of a factor set that were let pass for one reason. */
export interface OutlierRelease {
  readonly rows: number;
  /** Their keys, where they were named one by one. */
  readonly keys?: readonly string[];
  readonly reason: string;
}

/** Why a version of a factor set is no longer to be used. */
export const WITHDRAWAL_REASONS = ["error", "methodology", "new-data", "licence"] as const;
export type WithdrawalReason = (typeof WITHDRAWAL_REASONS)[number];

/** Says of a published version that it is no longer to be used. The version itself stays as it was. */
export interface FactorSetWithdrawnChange {
  readonly kind: "factor-set-withdrawn";
  readonly maintainersAt: number;
  readonly id: string;
  readonly version: string;
  readonly reason: WithdrawalReason;
  readonly note: string;
}

export interface RatesChange {
  readonly kind: "rates";
  readonly maintainersAt: number;
  readonly set: unknown;
}

const maintainerSchema: z.ZodType<NamedMaintainer> = z.strictObject({
  kid: z.string().min(1).max(320),
  key: publicKey,
});
const policyText: z.ZodType<string> = z.string().max(32_768);

export const membersChangeSchema: z.ZodType<MembersChange> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("genesis"),
    maintainersAt,
    name: z.string().min(1).max(120),
    maintainers: z.array(maintainerSchema).min(1).max(16),
    threshold: z.int().min(1).max(16),
    policy: policyText,
  }),
  z.strictObject({
    kind: z.literal("member"),
    maintainersAt,
    event: z.string().max(32_768),
    cosignatures: z.array(z.string().max(32_768)).min(1).max(7).exactOptional(),
    vetting: z.enum(["full", "sponsored"]),
    sponsor: did.exactOptional(),
  }),
  z.strictObject({
    kind: z.enum(["suspend", "reinstate", "vet"]),
    maintainersAt,
    member: did,
    reason: z.string().min(1).max(500),
    evidence: z
      .strictObject({
        digests: z
          .array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/, "not 32 bytes in base64"))
          .min(1)
          .max(4),
        notes: z.tuple([z.string().max(16_384), z.string().max(16_384)]).exactOptional(),
      })
      .exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("maintainers"),
    maintainersAt,
    maintainers: z.array(maintainerSchema).min(1).max(16),
    threshold: z.int().min(1).max(16),
    from: z.strictObject({ contracts: z.int().min(0), factors: z.int().min(0) }),
    reason: z.string().min(1).max(500),
  }),
  z.strictObject({ kind: z.literal("witness-policy"), maintainersAt, policy: policyText }),
]);

export const contractsChangeSchema: z.ZodType<ContractChange> = z.strictObject({
  kind: z.literal("contract"),
  maintainersAt,
  document: z.unknown(),
});

export type FactorsChange = FactorSetChange | FactorSetWithdrawnChange | RatesChange;

/** One line of text that somebody reads. */
export const statementSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text), "control characters");

const releaseSchema = z
  .strictObject({
    rows: z.int().min(1),
    keys: z.array(z.string().max(128)).min(1).max(256).exactOptional(),
    reason: statementSchema,
  })
  .refine(({ rows, keys }) => keys === undefined || new Set(keys).size === rows, "not as many keys as rows");

export const factorsChangeSchema: z.ZodType<FactorsChange> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("factor-set"),
    maintainersAt,
    set: z.unknown(),
    releases: z.array(releaseSchema).min(1).max(32).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("factor-set-withdrawn"),
    maintainersAt,
    id: z.string().max(120),
    version: z.string().max(120),
    reason: z.enum(WITHDRAWAL_REASONS),
    note: statementSchema,
  }),
  z.strictObject({ kind: z.literal("rates"), maintainersAt, set: z.unknown() }),
]);
