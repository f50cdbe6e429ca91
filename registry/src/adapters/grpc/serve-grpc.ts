import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { type AddressInfo, createServer as createLocalServer, type Server as NetServer } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { type Admit, ConnectionServer, type ServeOptions } from "./connection-server.ts";
import { peerPublicKey, type TransportIdentity } from "./transport-identity.ts";

/** Largest message over a local socket, whose other end is the owner: a ledger in one piece. */
export const MAX_LOCAL_MESSAGE_BYTES: number = 256 * 1024 * 1024;
/** Sockets of a listener, those that have not shown who they are included. */
const MAX_SOCKETS = 512;
const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface ServeTlsOptions<Peer> extends ServeOptions<Peer> {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly identity: TransportIdentity;
  readonly admit: Admit<Peer>;
  /** Default: HANDSHAKE_TIMEOUT_MS. */
  readonly handshakeTimeoutMs?: number;
}

export interface GrpcServer {
  readonly port: number;
  /** Cuts connections whose peer is no longer admitted. */
  readmit(): Promise<void>;
  /** Ends the calls, then the connections. */
  close(): Promise<void>;
}

/**
 * Serves over TCP with mutual TLS 1.3. The handshake proves possession of a transport key; `admit` decides whose it is, and what is not
 * admitted is cut before any call.
 */
export async function serveGrpc<Peer>(options: ServeTlsOptions<Peer>): Promise<GrpcServer> {
  const server = new ConnectionServer(options);
  const listener = createTlsServer({
    cert: options.identity.certificatePem,
    key: options.identity.privateKeyPem,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["h2"],
    handshakeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
  });
  listener.on("secureConnection", (socket: TLSSocket) => {
    const publicKey = socket.alpnProtocol === "h2" ? peerPublicKey(socket) : undefined;
    void server.admit(socket, "tls", publicKey, options.admit);
  });
  // A failed handshake is the other side's affair; the socket is gone already.
  listener.on("tlsClientError", (_error, socket) => socket.destroy());
  await listen(listener, { host: options.host, port: options.port });
  return {
    port: (listener.address() as AddressInfo).port,
    readmit: () => server.readmit(options.admit),
    close: () => close(listener, server),
  };
}

export interface ServeLocalOptions<Peer> extends ServeOptions<Peer> {
  /** Path of the Unix domain socket; made with mode 0600. */
  readonly path: string;
  /** Whoever can open the socket is this. */
  readonly peer: Peer;
}

/** Serves over a Unix domain socket that only the owner of its folder can open. */
export async function serveLocal<Peer>(options: ServeLocalOptions<Peer>): Promise<{ close(): Promise<void> }> {
  const server = new ConnectionServer(options, MAX_LOCAL_MESSAGE_BYTES);
  // Whoever holds the store's lock owns the folder: a socket that is still there is left over from a process that died.
  await rm(options.path, { force: true });
  const listener = createLocalServer((socket) => server.serve(socket, { road: "local", peer: options.peer }));
  await listen(listener, { path: options.path });
  await chmod(options.path, 0o600);
  return { close: () => close(listener, server) };
}

async function listen(listener: NetServer, where: { host: string; port: number } | { path: string }): Promise<void> {
  listener.maxConnections = MAX_SOCKETS;
  listener.listen(where);
  await once(listener, "listening");
}

async function close(listener: NetServer, server: { close(): void }): Promise<void> {
  const closed = once(listener, "close");
  listener.close();
  server.close();
  await closed;
}
