import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { encodeBase64url } from "@tallystick/proto";
import { endOfPrefix, openLevelStore } from "@tallystick/registry";
import { importJWK, jwtVerify } from "jose";
import { NodeApp } from "../app/node-app.ts";
import { readNodeHome } from "../app/node-home.ts";
import { MACHINE } from "../app/run-node.ts";
import { type BenchNetwork, footprintFiles, ledgerOf, startBenchNetwork } from "./bench-network.ts";
import { type Benchmark, type BenchResult, duration, rate } from "./benchmark.ts";

const FOOTPRINTS = 20_000;
const FILE = 2_000;
const CONCURRENT = 64;

const POLL_MS = 50;
const AT_REST_MS = 500;

interface Ingested {
  /** A second. */
  readonly footprints: number;
  readonly entries: number;
  /** Milliseconds of one core for each footprint: of the thread that everything else waits for, and of the whole process. */
  readonly mainMs: number;
  readonly processMs: number;
  /** How late the event loop was at most, in milliseconds: at full load, and before it. */
  readonly delayMs: number;
  readonly delayAtRestMs: number;
}

/** How late the event loop comes at most while `work` is done, in milliseconds. */
async function delayDuring<T>(work: () => Promise<T>): Promise<{ done: T; delayMs: number }> {
  const probe = monitorEventLoopDelay({ resolution: 1 });
  probe.enable();
  const done = await work();
  probe.disable();
  return { done, delayMs: probe.max / 1e6 };
}

/** Follows the whole feed from its start to the total. */
async function follow(network: BenchNetwork): Promise<Ingested> {
  const app = await NodeApp.open(await readNodeHome(network.folders.members.buyer), MACHINE);
  try {
    await app.connect();
    await app.importLedger("ledger.csv", ledgerOf(1_000, FOOTPRINTS));
    await app.subscribe(network.address, "did:web:smelter.example");
    const { feed } = await network.supplier.status();
    const atRest = await delayDuring(() => delay(AT_REST_MS));
    const start = performance.now();
    const [main, whole] = [process.threadCpuUsage(), process.cpuUsage()];
    app.start();
    const { delayMs } = await delayDuring(async () => {
      for (;;) {
        const [followed] = (await app.status()).follows;
        if (followed?.fault !== undefined) throw new Error(followed.fault);
        if (followed !== undefined && followed.size >= feed.size) break;
        await delay(POLL_MS);
      }
    });
    const { attestations } = await app.inventory();
    const seconds = (performance.now() - start) / 1000;
    const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000 / FOOTPRINTS;
    if (attestations.verified !== FOOTPRINTS) throw new Error(`${attestations.verified} of ${FOOTPRINTS} verified`);
    return {
      footprints: FOOTPRINTS / seconds,
      entries: feed.size / seconds,
      mainMs: cpuMs(process.threadCpuUsage(main)),
      processMs: cpuMs(process.cpuUsage(whole)),
      delayMs,
      delayAtRestMs: atRest.delayMs,
    };
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
        duration("main thread, of one core, a footprint", ours.mainMs, "one node:crypto Ed25519 verify", 1000 / bare),
        duration(
          "whole process, of one core, a footprint",
          ours.processMs,
          "one node:crypto Ed25519 verify",
          1000 / bare,
        ),
        duration(
          "event-loop delay at full load, longest",
          ours.delayMs,
          "the same process at rest",
          ours.delayAtRestMs,
        ),
      ];
    } finally {
      await network.stop();
    }
  },
};
