export { type LevelStoreOptions, openLevelStore } from "./adapters/level/level-store.ts";
export { openMemoryStore } from "./adapters/memory/memory-store.ts";
export { buildChange, type MaintainerKey } from "./core/build-change.ts";
export { ChangeLog } from "./core/change-log.ts";
export { commitNextKey, type Maintainers, type Member, MembersState, readKeyEvent } from "./core/members-state.ts";
export {
  REGISTRY_LOGS,
  type Registered,
  type RegistryAnchor,
  type RegistryLog,
  RegistryState,
} from "./core/registry-state.ts";
export { parseTrust, type Trust, type TrustedLog, trustedLogKey } from "./core/trust.ts";
export { type RegistryErrors, registryError } from "./errors.ts";
export type { Appended } from "./log/append-queue.ts";
export { openLog } from "./log/open-log.ts";
export { type AppendPlan, emptyLogState, type LogState, planAppend, type TileWrite } from "./log/plan-append.ts";
export type { FinalNote, KnownSize, LogOptions, TiledLog } from "./log/tiled-log.ts";
export {
  assertStoreKey,
  type Expectation,
  endOfPrefix,
  type KeyRange,
  type Store,
  type WriteOp,
  type WriteOptions,
} from "./ports/store.ts";
export { loadStarter, type Starter } from "./starter/load-starter.ts";
export type { FactorSetWithRows } from "./starter/starter-set.ts";
export { type KeepCosignedOptions, keepCosigned, learnKnownSizes } from "./witness/keep-cosigned.ts";
export {
  type CosignPlan,
  type CosignRequest,
  planCosign,
  readCosignRequest,
  type WitnessAnswer,
} from "./witness/plan-cosign.ts";
export { type WitnessOptions, WitnessService } from "./witness/witness.ts";
export {
  type CosignableLog,
  type Cosigned,
  type WitnessAddress,
  WitnessClient,
  type WitnessClientOptions,
} from "./witness/witness-client.ts";
