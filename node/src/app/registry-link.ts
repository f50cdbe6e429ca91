import { setTimeout as delay } from "node:timers/promises";
import { isTallyError, type TallyError } from "@tallystick/proto";
import type { Member, RegistryConnection, Replica } from "@tallystick/registry";
import type { Machine } from "./machine.ts";
import { MembersRoots } from "./members-roots.ts";
import type { NodeHome } from "./node-home.ts";

const SYNC_INTERVAL_MS = 2_000;
/** While the registry is out of reach. */
const RECONNECT_INTERVAL_MS = 300;
const NEWCOMER_INTERVAL_SECONDS = 1;

export interface RegistryLinkOptions {
  readonly home: NodeHome;
  readonly machine: Machine;
  readonly replica: Replica;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
  /** Hears of everything new. */
  readonly onGrown: () => void;
}

/** Keeps the replica in step with the registry, and works on without the registry where it is down (REG-2). */
export class RegistryLink {
  readonly #options: RegistryLinkOptions;
  readonly #roots = new MembersRoots();
  #source: RegistryConnection | undefined;
  #syncing: Promise<boolean> | undefined;
  #askedForNewcomersUnix = 0;
  #reachable = false;

  constructor(options: RegistryLinkOptions) {
    this.#options = options;
  }

  /** Whether the last attempt reached the registry. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /** Root (base64) of the members log at a size, as far as the replica goes. */
  membersRootAt(size: number): string | undefined {
    return this.#roots.at(size);
  }

  /** Takes in what the replica holds already. */
  open(): Promise<void> {
    return this.#roots.refresh(this.#options.replica);
  }

  /** Syncs the replica; true if it holds more than before. Calls that come meanwhile share the answer. */
  refresh(): Promise<boolean> {
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  /** Learns all that the registry had published when this was called. False where it does not answer. */
  async learnAnew(): Promise<boolean> {
    // A sync that is under way may have passed what is asked about.
    await this.#syncing;
    await this.refresh();
    return this.#reachable;
  }

  /** What `ask` gives; where the copy of the registry is what it lacks, once more after learning what is new there. */
  async knowing<T>(lacking: string, ask: () => T): Promise<T> {
    try {
      return ask();
    } catch (error) {
      if (!isTallyError(error, lacking) || !(await this.learnAnew())) throw error;
      return ask();
    }
  }

  async #sync(): Promise<boolean> {
    const { home, machine, replica, signal, onGrown } = this.#options;
    const held = (): string =>
      JSON.stringify([
        replica.pin,
        [...replica.state.factorSets].length,
        // When a key ended is known once a quorum dates the event.
        replica.finalOver(replica.sizeOf("members") - 1)?.logTimeUnix,
      ]);
    const before = held();
    try {
      this.#source ??= machine.connectRegistry(home);
      await replica.sync(this.#source, signal);
      this.#reachable = true;
    } catch (error) {
      if (!isTallyError(error)) throw error;
      this.#reachable = false;
      // A registry that contradicts itself is a fault, not an outage.
      if (!UNREACHABLE.has(error.code)) process.emitWarning(`registry refused: ${error.message}`);
    }
    await this.#roots.refresh(replica);
    const grown = held() !== before;
    if (grown) onGrown();
    return grown;
  }

  /** The member with that transport key; a newcomer may be known to the registry only. */
  async memberByTransportKey(publicKey: string): Promise<Member | undefined> {
    const find = (): Member | undefined => this.#options.replica.state.members.memberByTransportKey(publicKey);
    const known = find();
    if (known !== undefined) return known;
    await this.#askForNewcomers();
    return find();
  }

  /** Strangers can make this node ask the registry, but not often. */
  async #askForNewcomers(): Promise<void> {
    const now = this.#options.machine.now();
    if (now - this.#askedForNewcomersUnix >= NEWCOMER_INTERVAL_SECONDS) {
      this.#askedForNewcomersUnix = now;
      await this.refresh();
    } else {
      await this.#syncing;
    }
  }

  /** Syncs again and again until the signal aborts. */
  async stayInStep(): Promise<void> {
    const { machine, signal } = this.#options;
    while (!signal.aborted) {
      const interval = this.#reachable ? SYNC_INTERVAL_MS : RECONNECT_INTERVAL_MS;
      await delay(interval * (0.75 + machine.random() / 2), undefined, { signal }).catch(() => {
        // Aborted: the loop's condition ends it.
      });
      if (!signal.aborted) await this.refresh();
    }
  }

  async close(): Promise<void> {
    await this.#syncing;
    this.#source?.close();
  }
}

/** What being out of reach looks like. */
const UNREACHABLE: ReadonlySet<TallyError["code"]> = new Set([
  "PEER_UNAVAILABLE",
  "CALL_TIMED_OUT",
  "CALL_CANCELLED",
  "CALL_FAILED",
]);
