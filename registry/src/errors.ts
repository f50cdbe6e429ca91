import { errorFactory } from "@tallystick/proto";

/** The codes of the registry package. Each is raised for exactly one kind of fault. Sizes are numbers of leaves. */
export interface RegistryErrors {
  STORE_MISSING: { path: string };
  STORE_LOCKED: { path: string };
  STORE_FORMAT_UNSUPPORTED: { found: string; supported: string };
  STORE_CORRUPT: { reason: string };
  STORE_CONFLICT: { key: string };
  STORE_FAILED: { reason: string };
  STORE_CLOSED: Record<string, never>;
  BACKUP_INVALID: { reason: string };
  BACKUP_REFUSED: { reason: string };
  RESTORE_TARGET_EXISTS: { path: string };
  LOG_LOCKED: { origin: string };
  LOG_BEHIND: { origin: string; localSize: number; knownSize: number };
  LOG_FORKED: { origin: string; treeSize: number };
  LOG_CONFLICT: { origin: string; expectedSize: number };
  LOG_CLOSED: { origin: string };
  LOG_BUSY: { origin: string; queuedEntries: number };
  LOG_ORIGIN_MISMATCH: { expected: string; found: string };
  LOG_RANGE_INVALID: { origin: string; size: number; asked: string };
  WITNESS_UNREACHABLE: { name: string; reason: string };
  WITNESS_REFUSED: { name: string; status: number; reason: string };
  LOG_ROLLED_BACK: { origin: string; heldSize: number; offeredSize: number };
  BATCH_OUT_OF_ORDER: { origin: string; heldSize: number; firstIndex: number; treeSize: number };
  LOG_UNKNOWN: { origin: string };
  CONSUMER_TOO_SLOW: { unreadMs: number };
  STREAMS_EXHAUSTED: { limit: number };
  CALLS_TOO_FREQUENT: { callsPerSecond: number };
  CURSOR_AHEAD: { origin: string; size: number; from: number };
  CHANGE_OUT_OF_ORDER: { origin: string; expected: number; found: number };
  CHANGE_INVALID: { origin: string; reason: string };
  TRUST_INVALID: { reason: string };
  JOIN_REQUEST_INVALID: { reason: string };
  REGISTRY_HOME_INVALID: { path: string; reason: string };
  REGISTRY_HOME_EXISTS: { path: string };
  ROWS_UNKNOWN: { rowsRoot: string };
  OPERATOR_ONLY: { call: string };
  ROWS_INVALID: { reason: string };
  REPLICA_STALE: { ageSeconds: number; limitSeconds: number };
  FACTOR_FILE_INVALID: { file: string; row: number; column: string; reason: string };
  FACTOR_FORMAT_UNKNOWN: { file: string; reason: string };
  FACTOR_VERSION_UNKNOWN: { set: string };
  RATES_UNKNOWN: { rates: string };
  FACTOR_KEY_UNKNOWN: { set: string; key: string };
  FACTORS_HELD: { set: string; held: number; rows: readonly string[] };
  ROW_PROOF_INVALID: { reason: string };
  FACTORS_RESTRICTED: { set: string; licence: string };
  EXPORT_EXISTS: { path: string };
  PROPOSAL_EXISTS: { path: string };
  PROPOSAL_INVALID: { path: string; reason: string };
  /** No place of that code in that scheme. */
  GEOGRAPHY_UNKNOWN: { scheme: string; code: string };
}

export const registryError: ReturnType<typeof errorFactory<RegistryErrors>> = errorFactory<RegistryErrors>();
