import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { combine, type LinkConditions } from "./link-conditions.ts";
import { StreamRecorder } from "./stream-recorder.ts";

const HOST = "127.0.0.1";
/** Largest piece that a slow link forwards at a time. */
const PIECE_BYTES = 16_384;
/** How long an answer to a replayed stream is waited for. */
const REPLAY_MS = 1_500;

export interface LinkProxyOptions {
  /** Port of the process behind it; undefined while that is down. */
  readonly upstream: () => number | undefined;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Hears of every piece that the client sent, by connection. */
  readonly onSent?: (connection: number, piece: Uint8Array) => void;
}

/** A TCP proxy on loopback in front of one link: what one process says to one other goes through it, as its conditions have it. */
export class LinkProxy {
  readonly #options: LinkProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #imposed = new Set<LinkConditions>();
  readonly #recorder = new StreamRecorder();
  #conditions: LinkConditions = {};
  #changed = Promise.withResolvers<void>();
  #connections = 0;

  private constructor(options: LinkProxyOptions, server: Server) {
    this.#options = options;
    this.#server = server;
  }

  static async listen(options: LinkProxyOptions): Promise<LinkProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new LinkProxy(options, server);
    server.on("connection", (client) => {
      proxy.#serve(client).catch(() => client.destroy());
    });
    server.listen(0, HOST);
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** Imposes conditions, together with those that hold already, until what is returned is called. */
  impose(conditions: LinkConditions): () => void {
    this.#imposed.add(conditions);
    this.#update();
    return () => {
      this.#imposed.delete(conditions);
      this.#update();
    };
  }

  #update(): void {
    this.#conditions = combine(this.#imposed);
    if (this.#conditions.cut === "reset") for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Client streams that went through, the oldest first. */
  get recorded(): readonly Uint8Array[] {
    return this.#recorder.streams;
  }

  /** Says to the process behind the link what a client said once. Returns what it answered. */
  async replay(stream: Uint8Array): Promise<Uint8Array> {
    const port = this.#options.upstream();
    if (port === undefined) return new Uint8Array();
    const socket = connect(port, HOST);
    const answer: Buffer[] = [];
    socket.on("data", (piece: Buffer) => answer.push(piece));
    // What becomes of it is the process's affair: it must only not mind.
    socket.on("error", () => socket.destroy());
    socket.write(stream);
    await Promise.race([once(socket, "close"), delay(REPLAY_MS)]).catch(() => {});
    socket.destroy();
    return Buffer.concat(answer);
  }

  async #serve(client: Socket): Promise<void> {
    const number = this.#connections++;
    this.#watch(client);
    const { spreadMs = 0 } = this.#conditions;
    if (spreadMs > 0) await delay(spreadMs * this.#options.random());
    await this.#passable(client);
    const port = this.#options.upstream();
    if (port === undefined || client.destroyed) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port, host: HOST, allowHalfOpen: true });
    this.#watch(server);
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
    const { onSent } = this.#options;
    const record = this.#recorder.begin();
    await Promise.all([
      this.#forward(client, server, (piece) => {
        record(piece);
        onSent?.(number, piece);
      }),
      this.#forward(server, client, () => {}),
    ]);
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // A reset by either side ends both, by their close events.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#conditions.cut === "reset") socket.resetAndDestroy();
  }

  async #forward(from: Socket, to: Socket, tap: (piece: Uint8Array) => void): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        tap(piece);
        await this.#passable(to);
        const { latencyMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = this.#conditions;
        const waitMs = latencyMs + (piece.length * 1_000) / bytesPerSecond;
        if (waitMs >= 1) await delay(waitMs);
        if (to.destroyed) return;
        if (!to.write(piece)) await Promise.race([once(to, "drain"), once(to, "close")]);
      }
    }
    await this.#passable(to);
    to.end();
  }

  /** Resolves when something can go through, or the socket is gone. */
  async #passable(socket: Socket): Promise<void> {
    while (this.#conditions.cut !== undefined && !socket.destroyed) {
      const changed = this.#changed.promise;
      const gone = new AbortController();
      const closed = once(socket, "close", { signal: gone.signal }).catch(() => {});
      await Promise.race([changed, closed]);
      gone.abort();
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#changed.resolve();
    await closed;
  }
}
