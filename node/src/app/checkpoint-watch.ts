import { setTimeout as delay } from "node:timers/promises";
import {
  type Checkpoint,
  decodeBase64,
  decodeUtf8,
  evaluateQuorum,
  hashLeaf,
  isTallyError,
  merkleRoot,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  rootOf,
  type VerifierKey,
  type WitnessPolicy,
} from "@tallystick/proto";
import {
  REGISTRY_LOGS,
  type RegistryLog,
  type Replica,
  type Store,
  type TiledLog,
  type WitnessClient,
} from "@tallystick/registry";
import { CheckpointComparer, type Compared, type HeldHistory } from "../core/gossip/checkpoint-comparer.ts";
import type { FeedWarning } from "../core/gossip/feed-warning.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import type { CheckpointGossip } from "../ports/checkpoint-gossip.ts";
import type { Journal } from "../ports/journal.ts";
import { writeForkEvidence } from "./evidence-folder.ts";
import { feedDoubts, UNSHOWN_AFTER_SECONDS } from "./feed-doubts.ts";
import type { FeedSigning } from "./feed-signing.ts";
import type { Followers } from "./followers.ts";
import type { Machine } from "./machine.ts";
import { membersExhibit } from "./members-exhibit.ts";
import type { NodeHome } from "./node-home.ts";
import { keys } from "./node-records.ts";
import type { RegistryLink } from "./registry-link.ts";

/** Between two rounds of saying on what is new. */
const ROUND_MS = 5_000;
/** What is not new is said again, and witnesses are asked, every so many rounds. */
const ROUNDS_BETWEEN_REPEATS = 12;
/** Notes that wait to be compared; more are dropped, since gossip repeats itself. */
const MAX_WAITING = 256;

export interface CheckpointWatchOptions {
  readonly home: NodeHome;
  readonly machine: Machine;
  readonly store: Store;
  readonly journal: Journal;
  readonly replica: Replica;
  readonly link: RegistryLink;
  readonly log: TiledLog;
  readonly signing: FeedSigning;
  readonly feeds: ReadonlyMap<string, FeedState>;
  readonly followers: Followers;
  readonly witnesses: readonly WitnessClient[];
  readonly policy: () => WitnessPolicy;
  readonly signal: AbortSignal;
}

/**
 * Compares the checkpoints that others show (by gossip, by witnesses) with what this node holds of those logs, and says on the newest that it
 * holds: buyers who never talk to each other find out that they were shown two histories.
 */
export class CheckpointWatch {
  readonly #options: CheckpointWatchOptions;
  readonly #comparer: CheckpointComparer;
  readonly #roots = new Map<string, Uint8Array>();
  readonly #gossips = new Set<CheckpointGossip>();
  readonly #said = new Map<string, string>();
  /** The registry's logs that have two histories. */
  readonly #forks = new Map<string, FeedWarning>();
  #lane: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: CheckpointWatchOptions) {
    this.#options = options;
    this.#comparer = new CheckpointComparer((origin) => this.#historyOf(origin));
  }

  /** Hears and says on by one more road, until the node closes. */
  join(gossip: CheckpointGossip): void {
    this.#gossips.add(gossip);
    const leave = gossip.onNote((note) => {
      if (this.#waiting < MAX_WAITING) void this.take(note);
    });
    this.#options.signal.addEventListener("abort", leave, { once: true });
  }

  /** Compares a note that somebody showed; resolves when whatever follows from it is done. */
  take(note: string): Promise<void> {
    this.#waiting += 1;
    const taken = this.#lane.then(async () => {
      this.#waiting -= 1;
      if (this.#options.signal.aborted) return;
      await this.#act(await this.#comparer.compare(note, this.#options.machine.now()));
    });
    this.#lane = taken;
    return taken;
  }

  /** Compares what was ahead of a log with what the log has shown since. */
  async grown(origin: string): Promise<void> {
    for (const compared of await this.#comparer.revisit(origin, this.#options.machine.now())) await this.#act(compared);
  }

  /** What makes the feeds that are followed doubtful, and what the registry's logs contradict. */
  get doubts(): readonly FeedWarning[] {
    const { feeds, policy, machine } = this.#options;
    const now = machine.now();
    const unshown = this.#comparer.unshown(now, UNSHOWN_AFTER_SECONDS);
    return [
      ...[...feeds.values()].flatMap((state) => feedDoubts(state, unshown, policy(), now)),
      ...[...this.#forks.values()],
    ];
  }

  /** Says on what is new, and asks the witnesses, until the signal aborts. */
  async run(roundMs: number = ROUND_MS): Promise<void> {
    const { machine, signal } = this.#options;
    for (let round = 0; !signal.aborted; round++) {
      const isRepeat = round % ROUNDS_BETWEEN_REPEATS === 0;
      await this.publish(isRepeat);
      if (isRepeat) await this.askWitnesses();
      await delay(roundMs * (0.75 + machine.random() / 2), undefined, { signal }).catch(() => {
        // Aborted: the loop's condition ends it.
      });
    }
    await this.#lane;
  }

  /**
   * Says on the newest cosigned checkpoint of each log that is held; `all`, those said before too, and what no quorum cosigned: a log that is
   * shown to one buyer alone may never be cosigned.
   */
  async publish(all: boolean): Promise<void> {
    for (const origin of this.#origins()) {
      await this.grown(origin);
      const final = await this.#newestFinal(origin);
      const notes = new Set(all ? [final, this.#newest(origin)] : this.#said.get(origin) === final ? [] : [final]);
      if (final !== undefined) this.#said.set(origin, final);
      for (const note of notes) {
        if (note === undefined || note === "") continue;
        // Whoever is not reached now hears of it later, or of a newer one.
        await Promise.allSettled([...this.#gossips].map((gossip) => gossip.publish(note)));
      }
    }
  }

  /** Asks each witness what it cosigned of the logs that this node works from. */
  async askWitnesses(): Promise<void> {
    const { witnesses, signal } = this.#options;
    for (const origin of this.#origins()) {
      const logKeys = this.#historyOf(origin)?.keys ?? [];
      await Promise.all(
        witnesses.map(async (witness) => {
          try {
            const shown = await witness.newestOf(origin, logKeys, signal);
            if (shown !== undefined) await this.take(shown.note);
          } catch (error) {
            // A witness that is out of reach, or shows nothing that is its own, shows nothing.
            if (!isTallyError(error)) throw error;
          }
        }),
      );
    }
  }

  #origins(): readonly string[] {
    const { home, log, feeds } = this.#options;
    return [log.origin, ...feeds.keys(), ...REGISTRY_LOGS.map((name) => home.trust.logs[name].origin)];
  }

  #registryLogOf(origin: string): RegistryLog | undefined {
    return REGISTRY_LOGS.find((name) => this.#options.home.trust.logs[name].origin === origin);
  }

  #historyOf(origin: string): HeldHistory | undefined {
    const { home, log, feeds, replica } = this.#options;
    if (origin === log.origin) {
      const rootAt = async (size: number): Promise<Uint8Array> => rootOf(await log.frontierAt(size));
      return { keys: [log.verifierKey], size: log.size, rootHeldAt: rootAt, computeRootAt: rootAt };
    }
    const name = this.#registryLogOf(origin);
    if (name !== undefined) return this.#registryHistory(name, parseVerifierKey(home.trust.logs[name].vkey));
    const state = feeds.get(origin);
    return state === undefined ? undefined : this.#feedHistory(state, replica);
  }

  #feedHistory({ supplier, origin, frontier, fault }: FeedState, replica: Replica): HeldHistory | undefined {
    const periods = replica.state.members.memberOf(supplier)?.keys.periods ?? [];
    // A feed that stopped is proven against already.
    if (fault !== undefined) return undefined;
    return {
      keys: periods.filter((period) => period.origin === origin).map(({ checkpointKey }) => checkpointKey),
      size: frontier.size,
      rootHeldAt: async (size) => {
        if (size === frontier.size) return rootOf(frontier);
        const note = await this.#feedNote(origin, size);
        return note === undefined ? undefined : checkpointOf(note).rootHash;
      },
      computeRootAt: (size) => this.#computed(origin, size, () => this.#feedLeaves(origin, size)),
    };
  }

  #registryHistory(name: RegistryLog, key: VerifierKey): HeldHistory {
    const { replica, link } = this.#options;
    const { origin } = this.#options.home.trust.logs[name];
    return {
      keys: [key],
      size: replica.sizeOf(name),
      rootHeldAt: async (size) => {
        const root = name === "members" ? link.membersRootAt(size) : undefined;
        if (root !== undefined) return decodeBase64(root);
        const note = replica.noteOf(name);
        return note !== undefined && checkpointOf(note).treeSize === size ? checkpointOf(note).rootHash : undefined;
      },
      computeRootAt: (size) => this.#computed(origin, size, () => replica.leaves(name, 0, size)),
    };
  }

  async #computed(origin: string, size: number, leaves: () => Promise<readonly Uint8Array[]>): Promise<Uint8Array> {
    const key = `${origin} ${size}`;
    const root = this.#roots.get(key) ?? merkleRoot((await leaves()).map(hashLeaf));
    // The last few: the same old checkpoint may come again and again.
    this.#roots.delete(key);
    this.#roots.set(key, root);
    const [oldest] = this.#roots.keys();
    if (this.#roots.size > 32 && oldest !== undefined) this.#roots.delete(oldest);
    return root;
  }

  async #feedLeaves(origin: string, size: number): Promise<readonly Uint8Array[]> {
    const hashed: Uint8Array[] = [];
    const range = { gte: keys.feedLeaf(origin, 0), lt: keys.feedLeaf(origin, size) };
    for await (const [, leaf] of this.#options.store.entries(range)) hashed.push(leaf);
    return hashed;
  }

  async #feedNote(origin: string, size: number): Promise<string | undefined> {
    const value = await this.#options.store.get(keys.feedNote(origin, size));
    return value === undefined ? undefined : decodeUtf8(value);
  }

  #newest(origin: string): string | undefined {
    const { log, feeds, replica } = this.#options;
    if (origin === log.origin) return log.checkpoint();
    const name = this.#registryLogOf(origin);
    return name === undefined ? feeds.get(origin)?.note : replica.noteOf(name);
  }

  async #newestFinal(origin: string): Promise<string | undefined> {
    const { log, feeds, replica, policy } = this.#options;
    if (origin === log.origin) return log.finalCheckpoint();
    const isFinal = (note: string | undefined): boolean =>
      note !== undefined && note !== "" && evaluateQuorum(policy(), parseNote(note)).met;
    const name = this.#registryLogOf(origin);
    if (name !== undefined) {
      const note = replica.noteOf(name);
      return isFinal(note) ? note : undefined;
    }
    const state = feeds.get(origin);
    if (state === undefined || state.finalSize === 0) return undefined;
    return isFinal(state.note) ? state.note : this.#feedNote(origin, state.finalSize);
  }

  async #act(compared: Compared): Promise<void> {
    const { log, signing, feeds, followers } = this.#options;
    // Of this node's own log nobody may hold more than it does: another process signs it.
    if (compared.kind === "ahead" && compared.checkpoint.origin === log.origin) signing.shown(compared.note);
    if (compared.kind !== "contradicts") return;
    const { note, checkpoint } = compared;
    const { origin, treeSize: size } = checkpoint;
    const mine = await this.#noteHeldAt(origin, size);
    const folder =
      mine === undefined
        ? undefined
        : await writeForkEvidence(this.#options.home.path, {
            origin,
            size,
            notes: [mine, note],
            members: await membersExhibit(this.#options.replica),
          });
    const where = folder === undefined ? "" : `: ${folder}`;
    const reason = `its key signed two histories of ${size} entries${where}`;
    if (origin === log.origin) signing.shown(note);
    else if (feeds.has(origin)) followers.accuse(origin, { code: "LOG_FORKED", reason, offered: { note } });
    else await this.#recordRegistryFork(checkpoint, reason);
  }

  async #recordRegistryFork({ origin, treeSize: size }: Checkpoint, reason: string): Promise<void> {
    if (this.#forks.has(origin)) return;
    const { journal, home, machine } = this.#options;
    this.#forks.set(origin, { origin, code: "registry-forked", size, sinceUnix: machine.now() });
    const verdict = {
      v: 1,
      kind: "feed-fault",
      member: home.trust.name,
      origin,
      size,
      code: "LOG_FORKED",
      reason,
    } as const;
    await journal.append([verdict], []);
  }

  /** A note of exactly that size, signed by the log, that is held. */
  async #noteHeldAt(origin: string, size: number): Promise<string | undefined> {
    const { log } = this.#options;
    if (origin === log.origin) return log.checkpointAt(size);
    const name = this.#registryLogOf(origin);
    const newest = this.#newest(origin);
    if (newest !== undefined && newest !== "" && checkpointOf(newest).treeSize === size) return newest;
    return name === undefined ? this.#feedNote(origin, size) : undefined;
  }
}

const checkpointOf = (note: string): Checkpoint => parseCheckpoint(parseNote(note).text);
