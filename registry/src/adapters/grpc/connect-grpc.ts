import type { Socket } from "node:net";
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  CallCredentials,
  ChannelCredentials,
  Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  connectivityState,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { TallyError } from "@tallystick/proto";
import { fromServiceError } from "./call-error.ts";
import { FLOW_CONTROL_WINDOW_BYTES, MAX_MESSAGE_BYTES } from "./connection-server.ts";
import type { CallOptions, ServiceClient } from "./rpc-types.ts";
import { MAX_LOCAL_MESSAGE_BYTES } from "./serve-grpc.ts";
import { toGrpcServiceDefinition } from "./service-definition.ts";
import { peerPublicKey, type TransportIdentity } from "./transport-identity.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
/** For the socket and the handshake together. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface ConnectOptions {
  /** host:port */
  readonly address: string;
  readonly identity: TransportIdentity;
  /** Raw Ed25519 key (base64url) that the server must prove to hold. */
  readonly expectedKey: string;
  /** Deadline of unary calls; streams have none unless a call sets one. */
  readonly timeoutMs?: number;
}

/** A connection; services are had from it with `client`. */
export interface GrpcConnection {
  client<S extends DescService>(service: S): ServiceClient<S>;
  /**
   * Connects now rather than with the first call, and tries once: the other end may be asked elsewhere sooner.
   * @throws PEER_UNAVAILABLE, CALL_CANCELLED
   */
  ready(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** Connects over TCP with mutual TLS 1.3, to the holder of one key. Nothing is sent to anyone else. */
export function connectGrpc(options: ConnectOptions): GrpcConnection {
  const credentials = new PinnedKeyCredentials(options.identity, options.expectedKey);
  return openConnection(options.address, credentials, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
}

/** Connects to the Unix domain socket of a local node. */
export function connectLocal(path: string, timeoutMs = 0): GrpcConnection {
  return openConnection(`unix:${path}`, ChannelCredentials.createInsecure(), timeoutMs, MAX_LOCAL_MESSAGE_BYTES);
}

/** Connects through a Unix domain socket that leads to a peer whom its road has authenticated already. */
export function connectThrough(path: string, timeoutMs: number = DEFAULT_TIMEOUT_MS): GrpcConnection {
  return openConnection(`unix:${path}`, ChannelCredentials.createInsecure(), timeoutMs);
}

function openConnection(
  target: string,
  credentials: ChannelCredentials,
  timeoutMs: number,
  maxMessageBytes: number = MAX_MESSAGE_BYTES,
): GrpcConnection {
  const channel = new Client(target, credentials, {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.keepalive_time_ms": 30_000,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW_BYTES,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 5_000,
    // Connections to one address with different pinned keys must not be shared.
    "grpc.use_local_subchannel_pool": 1,
  });
  return {
    client: (service) => makeClient(channel, service, timeoutMs),
    ready: (signal) => waitUntilReady(channel.getChannel(), signal),
    close: () => channel.close(),
  };
}

const { READY, TRANSIENT_FAILURE, SHUTDOWN } = connectivityState;

async function waitUntilReady(
  channel: ReturnType<Client["getChannel"]>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === READY) return;
    if (signal?.aborted === true) throw new TallyError("CALL_CANCELLED", { reason: "told to stop" });
    if (state === TRANSIENT_FAILURE || state === SHUTDOWN || Date.now() >= deadline) {
      throw new TallyError("PEER_UNAVAILABLE", { reason: "no connection could be opened" });
    }
    const changed = Promise.withResolvers<void>();
    // Its error is the deadline's, which the loop sees.
    channel.watchConnectivityState(state, deadline, () => changed.resolve());
    const stop = (): void => changed.resolve();
    signal?.addEventListener("abort", stop, { once: true });
    await changed.promise;
    signal?.removeEventListener("abort", stop);
  }
}

function makeClient<S extends DescService>(channel: Client, service: S, timeoutMs: number): ServiceClient<S> {
  const definition = toGrpcServiceDefinition(service);
  const methods = service.methods.map((method) => {
    const wire = definition[method.localName] as MethodDefinition<unknown, unknown>;
    return [method.localName, makeMethod(channel, method, wire, timeoutMs)] as const;
  });
  return Object.fromEntries(methods) as ServiceClient<S>;
}

function makeMethod(channel: Client, method: DescMethod, wire: MethodDefinition<unknown, unknown>, timeoutMs: number) {
  const { path, requestSerialize: write, responseDeserialize: read } = wire;
  const deadline = (options: CallOptions | undefined, standard: number): { deadline?: number } => {
    const ms = options?.timeoutMs ?? standard;
    return ms === 0 ? {} : { deadline: Date.now() + ms };
  };
  if (method.methodKind === "server_streaming") {
    return (request: unknown, options?: CallOptions) =>
      readAll(
        withFewBuffered(() => channel.makeServerStreamRequest(path, write, read, request, deadline(options, 0))),
        options?.signal,
      );
  }
  return (request: unknown, options?: CallOptions) =>
    new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, value?: unknown): void => {
        options?.signal?.removeEventListener("abort", abort);
        if (error === null) resolve(value);
        else reject(fromServiceError(error));
      };
      const call: ClientUnaryCall | ClientWritableStream<unknown> =
        method.methodKind === "client_streaming"
          ? channel.makeClientStreamRequest(path, write, read, deadline(options, timeoutMs), done)
          : channel.makeUnaryRequest(path, write, read, request, deadline(options, timeoutMs), done);
      const abort = (): void => call.cancel();
      if (options?.signal?.aborted === true) abort();
      options?.signal?.addEventListener("abort", abort, { once: true });
      if (method.methodKind === "client_streaming") {
        writeAll(call as ClientWritableStream<unknown>, request as AsyncIterable<unknown>).catch((error) => {
          call.cancel();
          reject(error);
        });
      }
    });
}

async function writeAll(call: ClientWritableStream<unknown>, messages: AsyncIterable<unknown>): Promise<void> {
  for await (const message of messages) {
    if (!call.write(message)) await new Promise((resolve) => call.once("drain", resolve));
  }
  call.end();
}

/** Messages of a stream that wait here for their reader. Node's default of 16 may be hundreds of megabytes. */
const MAX_BUFFERED_MESSAGES = 2;

/** gRPC makes its streams with Node's default and has no setting of its own. */
function withFewBuffered<T>(open: () => T): T {
  const standard = getDefaultHighWaterMark(true);
  setDefaultHighWaterMark(true, MAX_BUFFERED_MESSAGES);
  try {
    return open();
  } finally {
    setDefaultHighWaterMark(true, standard);
  }
}

/** The stream's messages; reading stops the sender when it stops. */
async function* readAll(call: ClientReadableStream<unknown>, signal: AbortSignal | undefined): AsyncGenerator<unknown> {
  const abort = (): void => call.cancel();
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    for await (const message of call) yield message;
  } catch (error) {
    throw fromServiceError(error as ServiceError);
  } finally {
    signal?.removeEventListener("abort", abort);
    call.cancel();
  }
}

/**
 * Credentials that accept exactly one server key. A self-signed certificate never chains to an authority, and Node then
 * skips checkServerIdentity; so the connector checks the key itself before it hands the socket to gRPC.
 */
class PinnedKeyCredentials extends ChannelCredentials {
  readonly #identity: TransportIdentity;
  readonly #expectedKey: string;

  constructor(identity: TransportIdentity, expectedKey: string) {
    super();
    this.#identity = identity;
    this.#expectedKey = expectedKey;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: unknown,
    callCredentials?: CallCredentials,
  ): ReturnType<ChannelCredentials["_createSecureConnector"]> {
    return {
      connect: (socket: Socket) => this.#connect(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials ?? CallCredentials.createEmpty(),
      destroy: () => {},
    };
  }

  #connect(socket: Socket): Promise<{ socket: Socket; secure: boolean }> {
    return new Promise((resolve, reject) => {
      const secured = connectTls(
        {
          socket,
          cert: this.#identity.certificatePem,
          key: this.#identity.privateKeyPem,
          rejectUnauthorized: false,
          minVersion: "TLSv1.3",
          ALPNProtocols: ["h2"],
        },
        () => {
          if (peerPublicKey(secured) === this.#expectedKey) {
            resolve({ socket: secured, secure: true });
            return;
          }
          secured.destroy();
          reject(new Error("the server holds another key than expected"));
        },
      );
      secured.on("error", reject);
    });
  }
}
