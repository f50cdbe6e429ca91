import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { encodeBase64url } from "@tallystick/proto";
import { endOfPrefix, openLevelStore } from "@tallystick/registry";
import { importJWK, jwtVerify } from "jose";
import { NodeApp } from "../app/node-app.ts";
import { readNodeHome } from "../app/node-home.ts";
import { MACHINE } from "../app/run-node.ts";
import { DEFAULT_CHECKING_POLICY } from "../core/policy/checking-policy.ts";
import { type BenchNetwork, footprintFiles, ledgerOf, startBenchNetwork } from "./bench-network.ts";
import { type Benchmark, type BenchResult, duration, rate } from "./benchmark.ts";
import { dataIntegrityRate } from "./data-integrity-rival.ts";

const FOOTPRINTS = 20_000;
const FILE = 2_000;
const CONCURRENT = 64;

const POLL_MS = 50;
const AT_REST_MS = 500;

type Mode = "every signature" | "covered";

interface Ingested {
  /** Of the footprints, which counted before their signatures were checked; and how long it then took to check them all. */
  readonly coveredShare: number;
  readonly settledMs: number;
  /** A second. */
  readonly footprints: number;
  readonly entries: number;
  /** Milliseconds of one core for each footprint: of the thread that everything else waits for, and of the whole process. */
  readonly mainMs: number;
  readonly processMs: number;
  /** How late the event loop was at most, in milliseconds: at full load, and before it. */
  readonly delayMs: number;
  readonly heldMs: number;
  readonly atRest: { readonly delayMs: number; readonly heldMs: number };
}

/**
 * How late the event loop comes at most while `work` is done, in milliseconds: by the clock, which also counts what other processes took
 * of the cores, and by the thread's own time between two turns, which does not.
 */
async function delayDuring(work: () => Promise<void>): Promise<{ delayMs: number; heldMs: number }> {
  const probe = monitorEventLoopDelay({ resolution: 1 });
  let heldMs = 0;
  let last = process.threadCpuUsage();
  const turns = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    heldMs = Math.max(heldMs, (user + system) / 1000);
    last = process.threadCpuUsage();
  }, 1);
  probe.enable();
  await work();
  probe.disable();
  clearInterval(turns);
  return { delayMs: probe.max / 1e6, heldMs };
}

/** Follows the whole feed from its start to the total. */
async function follow(network: BenchNetwork, mode: Mode): Promise<Ingested> {
  const app = await NodeApp.open(await readNodeHome(network.folders.members.buyer), MACHINE);
  try {
    await app.connect();
    if (mode === "covered") {
      await app.policies.put(
        "checking",
        { ...DEFAULT_CHECKING_POLICY, id: "by-log", covered: "granted" },
        "a benchmark",
      );
    }
    await app.importLedger("ledger.csv", ledgerOf(1_000, FOOTPRINTS));
    await app.subscribe(network.address, "did:web:smelter.example");
    const { feed } = await network.supplier.status();
    const atRest = await delayDuring(() => delay(AT_REST_MS));
    const start = performance.now();
    const [main, whole] = [process.threadCpuUsage(), process.cpuUsage()];
    app.start();
    const { delayMs, heldMs } = await delayDuring(async () => {
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
    const counted = attestations.verified + attestations.covered;
    if (counted !== FOOTPRINTS) throw new Error(`${counted} of ${FOOTPRINTS} count`);
    const [mainMs, processMs] = [cpuMs(process.threadCpuUsage(main)), cpuMs(process.cpuUsage(whole))];
    const settling = performance.now();
    // A bundle rests on nothing unchecked, so making one checks it all; what it then holds is not what is measured.
    while ((await app.status()).covered.waiting > 0) await delay(POLL_MS);
    return {
      coveredShare: attestations.covered / FOOTPRINTS,
      settledMs: performance.now() - settling,
      footprints: FOOTPRINTS / seconds,
      entries: feed.size / seconds,
      mainMs,
      processMs,
      delayMs,
      heldMs,
      atRest,
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

async function measure(
  mode: Mode,
  progress: (text: string) => void,
): Promise<{ ours: Ingested; tokens: string[]; jwk: { kty: string; crv: string; x: string } }> {
  const network = await startBenchNetwork();
  try {
    for (let first = 0; first < FOOTPRINTS; first += FILE) {
      progress(`publishing ${first} of ${FOOTPRINTS} …`);
      await network.supplier.publish("parts.json", await footprintFiles(FILE, first));
    }
    // What is measured is a log that a quorum has cosigned.
    for (;;) {
      const { feed } = await network.supplier.status();
      if (feed.finalSize === feed.size) break;
      await delay(POLL_MS);
    }
    progress(`following, ${mode} …`);
    const ours = await follow(network, mode);
    return { ours, ...(await ingestedTokens(network)) };
  } finally {
    await network.stop();
  }
}

export const ingestBenchmark: Benchmark = {
  name: "ingest",
  title: "verified ingest end to end, every signature and covered",
  run: async (progress): Promise<readonly BenchResult[]> => {
    const { ours, tokens, jwk } = await measure("every signature", progress);
    progress("verifying the same tokens with the rivals …");
    const jose = await joseRate(tokens, jwk);
    const bare = bareRate(tokens, createPublicKey({ format: "jwk", key: jwk }));
    const payloads = tokens.map((token) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()));
    const integrity = await dataIntegrityRate(payloads);
    const { ours: covered } = await measure("covered", progress);
    const verify = "one node:crypto Ed25519 verify";
    const results = ([mode, did]: readonly [Mode, Ingested]): BenchResult[] => [
      rate(`footprints, ${mode}`, did.footprints, "jose.jwtVerify alone, concurrently", jose),
      rate(`footprints, ${mode}`, did.footprints, "node:crypto Ed25519 verify alone, one core", bare),
      rate(`footprints, ${mode}`, did.footprints, "W3C Data Integrity eddsa-rdfc-2022 verify alone", integrity),
      rate(`log entries, ${mode}`, did.entries, "jose.jwtVerify alone, concurrently", jose),
      duration(`main thread, of one core, a footprint, ${mode}`, did.mainMs, verify, 1000 / bare),
      duration(`whole process, of one core, a footprint, ${mode}`, did.processMs, verify, 1000 / bare),
      duration(`event-loop delay at full load, longest, ${mode}`, did.delayMs, "at rest", did.atRest.delayMs),
      duration(`of that by its own work, longest, ${mode}`, did.heldMs, "at rest", did.atRest.heldMs),
    ];
    return [
      ...results(["every signature", ours]),
      ...results(["covered", covered]),
      rate("of the footprints, counted as covered", covered.coveredShare * 100, "all", 100, "%"),
      duration(
        "then to check their signatures",
        covered.settledMs,
        "node:crypto, one core",
        (1000 * FOOTPRINTS) / bare,
      ),
    ];
  },
};
