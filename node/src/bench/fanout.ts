import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { privateKeyFromSeed, sha256, utf8Encode } from "@tallystick/proto";
import { FeedService } from "@tallystick/proto/wire";
import {
  connectGrpc,
  createTransportIdentity,
  makeFeedService,
  openLevelStore,
  openLog,
  serveGrpc,
  type TransportIdentity,
} from "@tallystick/registry";
import { type Benchmark, type BenchResult, duration, percentile, rate } from "./benchmark.ts";

const SUBSCRIBERS = 100;
const BACKFILL = 10_240;
const BATCH = 256;
const LIVE = 40;
const LIVE_EVERY_MS = 50;
const ORIGIN = "bench.example/feed";

const leafOf = (n: number): Uint8Array => new TextEncoder().encode(`entry ${n} `.padEnd(120, "."));
const rssMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

const identityOf = (name: string): Promise<TransportIdentity> => {
  const seed = sha256(utf8Encode(name));
  return createTransportIdentity(privateKeyFromSeed(seed), seed, name);
};

/** One log, served over mutual TLS to as many members as are wanted, each with a key and a connection of its own. */
async function serve(subscribers: number) {
  const folder = await mkdtemp(join(tmpdir(), "tally-bench-"));
  const store = await openLevelStore(join(folder, "store"), { createIfMissing: true });
  const log = await openLog({ origin: ORIGIN, key: privateKeyFromSeed(new Uint8Array(32)), store, prefix: "log" });
  await log.guard([]);
  for (let n = 0; n < BACKFILL; n += BATCH) await log.append(Array.from({ length: BATCH }, (_, i) => leafOf(n + i)));
  const own = await identityOf("server");
  const server = await serveGrpc<string>({
    host: "127.0.0.1",
    port: 0,
    identity: own,
    admit: (key) => key,
    services: [makeFeedService<string>({ logOf: (origin) => (origin === ORIGIN ? log : undefined) })],
    statusTable: { CURSOR_AHEAD: status.OUT_OF_RANGE, CONSUMER_TOO_SLOW: status.RESOURCE_EXHAUSTED },
  });
  const connections = await Promise.all(
    Array.from({ length: subscribers }, async (_, n) =>
      connectGrpc({
        address: `127.0.0.1:${server.port}`,
        identity: await identityOf(`subscriber ${n}`),
        expectedKey: own.publicKey,
      }),
    ),
  );
  return {
    log,
    clients: connections.map((connection) => connection.client(FeedService)),
    close: async () => {
      for (const connection of connections) connection.close();
      await server.close();
      await log.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Fanned {
  /** Entries handed over a second, to all. */
  readonly backfill: number;
  /** The longest that one subscriber was done after the first, as a share of the first's time. */
  readonly spread: number;
  /** From an append to the last subscriber, milliseconds. */
  readonly live: readonly number[];
  readonly grownMiB: number;
}

async function fan(subscribers: number): Promise<Fanned> {
  const served = await serve(subscribers);
  try {
    const before = rssMiB();
    const stop = new AbortController();
    const { log, clients } = served;
    const arrivals = new Map<number, { left: number; resolve: (ms: number) => void; start: number }>();
    const caughtUp: number[] = [];
    const start = performance.now();
    const all = Promise.withResolvers<void>();
    const readers = clients.map(async (client) => {
      let size = 0;
      try {
        for await (const batch of client.streamEntries({ origin: ORIGIN, from: 0n }, { signal: stop.signal })) {
          size += batch.entries.length;
          if (size === BACKFILL && batch.entries.length > 0) {
            caughtUp.push(performance.now() - start);
            if (caughtUp.length === subscribers) all.resolve();
          }
          const arrival = arrivals.get(size);
          if (arrival === undefined || batch.entries.length === 0) continue;
          arrival.left -= 1;
          if (arrival.left === 0) arrival.resolve(performance.now() - arrival.start);
        }
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
    });
    await Promise.race([all.promise, Promise.all(readers)]);
    const seconds = Math.max(...caughtUp) / 1000;
    const live: number[] = [];
    for (let n = 0; n < LIVE; n++) {
      const arrived = Promise.withResolvers<number>();
      arrivals.set(log.size + 1, { left: subscribers, resolve: arrived.resolve, start: performance.now() });
      await log.append([leafOf(log.size)]);
      live.push(await arrived.promise);
      await delay(LIVE_EVERY_MS);
    }
    const grownMiB = rssMiB() - before;
    stop.abort();
    await Promise.all(readers);
    return {
      backfill: (BACKFILL * subscribers) / seconds,
      spread: Math.max(...caughtUp) / Math.min(...caughtUp),
      live,
      grownMiB,
    };
  } finally {
    await served.close();
  }
}

export const fanoutBenchmark: Benchmark = {
  name: "fanout",
  title: `one log to ${SUBSCRIBERS} subscribers, server and subscribers in one process`,
  run: async (progress): Promise<readonly BenchResult[]> => {
    progress("one subscriber …");
    const one = await fan(1);
    progress(`${SUBSCRIBERS} subscribers …`);
    const many = await fan(SUBSCRIBERS);
    const p99 = (values: readonly number[]): number => percentile(values, 99);
    return [
      rate(`entries handed over, ${SUBSCRIBERS} subscribers`, many.backfill, "one subscriber", one.backfill),
      duration(
        `append to the last of ${SUBSCRIBERS}, p50`,
        percentile(many.live, 50),
        "one subscriber",
        percentile(one.live, 50),
      ),
      duration(`append to the last of ${SUBSCRIBERS}, p99`, p99(many.live), "one subscriber", p99(one.live)),
      duration("the last subscriber to have caught up", many.spread, "the first", 1, "times as long"),
      duration(
        `memory of ${SUBSCRIBERS} streams, both ends`,
        many.grownMiB,
        "one stream, both ends",
        Math.max(1, one.grownMiB),
        "MiB",
      ),
    ];
  },
};
