import { setTimeout as delay } from "node:timers/promises";
import type { PeerId, Transport } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";

const CHECK_INTERVAL_MS = 1_000;
/** Between attempts to reach a relay that does not answer. */
const LAST_RETRY_MS = 15_000;

/** What circuit relay keeps of the slots it holds; its type is not exported. */
interface Reservations {
  hasReservation(peer: PeerId): boolean;
  addRelay(peer: PeerId, type: "configured"): Promise<unknown>;
}

/** What opens listeners once a host is up; its type is libp2p's own. */
export interface Listening {
  listen(addresses: Multiaddr[]): Promise<void>;
}

export interface RelayParts {
  readonly host: Libp2p;
  readonly transports: Listening;
  /** The circuit relay transport. */
  readonly transport: Transport;
  readonly random: () => number;
}

/**
 * Holds a slot on each relay that was named. libp2p asks for a slot once and gives a relay up that was away; a node behind NAT can be reached in
 * no other way, so here every relay is asked again until it answers (ROAD-5).
 */
export class RelayKeeper {
  readonly #parts: RelayParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(relays: readonly string[], parts: RelayParts) {
    this.#parts = parts;
    for (const relay of relays) this.#running.push(this.#hold(multiaddr(relay)));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #hold(relay: Multiaddr): Promise<void> {
    const { host, transports, transport, random } = this.#parts;
    const reservations = (transport as Transport & { reservationStore: Reservations }).reservationStore;
    const { signal } = this.#stop;
    let listening = false;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const { remotePeer } = await host.dial(relay, { signal });
        if (!reservations.hasReservation(remotePeer)) {
          if (listening) await reservations.addRelay(remotePeer, "configured");
          else await transports.listen([relay.encapsulate("/p2p-circuit")]);
          listening = true;
        }
        failures = 0;
      } catch {
        // Out of reach, or without a free slot: asked again below.
        failures += 1;
      }
      const whole = failures === 0 ? CHECK_INTERVAL_MS : Math.min(LAST_RETRY_MS, 250 * 2 ** failures);
      await delay(whole * (0.5 + random() / 2), undefined, { signal }).catch(() => {
        // Aborted: the loop's condition ends it.
      });
    }
  }
}
