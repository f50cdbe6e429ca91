import { createPublicKey, verify } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ATTESTATION_TYP } from "@tallystick/contracts";
import { encodeBase64url, parseJws } from "@tallystick/proto";
import { NodeApp } from "../app/node-app.ts";
import { readNodeHome } from "../app/node-home.ts";
import { MACHINE } from "../app/run-node.ts";
import { verifyBundle } from "../core/evidence/verify.ts";
import { type BenchNetwork, footprintFiles, ledgerOf, startBenchNetwork } from "./bench-network.ts";
import { type Benchmark, type BenchResult, duration } from "./benchmark.ts";

const LINES = 10_000;
const PRODUCTS = 500;
const RUNS = 5;

async function proveRealNode(network: BenchNetwork): Promise<Uint8Array> {
  await network.supplier.publish("parts.json", await footprintFiles(PRODUCTS));
  const app = await NodeApp.open(await readNodeHome(network.folders.members.buyer), MACHINE);
  try {
    await app.connect();
    await app.importLedger("ledger.csv", ledgerOf(LINES, PRODUCTS));
    await app.subscribe(network.address, "did:web:smelter.example");
    app.start();
    while ((await app.inventory()).attestations.verified < PRODUCTS) await delay(50);
    const chunks: Uint8Array[] = [];
    for await (const chunk of app.prove()) chunks.push(Uint8Array.from(chunk));
    return Buffer.concat(chunks);
  } finally {
    await app.close();
  }
}

function medianOf(work: () => unknown): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}

export const bundleBenchmark: Benchmark = {
  name: "bundle",
  title: "offline verification of an evidence bundle of 10,000 lines",
  run: async (progress): Promise<readonly BenchResult[]> => {
    const network = await startBenchNetwork();
    try {
      progress("publishing, following and proving …");
      const bytes = await proveRealNode(network);
      const { signatory } = await readNodeHome(network.folders.members.smelter);
      progress(`verifying ${(bytes.length / 1e6).toFixed(1)} MB …`);
      const ours = medianOf(() => verifyBundle(bytes));
      const lines = new TextDecoder().decode(bytes).split("\n").slice(1, -1);
      const tokens = lines
        .map((line) => JSON.parse(line))
        .flatMap((claim) => (claim.type === "attestation" ? [claim.jws as string] : []));
      const signed = tokens.map((token) => parseJws(token, ATTESTATION_TYP));
      const x = encodeBase64url(signatory.key.publicKey.bytes);
      const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
      const signatures = medianOf(() => signed.every((jws) => verify(null, jws.signingInput, key, jws.signature)));
      const parsing = medianOf(() => lines.map((line) => JSON.parse(line)));
      const what = `verify ${LINES} lines, ${tokens.length} attestations`;
      return [
        duration(what, ours, `node:crypto Ed25519 verify of its ${tokens.length} signatures alone`, signatures),
        duration(what, ours, "JSON.parse of the same bytes alone", parsing),
      ];
    } finally {
      await network.stop();
    }
  },
};
