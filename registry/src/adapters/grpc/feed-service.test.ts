import { privateKeyFromSeed } from "@tallystick/proto";
import type { StreamEntriesResponse } from "@tallystick/proto/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLog } from "../../log/open-log.ts";
import type { TiledLog } from "../../log/tiled-log.ts";
import { openMemoryStore } from "../memory/memory-store.ts";
import { MAX_STREAMS_PER_PEER, makeFeedService } from "./feed-service.ts";

const ORIGIN = "log.example/feed";
const leaf = (n: number): Uint8Array => new TextEncoder().encode(`entry ${n}`);
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

let log: TiledLog;
const stops: AbortController[] = [];
beforeEach(async () => {
  log = await openLog({
    origin: ORIGIN,
    key: privateKeyFromSeed(new Uint8Array(32)),
    store: openMemoryStore(),
    prefix: "log",
  });
  await log.guard([]);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  await log.close();
});

type Streamed = AsyncIterator<StreamEntriesResponse>;

/** Opens streams of one server as peers would. */
function server(prepared: string[] = []): (peer: string, from: number, once?: boolean) => Streamed {
  const { implementation } = makeFeedService<string>({
    logOf: (origin) => (origin === ORIGIN ? log : undefined),
    toEntries: async (peer, _first, leaves) => {
      prepared.push(peer);
      return leaves.map((each) => ({ leaf: each }));
    },
  });
  return (peer, from, once = false) => {
    const stop = new AbortController();
    stops.push(stop);
    const open = (implementation as Record<string, unknown>).streamEntries as (
      request: object,
      context: object,
    ) => AsyncIterable<StreamEntriesResponse>;
    const request = { origin: ORIGIN, from: BigInt(from), once };
    return open.call(implementation, request, { peer, signal: stop.signal })[Symbol.asyncIterator]();
  };
}

describe("a stream of a log", () => {
  it("gives what was asked for and what the log holds, then what comes, with nothing lost between [STR-1]", async () => {
    for (let n = 0; n < 5; n++) await log.append([leaf(n)]);
    const stream = server()("a", 2);
    const got: string[] = [];
    const take = async (count: number): Promise<void> => {
      while (got.length < count) {
        const { value } = await stream.next();
        for (const entry of value.entries) got.push(text(entry.leaf));
      }
    };
    // Grows while it is being read: part of what comes is in the log before the stream is live.
    const growing = (async () => {
      for (let n = 5; n < 40; n++) await log.append([leaf(n)]);
    })();
    await take(38);
    await growing;
    expect(got).toEqual(Array.from({ length: 38 }, (_, n) => `entry ${n + 2}`));
  });

  it("ends where it would go live, if that is asked", async () => {
    await log.append([leaf(0)]);
    const stream = server()("a", 0, true);
    expect((await stream.next()).done).toBe(false);
    expect((await stream.next()).done).toBe(true);
  });

  it("from beyond the log is refused with a typed error [STR-1]", async () => {
    await log.append([leaf(0)]);
    await expect(server()("a", 2).next()).rejects.toMatchObject({
      code: "CURSOR_AHEAD",
      details: { origin: ORIGIN, size: 1, from: 2 },
    });
  });
});

describe("readers of one server", () => {
  it("take turns: one with many streams gets no more of it than another with one [STR-5]", async () => {
    for (let n = 0; n < 30; n++) await log.append([leaf(n)]);
    const prepared: string[] = [];
    const open = server(prepared);
    const drain = async (stream: Streamed): Promise<void> => {
      while ((await stream.next()).done !== true);
    };
    const greedy = Array.from({ length: MAX_STREAMS_PER_PEER }, () => drain(open("greedy", 0, true)));
    await Promise.all([...greedy, drain(open("modest", 0, true))]);
    expect(prepared.filter((peer) => peer === "greedy").length).toBe(30 * MAX_STREAMS_PER_PEER);
    // By the time the modest reader was done the greedy one had had a few turns for each of its, not sixteen.
    const done = prepared.lastIndexOf("modest");
    expect(done).toBeLessThan(30 * 6);
  });

  it("have only so many streams each; what one has open is nobody else's affair [STR-5]", async () => {
    await log.append([leaf(0)]);
    const open = server();
    const streams = Array.from({ length: MAX_STREAMS_PER_PEER }, () => open("greedy", 0));
    for (const stream of streams) await stream.next();
    await expect(open("greedy", 0).next()).rejects.toMatchObject({
      code: "STREAMS_EXHAUSTED",
      details: { limit: MAX_STREAMS_PER_PEER },
    });
    expect((await open("modest", 0, true).next()).done).toBe(false);
    await streams[0]?.return?.();
    expect((await open("greedy", 0, true).next()).done).toBe(false);
  });
});
