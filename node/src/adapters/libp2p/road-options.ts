/** What a relay gives away: to members alone. */
export interface RelayServerOptions {
  /** Peers that may hold a slot at a time. */
  readonly reservations: number;
  /** Bytes of one relayed connection, either way; it is cut there, and its owner opens another. */
  readonly bytes: number;
  /** Seconds that one relayed connection may stand. */
  readonly seconds: number;
}

/** Enough for a feed of a hundred thousand entries over one connection, and for a day's idling. */
export const RELAY_DEFAULTS: RelayServerOptions = { reservations: 64, bytes: 1_073_741_824, seconds: 86_400 };

export interface Libp2pOptions {
  /** Multiaddrs to listen on, such as `/ip4/0.0.0.0/tcp/7001`. Empty for none: only relays lead here then. */
  readonly listen: readonly string[];
  /** Multiaddrs under which others reach this node, where that is not what it listens on. */
  readonly announce?: readonly string[];
  /** Multiaddrs, with `/p2p/`, of members that relay to this node. */
  readonly relays?: readonly string[];
  /** Present where this node relays to others. */
  readonly relayServer?: RelayServerOptions;
}
