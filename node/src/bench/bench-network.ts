import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectLocalNode, type LocalClient } from "../adapters/grpc/local-client.ts";
import { socketPathOf } from "../app/node-home.ts";
import { type Child, startChild } from "../demo/child.ts";
import { moduleOf } from "../demo/network.ts";
import { freePorts, type PreparedNetwork, prepareNetworkOf } from "../demo/prepare.ts";
import { MEMBERS } from "../demo/scenario.ts";

/** A registry, a witness and a supplier in processes of their own; the buyer is the benchmark's. */
export interface BenchNetwork {
  readonly folders: PreparedNetwork;
  readonly supplier: LocalClient;
  /** host:port */
  readonly address: string;
  stop(): Promise<void>;
}

export async function startBenchNetwork(): Promise<BenchNetwork> {
  const folder = await mkdtemp(join(tmpdir(), "tally-bench-"));
  const folders = await prepareNetworkOf(folder, {
    ...MEMBERS,
    smelter: { ...MEMBERS.smelter, grants: ["attest-by-log"] },
  });
  const [port = 0, httpPort = 0] = await freePorts(2);
  const children: Child[] = await Promise.all([
    startChild("registry", moduleOf("registry-process"), [folders.registry]),
    startChild("witness", moduleOf("witness-process"), [folders.witness, folders.network]),
    startChild("smelter", moduleOf("member-process"), [folders.members.smelter, `${port}`, `${httpPort}`]),
  ]);
  const supplier = connectLocalNode(socketPathOf(folders.members.smelter));
  while ((await supplier.status()).feed.signing !== "ready") await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    folders,
    supplier,
    address: `127.0.0.1:${port}`,
    stop: async () => {
      supplier.close();
      await Promise.all(children.map((child) => child.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Footprints of as many products as are wanted, from a real one: the n-th product has n + 1 kg a piece. */
export async function footprintFiles(count: number, first = 0): Promise<Uint8Array> {
  const file = new URL("../../demo/footprints/casting.json", import.meta.url);
  const [{ footprint }] = JSON.parse(await readFile(file, "utf8"));
  const all = Array.from({ length: count }, (_, i) => {
    const n = first + i;
    const copy = structuredClone(footprint);
    copy.id = `7c9d3a52-8e21-4b6f-a4d0-${String(n).padStart(12, "0")}`;
    copy.productIds = [productId(n)];
    const kg = `${n + 1}`;
    Object.assign(copy.pcf, {
      pcfExcludingBiogenicUptake: kg,
      pcfIncludingBiogenicUptake: kg,
      fossilGhgEmissions: kg,
      landUseChangeGhgEmissions: "0",
      biogenicCO2Uptake: "0",
      biogenicNonCO2Emissions: "0",
    });
    return copy;
  });
  return new TextEncoder().encode(JSON.stringify(all));
}

export const productId = (n: number): string => `urn:pact:smelter.example:product-id:part-${n}`;

/** A ledger that buys one piece of each of these products, `lines` lines in all. */
export function ledgerOf(lines: number, products: number): Uint8Array {
  const rows = Array.from({ length: lines }, (_, n) =>
    [
      `B-${n}`,
      "2024-05-01",
      1,
      "did:web:smelter.example",
      productId(n % products),
      `part ${n % products}`,
      1,
      "piece",
    ].join(),
  );
  return new TextEncoder().encode(
    ["id,date,category,supplier,productId,description,quantity,unit", ...rows].join("\n"),
  );
}
