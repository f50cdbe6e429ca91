export { type LevelStoreOptions, openLevelStore } from "./adapters/level/level-store.ts";
export { openMemoryStore } from "./adapters/memory/memory-store.ts";
export { type RegistryErrors, registryError } from "./errors.ts";
export {
  assertStoreKey,
  type Expectation,
  endOfPrefix,
  type KeyRange,
  type Store,
  type WriteOp,
  type WriteOptions,
} from "./ports/store.ts";
