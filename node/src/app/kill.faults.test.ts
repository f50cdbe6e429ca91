import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatNanoKg, mul, parseDecimal, toNanoKg } from "@tallystick/contracts";
import {
  encodeBase64,
  hashLeaf,
  isTallyError,
  merkleRoot,
  parseCheckpoint,
  parseEntryBundle,
  parseNote,
} from "@tallystick/proto";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { type Child, startChild } from "../demo/child.ts";
import { moduleOf } from "../demo/network.ts";
import { freePorts, prepareNetwork } from "../demo/prepare.ts";
import { MEMBERS } from "../demo/scenario.ts";
import type { LocalApi } from "../ports/local-api.ts";
import { socketPathOf } from "./node-home.ts";

// kill -9 of any process at any moment: nothing that was acknowledged is lost, no log forks, everything resumes by itself.

const KILLS = 200;
const SEED = 20_261_123;
/** The products that the buyer's ledger has lines for: the total must come out at what they say. */
const LEDGER_LINES = 40;

const folder = await mkdtemp(join(tmpdir(), "tally-kill-"));
const running = new Map<string, Child>();
const stopped = new AbortController();
afterAll(async () => {
  stopped.abort();
  await Promise.all([...running.values()].map((child) => child.stop()));
  await rm(folder, { recursive: true, force: true });
});

/** A footprint of its own for each number, from a real one. */
async function template(): Promise<(n: number) => { file: Uint8Array; kgPerPiece: string }> {
  const [{ footprint }] = JSON.parse(
    await readFile(new URL("../../demo/footprints/casting.json", import.meta.url), "utf8"),
  );
  return (n) => {
    const kgPerPiece = `${10 + n}.125`;
    const copy = structuredClone(footprint);
    copy.id = `7c9d3a52-8e21-4b6f-a4d0-${String(n).padStart(12, "0")}`;
    copy.productIds = [`urn:pact:smelter.example:product-id:part-${n}`];
    Object.assign(copy.pcf, {
      pcfExcludingBiogenicUptake: kgPerPiece,
      pcfIncludingBiogenicUptake: kgPerPiece,
      fossilGhgEmissions: kgPerPiece,
      landUseChangeGhgEmissions: "0",
      biogenicCO2Uptake: "0",
      biogenicNonCO2Emissions: "0",
    });
    return { file: new TextEncoder().encode(JSON.stringify(copy)), kgPerPiece };
  };
}

/** Asks a node through its socket, again and again until it is there to answer. */
async function ask<T>(home: string, question: (node: LocalApi) => Promise<T>): Promise<T> {
  for (;;) {
    const client = connectLocalNode(socketPathOf(home));
    try {
      return await question(client);
    } catch (error) {
      const passing = [
        "PEER_UNAVAILABLE",
        "CALL_CANCELLED",
        "CALL_FAILED",
        "SIGNING_LOCKED",
        "NOT_A_MEMBER",
        "LOG_CLOSED",
        "STORE_CLOSED",
      ];
      if (!isTallyError(error) || !passing.includes(error.code)) throw error;
      await delay(30);
    } finally {
      client.close();
    }
  }
}

it(`loses nothing and forks nothing over ${KILLS} kills of four processes [LOG-3] [LOG-4]`, async () => {
  const { registry, witness, network, members } = await prepareNetwork(folder);
  const [smelterPort = 0, smelterHttp = 0, buyerPort = 0, buyerHttp = 0] = await freePorts(4);
  const processes: Record<string, readonly [module: string, args: readonly string[]]> = {
    registry: ["registry-process", [registry]],
    witness: ["witness-process", [witness, network]],
    smelter: ["member-process", [members.smelter, `${smelterPort}`, `${smelterHttp}`]],
    buyer: ["member-process", [members.buyer, `${buyerPort}`, `${buyerHttp}`]],
  };
  const names = Object.keys(processes);
  const start = async (name: string): Promise<void> => {
    const [module, args] = processes[name] as readonly [string, readonly string[]];
    running.set(name, await startChild(name, moduleOf(module), args));
  };
  await Promise.all(names.map(start));

  const footprintOf = await template();
  const lines = Array.from({ length: LEDGER_LINES }, (_, n) =>
    [
      `K-${n}`,
      "2024-05-01",
      1,
      MEMBERS.smelter.did,
      `urn:pact:smelter.example:product-id:part-${n}`,
      `part ${n}`,
      n + 1,
      "piece",
    ].join(),
  );
  const ledger = ["id,date,category,supplier,productId,description,quantity,unit", ...lines].join("\n");
  await ask(members.buyer, (node) => node.importLedger("ledger.csv", new TextEncoder().encode(ledger)));
  await ask(members.buyer, (node) => node.subscribe(`127.0.0.1:${smelterPort}`, MEMBERS.smelter.did));

  const base = `http://127.0.0.1:${smelterHttp}/smelter.example/feed`;
  const seenRoots = new Map<number, Set<string>>();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      try {
        const { treeSize, rootHash } = parseCheckpoint(
          parseNote(await (await fetch(`${base}/checkpoint`)).text()).text,
        );
        seenRoots.set(treeSize, (seenRoots.get(treeSize) ?? new Set()).add(encodeBase64(rootHash)));
      } catch {
        // The node is down: it was just killed.
      }
      await delay(7);
    }
  })();

  const acknowledged = new Map<number, { index: number; leaf: string }>();
  let publishing = true;
  const publisher = (async () => {
    for (let n = 0; publishing || n < LEDGER_LINES; n++) {
      const { published } = await ask(members.smelter, (node) => node.publish("part.json", footprintOf(n).file));
      const [entry] = published;
      if (entry !== undefined) acknowledged.set(n, entry);
    }
  })();

  const [plan = []] = fc.sample(
    fc.array(fc.record({ victim: fc.nat(names.length - 1), pauseMs: fc.integer({ min: 0, max: 250 }) }), {
      minLength: KILLS,
      maxLength: KILLS,
    }),
    { seed: SEED, numRuns: 1 },
  );
  // Two killers side by side, so that processes also die while others are down or starting.
  let next = 0;
  let kills = 0;
  const restarting = new Set<string>();
  const killer = async (): Promise<void> => {
    for (let step = plan[next++]; step !== undefined; step = plan[next++]) {
      await delay(step.pauseMs);
      const free = names.filter((name) => !restarting.has(name));
      const name = free[step.victim % free.length] as string;
      restarting.add(name);
      process.kill(running.get(name)?.pid as number, "SIGKILL");
      kills += 1;
      for (;;) {
        try {
          await start(name);
          break;
        } catch {
          // The lock of a process that has just died may outlive it for a moment.
          await delay(50);
        }
      }
      restarting.delete(name);
    }
  };
  await Promise.all([killer(), killer()]);
  publishing = false;
  await publisher;
  expect(kills).toBe(KILLS);

  // Everything heals by itself: the buyer holds all of it, final, and the total is the model's.
  const { feed } = await ask(members.smelter, (node) => node.status());
  for (let tries = 0; tries < 600; tries++) {
    const { follows } = await ask(members.buyer, (node) => node.status());
    if (follows[0]?.finalSize === feed.size) break;
    await delay(100);
  }
  const status = await ask(members.buyer, (node) => node.status());
  expect(status.follows[0]).toMatchObject({ size: feed.size, finalSize: feed.size, state: "live" });
  const inventory = await ask(members.buyer, (node) => node.inventory());
  expect(inventory.faults).toEqual([]);
  expect(inventory.attestations).toEqual({ verified: acknowledged.size, covered: 0, refused: [] });
  const expected = lines.reduce(
    (sum, _line, n) => sum + toNanoKg(mul(parseDecimal(footprintOf(n).kgPerPiece), parseDecimal(`${n + 1}`))),
    0n,
  );
  expect(inventory.totalKgCo2e).toBe(formatNanoKg(expected));

  // Every checkpoint anybody ever saw is one of the log as it stands, and every acknowledged entry is where it was said to be.
  const leaves: Uint8Array[] = [];
  for (let index = 0; index * 256 < feed.size; index++) {
    const width = Math.min(256, feed.size - index * 256);
    const path = `${base}/tile/entries/${String(index).padStart(3, "0")}${width === 256 ? "" : `.p/${width}`}`;
    leaves.push(...parseEntryBundle(new Uint8Array(await (await fetch(path)).arrayBuffer()), width));
  }
  const hashes = leaves.map(hashLeaf);
  for (const { index, leaf } of acknowledged.values()) expect(encodeBase64(hashes[index] as Uint8Array)).toBe(leaf);
  for (const [size, roots] of seenRoots) expect([...roots]).toEqual([encodeBase64(merkleRoot(hashes.slice(0, size)))]);
  expect(seenRoots.size).toBeGreaterThan(10);
  stopped.abort();
  await watching;
  console.log(`${kills} kills, ${acknowledged.size} publications, ${seenRoots.size} checkpoints seen`);
});
