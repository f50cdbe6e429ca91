import { circuitRelayServer, circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import { dcutr } from "@libp2p/dcutr";
import { type GossipSub, gossipsub } from "@libp2p/gossipsub";
import { identify, identifyPush } from "@libp2p/identify";
import { type Connection, type ConnectionGater, FaultTolerance, type PeerId, type Transport } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import type { AccessListener, TransportIdentity } from "@tallystick/registry";
import { createLibp2p, type Libp2p } from "libp2p";
import { gossipOptions } from "./gossip-options.ts";
import { publicKeyOf, toLibp2pKey } from "./peer-identity.ts";
import { type Listening, RelayKeeper } from "./relay-keeper.ts";
import type { Libp2pOptions } from "./road-options.ts";

/** Connections of all peers. */
const MAX_CONNECTIONS = 256;
/** A peer has one, or two while a relayed one gives way to a direct one; more are refused. */
const MAX_CONNECTIONS_PER_PEER = 4;
const MAX_STREAMS_PER_CONNECTION = 64;
/** Connections that have not yet shown who is there. */
const MAX_PENDING = 32;
/** New connections a second from one address: a site of many members may be behind one. */
const MAX_NEW_PER_SECOND = 32;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const DIAL_TIMEOUT_MS = 10_000;
/** Without a byte for so long a socket is given up; pings keep sound ones alive. */
const SOCKET_IDLE_MS = 120_000;

export interface HostOptions extends Libp2pOptions {
  readonly identity: TransportIdentity;
  /** Whether the holder of that raw Ed25519 key (base64url) is anybody. */
  readonly isMember: (publicKey: string) => Promise<boolean>;
  readonly onAccess?: AccessListener;
  readonly random: () => number;
  /** Default: HANDSHAKE_TIMEOUT_MS. */
  readonly handshakeTimeoutMs?: number;
}

export interface Host {
  readonly libp2p: Libp2p<{ gossip: GossipSub }>;
  close(): Promise<void>;
}

/** Opens the libp2p side of a node: Noise and yamux over TCP and over relays, for members alone. */
export async function openHost(options: HostOptions): Promise<Host> {
  const { identity, listen, announce = [], relays = [], relayServer, random } = options;
  let relayParts: { transports: Listening; transport: Transport } | undefined;
  const connectionsOf = (peer: PeerId): Connection[] => libp2p.getConnections(peer);
  const libp2p = await createLibp2p({
    privateKey: await toLibp2pKey(identity),
    addresses: { listen: [...listen], announce: [...announce], appendAnnounce: listen.filter(isWhole) },
    transports: [
      tcp({
        maxConnections: MAX_CONNECTIONS + MAX_PENDING,
        inboundSocketInactivityTimeout: SOCKET_IDLE_MS,
        outboundSocketInactivityTimeout: SOCKET_IDLE_MS,
      }),
      (components) => {
        const transport = circuitRelayTransport()(components);
        relayParts = { transports: components.transportManager, transport };
        return transport;
      },
    ],
    // A relay that does not answer yet must not keep the node from starting.
    transportManager: { faultTolerance: FaultTolerance.FATAL_ALL },
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({ maxInboundStreams: MAX_STREAMS_PER_CONNECTION, maxOutboundStreams: MAX_STREAMS_PER_CONNECTION }),
    ],
    connectionGater: membersOnly(options, connectionsOf),
    connectionManager: {
      maxConnections: MAX_CONNECTIONS,
      maxIncomingPendingConnections: MAX_PENDING,
      inboundConnectionThreshold: MAX_NEW_PER_SECOND,
      inboundUpgradeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
      dialTimeout: DIAL_TIMEOUT_MS,
      maxParallelDials: 16,
      maxDialQueueLength: 64,
      maxPeerAddrsToDial: 8,
    },
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      dcutr: dcutr(),
      gossip: gossipsub(gossipOptions()),
      ...(relayServer === undefined
        ? {}
        : {
            relay: circuitRelayServer({
              maxInboundHopStreams: 32,
              maxOutboundStopStreams: MAX_STREAMS_PER_CONNECTION,
              reservations: {
                maxReservations: relayServer.reservations,
                defaultDataLimit: BigInt(relayServer.bytes),
                defaultDurationLimit: relayServer.seconds * 1_000,
              },
            }),
          }),
    },
  });
  if (relayParts === undefined) throw new TypeError("the relay transport was not made");
  const keeper = new RelayKeeper(relays, { host: libp2p, ...(relayParts as RelayCapture), random });
  return {
    libp2p,
    close: async () => {
      await keeper.close();
      await libp2p.stop();
    },
  };
}

/**
 * Whether others can use an address to listen on as it stands. libp2p tells others of a public address only after third parties vouched
 * for it; one that the operator wrote down needs no vouching.
 */
function isWhole(address: string): boolean {
  return !/\/(0\.0\.0\.0|::)\/|\/tcp\/0(\/|$)/.test(address);
}

interface RelayCapture {
  transports: Listening;
  transport: Transport;
}

/** Lets in, and dials, whoever is somebody; says who was not (ROAD-2). */
function membersOnly(options: HostOptions, connectionsOf: (peer: PeerId) => readonly Connection[]): ConnectionGater {
  const { isMember, onAccess } = options;
  const isStranger = async (peer: PeerId): Promise<boolean> => {
    const publicKey = publicKeyOf(peer);
    return publicKey === undefined || !(await isMember(publicKey).catch(() => false));
  };
  const refused = (peer: PeerId, reason: "NOT_ADMITTED" | "TOO_MANY_CONNECTIONS"): true => {
    const publicKey = publicKeyOf(peer);
    onAccess?.({ road: "libp2p", refused: reason, ...(publicKey === undefined ? {} : { publicKey }) });
    return true;
  };
  const inbound = async (peer: PeerId): Promise<boolean> => {
    if (connectionsOf(peer).length >= MAX_CONNECTIONS_PER_PEER) return refused(peer, "TOO_MANY_CONNECTIONS");
    return (await isStranger(peer)) && refused(peer, "NOT_ADMITTED");
  };
  return {
    denyDialMultiaddr: () => false,
    denyDialPeer: isStranger,
    denyInboundEncryptedConnection: inbound,
    denyOutboundEncryptedConnection: isStranger,
    denyInboundRelayReservation: isStranger,
    denyOutboundRelayedConnection: async (source, destination) =>
      (await isStranger(source)) || (await isStranger(destination)),
    denyInboundRelayedConnection: async (_relay, peer) => inbound(peer),
  };
}
