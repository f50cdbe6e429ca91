import { mkdtemp, rm, stat } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { isTallyError, privateKeyFromSeed, TallyError } from "@tallystick/proto";
import { FeedService, RegistryService } from "@tallystick/proto/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectGrpc, connectLocal, type GrpcConnection } from "./connect-grpc.ts";
import { bindService, MAX_MESSAGE_BYTES } from "./connection-server.ts";
import { type GrpcServer, serveGrpc, serveLocal } from "./serve-grpc.ts";
import { createTransportIdentity, type TransportIdentity } from "./transport-identity.ts";

const identityOf = (fill: number): Promise<TransportIdentity> => {
  const seed = new Uint8Array(32).fill(fill);
  return createTransportIdentity(privateKeyFromSeed(seed), seed, `peer ${fill}`);
};

const [server, member, stranger] = await Promise.all([identityOf(1), identityOf(2), identityOf(3)]);
const statusTable = { CHECKPOINT_MALFORMED: status.INVALID_ARGUMENT };

let written = 0;
let aborted: Promise<void>;
const feed = bindService<typeof FeedService, string>(FeedService, {
  getCheckpoint: async ({ origin }, { peer, signal }) => {
    if (origin === "typed") throw new TallyError("CHECKPOINT_MALFORMED", { reason: "as asked" });
    if (origin === "unknown") throw new Error("a secret of the server");
    if (origin === "hang") {
      aborted = new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      await aborted;
    }
    return { checkpoint: new TextEncoder().encode(`${origin} for ${peer}`) };
  },
  getTile: async ({ width }) => ({ tile: new Uint8Array(width) }),
  getEntryBundle: async () => ({}),
  streamEntries: async function* ({ from }) {
    for (let i = 0; i < Number(from); i++) {
      written = i + 1;
      yield { firstIndex: BigInt(i), checkpoint: new Uint8Array(16_384) };
    }
  },
});
const rows = bindService<typeof RegistryService, string>(RegistryService, {
  submitChange: async () => ({}),
  streamRows: async function* () {},
  stageRows: async (requests: AsyncIterable<{ rows: Uint8Array[] }>) => {
    let count = 0;
    for await (const request of requests) count += request.rows.length;
    return { rowCount: BigInt(count) };
  },
  backupRegistry: async function* () {},
});

let running: GrpcServer;
const connections: GrpcConnection[] = [];
const connect = (identity: TransportIdentity, expectedKey = server.publicKey): GrpcConnection => {
  const connection = connectGrpc({ address: `127.0.0.1:${running.port}`, identity, expectedKey, timeoutMs: 2_000 });
  connections.push(connection);
  return connection;
};
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

beforeAll(async () => {
  running = await serveGrpc({
    host: "127.0.0.1",
    port: 0,
    identity: server,
    admit: (key) => (key === member.publicKey ? "member" : undefined),
    services: [feed, rows],
    statusTable,
  });
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  await running.close();
});

describe("calls over mutual TLS", () => {
  it("know their peer by its transport key [RT-5]", async () => {
    const { checkpoint } = await connect(member).client(FeedService).getCheckpoint({ origin: "a" });
    expect(text(checkpoint)).toBe("a for member");
  });

  it("stream both ways", async () => {
    const { rowCount } = await connect(member)
      .client(RegistryService)
      .stageRows(
        (async function* () {
          for (let i = 0; i < 100; i++) yield { rows: [new Uint8Array(10), new Uint8Array(20)] };
        })(),
      );
    expect(rowCount).toBe(200n);
    let received = 0;
    for await (const { firstIndex } of connect(member).client(FeedService).streamEntries({ from: 50n })) {
      expect(firstIndex).toBe(BigInt(received));
      received += 1;
    }
    expect(received).toBe(50);
  });

  it("cut off a peer whose key nobody admits, before any call", async () => {
    await expect(connect(stranger).client(FeedService).getCheckpoint({ origin: "a" })).rejects.toThrow(
      /PEER_UNAVAILABLE|CALL_TIMED_OUT/,
    );
  });

  it("send nothing to a server that holds another key than the pinned one", async () => {
    const call = connect(member, stranger.publicKey).client(FeedService).getCheckpoint({ origin: "a" });
    await expect(call).rejects.toThrow(/PEER_UNAVAILABLE|CALL_TIMED_OUT/);
  });

  it("need TLS: plain bytes are hung up on", async () => {
    const socket = createConnection(running.port, "127.0.0.1");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    await new Promise<void>((resolve) => socket.once("close", () => resolve()).once("error", () => resolve()));
  });
});

describe("failures", () => {
  it("carry a typed error's code and details, and its status", async () => {
    const error = await connect(member)
      .client(FeedService)
      .getCheckpoint({ origin: "typed" })
      .catch((e: unknown) => e);
    expect(isTallyError(error, "CHECKPOINT_MALFORMED") && error.details).toEqual({ reason: "as asked" });
  });

  it("say nothing of an unknown error", async () => {
    const error = await connect(member)
      .client(FeedService)
      .getCheckpoint({ origin: "unknown" })
      .catch((e: unknown) => e);
    expect(isTallyError(error, "CALL_FAILED") && error.details).toEqual({
      status: "INTERNAL",
      reason: "internal error",
    });
  });

  it("come at the deadline, and the server learns of it", async () => {
    const call = connect(member).client(FeedService).getCheckpoint({ origin: "hang" }, { timeoutMs: 300 });
    await expect(call).rejects.toThrow("CALL_TIMED_OUT");
    await aborted;
  });

  it("come when the caller aborts", async () => {
    const stop = new AbortController();
    const call = connect(member).client(FeedService).getCheckpoint({ origin: "hang" }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(call).rejects.toThrow("CALL_CANCELLED");
  });

  it("refuse a message beyond the limit", async () => {
    await expect(
      connect(member)
        .client(FeedService)
        .getTile({ width: MAX_MESSAGE_BYTES + 1 }),
    ).rejects.toThrow("CALL_FAILED");
  });
});

describe("back-pressure", () => {
  it("keeps a server from running ahead of a reader that stopped [STR-3]", async () => {
    written = 0;
    const stream = connect(member).client(FeedService).streamEntries({ from: 5_000n })[Symbol.asyncIterator]();
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // 5,000 messages are 80 MB; what fits into the flow control window of 4 MiB and a few messages is far less.
    expect(written).toBeLessThan(300);
    await stream.return?.();
  });

  describe("for a reader that takes nothing for too long", () => {
    let impatient: GrpcServer;
    const slowConsumerMs = 150;
    const ended = Promise.withResolvers<void>();
    const endless = bindService<typeof FeedService, string>(FeedService, {
      getCheckpoint: async () => ({}),
      getTile: async () => ({}),
      getEntryBundle: async () => ({}),
      streamEntries: async function* ({ from }) {
        try {
          for (let i = Number(from); ; i++) yield { firstIndex: BigInt(i), checkpoint: new Uint8Array(65_536) };
        } finally {
          ended.resolve();
        }
      },
    });
    const open = () => {
      const { port } = impatient;
      const address = `127.0.0.1:${port}`;
      const connection = connectGrpc({ address, identity: member, expectedKey: server.publicKey });
      connections.push(connection);
      return connection.client(FeedService);
    };
    beforeAll(async () => {
      const services = [endless];
      const listen = { host: "127.0.0.1", port: 0, identity: server, admit: () => "member" };
      impatient = await serveGrpc({ ...listen, services, statusTable, slowConsumerMs });
    });
    afterAll(() => impatient.close());

    it("cuts the stream with a typed error, and lets it go on from where it was [STR-4]", async () => {
      const client = open();
      let next = 0n;
      const read = async (): Promise<void> => {
        for await (const { firstIndex } of client.streamEntries({ from: next })) {
          expect(firstIndex).toBe(next);
          next += 1n;
          if (next === 1n) await new Promise((resolve) => setTimeout(resolve, slowConsumerMs * 2));
          if (next > 200n) return;
        }
      };
      await expect(read()).rejects.toMatchObject({ code: "CONSUMER_TOO_SLOW", details: { unreadMs: slowConsumerMs } });
      await ended.promise;
      expect(next).toBeGreaterThan(0n);
      await read();
      expect(next).toBe(201n);
    });

    it("cuts its connection where it does not read that either [STR-4]", async () => {
      const client = open();
      const stream = client.streamEntries({ from: 0n })[Symbol.asyncIterator]();
      await stream.next();
      await new Promise((resolve) => setTimeout(resolve, slowConsumerMs * 4));
      const rest = (async () => {
        while ((await stream.next()).done !== true);
      })();
      await expect(rest).rejects.toMatchObject({ code: expect.stringMatching(/PEER_UNAVAILABLE|CALL_/) });
    });
  });
});

describe("the local socket", () => {
  it("is the owner's alone, replaces a leftover, and answers", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tally-"));
    const path = join(folder, "local.sock");
    for (let round = 0; round < 2; round++) {
      const local = await serveLocal({ path, peer: "owner", services: [feed], statusTable });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      const connection = connectLocal(path);
      const { checkpoint } = await connection.client(FeedService).getCheckpoint({ origin: "b" });
      expect(text(checkpoint)).toBe("b for owner");
      connection.close();
      await local.close();
    }
    await rm(folder, { recursive: true });
  });
});
