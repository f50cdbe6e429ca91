import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { utf8Encode } from "@tallystick/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectLocalNode, type LocalClient } from "../adapters/grpc/local-client.ts";
import { fileOf, productId, productOf, until } from "../app/network.fixture.ts";
import { type Child, startChild } from "../demo/child.ts";
import { moduleOf } from "../demo/network.ts";
import { type PreparedNetwork, prepareNetworkOf } from "../demo/prepare.ts";
import { type AloneCaught, EXPECTED, named } from "./cheats.fixture.ts";

// Every cheat by a process of its own over real sockets; the buyer and whoever checks its evidence are the product's own programs.

const NAMES = Object.keys(EXPECTED) as AloneCaught[];
const TALLY = fileURLToPath(new URL("../../bin/tally.js", import.meta.url));
const DISHONEST = fileURLToPath(new URL("../../dist/dishonest/dishonest-process.js", import.meta.url));

type Name = AloneCaught | "buyer" | "smelter";
const didOf = (name: Name): string => `did:web:${name}.example`;

const folder = await mkdtemp(join(tmpdir(), "tally-dishonest-"));
const running: Child[] = [];
const clients: LocalClient[] = [];
let network: PreparedNetwork<Name>;
let buyer: LocalClient;
let smelter: { client: LocalClient; address: string };

/** What runs a program where there is no network at all; empty where this user may not make such a place. */
const withoutNetwork = ((): readonly string[] => {
  try {
    execFileSync("unshare", ["-rn", "true"], { stdio: "ignore" });
    return ["unshare", "-rn"];
  } catch {
    process.stderr.write(
      "NOT SHOWN: no network namespace can be made here; evidence is checked with a network at hand\n",
    );
    return [];
  }
})();

async function tally(prefix: readonly string[], ...args: string[]): Promise<{ code: number; out: string }> {
  const [program = "", ...rest] = [...prefix, process.execPath, TALLY, ...args];
  return new Promise((resolve) => {
    execFile(program, rest, (error, out) => resolve({ code: error === null ? 0 : Number(error.code), out }));
  });
}

async function start(
  name: Name,
  module: string,
  ...args: string[]
): Promise<{ client: LocalClient; address: string; child: Child }> {
  const child = await startChild(name, module, [network.members[name], ...args]);
  running.push(child);
  const { grpc, socket } = child.ready as { grpc: number; socket: string };
  const client = connectLocalNode(socket);
  clients.push(client);
  await until(
    () => client.status(),
    ({ feed, registry }) => feed.signing === "ready" && registry.members >= NAMES.length + 2,
  );
  return { client, address: `127.0.0.1:${grpc}`, child };
}

beforeAll(async () => {
  const admitted = Object.fromEntries(
    (["buyer", "smelter", ...NAMES] as Name[]).map((name) => [name, { did: didOf(name), name }]),
  ) as Record<Name, { did: string; name: string }>;
  network = await prepareNetworkOf(folder, admitted);
  running.push(await startChild("registry", moduleOf("registry-process"), [network.registry]));
  running.push(await startChild("witness", moduleOf("witness-process"), [network.witness, network.network]));
  buyer = (await start("buyer", moduleOf("member-process"))).client;
  smelter = await start("smelter", moduleOf("member-process"));
  await smelter.client.publish("a.json", fileOf(productOf("smelter", 1, "5")));
  const lines = NAMES.flatMap((name) =>
    [1, 2].map((n) => `${name}-${n},castings,2024-06-01,1,${didOf(name)},${productId(name, n)},1,piece`),
  );
  const header = "id,description,date,category,supplier,productId,quantity,unit";
  await buyer.importLedger("ledger.csv", utf8Encode(`${[header, ...lines].join("\n")}\n`));
}, 120_000);

afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all(running.map((child) => child.stop()));
  await rm(folder, { recursive: true, force: true });
});

describe("a dishonest process is caught by an honest one, and what it did is shown where there is no network", () => {
  it.each(NAMES)("%s [FLT-1] [FLT-2] [FLT-3] [FLT-4]", async (name) => {
    const { faults: kinds, evidence, total } = EXPECTED[name];
    const did = didOf(name);
    const cheat = await start(name, DISHONEST, name);
    if (name === "replaying") await cheat.client.subscribe(smelter.address, didOf("smelter"));
    await buyer.subscribe(cheat.address, did);
    await cheat.client.publish("honest.json", fileOf(productOf(name, 1, "10")));
    await until(
      () => buyer.status(),
      ({ follows }) => follows.find(({ supplier }) => supplier === did)?.finalSize === 2,
    );
    await cheat.client.publish("cheat.json", fileOf(productOf(name, 2, "7")));
    const { faults: all } = await until(
      () => buyer.faults.list(),
      ({ faults }) => faults.filter(({ member }) => member === did).length >= kinds.length,
    );
    const faults = all.filter(({ member }) => member === did);
    expect(faults.map(named)).toEqual(kinds);
    const { bySupplier } = await until(
      () => buyer.inventory(),
      (document) => document.bySupplier[did] === total,
    );
    expect(bySupplier[did]).toBe(total);
    for (const [at, { fault }] of faults.entries()) {
      const file = join(folder, `${name}-${at}.json`);
      const exported = await tally([], "faults", "export", fault, "--home", network.members.buyer, "--output", file);
      expect(exported.code).toBe(0);
      const verified = await tally(withoutNetwork, "verify", file, "--network", network.network, "--json");
      expect([verified.code, JSON.parse(verified.out)]).toMatchObject([
        0,
        { ok: true, kind: evidence[at], member: did, reporter: didOf("buyer") },
      ]);
      const text = await readFile(file, "utf8");
      const middle = Math.floor(text.length / 2);
      await writeFile(file, `${text.slice(0, middle)}${text[middle] === "A" ? "B" : "A"}${text.slice(middle + 1)}`);
      expect((await tally(withoutNetwork, "verify", file, "--network", network.network)).code).toBe(1);
    }
    await cheat.child.stop();
  });
});
