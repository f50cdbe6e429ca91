import {
  type HttpEdge,
  type LogReader,
  type Member,
  makeFeedService,
  serveGrpc,
  serveHttp,
  serveLocal,
} from "@tallystick/registry";
import { makeExchangeService } from "../adapters/grpc/exchange-service.ts";
import { feedEntries } from "../adapters/grpc/feed-entries.ts";
import { makeLocalService } from "../adapters/grpc/local-service.ts";
import { STATUS_TABLE } from "../adapters/grpc/status-table.ts";
import type { DeliverySource } from "../ports/delivery-source.ts";
import type { LocalApi } from "../ports/local-api.ts";
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
}

export interface ServedNode {
  readonly grpc: number;
  readonly http: number;
  close(): Promise<void>;
}

/** Serves a node to its partners (gRPC over mutual TLS), to existing log tools (HTTP) and to its owner (local socket). */
export async function serveNode(app: NodeApp, options: ServeNodeOptions): Promise<ServedNode> {
  const { home, log, publisher } = app;
  const statusTable = STATUS_TABLE;
  const logOf = (origin: string) => (origin === log.origin ? log : undefined);
  const deliveries = options.deliveries ?? publisher;
  const toEntries = feedEntries(deliveries);
  const { logFor = () => log, owner = app } = options;
  const logOfPeer = (origin: string, peer: Member) => (origin === log.origin ? logFor(peer) : undefined);
  const grpc = await serveGrpc<Member>({
    host: options.host,
    port: options.port,
    identity: home.transport,
    admit: (publicKey) => app.admit(publicKey),
    services: [
      makeFeedService<Member>({ logOf: logOfPeer, toEntries, peerId: ({ did }) => did }),
      makeExchangeService(app, log.origin, deliveries),
    ],
    statusTable,
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
    close: async () => {
      await Promise.all([grpc.close(), http.close(), local.close()]);
    },
  };
}
