import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeBase64, encodeBase64url, isTallyError } from "@tallystick/proto";
import { agentSocketOf, openKeyFile, openRegistryHome, operateRegistry, publishKeyEvent } from "@tallystick/registry";
import { afterAll, expect, it } from "vitest";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { main } from "../cli/main.ts";
import { type Child, spawnChild, startChild } from "../demo/child.ts";
import { moduleOf } from "../demo/network.ts";
import { freePorts, prepareNetwork } from "../demo/prepare.ts";
import { MEMBERS } from "../demo/scenario.ts";
import type { LocalApi } from "../ports/local-api.ts";
import { REQUEST_FILE } from "./key-change.ts";
import { listKeys } from "./key-report.ts";
import { defaultNextKeys, readHomeNames, socketPathOf } from "./node-home.ts";

// A supplier of a running network whose keys a signing agent holds, which is killed again and again: nothing is half published, and the
// node's process never has a private key.

const TALLY = fileURLToPath(new URL("../../bin/tally.js", import.meta.url));
const USES = ["attest", "checkpoint", "witness"] as const;

const folder = await mkdtemp(join(tmpdir(), "tally-agent-"));
const agentFolder = join(folder, "agent");
const running = new Map<string, Child>();
afterAll(async () => {
  await Promise.all([...running.values()].map((child) => child.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function startAgent(): Promise<Child> {
  const child = await startChild("agent", TALLY, ["keys", "agent", "--folder", agentFolder]);
  running.set("agent", child);
  return child;
}

/** Ends a process as a power failure does, and waits until it is gone. */
async function kill(name: string): Promise<void> {
  const child = running.get(name);
  if (child === undefined) throw new Error(`${name} does not run`);
  running.delete(name);
  process.kill(child.pid, "SIGKILL");
  await child.stop().catch(() => undefined);
}

async function ask<T>(home: string, question: (node: LocalApi) => Promise<T>): Promise<T> {
  const client = connectLocalNode(socketPathOf(home));
  try {
    return await question(client);
  } finally {
    client.close();
  }
}

/** Which of these bytes stand somewhere in the memory that a process can write to. */
async function foundIn(pid: number, wanted: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const maps = (await readFile(`/proc/${pid}/maps`, "utf8")).split("\n").filter((line) => / rw/.test(line));
  const memory = await open(`/proc/${pid}/mem`, "r");
  const found = new Set<string>();
  try {
    for (const line of maps) {
      const [from = 0, to = 0] = (line.split(" ")[0] ?? "").split("-").map((text) => Number.parseInt(text, 16));
      const bytes = Buffer.alloc(to - from);
      try {
        await memory.read(bytes, 0, bytes.length, from);
      } catch {
        // The kernel's own pages.
        continue;
      }
      for (const [name, seed] of wanted) if (bytes.includes(Buffer.from(seed))) found.add(name);
    }
  } finally {
    await memory.close();
  }
  return [...found].sort();
}

it("publishes with keys that an agent holds, refuses while it is away, and goes on when it is back", async () => {
  const { registry, witness, network, members } = await prepareNetwork(folder);
  const home = members.smelter;
  const seeds = new Map<string, Uint8Array>();
  for (const use of USES) seeds.set(use, (await openKeyFile(join(home, "keys", `${use}.json`), { use })).seed);
  expect(await main(["--home", home, "--json", "keys", "hand-over", "--to", agentFolder])).toBe(0);

  const [smelterPort = 0, smelterHttp = 0, buyerPort = 0, buyerHttp = 0] = await freePorts(4);
  const member = (port: number, http: number, path: string) => [path, `${port}`, `${http}`];
  running.set("registry", await startChild("registry", moduleOf("registry-process"), [registry]));
  running.set("witness", await startChild("witness", moduleOf("witness-process"), [witness, network]));
  const buyerArgs = member(buyerPort, buyerHttp, members.buyer);
  running.set("buyer", await startChild("buyer", moduleOf("member-process"), buyerArgs));

  // Without its agent the node does not start, and says why.
  const said: string[] = [];
  const smelterArgs = member(smelterPort, smelterHttp, home);
  const alone = spawnChild("smelter", moduleOf("member-process"), smelterArgs, { onStderr: (line) => said.push(line) });
  await expect(alone.ready).rejects.toThrow("before it was ready");
  await alone.ended;
  expect(said.join("\n")).toContain("SIGNER_UNAVAILABLE");

  const agent = await startAgent();
  const smelter = await startChild("smelter", moduleOf("member-process"), smelterArgs);
  running.set("smelter", smelter);
  await ask(members.buyer, (node) => node.subscribe(`127.0.0.1:${smelterPort}`, MEMBERS.smelter.did));

  const [{ footprint }] = JSON.parse(
    await readFile(new URL("../../demo/footprints/casting.json", import.meta.url), "utf8"),
  );
  const fileOf = (part: number): Uint8Array => {
    const copy = structuredClone(footprint);
    copy.id = `7c9d3a52-8e21-4b6f-a4d0-${String(part).padStart(12, "0")}`;
    copy.productIds = [`urn:pact:smelter.example:product-id:part-${part}`];
    return new TextEncoder().encode(JSON.stringify(copy));
  };
  const publish = (part: number) => ask(home, (node) => node.publish("part.json", fileOf(part)));
  const feedSize = async (): Promise<number> => (await ask(home, (node) => node.status())).feed.size;

  await publish(0);
  if (process.platform === "linux") {
    expect(await foundIn(agent.pid, seeds)).toEqual([...USES].sort());
    expect(await foundIn(smelter.pid, seeds)).toEqual([]);
  }
  const secrets = [...seeds.values()].flatMap((seed) => [encodeBase64url(seed), encodeBase64(seed)]);
  const files = (await readdir(home, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  for (const { parentPath, name } of files) {
    const content = await readFile(join(parentPath, name), "latin1");
    for (const secret of secrets) expect(content.includes(secret)).toBe(false);
  }

  for (let round = 1; round <= 3; round++) {
    await kill("agent");
    const before = await feedSize();
    const refused = await publish(round).catch((error: unknown) => error);
    if (!isTallyError(refused)) throw new Error(`not refused: ${refused}`);
    expect(refused).toMatchObject({ code: "SIGNER_UNAVAILABLE", details: { path: agentSocketOf(agentFolder) } });
    expect(await feedSize()).toBe(before);
    await startAgent();
    const { published, deliveries } = await publish(round);
    expect([published.map(({ unchanged }) => unchanged), deliveries]).toEqual([[false], 1]);
    expect(await feedSize()).toBe(before + 2);
  }

  // Killed in the midst of it: whatever was answered, publishing the same file again ends at each part once.
  for (let round = 4; round < 10; round++) {
    const publishing = publish(round).catch((error: unknown) => error);
    await kill("agent");
    await startAgent();
    const outcome = await publishing;
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    await publish(round);
  }
  expect(await feedSize()).toBe(2 * 10);
  const seen = async () => {
    const { attestations, faults } = await ask(members.buyer, (node) => node.inventory());
    return { verified: attestations.verified, refused: attestations.refused, faults };
  };
  await expect.poll(seen, { timeout: 45_000, interval: 200 }).toEqual({ verified: 10, refused: [], faults: [] });
  expect(await main(["--home", home, "--json", "keys", "verify"])).toBe(0);

  // The next keys go the same way, before the registry hears of them.
  const rotate = ["--home", home, "--json", "keys", "rotate", "--next-keys", defaultNextKeys(home)];
  expect(await main(rotate)).toBe(0);
  expect(await main(["--home", home, "--json", "keys", "hand-over", "--to", agentFolder])).toBe(0);
  await kill("agent");
  await startAgent();
  const request = JSON.parse(await readFile(join(home, REQUEST_FILE), "utf8"));
  await operateRegistry(await openRegistryHome(registry), (operator) => publishKeyEvent(operator, request));
  const kid = `${MEMBERS.smelter.did}#attest-2`;
  const inUse = async () => (await listKeys(home, await readHomeNames(home))).keys.find(({ use }) => use === "attest");
  await expect.poll(inUse, { timeout: 30_000, interval: 100 }).toMatchObject({ kid, sealed: "agent" });
  const published = () => publish(10).catch((error: unknown) => error);
  await expect.poll(published, { timeout: 30_000, interval: 200 }).toMatchObject({ published: [{ unchanged: false }] });
  await expect.poll(seen, { timeout: 45_000, interval: 200 }).toEqual({ verified: 11, refused: [], faults: [] });
}, 180_000);
