import {
  type AccessEvent,
  type HttpEdge,
  type LogReader,
  type Member,
  makeFeedService,
  PeerLimits,
  type ServeOptions,
  serveGrpc,
  serveHttp,
  serveLocal,
} from "@tallystick/registry";
import { makeExchangeService } from "../adapters/grpc/exchange-service.ts";
import { feedEntries } from "../adapters/grpc/feed-entries.ts";
import { makeLocalService } from "../adapters/grpc/local-service.ts";
import { STATUS_TABLE } from "../adapters/grpc/status-table.ts";
import type { Libp2pRoad, Libp2pRoadOptions } from "../adapters/libp2p/libp2p-road.ts";
import type { Libp2pOptions } from "../adapters/libp2p/road-options.ts";
import type { JudgeNote } from "../adapters/libp2p/topic-gossip.ts";
import type { DeliverySource } from "../ports/delivery-source.ts";
import type { LocalApi } from "../ports/local-api.ts";
import { judgeCheckpointNote } from "./judge-gossip.ts";
import type { NodeApp } from "./node-app.ts";

/** What a node serves. Each is the node's own where it is absent. */
export interface ServedPorts {
  /** What deliveries are opened by. */
  readonly deliveries?: DeliverySource;
  /** The log that partners read. */
  readonly logFor?: (peer: Member) => LogReader;
  /** What answers the owner. */
  readonly owner?: LocalApi;
}

export interface ServeNodeOptions extends ServedPorts {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly httpPort: number;
  /** The second road; its code is loaded only where it is wanted. */
  readonly libp2p?: Libp2pOptions;
}

export interface ServedNode {
  readonly grpc: number;
  readonly http: number;
  readonly libp2p?: Libp2pRoad;
  close(): Promise<void>;
}

/** Serves a node to its partners (gRPC over mutual TLS, and over libp2p where that is wanted), to existing log tools (HTTP) and to its owner (local socket). */
export async function serveNode(app: NodeApp, options: ServeNodeOptions): Promise<ServedNode> {
  const { home, log, publisher } = app;
  const statusTable = STATUS_TABLE;
  const logOf = (origin: string) => (origin === log.origin ? log : undefined);
  const deliveries = options.deliveries ?? publisher;
  const toEntries = feedEntries(deliveries);
  const { logFor = () => log, owner = app } = options;
  const logOfPeer = (origin: string, peer: Member) => (origin === log.origin ? logFor(peer) : undefined);
  const limits = new PeerLimits();
  const admit = (publicKey: string): Promise<Member | undefined> => app.admit(publicKey);
  const onAccess = (event: AccessEvent): void => app.accesses.note(event);
  const serve: ServeOptions<Member> = {
    services: [
      makeFeedService<Member>({ logOf: logOfPeer, toEntries, peerId: ({ did }) => did }),
      makeExchangeService(app, log.origin, deliveries),
    ],
    statusTable,
    limits,
    onAccess,
  };
  const grpc = await serveGrpc<Member>({
    ...serve,
    host: options.host,
    port: options.port,
    identity: home.transport,
    admit,
  });
  const libp2p =
    options.libp2p === undefined
      ? undefined
      : await openLibp2p(app, { ...options.libp2p, identity: home.transport, admit, serve, onAccess });
  app.roads.useLibp2p(libp2p?.openConnection);
  if (libp2p !== undefined) app.joinGossip(libp2p.checkpoints);
  app.onRegistryGrown(() => {
    void grpc.readmit();
    void libp2p?.readmit();
  });
  const http: HttpEdge = await serveHttp({ host: options.host, port: options.httpPort, logOf });
  const local = await serveLocal({
    path: home.socketPath,
    peer: "owner",
    services: [makeLocalService(owner)],
    statusTable,
  });
  return {
    grpc: grpc.port,
    http: http.port,
    ...(libp2p === undefined ? {} : { libp2p }),
    close: async () => {
      await Promise.all([grpc.close(), libp2p?.close(), http.close(), local.close()]);
    },
  };
}

async function openLibp2p(
  app: NodeApp,
  options: Omit<Libp2pRoadOptions<Member>, "random" | "judgeCheckpoint" | "judgeAddress">,
): Promise<Libp2pRoad> {
  const { openLibp2pRoad } = await import("../adapters/libp2p/libp2p-road.ts");
  const judgeCheckpoint: JudgeNote = (note) => judgeCheckpointNote(note, app.replica.state);
  return openLibp2pRoad<Member>({ ...options, random: Math.random, judgeCheckpoint, judgeAddress: () => "ignore" });
}
