import type { PeerId } from "@libp2p/interface";
import { CODE_P2P, type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { TallyError } from "@tallystick/proto";
import {
  type AccessListener,
  type Admit,
  ConnectionServer,
  type ServeOptions,
  type TransportIdentity,
} from "@tallystick/registry";
import { nodeError } from "../../errors.ts";
import type { CheckpointGossip } from "../../ports/checkpoint-gossip.ts";
import type { OpenConnection } from "../../ports/open-connection.ts";
import { bridgeStream } from "./bridge-stream.ts";
import { openHost } from "./open-host.ts";
import { publicKeyOf, toPeerId } from "./peer-identity.ts";
import type { Libp2pOptions } from "./road-options.ts";
import { StreamDuplex } from "./stream-duplex.ts";
import { type JudgeNote, TopicGossip } from "./topic-gossip.ts";

/** gRPC over a stream of this protocol; each stream is one HTTP/2 connection. */
export const GRPC_PROTOCOL = "/tallystick/grpc/1";
export const CHECKPOINT_TOPIC = "/tallystick/checkpoints/1";
export const ADDRESS_TOPIC = "/tallystick/addresses/1";
const MAX_GRPC_STREAMS = 32;
const DIAL_TIMEOUT_MS = 15_000;

export interface Libp2pRoadOptions<Peer> extends Libp2pOptions {
  readonly identity: TransportIdentity;
  readonly admit: Admit<Peer>;
  readonly serve: ServeOptions<Peer>;
  readonly onAccess?: AccessListener;
  readonly random: () => number;
  readonly judgeCheckpoint: JudgeNote;
  readonly judgeAddress: JudgeNote;
}

/** The libp2p road, open. */
export interface Libp2pRoad {
  readonly peerId: string;
  readonly openConnection: OpenConnection;
  readonly checkpoints: CheckpointGossip;
  /** Address records, said on as checkpoints are. */
  readonly addresses: CheckpointGossip;
  /** Where this node can be reached now, with its peer id. */
  listening(): readonly string[];
  /** Hears when that changes. */
  onListening(listener: () => void): void;
  /** Direct and relayed connections that stand. */
  connections(): readonly { readonly publicKey?: string; readonly address: string; readonly relayed: boolean }[];
  /** Cuts connections whose peer is no longer admitted. */
  readmit(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the libp2p road: the same services, to the same members, by the same keys (ROAD-1). */
export async function openLibp2pRoad<Peer>(options: Libp2pRoadOptions<Peer>): Promise<Libp2pRoad> {
  const { admit } = options;
  const isMember = async (publicKey: string): Promise<boolean> => (await admit(publicKey)) !== undefined;
  const host = await openHost({ ...options, isMember });
  const { libp2p } = host;
  const server = new ConnectionServer(options.serve);
  await libp2p.handle(
    GRPC_PROTOCOL,
    (stream, connection) => server.admit(new StreamDuplex(stream), "libp2p", publicKeyOf(connection.remotePeer), admit),
    { maxInboundStreams: MAX_GRPC_STREAMS, maxOutboundStreams: MAX_GRPC_STREAMS, runOnLimitedConnection: true },
  );
  const { gossip } = libp2p.services;
  const isKnown = async (peer: PeerId): Promise<boolean> => {
    const publicKey = publicKeyOf(peer);
    return publicKey !== undefined && isMember(publicKey);
  };
  const topic = (name: string, judge: JudgeNote) => new TopicGossip({ gossip, topic: name, judge, isKnown });
  const checkpoints = topic(CHECKPOINT_TOPIC, options.judgeCheckpoint);
  const addresses = topic(ADDRESS_TOPIC, options.judgeAddress);
  return {
    peerId: libp2p.peerId.toString(),
    openConnection: async (member, address, signal) => {
      const target = parseTarget(address, member.transportKey);
      const within = AbortSignal.any([AbortSignal.timeout(DIAL_TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
      let stream: StreamDuplex;
      try {
        stream = new StreamDuplex(
          await libp2p.dialProtocol(target, GRPC_PROTOCOL, { signal: within, runOnLimitedConnection: true }),
        );
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : "unknown";
        throw new TallyError("PEER_UNAVAILABLE", { reason: `${address}: ${reason}`.slice(0, 500) }, { cause });
      }
      const connection = await bridgeStream(stream);
      try {
        await connection.ready(within);
        return connection;
      } catch (error) {
        connection.close();
        throw error;
      }
    },
    checkpoints,
    addresses,
    listening: () => libp2p.getMultiaddrs().map(String),
    onListening: (listener) => libp2p.addEventListener("self:peer:update", listener),
    connections: () =>
      libp2p.getConnections().map(({ remotePeer, remoteAddr, limits }) => {
        const publicKey = publicKeyOf(remotePeer);
        const address = remoteAddr.toString();
        const relayed = limits !== undefined || address.includes("/p2p-circuit");
        return { address, relayed, ...(publicKey === undefined ? {} : { publicKey }) };
      }),
    readmit: async () => {
      await server.readmit(admit);
      for (const connection of libp2p.getConnections()) {
        const publicKey = publicKeyOf(connection.remotePeer);
        if (publicKey !== undefined && !(await isMember(publicKey))) connection.abort(new Error("no longer a member"));
      }
    },
    close: async () => {
      checkpoints.close();
      addresses.close();
      server.close();
      await host.close();
    },
  };
}

/** The address, ended with the peer that is meant; nobody else may answer there. @throws ADDRESS_INVALID */
function parseTarget(address: string, publicKey: string): Multiaddr {
  const invalid = (reason: string) => nodeError("ADDRESS_INVALID", { address: address.slice(0, 512), reason });
  let parsed: Multiaddr;
  try {
    parsed = multiaddr(address);
  } catch {
    throw invalid("not a multiaddr");
  }
  const wanted = toPeerId(publicKey).toString();
  const last = parsed.getComponents().at(-1);
  if (last?.code !== CODE_P2P) return parsed.encapsulate(`/p2p/${wanted}`);
  if (last.value !== wanted) throw invalid(`it names another peer than the member's, ${wanted}`);
  return parsed;
}
