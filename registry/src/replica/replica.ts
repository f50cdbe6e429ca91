import type { FactorRow, FactorSet } from "@tallystick/contracts";
import {
  appendLeafHashes,
  type Checkpoint,
  decodeBase64,
  EMPTY_FRONTIER,
  encodeBase64,
  encodeHex,
  equalBytes,
  evaluateQuorum,
  type Frontier,
  hashLeaf,
  isTallyError,
  openCheckpoint,
  parseNote,
  parseWitnessPolicy,
  type QuorumResult,
  rootOf,
  type WitnessPolicy,
} from "@tallystick/proto";
import { NOT_FOLLOWED_YET, type ReceivedBatch, verifyBatch } from "../core/follow-log.ts";
import { readFactorRows } from "../core/read-factor-rows.ts";
import { REGISTRY_LOGS, type RegistryLog, RegistryState } from "../core/registry-state.ts";
import { type Trust, trustedLogKey } from "../core/trust.ts";
import { registryError } from "../errors.ts";
import { parseStateRecord } from "../log/log-records.ts";
import type { RegistrySource } from "../ports/registry-source.ts";
import type { Store, WriteOp } from "../ports/store.ts";
import { endOfPrefix } from "../ports/store.ts";
import {
  formatReplicaFinal,
  formatReplicaRecord,
  parseReplicaFinal,
  parseReplicaRecord,
  type ReplicaFinalRecord,
  type ReplicaLogRecord,
  replicaKeys,
} from "./replica-records.ts";

/** Beyond the first age results are marked `registry-stale` and no new key is admitted; beyond the second they are refused. */
export const STALE_AFTER_SECONDS: number = 86_400;
export const REFUSE_AFTER_SECONDS: number = 7 * 86_400;

export interface ReplicaOptions {
  readonly trust: Trust;
  readonly store: Store;
  /** Unix seconds. */
  readonly now: () => number;
}

/**
 * A node's verified copy of the registry: every entry checked from the pinned genesis on, kept on disk, and good to work from
 * when the registry is down (docs/protocol.md, REG-2 and REG-4).
 */
export class Replica {
  readonly trust: Trust;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #records = new Map<RegistryLog, ReplicaLogRecord>();
  /** What was made of the note that is held: asked for far more often than notes come. */
  readonly #quorums = new Map<
    RegistryLog,
    { readonly note: string; readonly policy: WitnessPolicy | undefined; readonly result: QuorumResult }
  >();
  /** Where copies were that had to be fetched again; none once they are there again. */
  readonly #floors = new Map<RegistryLog, Checkpoint>();
  readonly #rows = new Map<string, readonly FactorRow[]>();
  /** Final checkpoints of the members log, by size: the first above an entry dates it. */
  #membersFinals: readonly ReplicaFinalRecord[] = [];
  #state: RegistryState;

  private constructor({ trust, store, now }: ReplicaOptions) {
    this.trust = trust;
    this.#store = store;
    this.#now = now;
    this.#state = new RegistryState(trust);
  }

  /** Opens what the store holds, verifying it anew. @throws STORE_CORRUPT, and what entries are refused with */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options);
    for (const log of REGISTRY_LOGS) await replica.#load(log);
    await replica.#loadFinals();
    for (const { document } of replica.state.factorSets) await replica.#loadRows(document);
    return replica;
  }

  async #load(log: RegistryLog): Promise<void> {
    const floor = await this.#store.get(replicaKeys.floor(log));
    if (floor !== undefined) this.#floors.set(log, parseStateRecord(floor));
    const key = replicaKeys.state(log);
    const bytes = await this.#store.get(key);
    if (bytes === undefined) return;
    const record = parseReplicaRecord(key, bytes);
    const leaves = await this.#readLeaves(log, 0, record.frontier.size);
    const { treeSize, rootHash } = openCheckpoint(record.note, trustedLogKey(this.trust.logs[log])).checkpoint;
    const frontier = appendLeafHashes(EMPTY_FRONTIER, leaves.map(hashLeaf));
    if (treeSize !== frontier.size || !equalBytes(rootOf(frontier), rootHash)) {
      throw registryError("STORE_CORRUPT", { reason: `${log}: the leaves do not have the root of their checkpoint` });
    }
    for (const leaf of leaves) this.#state.apply(log, leaf);
    this.#records.set(log, record);
  }

  async #loadFinals(): Promise<void> {
    const prefix = replicaKeys.finals("members");
    const finals: ReplicaFinalRecord[] = [];
    for await (const [key, value] of this.#store.entries({ gte: prefix, lt: endOfPrefix(prefix) })) {
      finals.push(parseReplicaFinal(key, value));
    }
    this.#membersFinals = finals;
  }

  async #readLeaves(log: RegistryLog, from: number, to: number): Promise<Uint8Array[]> {
    const leaves: Uint8Array[] = [];
    for await (const [, leaf] of this.#store.entries({
      gte: replicaKeys.leaf(log, from),
      lt: replicaKeys.leaf(log, to),
    })) {
      leaves.push(leaf);
    }
    if (leaves.length !== to - from) throw registryError("STORE_CORRUPT", { reason: `${log}: leaves are missing` });
    return leaves;
  }

  /** The registry as of the copy. */
  get state(): RegistryState {
    return this.#state;
  }

  /** Entries verified of a log. */
  sizeOf(log: RegistryLog): number {
    return this.#records.get(log)?.frontier.size ?? 0;
  }

  /** The members log as evidence pins it; `root` is base64. */
  get pin(): { readonly origin: string; readonly size: number; readonly root: string } {
    const { origin } = this.trust.logs.members;
    const frontier = this.#records.get("members")?.frontier ?? NOT_FOLLOWED_YET.frontier;
    return { origin, size: frontier.size, root: encodeBase64(rootOf(frontier)) };
  }

  /** The signed note under which a log is held. */
  noteOf(log: RegistryLog): string | undefined {
    return this.#records.get(log)?.note;
  }

  /**
   * The first checkpoint above an entry of the members log that a quorum cosigned, as far as this copy saw one: its log time is the
   * entry's (docs/protocol.md, KEY-9).
   */
  finalOver(entry: number): ReplicaFinalRecord | undefined {
    return this.#membersFinals.find(({ size }) => size > entry);
  }

  /** Leaves [from, to) of a log. @throws STORE_CORRUPT */
  leaves(log: RegistryLog, from = 0, to: number = this.sizeOf(log)): Promise<Uint8Array[]> {
    return this.#readLeaves(log, from, to);
  }

  /** What the witnesses made of the note under which a log is held. */
  quorumOf(log: RegistryLog): QuorumResult | undefined {
    const note = this.noteOf(log);
    if (note === undefined) return undefined;
    const { witnessPolicy } = this.state.members;
    const known = this.#quorums.get(log);
    if (known?.note === note && known.policy === witnessPolicy) return known.result;
    const result = evaluateQuorum(witnessPolicy ?? parseWitnessPolicy(this.trust.policy), parseNote(note));
    this.#quorums.set(log, { note, policy: witnessPolicy, result });
    return result;
  }

  /** Seconds since the members log was known to be current: by its newest cosignature, else by its last arrival. */
  get ageSeconds(): number {
    const record = this.#records.get("members");
    if (record === undefined || this.#floors.size > 0) return Number.POSITIVE_INFINITY;
    const newest = Math.max(0, ...(this.quorumOf("members")?.cosignatures.map(({ lastUnix }) => lastUnix) ?? []));
    return Math.max(0, this.#now() - (newest === 0 ? record.receivedAtUnix : newest));
  }

  get isStale(): boolean {
    return this.ageSeconds > STALE_AFTER_SECONDS;
  }

  /** @throws REPLICA_STALE where the copy is too old to judge anything by */
  requireUsable(): void {
    const { ageSeconds } = this;
    if (ageSeconds > REFUSE_AFTER_SECONDS) {
      throw registryError("REPLICA_STALE", { ageSeconds, limitSeconds: REFUSE_AFTER_SECONDS });
    }
  }

  /** The rows of a factor set, in key order. Empty where the registry has not handed them over yet, or never will as a licence keeps them to members. */
  rowsOf(set: FactorSet): readonly FactorRow[] {
    return this.#rows.get(set.rowsRoot) ?? [];
  }

  /**
   * Takes what is new from the registry. An entry or a note that does not verify is refused: the copy stays as it was.
   *
   * @throws what verification refuses, and what the source throws where it cannot be reached
   */
  async sync(source: RegistrySource, signal: AbortSignal): Promise<void> {
    for (const log of REGISTRY_LOGS) {
      const batches = source.streamEntries(this.trust.logs[log].origin, this.sizeOf(log), signal);
      for await (const batch of batches) await this.#take(log, batch);
    }
    for (const { document } of this.state.factorSets) {
      if (this.#rows.has(document.rowsRoot)) continue;
      try {
        await this.#fetchRows(document, source, signal);
      } catch (error) {
        // Who is no member has the set's description alone; all else goes on.
        if (!isTallyError(error, "FACTORS_RESTRICTED")) throw error;
      }
    }
  }

  async #take(log: RegistryLog, batch: ReceivedBatch): Promise<void> {
    const held = this.#records.get(log) ?? NOT_FOLLOWED_YET;
    const { followed, leafHashes } = verifyBatch(held, batch, trustedLogKey(this.trust.logs[log]));
    const overFloor = this.#passesFloor(log, held.frontier, leafHashes);
    const record = { frontier: followed.frontier, note: batch.note, receivedAtUnix: this.#now() };
    const from = held.frontier.size;
    try {
      for (const leaf of batch.leaves) this.#state.apply(log, leaf);
    } catch (error) {
      // A refused entry may follow others of its batch that were applied: back to what the copy holds.
      await this.#reset();
      throw error;
    }
    const ops: WriteOp[] = batch.leaves.map((value, i) => ({
      type: "put",
      key: replicaKeys.leaf(log, from + i),
      value,
    }));
    ops.push({ type: "put", key: replicaKeys.state(log), value: formatReplicaRecord(record) });
    if (overFloor) ops.push({ type: "del", key: replicaKeys.floor(log) });
    const final = log === "members" ? this.#finalOf(batch.note, followed.frontier.size) : undefined;
    if (final !== undefined) {
      ops.push({ type: "put", key: replicaKeys.final(log, final.size), value: formatReplicaFinal(final) });
    }
    await this.#store.write(ops, { sync: true });
    this.#records.set(log, record);
    if (final !== undefined) this.#membersFinals = [...this.#membersFinals, final];
    if (overFloor) this.#floors.delete(log);
  }

  /** True where these leaves reach what was held before. @throws LOG_FORKED where they lead elsewhere */
  #passesFloor(log: RegistryLog, held: Frontier, leafHashes: readonly Uint8Array[]): boolean {
    const floor = this.#floors.get(log);
    if (floor === undefined || held.size + leafHashes.length < floor.treeSize) return false;
    const there = appendLeafHashes(held, leafHashes.slice(0, floor.treeSize - held.size));
    if (equalBytes(rootOf(there), floor.rootHash)) return true;
    throw registryError("LOG_FORKED", { origin: floor.origin, treeSize: floor.treeSize });
  }

  /** What a note dates that nothing dated before: entries of which a quorum now says when they were there. */
  #finalOf(note: string, size: number): ReplicaFinalRecord | undefined {
    if (size <= (this.#membersFinals.at(-1)?.size ?? 0)) return undefined;
    const policy = this.#state.members.witnessPolicy ?? parseWitnessPolicy(this.trust.policy);
    const { logTimeUnix } = evaluateQuorum(policy, parseNote(note));
    return logTimeUnix === undefined ? undefined : { size, logTimeUnix, note };
  }

  async #reset(): Promise<void> {
    const state = new RegistryState(this.trust);
    for (const log of REGISTRY_LOGS) {
      for (const leaf of await this.leaves(log)) state.apply(log, leaf);
    }
    this.#state = state;
  }

  async #fetchRows(set: FactorSet, source: RegistrySource, signal: AbortSignal): Promise<void> {
    const root = decodeBase64(set.rowsRoot);
    const bytes: Uint8Array[] = [];
    for await (const row of source.streamRows(root, signal)) {
      bytes.push(row);
      if (bytes.length > set.rowCount) throw registryError("ROWS_INVALID", { reason: "more rows than declared" });
    }
    const rows = readFactorRows(set, bytes);
    const rootHex = encodeHex(root);
    await this.#store.write(
      bytes.map((value, i) => ({ type: "put", key: replicaKeys.row(rootHex, i), value })),
      { sync: true },
    );
    this.#rows.set(set.rowsRoot, rows);
  }

  async #loadRows(set: FactorSet): Promise<void> {
    const prefix = replicaKeys.rows(encodeHex(decodeBase64(set.rowsRoot)));
    const bytes: Uint8Array[] = [];
    for await (const [, row] of this.#store.entries({ gte: prefix, lt: endOfPrefix(prefix) })) bytes.push(row);
    // None yet: the next sync fetches them.
    if (bytes.length > 0) this.#rows.set(set.rowsRoot, readFactorRows(set, bytes));
  }
}
