/** Connections that one key may hold, over both roads. */
const MAX_CONNECTIONS_PER_PEER = 32;
/** Connections of all keys, over both roads. */
const MAX_CONNECTIONS = 512;
/** Calls that one key may begin a second, and at once. */
const CALLS_PER_SECOND = 1_000;
const CALL_BURST = 2_000;

export interface PeerLimitOptions {
  readonly connections?: number;
  readonly connectionsPerPeer?: number;
  readonly callsPerSecond?: number;
  readonly callBurst?: number;
  /** Milliseconds, of any epoch. */
  readonly clock?: () => number;
}

interface Held {
  connections: number;
  /** Calls that may still begin now. */
  tokens: number;
  refilledAt: number;
}

/** What one key may take of a server, however many connections and roads it comes by (docs/protocol.md, ROAD-6). */
export class PeerLimits {
  readonly #held = new Map<string, Held>();
  readonly #limits: Required<PeerLimitOptions>;
  #connections = 0;

  constructor(options: PeerLimitOptions = {}) {
    this.#limits = {
      connections: MAX_CONNECTIONS,
      connectionsPerPeer: MAX_CONNECTIONS_PER_PEER,
      callsPerSecond: CALLS_PER_SECOND,
      callBurst: CALL_BURST,
      clock: () => performance.now(),
      ...options,
    };
  }

  get callsPerSecond(): number {
    return this.#limits.callsPerSecond;
  }

  /** Takes a connection; give it back by the function returned. Undefined where the key, or all together, hold enough. */
  takeConnection(publicKey: string): (() => void) | undefined {
    const { connections, connectionsPerPeer, callBurst, clock } = this.#limits;
    const held = this.#held.get(publicKey) ?? { connections: 0, tokens: callBurst, refilledAt: clock() };
    if (this.#connections >= connections || held.connections >= connectionsPerPeer) return undefined;
    held.connections += 1;
    this.#connections += 1;
    this.#held.set(publicKey, held);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      held.connections -= 1;
      this.#connections -= 1;
      this.#forgetFull();
    };
  }

  /** False where the key began as many calls as it may, for now. */
  takeCall(publicKey: string): boolean {
    const held = this.#held.get(publicKey);
    if (held === undefined) return false;
    this.#refill(held);
    if (held.tokens < 1) return false;
    held.tokens -= 1;
    return true;
  }

  #refill(held: Held): void {
    const { callsPerSecond, callBurst, clock } = this.#limits;
    const now = clock();
    held.tokens = Math.min(callBurst, held.tokens + ((now - held.refilledAt) / 1_000) * callsPerSecond);
    held.refilledAt = now;
  }

  /** A key that hangs up keeps its account until it is full again: coming back must not refill it. */
  #forgetFull(): void {
    for (const [publicKey, held] of this.#held) {
      if (held.connections > 0) continue;
      this.#refill(held);
      if (held.tokens >= this.#limits.callBurst) this.#held.delete(publicKey);
    }
  }
}
