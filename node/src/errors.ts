import { errorFactory } from "@tallystick/proto";

/** The codes of a node, beside those of its inventory and its evidence. Each is raised for exactly one kind of fault. */
export interface NodeErrors {
  HOME_MISSING: { path: string };
  HOME_EXISTS: { path: string };
  HOME_INVALID: { path: string; reason: string };
  KEY_CHANGE_PENDING: { sequence: number };
  NEXT_KEYS_INSIDE: { path: string; home: string };
  FILE_UNREADABLE: { path: string; reason: string };
  FILE_TOO_LARGE: { path: string; sizeBytes: number; maxBytes: number };
  PUBLICATION_INVALID: { file: string; issues: readonly { item: string; path: string; message: string }[] };
  PUBLICATION_TOO_LARGE: { file: string; items: number; maxItems: number };
  PUBLICATION_OVERLAPS: { productId: string; index: number };
  DELIVERY_TOO_LARGE: { productId: string; sizeBytes: number; maxBytes: number };
  INPUT_NOT_HELD: { productId: string };
  FACTOR_NOT_HELD: { factor: string; reason: string };
  INPUT_UNCHECKED: { productId: string; entry: string };
  INPUT_AMBIGUOUS: { productId: string; entries: readonly string[] };
  ADDRESS_INVALID: { address: string; reason: string };
  ROAD_CLOSED: { address: string };
  NOT_A_MEMBER: { did: string };
  MEMBER_SUSPENDED: { did: string };
  SIGNING_LOCKED: { origin: string; reason: string };
  CONTRACT_UNKNOWN: { contract: string };
  CONTRACT_MISMATCH: { expected: string; found: string };
  AGREEMENT_REFUSED: { reason: string };
  AGREEMENT_EPOCH_INVALID: { expected: number; found: number };
  FUTURE_DATED: { field: string; at: string };
  BACKDATED: { validFrom: string; absentAt: string };
  ENTRY_ALTERED: { origin: string; index: number };
  ENTRY_UNKNOWN: { origin: string; index: number };
  FAULTS_EXCEEDED: { origin: string; max: number };
  TOO_MANY_DELIVERIES: { asked: number; max: number };
  DELIVERY_MISADDRESSED: { origin: string; index: number };
  ISSUER_MISMATCH: { issuer: string; owner: string };
  REGISTRY_UNREACHABLE: { origin: string };
  KEY_RETIRED: { kid: string; seenUnix: number; endedUnix: number };
  KEY_UNDATED: { kid: string };
  CHECKPOINT_KEY_RETIRED: { origin: string; endedAt: number };
  REGISTRY_PIN_UNKNOWN: { origin: string; treeSize: number };
  TOKENS_UNCHECKED: { reason: string };
  TARGET_INVALID: { origin: string; index: number; targetIndex: number };
  BATCH_MALFORMED: { reason: string };
  NETWORK_REQUIRED: { file: string };
  NETWORK_UNKNOWN: { path: string; reason: string };
  CHECKING_POLICY_INVALID: { issues: readonly { path: string; message: string }[] };
  POLICY_KIND_UNKNOWN: { kind: string };
  PERSON_INVALID: { name: string };
  PERSON_KNOWN: { name: string; kid: string };
  POLICY_CHANGED: { kind: string };
  REBASELINE_TARGET_INVALID: { to: string; reason: string };
  REBASELINE_PLAN_CHANGED: { expected: string; found: string };
}

export const nodeError: ReturnType<typeof errorFactory<NodeErrors>> = errorFactory<NodeErrors>();
