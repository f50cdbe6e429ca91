export type { AccessEvent, AccessListener, Road } from "./adapters/grpc/access.ts";
export type { StatusTable } from "./adapters/grpc/call-error.ts";
export { connectGrpc, connectLocal, connectThrough, type GrpcConnection } from "./adapters/grpc/connect-grpc.ts";
export {
  type Admit,
  type BoundService,
  bindService,
  ConnectionServer,
  MAX_MESSAGE_BYTES,
  type ServeOptions,
} from "./adapters/grpc/connection-server.ts";
export { type FeedServiceOptions, makeFeedService } from "./adapters/grpc/feed-service.ts";
export { PeerLimits } from "./adapters/grpc/peer-limits.ts";
export { connectRegistry, type RegistryConnection } from "./adapters/grpc/registry-source.ts";
export type { CallContext, CallOptions, Implementation, ServiceClient } from "./adapters/grpc/rpc-types.ts";
export { type GrpcServer, serveGrpc, serveLocal } from "./adapters/grpc/serve-grpc.ts";
export { REGISTRY_STATUS_TABLE } from "./adapters/grpc/status-table.ts";
export { createTransportIdentity, type TransportIdentity } from "./adapters/grpc/transport-identity.ts";
export { type LevelStoreOptions, openLevelStore, type ScannableStore } from "./adapters/level/level-store.ts";
export { openMemoryStore } from "./adapters/memory/memory-store.ts";
export { type HttpEdge, type HttpEdgeOptions, serveHttp } from "./adapters/nest/http-edge.ts";
export { type CompactReport, compactStore } from "./app/compact-store.ts";
export {
  addContract,
  admitMember,
  importFactorSet,
  importRates,
  operateRegistry,
  publishKeyEvent,
  type RegistryAccess,
  type RegistryOperator,
} from "./app/operate.ts";
export { sayMigration } from "./app/process-lines.ts";
export { type InitRegistryOptions, initRegistry, openRegistryHome, type RegistryHome } from "./app/registry-home.ts";
export { runRegistry } from "./app/run-registry.ts";
export { runWitness } from "./app/run-witness.ts";
export { initWitness, type WitnessDescription } from "./app/witness-home.ts";
export { type ReadBackup, readBackup } from "./backup/read-backup.ts";
export { type RestoreOptions, restoreBackup } from "./backup/restore-backup.ts";
export { clearRestoredMark, isRestored, RESTORED_MARK } from "./backup/restored-mark.ts";
export { sealedKeyFiles } from "./backup/sealed-keys.ts";
export { type BackupOptions, writeBackup } from "./backup/write-backup.ts";
export { checkLog, type LogCheckOptions } from "./check/check-log.ts";
export type { CheckedStore } from "./check/check-registry-store.ts";
export { checkReplica } from "./check/check-replica.ts";
export { type CheckStoreOptions, checkStore, type StoreReport } from "./check/check-store.ts";
export { checkRecords, type KeyKind, type KeyKinds, SoundRecords } from "./check/sound-records.ts";
export { type Mend, StoreCheck, type StoreFinding } from "./check/store-check.ts";
export { type AgentActions, addAgentCommands } from "./cli/agent-commands.ts";
export { addBackupCommands, type BackupActions } from "./cli/backup-commands.ts";
export { addCheckCommand, type CheckAction } from "./cli/check-command.ts";
export { addCompactCommand } from "./cli/compact-command.ts";
export { addSecretOptions, newSecret, type SecretOptions, sealerOf, secretsOf } from "./cli/key-secrets.ts";
export { addNewSecretOptions, chosenSecret, type NewSecretOptions } from "./cli/new-secret.ts";
export { type Advice, EXIT, makeOutput, type Output } from "./cli/output.ts";
export { addPassphraseCommand, type PassphraseActions } from "./cli/passphrase-command.ts";
export { EPILOGUE, runProgram } from "./cli/run-program.ts";
export { writeWhole } from "./cli/write-whole.ts";
export { buildChange, buildChangeAsync, type MaintainerKey, type MaintainerKeyInMemory } from "./core/build-change.ts";
export { type OutlierRelease, WITHDRAWAL_REASONS, type WithdrawalReason } from "./core/change-kinds.ts";
export { ChangeLog } from "./core/change-log.ts";
export {
  type FollowedLog,
  NOT_FOLLOWED_YET,
  type ReceivedBatch,
  type VerifiedBatch,
  verifyBatch,
} from "./core/follow-log.ts";
export { type JoinRequest, parseJoinRequest, parseKeyEventRequest } from "./core/join-request.ts";
export { type AttestKeyRecord, KeyHistory, type KeyPeriod, type KnownCompromise } from "./core/key-history.ts";
export type { MaintainerSet, Maintainers } from "./core/maintainers.ts";
export { type Member, MembersState } from "./core/members-state.ts";
export { commitNextKey, readKeyEvent } from "./core/read-key-event.ts";
export {
  REGISTRY_LOGS,
  type Registered,
  type RegisteredContract,
  type RegisteredFactorSet,
  type RegistryAnchor,
  type RegistryLog,
  RegistryState,
  type Withdrawal,
} from "./core/registry-state.ts";
export { parseTrust, type Trust, type TrustedLog, trustedLogKey } from "./core/trust.ts";
export { type RegistryErrors, registryError } from "./errors.ts";
export { confirmedRenames } from "./factors/confirmed-renames.ts";
export {
  type ChangedField,
  type ChangedRow,
  type DiffSummary,
  diffSets,
  type RenamedRow,
  type RowRatio,
  type SetDiff,
  summarizeDiff,
} from "./factors/diff-sets.ts";
export { type FactorVersion, setName } from "./factors/factor-version.ts";
export { formatPercent, formatSplit } from "./factors/format-split.ts";
export { type HeldRow, heldRows, OUTLIER_RATIO } from "./factors/outlier-gate.ts";
export {
  applyRenames,
  type FirstName,
  firstNames,
  parseRenameMap,
  type Rename,
  type RenameMap,
} from "./factors/rename-map.ts";
export {
  type ChangeSplit,
  SPLIT_CAUSES,
  type SplitCause,
  type SplitPart,
  splitChange,
} from "./factors/split-change.ts";
export { type LineAmounts, type LineSplit, splitLine } from "./factors/split-line.ts";
export { type StatedReason, stateReasons } from "./factors/state-reasons.ts";
export { type RenameSuggestion, suggestRenames } from "./factors/suggest-renames.ts";
export { type CellDecimal, cellDecimal } from "./importers/cell-decimal.ts";
export { importEmber } from "./importers/ember.ts";
export { importEpaHub, importEpaHubFuelProperties } from "./importers/epa-hub.ts";
export { importEpaSupplyChain } from "./importers/epa-supply-chain.ts";
export { detectFormat, FACTOR_FORMATS } from "./importers/formats.ts";
export { importIfiGrid } from "./importers/ifi-grid.ts";
export type { FactorFormat, ImportFile, ImportOptions } from "./importers/import-file.ts";
export type { ImportNotice, ImportReport, Trap } from "./importers/import-report.ts";
export { importIpccGwps } from "./importers/ipcc-gwp.ts";
export type { TableRow } from "./importers/table-file.ts";
export { importUkFlatFile } from "./importers/uk-flat-file.ts";
export { type FuelPropertiesReport, importUkFuelProperties } from "./importers/uk-fuel-properties.ts";
export { importUkWorkbook } from "./importers/uk-workbook.ts";
export { readWorkbook, sheetRows, type Workbook } from "./importers/workbook.ts";
export { openKeySigner } from "./keys/agent-signer.ts";
export { liesWithin } from "./keys/hand-over.ts";
export { type KeyFileErrors, keyFileError } from "./keys/key-errors.ts";
export {
  describeKeyFile,
  formatAgentKeyFile,
  formatKeyFile,
  type KeyFileFacts,
  type OpenedKey,
  openKeyFile,
  replaceSecretFile,
  requirePrivate,
  requirePrivateFolder,
  syncFolder,
  writeKeyFile,
  writeSecretFile,
} from "./keys/key-file.ts";
export { openTransport } from "./keys/open-transport.ts";
export { ownTerminal, promptPassphrase, type Terminal } from "./keys/prompt-passphrase.ts";
export { planReseal, type ResealStep } from "./keys/reseal.ts";
export {
  type KeySecret,
  KeySecrets,
  noSecrets,
  SCRYPT_COST,
  type ScryptCost,
  Sealer,
  sealedSchema,
  unseal,
} from "./keys/sealing.ts";
export {
  passphrase,
  readKeySecret,
  readPassphrase,
  requireNewPassphrase,
  type SecretSources,
  secretsFrom,
} from "./keys/secret-sources.ts";
export { agentSocketOf, SigningAgent } from "./keys/signing-agent.ts";
export type { Appended } from "./log/append-queue.ts";
export { formatStateRecord, LogKeys, parseStateRecord } from "./log/log-records.ts";
export { openLog } from "./log/open-log.ts";
export { type AppendPlan, emptyLogState, type LogState, planAppend, type TileWrite } from "./log/plan-append.ts";
export type { FinalNote, KnownSize, LogOptions, TiledLog } from "./log/tiled-log.ts";
export { FailingStore, PowerFailure } from "./ports/failing-store.ts";
export type { LogReader } from "./ports/log-reader.ts";
export type { RegistrySource } from "./ports/registry-source.ts";
export {
  assertStoreKey,
  type Expectation,
  endOfPrefix,
  type KeyRange,
  type Store,
  type WriteOp,
  type WriteOptions,
} from "./ports/store.ts";
export { REFUSE_AFTER_SECONDS, Replica, type ReplicaOptions, STALE_AFTER_SECONDS } from "./replica/replica.ts";
export { type CatalogueSet, FactorCatalogue } from "./selection/catalogue.ts";
export { containersOf, EGRID_SUBREGIONS, parsePlace, placeName, REST_OF_WORLD } from "./selection/geography.ts";
export { IndexedRows } from "./selection/indexed-rows.ts";
export { selectFactor } from "./selection/select-factor.ts";
export {
  FALLBACK_STEPS,
  type FactorQuery,
  type FallbackStep,
  type PlacedFactor,
  type RejectedFactor,
  type Selection,
  type SelectionPolicy,
} from "./selection/selection.ts";
export { FactorSelector } from "./selection/selector.ts";
export { loadStarter, type Starter } from "./starter/load-starter.ts";
export type { FactorSetWithRows } from "./starter/starter-set.ts";
export { cosignedPath, originId } from "./witness/cosigned-path.ts";
export { type KeepCosignedOptions, keepCosigned } from "./witness/keep-cosigned.ts";
export {
  askWitnesses,
  contradicts,
  judgeClaims,
  type LearntSizes,
  learnKnownSizes,
  type WitnessClaim,
} from "./witness/learn-known-sizes.ts";
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
