import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isTallyError, parseNote } from "@tallystick/proto";
import { openRegistryHome, operateRegistry, publishKeyEvent } from "@tallystick/registry";
import { afterAll, expect, it } from "vitest";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { main } from "../cli/main.ts";
import { type Child, startChild } from "../demo/child.ts";
import { moduleOf } from "../demo/network.ts";
import { freePorts, prepareNetwork } from "../demo/prepare.ts";
import { MEMBERS } from "../demo/scenario.ts";
import type { LocalApi } from "../ports/local-api.ts";
import { REQUEST_FILE } from "./key-change.ts";
import { listKeys } from "./key-report.ts";
import { defaultNextKeys, readHomeNames, socketPathOf } from "./node-home.ts";

// A supplier of a running network goes over to its next keys twice, killed all the while: the buyer goes on, and nothing is lost.

const KILLS = 6;
const ROTATIONS = 2;
/** Before each kill: together they walk over the whole change, from the registry's answer to the first cosigned checkpoint. */
const pauseMs = (kill: number): number => 40 + kill * 220;

const folder = await mkdtemp(join(tmpdir(), "tally-rotation-"));
const running = new Map<string, Child>();
afterAll(async () => {
  await Promise.all([...running.values()].map((child) => child.stop()));
  await rm(folder, { recursive: true, force: true });
});

const PASSING = new Set([
  "PEER_UNAVAILABLE",
  "CALL_CANCELLED",
  "CALL_FAILED",
  "SIGNING_LOCKED",
  "NOT_A_MEMBER",
  "CONTRACT_UNKNOWN",
  "LOG_CLOSED",
  "LOG_LOCKED",
  "STORE_CLOSED",
]);

async function ask<T>(home: string, question: (node: LocalApi) => Promise<T>): Promise<T> {
  const begun = performance.now();
  for (;;) {
    const client = connectLocalNode(socketPathOf(home));
    try {
      return await question(client);
    } catch (error) {
      if (!isTallyError(error) || !PASSING.has(error.code) || performance.now() - begun > 60_000) throw error;
      await delay(30);
    } finally {
      client.close();
    }
  }
}

it(`a supplier rotates its keys ${ROTATIONS} times, killed ${ROTATIONS * KILLS} times meanwhile, and its buyer continues [KEY-2] [KEY-3]`, async () => {
  const { registry, witness, network, members } = await prepareNetwork(folder);
  const [smelterPort = 0, smelterHttp = 0, buyerPort = 0, buyerHttp = 0] = await freePorts(4);
  const processes: Record<string, readonly [module: string, args: readonly string[]]> = {
    registry: ["registry-process", [registry]],
    witness: ["witness-process", [witness, network]],
    smelter: ["member-process", [members.smelter, `${smelterPort}`, `${smelterHttp}`]],
    buyer: ["member-process", [members.buyer, `${buyerPort}`, `${buyerHttp}`]],
  };
  const start = async (name: string): Promise<void> => {
    const [module, args] = processes[name] as readonly [string, readonly string[]];
    running.set(name, await startChild(name, moduleOf(module), args));
  };
  for (const name of Object.keys(processes)) await start(name);

  const [{ footprint }] = JSON.parse(
    await readFile(new URL("../../demo/footprints/casting.json", import.meta.url), "utf8"),
  );
  let published = 0;
  const publish = async (): Promise<void> => {
    const copy = structuredClone(footprint);
    copy.id = `7c9d3a52-8e21-4b6f-a4d0-${String(published).padStart(12, "0")}`;
    copy.productIds = [`urn:pact:smelter.example:product-id:part-${published}`];
    await ask(members.smelter, (node) => node.publish("part.json", new TextEncoder().encode(JSON.stringify(copy))));
    published += 1;
  };
  const allArrived = async (): Promise<void> => {
    const seen = async () => {
      const { feed } = await ask(members.smelter, (node) => node.status());
      const { follows } = await ask(members.buyer, (node) => node.status());
      const { attestations, faults } = await ask(members.buyer, (node) => node.inventory());
      const isFinal = follows[0]?.finalSize === feed.size && follows[0]?.state === "live";
      return { isFinal, verified: attestations.verified, refused: attestations.refused, faults };
    };
    const expected = { isFinal: true, verified: published, refused: [], faults: [] };
    await expect.poll(seen, { timeout: 45_000, interval: 200 }).toEqual(expected);
  };
  const kidInUse = async (): Promise<string | undefined> => {
    const { keys } = await listKeys(members.smelter, await readHomeNames(members.smelter));
    return keys.find(({ use, standing }) => use === "attest" && standing === "in use")?.kid;
  };

  await ask(members.buyer, (node) => node.subscribe(`127.0.0.1:${smelterPort}`, MEMBERS.smelter.did));
  await publish();
  await allArrived();

  let nextKeys = defaultNextKeys(members.smelter);
  for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
    const newNextKeys = join(folder, `next-${rotation}.json`);
    const rotate = ["--home", members.smelter, "--json", "keys", "rotate"];
    const prepared = await main([...rotate, "--next-keys", nextKeys, "--new-next-keys", newNextKeys]);
    expect(prepared).toBe(0);
    nextKeys = newNextKeys;
    await publish();
    await allArrived();
    expect(await kidInUse()).toBe(`${MEMBERS.smelter.did}#attest-${rotation}`);

    const request = JSON.parse(await readFile(join(members.smelter, REQUEST_FILE), "utf8"));
    const publishing = openRegistryHome(registry).then((home) =>
      operateRegistry(home, (operator) => publishKeyEvent(operator, request)),
    );
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(pauseMs(kill));
      process.kill(running.get("smelter")?.pid as number, "SIGKILL");
      for (;;) {
        try {
          await start("smelter");
          break;
        } catch {
          // The lock of a process that has just died may outlive it for a moment.
          await delay(50);
        }
      }
    }
    await publishing;
    await publish();
    expect(await kidInUse()).toBe(`${MEMBERS.smelter.did}#attest-${rotation + 1}`);
    await publish();
    await allArrived();
  }
  expect(published).toBe(1 + 3 * ROTATIONS);
  expect(await main(["--home", members.smelter, "--json", "keys", "verify", "--next-keys", nextKeys])).toBe(0);
  const note = await (await fetch(`http://127.0.0.1:${smelterHttp}/smelter.example/feed/checkpoint`)).text();
  expect(parseNote(note).signatures.length).toBeGreaterThan(1);
}, 240_000);
