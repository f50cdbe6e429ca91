import { type EventEmitter, once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { type AddressInfo, createServer as createLocalServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { type StatusTable, toStatus } from "./call-error.ts";
import { pump, SLOW_CONSUMER_MS } from "./pump.ts";
import type { CallContext, Implementation } from "./rpc-types.ts";
import { toGrpcServiceDefinition } from "./service-definition.ts";
import { peerPublicKey, type TransportIdentity } from "./transport-identity.ts";

/** Largest message either way: a batch of 256 entries of 64 KiB, and some. */
export const MAX_MESSAGE_BYTES: number = 20 * 1024 * 1024;
/** Largest message over a local socket, whose other end is the owner: a ledger in one piece. */
export const MAX_LOCAL_MESSAGE_BYTES: number = 256 * 1024 * 1024;
/** What may be on its way unread: a few batches. HTTP/2's own default of 64 KiB makes every batch wait for round trips. */
export const FLOW_CONTROL_WINDOW_BYTES: number = 4 * 1024 * 1024;
const MAX_CONNECTIONS = 512;
const MAX_STREAMS_PER_CONNECTION = 64;
const HANDSHAKE_TIMEOUT_MS = 10_000;

const OPTIONS = {
  "grpc.max_concurrent_streams": MAX_STREAMS_PER_CONNECTION,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW_BYTES,
} as const;

/** A service and what implements it. */
export interface BoundService<Peer> {
  readonly definition: DescService;
  readonly implementation: Implementation<DescService, Peer>;
}

export function bindService<S extends DescService, Peer>(
  definition: S,
  implementation: Implementation<S, Peer>,
): BoundService<Peer> {
  return { definition, implementation: implementation as Implementation<DescService, Peer> };
}

export interface ServeOptions<Peer> {
  readonly services: readonly BoundService<Peer>[];
  /** Which status a peer sees for each code. */
  readonly statusTable: StatusTable;
  /** Default: SLOW_CONSUMER_MS. */
  readonly slowConsumerMs?: number;
}

export interface ServeTlsOptions<Peer> extends ServeOptions<Peer> {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly identity: TransportIdentity;
  /** Decides by the raw Ed25519 transport key (base64url) who may speak; undefined cuts the connection before any call. */
  readonly admit: (publicKey: string) => Peer | undefined | Promise<Peer | undefined>;
}

export interface GrpcServer {
  readonly port: number;
  /** Ends the calls, then the connections. */
  close(): Promise<void>;
}

/**
 * Serves over TCP with mutual TLS 1.3. The handshake proves possession of a transport key; `admit` decides whose it is. The
 * connection is then handed to gRPC, which knows nothing of TLS: another road would hand over its streams the same way.
 */
export async function serveGrpc<Peer>(options: ServeTlsOptions<Peer>): Promise<GrpcServer> {
  const peers = new Map<string, Peer>();
  const { injector, close } = openServer(options, (address) => peers.get(address));
  const listener = createTlsServer({
    cert: options.identity.certificatePem,
    key: options.identity.privateKeyPem,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["h2"],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  const admit = async (socket: TLSSocket): Promise<void> => {
    const publicKey = socket.alpnProtocol === "h2" ? peerPublicKey(socket) : undefined;
    // Without a listener a reset that comes meanwhile would end the process.
    socket.on("error", () => socket.destroy());
    const peer = publicKey === undefined ? undefined : await options.admit(publicKey);
    if (peer === undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    const address = addressOf(socket);
    peers.set(address, peer);
    socket.once("close", () => peers.delete(address));
    injector.injectConnection(socket);
  };
  listener.on("secureConnection", (socket: TLSSocket) => {
    admit(socket).catch(() => socket.destroy());
  });
  // A failed handshake is the other side's affair; the socket is gone already.
  listener.on("tlsClientError", (_error, socket) => socket.destroy());
  await listen(listener, { host: options.host, port: options.port });
  return { port: (listener.address() as AddressInfo).port, close: () => close(listener) };
}

export interface ServeLocalOptions<Peer> extends ServeOptions<Peer> {
  /** Path of the Unix domain socket; made with mode 0600. */
  readonly path: string;
  /** Whoever can open the socket is this. */
  readonly peer: Peer;
}

/** Serves over a Unix domain socket that only the owner of its folder can open. */
export async function serveLocal<Peer>(options: ServeLocalOptions<Peer>): Promise<{ close(): Promise<void> }> {
  const { injector, close } = openServer(options, () => options.peer, MAX_LOCAL_MESSAGE_BYTES);
  // Whoever holds the store's lock owns the folder: a socket that is still there is left over from a process that died.
  await rm(options.path, { force: true });
  const listener = createLocalServer((socket) => injector.injectConnection(socket));
  await listen(listener, { path: options.path });
  await chmod(options.path, 0o600);
  return { close: () => close(listener) };
}

async function listen(listener: NetServer, where: { host: string; port: number } | { path: string }): Promise<void> {
  listener.maxConnections = MAX_CONNECTIONS;
  listener.listen(where);
  await once(listener, "listening");
}

/** As `getPeer` of a call names the connection that it came by. */
const addressOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`;

function openServer<Peer>(
  options: ServeOptions<Peer>,
  peerAt: (address: string) => Peer | undefined,
  maxMessageBytes: number = MAX_MESSAGE_BYTES,
) {
  const server = new Server({
    ...OPTIONS,
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  const sockets = new Map<Socket, string>();
  const context: HandlerContext<Peer> = {
    peerAt,
    table: options.statusTable,
    slowConsumerMs: options.slowConsumerMs ?? SLOW_CONSUMER_MS,
    cut: (address) => {
      for (const [socket, from] of sockets) if (from === address) socket.destroy();
    },
  };
  for (const { definition, implementation } of options.services) {
    const handlers: UntypedServiceImplementation = {};
    for (const method of definition.methods) {
      const handler = implementation[method.localName] as unknown as UntypedHandler<Peer>;
      handlers[method.localName] = toGrpcHandler(method, handler.bind(implementation) as UntypedHandler<Peer>, context);
    }
    server.addService(toGrpcServiceDefinition(definition), handlers);
  }
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    injector: {
      injectConnection: (socket: Socket): void => {
        sockets.set(socket, addressOf(socket));
        socket.once("close", () => sockets.delete(socket));
        // Without a listener a peer's reset would end the process.
        socket.on("error", () => socket.destroy());
        injector.injectConnection(socket);
      },
    },
    close: async (listener: NetServer): Promise<void> => {
      const closed = once(listener, "close");
      listener.close();
      injector.destroy();
      server.forceShutdown();
      for (const socket of sockets.keys()) socket.destroy();
      await closed;
    },
  };
}

type UntypedHandler<Peer> = (input: unknown, context: CallContext<Peer>) => unknown;

/** What the kinds of call have in common. */
interface IncomingCall extends EventEmitter {
  getPeer(): string;
}

interface HandlerContext<Peer> {
  readonly peerAt: (address: string) => Peer | undefined;
  readonly table: StatusTable;
  readonly slowConsumerMs: number;
  /** Ends the connection from that address. */
  readonly cut: (address: string) => void;
}

function toGrpcHandler<Peer>(
  method: DescMethod,
  handler: UntypedHandler<Peer>,
  { peerAt, table, slowConsumerMs, cut }: HandlerContext<Peer>,
): UntypedServiceImplementation[string] {
  const contextOf = (call: IncomingCall): CallContext<Peer> => {
    const peer = peerAt(call.getPeer());
    // The connection was admitted before gRPC saw it; it can only be gone by now.
    if (peer === undefined) throw new Error("the connection is gone");
    const ended = new AbortController();
    call.once("cancelled", () => ended.abort());
    return { peer, signal: ended.signal };
  };
  if (method.methodKind === "server_streaming") {
    const serve: handleServerStreamingCall<unknown, unknown> = (call) => {
      const messages = (): AsyncIterable<unknown> => handler(call.request, contextOf(call)) as AsyncIterable<unknown>;
      pump(call, messages, { slowConsumerMs, cut: () => cut(call.getPeer()) }).catch((error) => {
        if (!call.cancelled) call.emit("error", toStatus(error, table));
      });
    };
    return serve;
  }
  const serve: handleUnaryCall<unknown, unknown> & handleClientStreamingCall<unknown, unknown> = (
    call: ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown>,
    callback: (error: ReturnType<typeof toStatus> | null, value?: unknown) => void,
  ) => {
    const input = "request" in call ? call.request : call;
    Promise.resolve()
      .then(() => handler(input, contextOf(call)))
      .then(
        (value) => callback(null, value),
        (error) => callback(toStatus(error, table)),
      );
  };
  return serve;
}
