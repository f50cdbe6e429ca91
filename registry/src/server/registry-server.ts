import type { FactorSet } from "@tallystick/contracts";
import {
  decodeBase64,
  encodeBase64,
  evaluateQuorum,
  hashLeaf,
  mayBeFaulty,
  parseChange,
  parseNote,
  parseWitnessPolicy,
  type Signer,
  type WitnessPolicy,
} from "@tallystick/proto";
import { clearRestoredMark, isRestored } from "../backup/restored-mark.ts";
import { readFactorRows } from "../core/read-factor-rows.ts";
import { REGISTRY_LOGS, type RegistryLog, RegistryState } from "../core/registry-state.ts";
import type { Trust } from "../core/trust.ts";
import { registryError } from "../errors.ts";
import { openLog } from "../log/open-log.ts";
import type { TiledLog } from "../log/tiled-log.ts";
import type { Store } from "../ports/store.ts";
import { keepCosigned } from "../witness/keep-cosigned.ts";
import { learnKnownSizes } from "../witness/learn-known-sizes.ts";
import type { WitnessClient } from "../witness/witness-client.ts";
import { RowsStore } from "./rows-store.ts";

/** Every log of a registry: those that members work from, and the claims. */
export type ServedLog = RegistryLog | "claims";
export const SERVED_LOGS: readonly ServedLog[] = [...REGISTRY_LOGS, "claims"];

export interface RegistryServerOptions {
  readonly trust: Trust;
  readonly store: Store;
  readonly keys: Readonly<Record<ServedLog, Signer>>;
  readonly witnesses: readonly WitnessClient[];
}

/**
 * The registry: its logs, and the one door by which they grow. It applies its own rules to itself, exactly as every replica
 * will (docs/protocol.md, REG-1).
 */
export class RegistryServer {
  readonly rows: RowsStore;
  readonly #trust: Trust;
  readonly #logs: Readonly<Record<ServedLog, TiledLog>>;
  readonly #witnesses: readonly WitnessClient[];
  readonly #store: Store;
  #state: RegistryState;
  #lane: Promise<unknown> = Promise.resolve();

  private constructor(
    { trust, store, witnesses }: RegistryServerOptions,
    logs: Readonly<Record<ServedLog, TiledLog>>,
    state: RegistryState,
  ) {
    this.rows = new RowsStore(store);
    this.#trust = trust;
    this.#logs = logs;
    this.#witnesses = witnesses;
    this.#store = store;
    this.#state = state;
  }

  /** Opens the logs and applies what they hold. @throws STORE_CORRUPT and whatever an entry is refused with */
  static async open(options: RegistryServerOptions): Promise<RegistryServer> {
    const { trust, store, keys } = options;
    let server: RegistryServer | undefined;
    const isFinal = (note: string): boolean =>
      evaluateQuorum(server?.state.members.witnessPolicy ?? parseWitnessPolicy(trust.policy), parseNote(note)).met;
    const open = (name: ServedLog): Promise<TiledLog> =>
      openLog({ origin: trust.logs[name].origin, key: keys[name], store, prefix: `log/${name}`, isFinal });
    const [members, contracts, factors, claims] = await Promise.all(SERVED_LOGS.map(open));
    const logs = { members, contracts, factors, claims } as Record<ServedLog, TiledLog>;
    server = new RegistryServer(options, logs, await replay(trust, logs));
    return server;
  }

  /** The registry as its logs make it. */
  get state(): RegistryState {
    return this.#state;
  }

  log(name: ServedLog): TiledLog {
    return this.#logs[name];
  }

  logOf(origin: string): TiledLog | undefined {
    return Object.values(this.#logs).find((log) => log.origin === origin);
  }

  /**
   * Unlocks the logs once the witnesses were asked what they hold. A log that no quorum has ever cosigned may go on while they
   * are out of reach; one that has been final must hear from at least one of them, and one that was restored from a backup from a
   * quorum.
   *
   * @returns the names of the logs that stay locked for want of an answer
   * @throws LOG_BEHIND, LOG_FORKED where this disk is not the newest
   */
  async guard(signal?: AbortSignal): Promise<readonly ServedLog[]> {
    const locked: ServedLog[] = [];
    const restored = await isRestored(this.#store);
    for (const name of SERVED_LOGS) {
      const log = this.#logs[name];
      const { known, level } = await learnKnownSizes(log, this.#witnesses, mayBeFaulty(this.#witnesses.length), signal);
      const isEnough = level >= this.#wantedAnswers(log, restored);
      if (isEnough || known.length > level) await log.guard(known);
      if (!isEnough) {
        log.lock();
        locked.push(name);
      }
    }
    if (restored && locked.length === 0) await clearRestoredMark(this.#store);
    return locked;
  }

  #wantedAnswers(log: TiledLog, restored: boolean): number {
    if (restored) return Math.max(1, evaluateQuorum(this.#policy, parseNote(log.checkpoint())).required);
    return this.#witnesses.length > 0 && log.finalCheckpoint() !== undefined ? 1 : 0;
  }

  get #policy(): WitnessPolicy {
    return this.#state.members.witnessPolicy ?? parseWitnessPolicy(this.#trust.policy);
  }

  /** Has every log cosigned until the signal aborts. */
  async keepCosigned(options: { signal: AbortSignal; heartbeatMs: number; random: () => number }): Promise<void> {
    await Promise.all(SERVED_LOGS.map((name) => keepCosigned(this.#logs[name], this.#witnesses, options)));
  }

  /**
   * Appends a change that carries its approvals. The same change again gets the index it has.
   *
   * @throws LOG_UNKNOWN, LOG_LOCKED, ROWS_UNKNOWN, FACTOR_SET_INVALID and FACTOR_ROW_INVALID for rows that no replica would
   * take, and whatever `RegistryState.apply` refuses; nothing changes then
   */
  submitChange(origin: string, bytes: Uint8Array): Promise<{ readonly index: number; readonly checkpoint: string }> {
    const submitted = this.#lane.then(() => this.#submit(origin, bytes));
    // One after the other, because each names the one before; a failure is its caller's alone.
    this.#lane = submitted.catch(() => undefined);
    return submitted;
  }

  async #submit(origin: string, bytes: Uint8Array): Promise<{ index: number; checkpoint: string }> {
    const name = REGISTRY_LOGS.find((log) => this.#logs[log].origin === origin);
    if (name === undefined) throw registryError("LOG_UNKNOWN", { origin });
    const log = this.#logs[name];
    const { payload } = parseChange(bytes);
    if (payload.sequence < log.size) {
      const held = await log.leafHash(payload.sequence);
      if (encodeBase64(held) === encodeBase64(hashLeaf(bytes)))
        return { index: payload.sequence, checkpoint: log.checkpoint() };
    }
    this.#state.apply(name, bytes);
    try {
      await this.#requireRows(name, payload.sequence);
      const { firstIndex, checkpoint } = await log.append([bytes]);
      return { index: firstIndex, checkpoint };
    } catch (error) {
      // Back to what the logs hold: the state never runs ahead of them.
      this.#state = await replay(this.#trust, this.#logs);
      throw error;
    }
  }

  /** A set is published with its rows or not at all. Only of approved changes are the rows read. */
  async #requireRows(name: RegistryLog, index: number): Promise<void> {
    if (name !== "factors") return;
    for (const { document, index: at } of this.#state.factorSets) {
      if (at === index) readFactorRows(document, await this.#stagedRows(document));
    }
  }

  async #stagedRows({ rowsRoot, rowCount }: FactorSet): Promise<Uint8Array[]> {
    const root = decodeBase64(rowsRoot);
    if (!(await this.rows.has(root, rowCount))) throw registryError("ROWS_UNKNOWN", { rowsRoot });
    const staged: Uint8Array[] = [];
    for await (const { rows } of this.rows.read(root)) staged.push(...rows);
    return staged;
  }

  /** Waits for what was accepted. The store stays open: it is the caller's. */
  async close(): Promise<void> {
    await this.#lane;
    await Promise.all(SERVED_LOGS.map((name) => this.#logs[name].close()));
  }
}

async function replay(trust: Trust, logs: Readonly<Record<ServedLog, TiledLog>>): Promise<RegistryState> {
  const state = new RegistryState(trust);
  for (const name of REGISTRY_LOGS) {
    for (const leaf of await logs[name].readLeaves(0, logs[name].size)) state.apply(name, leaf);
  }
  return state;
}
