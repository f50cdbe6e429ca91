import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { DescService } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { registryError } from "../../errors.ts";
import type { AccessListener, Caller, Road } from "./access.ts";
import type { StatusTable } from "./call-error.ts";
import { toGrpcHandler, type UntypedHandler } from "./grpc-handler.ts";
import { PeerLimits } from "./peer-limits.ts";
import { SLOW_CONSUMER_MS } from "./pump.ts";
import { REQUEST_TIMEOUT_MS, requestDeadline } from "./request-deadline.ts";
import type { Implementation } from "./rpc-types.ts";
import { toGrpcServiceDefinition } from "./service-definition.ts";

/** Largest message either way: a batch of 256 entries of 64 KiB, and some. */
export const MAX_MESSAGE_BYTES: number = 20 * 1024 * 1024;
/** What may be on its way unread: a few batches. HTTP/2's own default of 64 KiB makes every batch wait for round trips. */
export const FLOW_CONTROL_WINDOW_BYTES: number = 4 * 1024 * 1024;
const MAX_STREAMS_PER_CONNECTION = 64;
/** A connection without any call is closed after so long; its owner opens another when it has one to make. */
const IDLE_CONNECTION_MS = 300_000;

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
  /** Default: IDLE_CONNECTION_MS. */
  readonly idleConnectionMs?: number;
  /** Default: REQUEST_TIMEOUT_MS. */
  readonly requestTimeoutMs?: number;
  /** Shared by the roads of one process. Default: limits of its own. */
  readonly limits?: PeerLimits;
  readonly onAccess?: AccessListener;
}

/** Who may speak, by the raw Ed25519 transport key (base64url); undefined for nobody. */
export type Admit<Peer> = (publicKey: string) => Peer | undefined | Promise<Peer | undefined>;

/**
 * Serves gRPC over connections that some road opened and authenticated. Each connection has a gRPC server of its own, which knows its
 * caller from the start: nothing that comes over the connection can say otherwise.
 */
export class ConnectionServer<Peer> {
  readonly #options: ServeOptions<Peer>;
  readonly #limits: PeerLimits;
  readonly #maxMessageBytes: number;
  readonly #open = new Map<Duplex, { readonly caller: Caller<Peer>; readonly server: Server }>();
  #closed = false;

  constructor(options: ServeOptions<Peer>, maxMessageBytes: number = MAX_MESSAGE_BYTES) {
    this.#options = options;
    this.#limits = options.limits ?? new PeerLimits();
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Serves the holder of a key if `admit` knows it and limits allow; cuts the connection otherwise, before any call (ROAD-2). */
  async admit(transport: Duplex, road: Road, publicKey: string | undefined, admit: Admit<Peer>): Promise<void> {
    // Without a listener a reset that comes meanwhile would end the process.
    transport.on("error", () => transport.destroy());
    const refuse = (refused: string): void => {
      transport.destroy();
      this.#options.onAccess?.({ road, ...(publicKey === undefined ? {} : { publicKey }), refused });
    };
    if (publicKey === undefined) return refuse("NO_KEY");
    const release = this.#limits.takeConnection(publicKey);
    if (release === undefined) return refuse("TOO_MANY_CONNECTIONS");
    transport.once("close", release);
    const peer = await Promise.resolve(admit(publicKey)).catch(() => undefined);
    if (peer === undefined) return refuse("NOT_ADMITTED");
    this.serve(transport, { road, publicKey, peer });
  }

  /** Serves a connection whose other end is known. */
  serve(transport: Duplex, caller: Caller<Peer>): void {
    if (this.#closed || transport.destroyed) {
      transport.destroy();
      return;
    }
    const server = this.#openServer(caller, () => transport.destroy());
    this.#open.set(transport, { caller, server });
    const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    transport.on("error", () => transport.destroy());
    transport.once("close", () => {
      this.#open.delete(transport);
      injector.destroy();
      server.forceShutdown();
    });
    // gRPC asks for a socket; its HTTP/2 takes any stream, and nothing else of a socket is used.
    injector.injectConnection(transport as Socket);
  }

  /** Cuts whom `admit` no longer knows. */
  async readmit(admit: Admit<Peer>): Promise<void> {
    for (const [transport, { caller }] of this.#open) {
      const { road, publicKey } = caller;
      if (publicKey === undefined || (await admit(publicKey)) !== undefined) continue;
      transport.destroy();
      this.#options.onAccess?.({ road, publicKey, refused: "NOT_ADMITTED" });
    }
  }

  /** Ends every call and connection. */
  close(): void {
    this.#closed = true;
    for (const transport of this.#open.keys()) transport.destroy();
  }

  #openServer(caller: Caller<Peer>, cut: () => void): Server {
    const { services, statusTable, onAccess } = this.#options;
    const { road, publicKey, peer } = caller;
    const server = new Server({
      "grpc.enable_channelz": 0,
      "grpc.max_concurrent_streams": MAX_STREAMS_PER_CONNECTION,
      "grpc.keepalive_time_ms": 30_000,
      "grpc.keepalive_timeout_ms": 10_000,
      "grpc.max_connection_idle_ms": this.#options.idleConnectionMs ?? IDLE_CONNECTION_MS,
      "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW_BYTES,
      "grpc.max_receive_message_length": this.#maxMessageBytes,
      "grpc.max_send_message_length": this.#maxMessageBytes,
      interceptors: [requestDeadline(this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS)],
    });
    const context = {
      peer,
      table: statusTable,
      slowConsumerMs: this.#options.slowConsumerMs ?? SLOW_CONSUMER_MS,
      begin: () => {
        if (publicKey === undefined || this.#limits.takeCall(publicKey)) return;
        throw registryError("CALLS_TOO_FREQUENT", { callsPerSecond: this.#limits.callsPerSecond });
      },
      onCall: (method: string, refused?: string) =>
        onAccess?.({
          road,
          method,
          ...(publicKey === undefined ? {} : { publicKey }),
          ...(refused === undefined ? {} : { refused }),
        }),
      cut,
    };
    for (const { definition, implementation } of services) {
      const handlers: UntypedServiceImplementation = {};
      for (const method of definition.methods) {
        const handler = implementation[method.localName] as unknown as UntypedHandler<Peer>;
        handlers[method.localName] = toGrpcHandler(method, handler.bind(implementation), context);
      }
      server.addService(toGrpcServiceDefinition(definition), handlers);
    }
    return server;
  }
}
