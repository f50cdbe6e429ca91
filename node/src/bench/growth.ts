import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateKeyFromSeed } from "@tallystick/proto";
import { openLevelStore, openLog, type Store } from "@tallystick/registry";
import { type Benchmark, type BenchResult, duration, rate } from "./benchmark.ts";

const LEAF_BYTES = 120;
const BATCH = 256;
const SLICE = 100_000;
const DEFAULT_ENTRIES = 1_000_000;

interface Slice {
  /** Entries a second. */
  readonly rate: number;
  readonly rssMiB: number;
}

const leafOf = (n: number): Uint8Array => new TextEncoder().encode(`entry ${n} `.padEnd(LEAF_BYTES, "."));
const rssMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

/** Grows what `append` appends to, a slice at a time. */
async function grow(
  entries: number,
  append: (first: number, count: number) => Promise<unknown>,
  progress: (text: string) => void,
): Promise<Slice[]> {
  const slices: Slice[] = [];
  for (let at = 0; at < entries; ) {
    const start = performance.now();
    const end = Math.min(entries, at + SLICE);
    const first = at;
    for (; at < end; at += BATCH) await append(at, Math.min(BATCH, end - at));
    at = end;
    const perSecond = (end - first) / ((performance.now() - start) / 1000);
    slices.push({ rate: perSecond, rssMiB: rssMiB() });
    progress(`${at} entries: ${Math.round(perSecond)}/s, ${Math.round(rssMiB())} MiB`);
  }
  return slices;
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

const mean = (values: readonly number[]): number => values.length / values.reduce((sum, value) => sum + 1 / value, 0);

export const growthBenchmark: Benchmark = {
  name: "growth",
  title: `a log that grows (--entries N; ${DEFAULT_ENTRIES} unless said otherwise)`,
  run: async (progress, { entries = DEFAULT_ENTRIES }): Promise<readonly BenchResult[]> => {
    const log = await withStore(async (store) => {
      const grown = await openLog({
        origin: "bench.example/feed",
        key: privateKeyFromSeed(new Uint8Array(32)),
        store,
        prefix: "log",
      });
      await grown.guard([]);
      return grow(
        entries,
        (first, count) => grown.append(Array.from({ length: count }, (_, i) => leafOf(first + i))),
        progress,
      );
    });
    progress("the same entries into the store alone …");
    const bare = await withStore((store) =>
      grow(
        entries,
        (first, count) =>
          store.write(
            Array.from(
              { length: count },
              (_, i) =>
                ({ type: "put", key: `k/${String(first + i).padStart(16, "0")}`, value: leafOf(first + i) }) as const,
            ),
            { sync: true },
          ),
        () => {},
      ),
    );
    const [first] = log;
    if (first === undefined) throw new TypeError("nothing was appended");
    // One slice may meet a compaction: the last tenth says more than the last slice.
    const last = log.slice(-Math.max(1, Math.floor(log.length / 10)));
    const lastRate = mean(last.map((slice) => slice.rate));
    const lastMiB = Math.max(...last.map((slice) => slice.rssMiB));
    return [
      rate(`append at ${entries} entries`, lastRate, `the same log, its first ${SLICE}`, first.rate),
      rate(
        `append, all ${entries} entries`,
        mean(log.map((slice) => slice.rate)),
        "the store alone, no log",
        mean(bare.map((slice) => slice.rate)),
      ),
      duration(`memory at ${entries} entries`, lastMiB, `the same log at ${SLICE}`, first.rssMiB, "MiB"),
    ];
  },
};
