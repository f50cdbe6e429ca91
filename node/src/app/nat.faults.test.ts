import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectLocalNode, type LocalClient } from "../adapters/grpc/local-client.ts";
import { footprint } from "../core/inventory/inventory.fixture.ts";
import { type PreparedNetwork, prepareNetworkOf } from "../demo/prepare.ts";
import { LAN_HOST, type NamespacedProcess, Namespaces, PUBLIC_HOST, whyNoNamespaces } from "./namespaces.fixture.ts";
import { socketPathOf } from "./node-home.ts";

// Real processes in network namespaces: a supplier behind a NAT that lets nothing in, a relay and buyers outside.

const why = whyNoNamespaces();
if (why !== undefined) console.warn(`SKIPPED, so nothing is shown of NAT here: ${why}`);

const did = (name: string): string => `did:web:${name}.example`;
const MEMBERS = {
  supplier: { did: did("supplier"), name: "supplier" },
  relay: { did: did("relay"), name: "relay" },
  buyer: { did: did("buyer"), name: "buyer" },
  open: { did: did("open"), name: "open" },
} as const;
type Name = keyof typeof MEMBERS;
const RELAY_PORT = 7101;
const LEDGER = (product: string): string =>
  `id,date,category,supplier,productId,description,quantity,unit\nl-${product},2024-02-01,1,${did("supplier")},urn:pact:supplier.example:product-id:${product},parts,10,piece\n`;

describe.skipIf(why !== undefined)("a supplier without a public address", () => {
  let folder: string;
  let homes: PreparedNetwork<Name>;
  let spaces: Namespaces;
  let relay: NamespacedProcess;
  const clients = {} as Record<Name, LocalClient>;

  const startNode = async (where: "public" | "site", name: Name, ...flags: string[]): Promise<NamespacedProcess> => {
    const host = where === "public" ? PUBLIC_HOST : LAN_HOST;
    const args = ["--home", homes.members[name], "node", "--host", host, "--port", "0", ...flags];
    const started = await spaces.start(where, "bin/tally.js", args);
    clients[name]?.close();
    clients[name] = connectLocalNode(socketPathOf(homes.members[name]));
    return started;
  };
  const startRelay = (): Promise<NamespacedProcess> =>
    startNode("public", "relay", "--libp2p", `/ip4/${PUBLIC_HOST}/tcp/${RELAY_PORT}`, "--relay-server");
  const publish = (product: string, kg: string): Promise<unknown> =>
    clients.supplier.publish(
      `${product}.json`,
      Buffer.from(
        JSON.stringify([
          {
            ...footprint(kg, { productIds: [`urn:pact:supplier.example:product-id:${product}`] }),
            id: `7c9d3a52-8e21-4b6f-a4d0-${product.slice(1).padStart(12, "0")}`,
          },
        ]),
      ),
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tally-nat-"));
    homes = await prepareNetworkOf(folder, MEMBERS, PUBLIC_HOST);
    spaces = new Namespaces();
    await spaces.start("public", "dist/demo/registry-process.js", [homes.registry]);
    await spaces.start("public", "dist/demo/witness-process.js", [homes.witness, homes.network]);
    relay = await startRelay();
  }, 120_000);
  afterAll(async () => {
    for (const client of Object.values(clients)) client.close();
    await spaces.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("serves a buyer through a relay, and heals when the relay comes back [ROAD-5]", async () => {
    const [relayAddress = ""] = relay.ready.libp2p as string[];
    const supplier = await startNode("site", "supplier", "--relay", relayAddress);
    await startNode("public", "buyer", "--libp2p", "none");
    expect(spaces.reaches(LAN_HOST, Number(supplier.ready.grpc))).toBe(false);
    const address = await until(async () => (await clients.supplier.status()).libp2p?.addresses[0] ?? "", Boolean);
    expect(address).toContain("/p2p-circuit");

    await clients.buyer.subscribe(address, did("supplier"));
    await clients.buyer.importLedger("ledger.csv", Buffer.from(LEDGER("p1")));
    await publish("p1", "2.5");
    const size = async (): Promise<number> => (await clients.buyer.status()).follows[0]?.size ?? 0;
    expect(await until(size, (n) => n === 2)).toBe(2);
    expect(await totalOf(clients.buyer)).toBe("25.000000000");
    const road = (await clients.buyer.status()).libp2p?.connections.find((c) => c.did === did("supplier"));
    expect(road?.relayed).toBe(true);
    const { entries } = await clients.supplier.access({ did: did("buyer") });
    expect(entries.map(({ road: by, method }) => [by, method])).toContainEqual([
      "libp2p",
      "tallystick.v1.FeedService/StreamEntries",
    ]);

    await relay.kill("SIGKILL");
    await publish("p2", "4");
    await clients.buyer.importLedger("more.csv", Buffer.from(LEDGER("p2")));
    await delay(1_000);
    expect(await size()).toBe(2);
    relay = await startRelay();
    expect(await until(size, (n) => n === 4)).toBe(4);
    expect(await totalOf(clients.buyer)).toBe("65.000000000");
  }, 180_000);

  it("reaches a buyer that can be reached itself directly, once the relay has introduced them [ROAD-5]", async () => {
    await startNode("public", "open", "--libp2p", `/ip4/${PUBLIC_HOST}/tcp/7102`);
    const address = await until(async () => (await clients.supplier.status()).libp2p?.addresses[0] ?? "", Boolean);
    await clients.open.subscribe(address, did("supplier"));
    const ways = async () =>
      ((await clients.open.status()).libp2p?.connections ?? [])
        .filter((c) => c.did === did("supplier"))
        .map(({ relayed }) => relayed);
    expect(await until(ways, (all) => all.includes(false))).toContain(false);
    const { size = 0 } = (await clients.supplier.status()).feed;
    expect(
      await until(
        async () => (await clients.open.status()).follows[0]?.size ?? 0,
        (n) => n >= size,
      ),
    ).toBe(size);
  }, 120_000);
});

const totalOf = async (client: LocalClient): Promise<string> => (await client.inventory()).totalKgCo2e;

async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (isSo(answer) || tries === 300) return answer;
    await delay(200);
  }
}
