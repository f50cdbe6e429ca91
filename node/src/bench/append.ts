import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateKeyFromSeed } from "@tallystick/proto";
import { openLevelStore, openLog, type Store } from "@tallystick/registry";
import { type Benchmark, type BenchResult, rate } from "./benchmark.ts";

const LEAF_BYTES = 120;
const CLIENTS = 64;
const ENTRIES = 20_000;
const SINGLE = 1_000;
const BATCH = 256;

const leafOf = (n: number): Uint8Array => new TextEncoder().encode(`entry ${n} `.padEnd(LEAF_BYTES, "."));

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return count / ((performance.now() - start) / 1000);
}

async function withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tally-bench-"));
  const store = await openLevelStore(join(folder, "store"), { createIfMissing: true });
  try {
    return await use(store);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Appends to a log: `clients` callers, each with its next entry when the last is durable and signed. */
function appendSingly(clients: number, entries: number): Promise<number> {
  return withStore(async (store) => {
    const log = await openLog({
      origin: "bench.example/feed",
      key: privateKeyFromSeed(new Uint8Array(32)),
      store,
      prefix: "log",
    });
    await log.guard([]);
    let next = 0;
    const client = async (): Promise<void> => {
      for (let n = next++; n < entries; n = next++) await log.append([leafOf(n)]);
    };
    return perSecond(entries, () => Promise.all(Array.from({ length: clients }, client)));
  });
}

function appendBatches(): Promise<number> {
  return withStore(async (store) => {
    const log = await openLog({
      origin: "bench.example/feed",
      key: privateKeyFromSeed(new Uint8Array(32)),
      store,
      prefix: "log",
    });
    await log.guard([]);
    return perSecond(ENTRIES, async () => {
      for (let n = 0; n < ENTRIES; n += BATCH) {
        await log.append(Array.from({ length: Math.min(BATCH, ENTRIES - n) }, (_, i) => leafOf(n + i)));
      }
    });
  });
}

/** The store alone: fsynced writes of so many entries, one after another, with no log at all. */
function putBatches(entries: number, batch: number): Promise<number> {
  return withStore((store) =>
    perSecond(entries, async () => {
      for (let n = 0; n < entries; n += batch) {
        const ops = Array.from(
          { length: batch },
          (_, i) => ({ type: "put", key: `k/${n + i}`, value: leafOf(n + i) }) as const,
        );
        await store.write(ops, { sync: true });
      }
    }),
  );
}

export const appendBenchmark: Benchmark = {
  name: "append",
  title: "durable append with a signed checkpoint",
  run: async (progress): Promise<readonly BenchResult[]> => {
    progress("one fsynced put after another, and in batches …");
    const putOne = await putBatches(SINGLE, 1);
    const putMany = await putBatches(ENTRIES, BATCH);
    progress("appending …");
    return [
      rate("append, one client", await appendSingly(1, SINGLE), "one fsynced level put after another, no log", putOne),
      rate(
        `append, ${CLIENTS} clients`,
        await appendSingly(CLIENTS, ENTRIES),
        "one fsynced level put after another, no log",
        putOne,
      ),
      rate(`append, batches of ${BATCH}`, await appendBatches(), `fsynced level batches of ${BATCH}, no log`, putMany),
    ];
  },
};
