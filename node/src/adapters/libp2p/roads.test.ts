import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { privateKeyFromSeed, TallyError } from "@tallystick/proto";
import { FeedService } from "@tallystick/proto/wire";
import {
  type AccessEvent,
  bindService,
  connectGrpc,
  createTransportIdentity,
  type GrpcConnection,
  MAX_MESSAGE_BYTES,
  type Member,
  PeerLimits,
  type Road,
  type ServeOptions,
  serveGrpc,
  type TransportIdentity,
} from "@tallystick/registry";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Libp2pRoad, openLibp2pRoad } from "./libp2p-road.ts";
import type { JudgeNote } from "./topic-gossip.ts";

// One suite, over either road: what holds of one must hold of the other.

const identityOf = (fill: number): Promise<TransportIdentity> => {
  const seed = new Uint8Array(32).fill(fill);
  return createTransportIdentity(privateKeyFromSeed(seed), seed, `peer ${fill}`);
};
const [server, member, suspended, stranger] = (await Promise.all([1, 2, 3, 4].map(identityOf))) as [
  TransportIdentity,
  TransportIdentity,
  TransportIdentity,
  TransportIdentity,
];
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

let written = 0;
let aborted: Promise<void> | undefined;
const feed = bindService<typeof FeedService, string>(FeedService, {
  getCheckpoint: async ({ origin }, { peer, signal }) => {
    if (origin === "typed") throw new TallyError("CHECKPOINT_MALFORMED", { reason: "as asked" });
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

interface Opened {
  readonly connect: (identity: TransportIdentity, expectedKey?: string) => Promise<GrpcConnection>;
  readonly readmit: () => Promise<void>;
  readonly close: () => Promise<void>;
}
type Settings = Pick<ServeOptions<string>, "limits" | "requestTimeoutMs" | "idleConnectionMs">;

const ignore: JudgeNote = () => "ignore";
const judges = { judgeCheckpoint: ignore, judgeAddress: ignore };

describe.each<Road>(["tls", "libp2p"])("the services over %s", (road) => {
  const members = new Set<string>();
  const events: AccessEvent[] = [];
  const admit = (key: string): string | undefined =>
    members.has(key) ? (key === member.publicKey ? "member" : "other") : undefined;
  let opened: Opened;

  async function open(settings: Settings = {}): Promise<Opened> {
    const serve: ServeOptions<string> = {
      services: [feed],
      statusTable: { CHECKPOINT_MALFORMED: status.INVALID_ARGUMENT },
      onAccess: (event) => events.push(event),
      ...settings,
    };
    if (road === "tls") {
      const listening = await serveGrpc({ host: "127.0.0.1", port: 0, identity: server, admit, ...serve });
      const connections: GrpcConnection[] = [];
      return {
        connect: async (identity, expectedKey = server.publicKey) => {
          const connection = connectGrpc({ address: `127.0.0.1:${listening.port}`, identity, expectedKey });
          connections.push(connection);
          await connection.ready();
          return connection;
        },
        readmit: () => listening.readmit(),
        close: async () => {
          for (const connection of connections) connection.close();
          await listening.close();
        },
      };
    }
    const listen = ["/ip4/127.0.0.1/tcp/0"];
    const onAccess = (event: AccessEvent) => events.push(event);
    const listening = await openLibp2pRoad({
      identity: server,
      listen,
      admit,
      serve,
      onAccess,
      random: Math.random,
      ...judges,
    });
    const dialers = new Map<string, Libp2pRoad>();
    return {
      connect: async (identity, expectedKey = server.publicKey) => {
        const dialer =
          dialers.get(identity.publicKey) ??
          (await openLibp2pRoad<string>({
            identity,
            listen: [],
            admit: () => "server",
            serve: { services: [], statusTable: {} },
            random: Math.random,
            ...judges,
          }));
        dialers.set(identity.publicKey, dialer);
        const [address = ""] = listening.listening();
        const target = expectedKey === server.publicKey ? address : address.replace(/\/p2p\/.*/, "");
        return dialer.openConnection({ transportKey: expectedKey } as Member, target);
      },
      readmit: () => listening.readmit(),
      close: async () => {
        for (const dialer of dialers.values()) await dialer.close();
        await listening.close();
      },
    };
  }

  beforeEach(() => {
    members.clear();
    members.add(member.publicKey);
    events.length = 0;
  });

  describe("with usual limits", () => {
    beforeAll(async () => {
      members.add(member.publicKey);
      opened = await open();
    });
    afterAll(() => opened.close());

    it("know their peer by its transport key, and note what it called [ROAD-1]", async () => {
      const connection = await opened.connect(member);
      const { checkpoint } = await connection.client(FeedService).getCheckpoint({ origin: "a" });
      expect(text(checkpoint)).toBe("a for member");
      const method = "tallystick.v1.FeedService/GetCheckpoint";
      expect(events).toContainEqual({ road, publicKey: member.publicKey, method });
    });

    it("give nothing to a key that is nobody's, and note it [ROAD-2]", async () => {
      await expect(call(stranger)).rejects.toThrow(/PEER_UNAVAILABLE|CALL_/);
      await until(() => events.some((e) => e.publicKey === stranger.publicKey));
      expect(events).toContainEqual({ road, publicKey: stranger.publicKey, refused: "NOT_ADMITTED" });
      expect(events.filter((e) => e.method !== undefined)).toEqual([]);
    });

    it("cut whom is suspended while connected, and refuse it from then on [ROAD-2]", async () => {
      members.add(suspended.publicKey);
      const connection = await opened.connect(suspended);
      await connection.client(FeedService).getCheckpoint({ origin: "a" });
      const hanging = connection.client(FeedService).getCheckpoint({ origin: "hang" });
      await until(() => aborted !== undefined);
      members.delete(suspended.publicKey);
      await opened.readmit();
      await expect(hanging).rejects.toThrow(/PEER_UNAVAILABLE|CALL_/);
      await expect(call(suspended)).rejects.toThrow(/PEER_UNAVAILABLE|CALL_/);
    });

    it("are not asked of a server that holds another key than the one meant [ROAD-1]", async () => {
      await expect(opened.connect(member, stranger.publicKey)).rejects.toThrow("PEER_UNAVAILABLE");
    });

    it("carry typed errors, deadlines and cancellation", async () => {
      const client = (await opened.connect(member)).client(FeedService);
      await expect(client.getCheckpoint({ origin: "typed" })).rejects.toMatchObject({
        code: "CHECKPOINT_MALFORMED",
        details: { reason: "as asked" },
      });
      await expect(client.getCheckpoint({ origin: "hang" }, { timeoutMs: 200 })).rejects.toThrow("CALL_TIMED_OUT");
      const stop = new AbortController();
      const call = client.getCheckpoint({ origin: "hang" }, { signal: stop.signal });
      setTimeout(() => stop.abort(), 50);
      await expect(call).rejects.toThrow("CALL_CANCELLED");
    });

    it("refuse a message beyond the limit, and go on", async () => {
      const client = (await opened.connect(member)).client(FeedService);
      await expect(client.getTile({ width: MAX_MESSAGE_BYTES + 1 })).rejects.toThrow("CALL_FAILED");
      expect((await client.getTile({ width: 10 })).tile.length).toBe(10);
    });

    it("stream whole, and no faster than they are read [STR-3]", async () => {
      const client = (await opened.connect(member)).client(FeedService);
      let received = 0;
      for await (const { firstIndex } of client.streamEntries({ from: 200n })) {
        expect(firstIndex).toBe(BigInt(received));
        received += 1;
      }
      expect(received).toBe(200);
      written = 0;
      const stream = client.streamEntries({ from: 20_000n })[Symbol.asyncIterator]();
      await stream.next();
      await delay(400);
      // 20,000 messages are 320 MB.
      expect(written).toBeLessThan(2_500);
      await stream.return?.();
    });
  });

  describe("under attack", () => {
    afterEach(() => opened.close());

    it("take only so many connections of one peer [ROAD-6]", async () => {
      opened = await open({ limits: new PeerLimits({ connectionsPerPeer: 2 }) });
      const first = (await opened.connect(member)).client(FeedService);
      await first.getCheckpoint({ origin: "a" });
      await (await opened.connect(member)).client(FeedService).getCheckpoint({ origin: "a" });
      await expect(call(member)).rejects.toThrow(/PEER_UNAVAILABLE|CALL_/);
      expect(events).toContainEqual({ road, publicKey: member.publicKey, refused: "TOO_MANY_CONNECTIONS" });
      expect(text((await first.getCheckpoint({ origin: "b" })).checkpoint)).toBe("b for member");
    });

    it("take only so many calls of one peer, whichever connection they come by [ROAD-6]", async () => {
      let now = 0;
      opened = await open({ limits: new PeerLimits({ callsPerSecond: 10, callBurst: 3, clock: () => now }) });
      const [one, two] = [await opened.connect(member), await opened.connect(member)].map((c) => c.client(FeedService));
      for (const client of [one, two, one]) await client?.getCheckpoint({ origin: "a" });
      await expect(two?.getCheckpoint({ origin: "a" })).rejects.toMatchObject({
        code: "CALLS_TOO_FREQUENT",
        details: { callsPerSecond: 10 },
      });
      now = 100;
      await two?.getCheckpoint({ origin: "a" });
    });

    it("close a connection that nobody uses [ROAD-6]", async () => {
      const limits = new PeerLimits({ connectionsPerPeer: 1 });
      opened = await open({ limits, idleConnectionMs: 100 });
      await (await opened.connect(member)).client(FeedService).getCheckpoint({ origin: "a" });
      await delay(600);
      await (await opened.connect(member)).client(FeedService).getCheckpoint({ origin: "a" });
    });
  });

  const call = async (identity: TransportIdentity): Promise<unknown> =>
    (await opened.connect(identity)).client(FeedService).getCheckpoint({ origin: "a" }, { timeoutMs: 1_000 });
});

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await delay(10);
}
