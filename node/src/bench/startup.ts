import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../demo/child.ts";
import { moduleOf } from "../demo/network.ts";
import { prepareNetwork } from "../demo/prepare.ts";
import { type Benchmark, type BenchResult, duration, percentile } from "./benchmark.ts";

const RUNS = 5;

/** Resident memory of a process, in MiB. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? "0") / 1024;
}

/** A Node process that does nothing: to its end, and its memory. */
async function emptyProcess(): Promise<{ ms: number; mib: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, ["-e", "process.stdout.write('x'); process.stdin.resume()"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  const ms = performance.now() - start;
  const mib = await residentMiB(child.pid ?? 0);
  child.kill();
  await once(child, "close");
  return { ms, mib };
}

export const startupBenchmark: Benchmark = {
  name: "startup",
  title: "a node's start and its memory",
  run: async (progress): Promise<readonly BenchResult[]> => {
    const folder = await mkdtemp(join(tmpdir(), "tally-bench-"));
    try {
      const { registry, members } = await prepareNetwork(folder);
      progress("starting a registry, and a node again and again …");
      const serving = await startChild("registry", moduleOf("registry-process"), [registry]);
      const [starts, memory, empty]: [number[], number[], { ms: number; mib: number }[]] = [[], [], []];
      for (let run = 0; run < RUNS; run++) {
        empty.push(await emptyProcess());
        const start = performance.now();
        const node = await startChild("node", moduleOf("member-process"), [members.buyer]);
        starts.push(performance.now() - start);
        memory.push(await residentMiB(node.pid));
        await node.stop();
      }
      await serving.stop();
      const rival = "a Node process that does nothing";
      const middle = (values: readonly number[]): number => percentile(values, 50);
      return [
        duration("start to serving, median", middle(starts), rival, middle(empty.map(({ ms }) => ms))),
        duration("memory when it serves, median", middle(memory), rival, middle(empty.map(({ mib }) => mib)), "MiB"),
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
