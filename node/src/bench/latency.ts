import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLevelStore } from "@tallystick/registry";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { socketPathOf } from "../app/node-home.ts";
import { startChild } from "../demo/child.ts";
import { moduleOf } from "../demo/network.ts";
import { type BenchNetwork, footprintFiles, ledgerOf, startBenchNetwork } from "./bench-network.ts";
import { type Benchmark, type BenchResult, duration, percentile } from "./benchmark.ts";

const PUBLICATIONS = 200;

interface Samples {
  readonly provisional: number[];
  readonly final: number[];
  /** A question to the supplier's node through its socket, and nothing else. */
  readonly roundTrip: number[];
}

async function sample(network: BenchNetwork): Promise<Samples> {
  const { members } = network.folders;
  const child = await startChild("buyer", moduleOf("member-process"), [members.buyer]);
  const buyer = connectLocalNode(socketPathOf(members.buyer));
  const stop = new AbortController();
  const samples: Samples = { provisional: [], final: [], roundTrip: [] };
  try {
    await buyer.importLedger("ledger.csv", ledgerOf(PUBLICATIONS, PUBLICATIONS));
    await buyer.subscribe(network.address, "did:web:smelter.example");
    const documents = buyer.watch(stop.signal)[Symbol.asyncIterator]();
    let shown = (await documents.next()).value;
    for (let n = 0; n < PUBLICATIONS; n++) {
      const file = await footprintFiles(1, n);
      const asked = performance.now();
      await network.supplier.status();
      samples.roundTrip.push(performance.now() - asked);
      const start = performance.now();
      const publishing = network.supplier.publish("part.json", file);
      while ((shown?.attestations.verified ?? 0) <= n) shown = (await documents.next()).value;
      samples.provisional.push(performance.now() - start);
      while (shown !== undefined && !/^0\.0+$/.test(shown.provisionalKgCo2e)) shown = (await documents.next()).value;
      samples.final.push(performance.now() - start);
      await publishing;
    }
    return samples;
  } finally {
    stop.abort();
    buyer.close();
    await child.stop();
  }
}

/** Durable writes that nothing follows: what two disks cost at least. */
async function twoWrites(): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "tally-bench-"));
  const store = await openLevelStore(join(folder, "store"), { createIfMissing: true });
  const times: number[] = [];
  for (let n = 0; n < PUBLICATIONS; n++) {
    const start = performance.now();
    for (const side of ["supplier", "buyer"]) {
      await store.write([{ type: "put", key: `${side}/${n}`, value: new Uint8Array(4_096) }], { sync: true });
    }
    times.push(performance.now() - start);
  }
  await store.close();
  await rm(folder, { recursive: true, force: true });
  return times;
}

export const latencyBenchmark: Benchmark = {
  name: "latency",
  title: "publish to the buyer's total, durable on both sides",
  run: async (progress): Promise<readonly BenchResult[]> => {
    const network = await startBenchNetwork();
    try {
      progress(`publishing ${PUBLICATIONS} footprints, one at a time …`);
      const { provisional, final, roundTrip } = await sample(network);
      const writes = await twoWrites();
      const rival = "two fsynced writes and one local round trip, nothing verified";
      const least = (p: number): number => percentile(writes, p) + percentile(roundTrip, p);
      return [
        duration("provisional p50", percentile(provisional, 50), rival, least(50)),
        duration("provisional p99", percentile(provisional, 99), rival, least(99)),
        duration("final (one witness) p50", percentile(final, 50), rival, least(50)),
        duration("final (one witness) p99", percentile(final, 99), rival, least(99)),
      ];
    } finally {
      await network.stop();
    }
  },
};
