import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PRODUCT_FOOTPRINT_CONTRACT } from "@tallystick/contracts";
import { privateKeyFromSeed } from "@tallystick/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectRegistry, type RegistryConnection } from "../adapters/grpc/registry-source.ts";
import { createTransportIdentity } from "../adapters/grpc/transport-identity.ts";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { firstEvent, keyOf, memberChange, rawKey, secondEvent, signEvent } from "../core/registry.fixture.ts";
import type { Trust } from "../core/trust.ts";
import { openLog } from "../log/open-log.ts";
import type { TiledLog } from "../log/tiled-log.ts";
import { Replica } from "../replica/replica.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { WitnessClient } from "../witness/witness-client.ts";
import { initNetwork, scratch, until } from "./network.fixture.ts";
import { addContract, admitMember, importFactorSet, operateRegistry } from "./operate.ts";
import type { Served } from "./process-lines.ts";
import { openRegistryHome } from "./registry-home.ts";
import { readRegistryStatus } from "./registry-status.ts";
import { serveRegistry } from "./run-registry.ts";
import { serveWitness } from "./run-witness.ts";

// A registry and a witness behind real sockets, on real stores.

const signal = AbortSignal.timeout(20_000);
const now = (): number => Math.floor(Date.now() / 1000);
const folder = await scratch();
const running: Served<object>[] = [];
const refused: string[] = [];

let registry: string;
let witness: string;
let trust: Trust;
const start = async <T extends Served<object>>(serving: Promise<T>): Promise<T> => {
  const served = await serving;
  running.push(served);
  return served;
};
const startWitness = () => start(serveWitness(witness, trust, (code) => refused.push(code)));

beforeAll(async () => {
  ({ registry, witness, trust } = await initNetwork(folder.path));
});
afterAll(async () => {
  for (const served of running) await served.close();
  await folder.remove();
});

async function connect(): Promise<RegistryConnection> {
  const seed = new Uint8Array(32).fill(7);
  return connectRegistry(trust, await createTransportIdentity(privateKeyFromSeed(seed), seed, "a stranger"));
}

async function feedOf(name: string, key: string): Promise<TiledLog> {
  const log = await openLog({ origin: `${name}.example/feed`, key: keyOf(key), store: openMemoryStore(), prefix: "f" });
  await log.guard([]);
  return log;
}

const witnessClient = (): WitnessClient => {
  const [address] = trust.witnesses;
  if (address === undefined) throw new TypeError("the fixture has a witness");
  return new WitnessClient(address);
};
const answerTo = (log: TiledLog): Promise<string> =>
  witnessClient()
    .cosign(log)
    .then(
      () => "cosigned",
      (error: Error) => error.message,
    );

describe("a served registry", () => {
  it("takes an operator's changes while it is served, and has them cosigned [REG-1]", async () => {
    await startWitness();
    await start(serveRegistry(registry));
    const home = await openRegistryHome(registry);
    const [activity] = (await loadStarter()).factorSets;
    if (activity === undefined) throw new TypeError("no starter set");
    const request = { v: 1, event: signEvent(firstEvent("anna"), "anna attest 1") };
    const indexes = await until(
      () =>
        operateRegistry(home, async (operator) => [
          (await admitMember(operator, request)).index,
          (await admitMember(operator, request)).index,
        ]).catch((error: Error) => error.message),
      (answer) => Array.isArray(answer),
    );
    expect(indexes).toEqual([1, 1]);
    await operateRegistry(home, async (operator) => {
      await addContract(operator, PRODUCT_FOOTPRINT_CONTRACT);
      await importFactorSet(operator, activity);
      await expect(addContract(operator, PRODUCT_FOOTPRINT_CONTRACT)).rejects.toThrow("CHANGE_INVALID");
    });
    const status = await until(
      () => readRegistryStatus(home),
      ({ logs }) => logs.every(({ final }) => final),
    );
    expect(status).toMatchObject({ served: true, members: [{ name: "anna" }], weakWitnessing: true });
    expect(status.logs.map(({ size, cosignedBy }) => [size, cosignedBy])).toEqual([
      [2, ["witness.example"]],
      [1, ["witness.example"]],
      [1, ["witness.example"]],
      [0, ["witness.example"]],
    ]);
  });

  it("does not share its folder", async () => {
    await expect(serveRegistry(registry)).rejects.toThrow("STORE_LOCKED");
  });

  it("has its members' feeds cosigned, also under a key that came later, and no stranger's", async () => {
    const home = await openRegistryHome(registry);
    expect(await answerTo(await feedOf("nobody", "nobody"))).toContain("WITNESS_REFUSED");
    expect(
      await until(
        async () => answerTo(await feedOf("anna", "anna checkpoint 1")),
        (it) => it === "cosigned",
      ),
    ).toBe("cosigned");
    await operateRegistry(home, async (operator) => {
      const { eventLeaf } = operator.state.members.memberOf("did:web:anna.example") ?? {};
      const event = secondEvent("anna", eventLeaf ?? "");
      const rotated = { ...event, keys: { ...event.keys, checkpoint: rawKey("anna checkpoint 2") } };
      await operator.submit("members", memberChange(rotated, "anna attest 2"));
    });
    expect(
      await until(
        async () => answerTo(await feedOf("anna", "anna checkpoint 2")),
        (it) => it === "cosigned",
      ),
    ).toBe("cosigned");
    expect(await answerTo(await feedOf("anna", "anna checkpoint 1"))).toContain("WITNESS_REFUSED");
    expect(refused).toEqual([]);
  });

  it("leaves its followers able to work when it is down [REG-2]", async () => {
    const store = openMemoryStore();
    const connection = await connect();
    await (await Replica.open({ trust, store, now })).sync(connection, signal);
    for (const served of running.splice(0)) await served.close();
    const replica = await Replica.open({ trust, store, now });
    await expect(replica.sync(connection, signal)).rejects.toThrow(/PEER_UNAVAILABLE|CALL_CANCELLED/);
    connection.close();
    replica.requireUsable();
    expect(replica.state.members.memberOf("did:web:anna.example")?.name).toBe("anna");
    const [set] = [...replica.state.factorSets].map(({ document }) => document);
    expect(set && replica.rowsOf(set).length).toBe(set?.rowCount);
    expect(replica.quorumOf("members")).toMatchObject({ met: true, weak: true });
  });

  it("has a witness that knows the members while the registry is down", async () => {
    await startWitness();
    expect(await answerTo(await feedOf("anna", "anna checkpoint 2"))).toBe("cosigned");
    for (const served of running.splice(0)) await served.close();
  });

  it("is read without its witnesses, and changed only with them [LOG-4]", async () => {
    const home = await openRegistryHome(registry);
    expect((await readRegistryStatus(home)).logs.map(({ size }) => size)).toEqual([3, 1, 1, 0]);
    await expect(operateRegistry(home, async () => {})).rejects.toThrow("LOG_LOCKED");
  });

  it("stops when its disk is older than what its witnesses have seen [LOG-4]", async () => {
    const old = join(folder.path, "old");
    await cp(registry, old, { recursive: true });
    await startWitness();
    await operateRegistry(await openRegistryHome(registry), async (operator) => {
      await operator.submit("members", memberChange(firstEvent("bert"), "bert attest 1"));
    });
    await operateRegistry(await openRegistryHome(registry), async () => {});
    const served = await serveRegistry(old);
    await expect(served.failed).rejects.toThrow("LOG_BEHIND");
    await served.close();
  });

  it("gives back what it took where it cannot be served", async () => {
    const [first, second] = await Promise.all([scratch(), scratch()]);
    const networks = await Promise.all([initNetwork(first.path), initNetwork(second.path)]);
    const home = await openRegistryHome(networks[0].registry);
    const served = await serveRegistry(networks[0].registry);
    const clash = join(networks[1].registry, "registry.json");
    const file = JSON.parse(await readFile(clash, "utf8"));
    await writeFile(clash, JSON.stringify({ ...file, httpPort: home.httpPort }));
    await expect(serveRegistry(networks[1].registry)).rejects.toThrow("EADDRINUSE");
    await writeFile(clash, JSON.stringify(file));
    await (await serveRegistry(networks[1].registry)).close();
    await served.close();
    await Promise.all([first.remove(), second.remove()]);
  });
});
