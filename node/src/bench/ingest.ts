import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { encodeBase64url } from "@tallystick/proto";
import { endOfPrefix, openLevelStore } from "@tallystick/registry";
import { importJWK, jwtVerify } from "jose";
import { NodeApp } from "../app/node-app.ts";
import { readNodeHome } from "../app/node-home.ts";
import { MACHINE } from "../app/run-node.ts";
import { type BenchNetwork, footprintFiles, ledgerOf, startBenchNetwork } from "./bench-network.ts";
import { type Benchmark, type BenchResult, rate } from "./benchmark.ts";

const FOOTPRINTS = 20_000;
const FILE = 2_000;
const CONCURRENT = 64;

/** Follows the whole feed from its start to the total. Returns footprints a second, and log entries a second. */
async function follow(network: BenchNetwork): Promise<{ footprints: number; entries: number }> {
  const app = await NodeApp.open(await readNodeHome(network.folders.members.buyer), MACHINE);
  try {
    await app.connect();
    await app.importLedger("ledger.csv", ledgerOf(1_000, FOOTPRINTS));
    await app.subscribe(network.address, "did:web:smelter.example");
    const { feed } = await network.supplier.status();
    const start = performance.now();
    app.start();
    for (;;) {
      const [followed] = (await app.status()).follows;
      if (followed?.fault !== undefined) throw new Error(followed.fault);
      if (followed !== undefined && followed.size >= feed.size) break;
      await delay(10);
    }
    const { attestations } = await app.inventory();
    const seconds = (performance.now() - start) / 1000;
    if (attestations.verified !== FOOTPRINTS) throw new Error(`${attestations.verified} of ${FOOTPRINTS} verified`);
    return { footprints: FOOTPRINTS / seconds, entries: feed.size / seconds };
  } finally {
    await app.close();
  }
}

/** The very tokens that were ingested, and the key that signed them. */
async function ingestedTokens(
  network: BenchNetwork,
): Promise<{ tokens: string[]; jwk: { kty: string; crv: string; x: string } }> {
  const { members } = network.folders;
  const store = await openLevelStore((await readNodeHome(members.buyer)).storePath, { createIfMissing: false });
  const tokens: string[] = [];
  for await (const [key, value] of store.entries({ gte: "follow/", lt: endOfPrefix("follow/") })) {
    if (key.includes("/attestation/")) tokens.push(JSON.parse(new TextDecoder().decode(value)).jws);
  }
  await store.close();
  const { signatory } = await readNodeHome(members.smelter);
  return { tokens, jwk: { kty: "OKP", crv: "Ed25519", x: encodeBase64url(signatory.key.publicKey.bytes) } };
}

async function joseRate(tokens: readonly string[], jwk: { kty: string; crv: string; x: string }): Promise<number> {
  const key = await importJWK(jwk, "Ed25519");
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let token = tokens[next++]; token !== undefined; token = tokens[next++]) {
      await jwtVerify(token, key, { algorithms: ["Ed25519"] });
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  return tokens.length / ((performance.now() - start) / 1000);
}

function bareRate(tokens: readonly string[], key: KeyObject): number {
  const parts = tokens.map((token) => {
    const at = token.lastIndexOf(".");
    return [Buffer.from(token.slice(0, at)), Buffer.from(token.slice(at + 1), "base64url")] as const;
  });
  const start = performance.now();
  for (const [input, signature] of parts)
    if (!verify(null, input, key, signature)) throw new Error("a signature fails");
  return tokens.length / ((performance.now() - start) / 1000);
}

export const ingestBenchmark: Benchmark = {
  name: "ingest",
  title: "verified ingest end to end, every signature",
  run: async (progress): Promise<readonly BenchResult[]> => {
    const network = await startBenchNetwork();
    try {
      for (let first = 0; first < FOOTPRINTS; first += FILE) {
        progress(`publishing ${first} of ${FOOTPRINTS} …`);
        await network.supplier.publish("parts.json", await footprintFiles(FILE, first));
      }
      progress("following …");
      const ours = await follow(network);
      progress("verifying the same tokens with the rivals …");
      const { tokens, jwk } = await ingestedTokens(network);
      const jose = await joseRate(tokens, jwk);
      const bare = bareRate(tokens, createPublicKey({ format: "jwk", key: jwk }));
      const what = "footprints from stream to durable total";
      return [
        rate(what, ours.footprints, "jose.jwtVerify alone, concurrently", jose),
        rate(what, ours.footprints, "node:crypto Ed25519 verify alone, one core", bare),
        rate("log entries from stream to durable total", ours.entries, "jose.jwtVerify alone, concurrently", jose),
      ];
    } finally {
      await network.stop();
    }
  },
};
