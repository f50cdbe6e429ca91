import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  ATTESTATION_TYP,
  contractUrn,
  PRODUCT_FOOTPRINT_CONTRACT,
  PRODUCT_FOOTPRINT_CONTRACT_URN,
} from "@tallystick/contracts";
import {
  encodeBase64,
  isTallyError,
  type PrivateKey,
  parseJws,
  parseLeaf,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import { ExchangeService, FeedService } from "@tallystick/proto/wire";
import { addContract, connectGrpc } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { makeOffer } from "../core/agreement/agreement-terms.ts";
import { verifyBundle } from "../core/evidence/verify.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import { DEFAULT_CHECKING_POLICY as CHECKING } from "../core/policy/checking-policy.ts";
import type { DeliverySource } from "../ports/delivery-source.ts";
import { FixtureNetwork, type FixtureNode, fileOf, NOW, productId, productOf, until } from "./network.fixture.ts";
import { readNodeHome } from "./node-home.ts";

// Nodes over real sockets, on real stores.

const ledgerOf = (...lines: readonly (readonly [supplier: string, product: number, quantity: number])[]): Uint8Array =>
  utf8Encode(
    [
      "id,date,category,supplier,productId,description,quantity,unit",
      ...lines.map(([supplier, n, quantity], at) =>
        [
          `L${at}`,
          "2024-02-01",
          1,
          `did:web:${supplier}.example`,
          productId(supplier, n),
          "bought",
          quantity,
          "piece",
        ].join(),
      ),
    ].join("\n"),
  );

let network: FixtureNetwork;
beforeEach(async () => {
  network = await FixtureNetwork.create("caster", "buyer", "rival");
});
afterEach(() => network.close());

const kg = (amount: number): string => amount.toFixed(9);
const inventoryOf = (node: FixtureNode, isSo: (inventory: InventoryDocument) => boolean): Promise<InventoryDocument> =>
  until(() => node.app.inventory(), isSo);
const totals = (node: FixtureNode, total: string): Promise<InventoryDocument> =>
  inventoryOf(node, ({ totalKgCo2e, finalKgCo2e }) => totalKgCo2e === total && finalKgCo2e === total);

async function pair(
  deliveries?: (honest: DeliverySource) => DeliverySource,
): Promise<{ caster: FixtureNode; buyer: FixtureNode }> {
  return { caster: await network.start("caster", deliveries), buyer: await network.start("buyer") };
}

describe("two nodes", () => {
  it("publish, agree, verify, total and prove", async () => {
    const { caster, buyer } = await pair();
    const published = await caster.app.publish(
      "a.json",
      fileOf(productOf("caster", 1, "10"), productOf("caster", 2, "3")),
    );
    expect(published.published.map(({ index }) => index)).toEqual([0, 1]);
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4], ["caster", 2, 5]));
    expect(await buyer.app.subscribe(caster.address, caster.did)).toMatchObject({ epoch: 0, existing: false });
    const inventory = await totals(buyer, kg(55));
    expect(inventory).toMatchObject({
      totalKgCo2e: kg(55),
      finalKgCo2e: kg(55),
      bySupplier: { [caster.did]: kg(55) },
      attestations: { verified: 2, refused: [] },
      faults: [],
    });
    const parts: Uint8Array[] = [];
    for await (const part of buyer.app.prove()) parts.push(part);
    const report = await verifyBundle(Buffer.concat(parts), { trust: network.registry.trust });
    expect(report.totalKgCo2e).toBe(kg(55));
  });

  it("may take in what the log covers before each signature, and have checked it all when they prove [COV-4]", async () => {
    await network.admit("granter", ["attest-by-log"]);
    const granter = await network.start("granter");
    const buyer = await network.start("buyer");
    const products = Array.from({ length: 60 }, (_, n) => productOf("granter", n, "2"));
    await granter.app.publish("a.json", fileOf(...products));
    await until(
      () => granter.app.status(),
      ({ feed }) => feed.finalSize === feed.size,
    );
    await buyer.app.policies.put("checking", { ...CHECKING, id: "by-log", covered: "granted" }, "a test");
    await buyer.app.importLedger("ledger.csv", ledgerOf(["granter", 1, 4], ["granter", 2, 5]));
    await buyer.app.subscribe(granter.address, granter.did);
    await totals(buyer, kg(18));
    const parts: Uint8Array[] = [];
    for await (const part of buyer.app.prove()) parts.push(part);
    expect((await buyer.app.status()).covered).toEqual({ waiting: 0, overdueSeconds: 0 });
    expect((await buyer.app.inventory()).attestations).toEqual({ verified: 60, covered: 0, refused: [] });
    const report = await verifyBundle(Buffer.concat(parts), { trust: network.registry.trust });
    expect(report.totalKgCo2e).toBe(kg(18));
  });

  it("move the total by exactly what a new figure differs, and count the old one no more [LEAF-3] [LEAF-4]", async () => {
    const { caster, buyer } = await pair();
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4]));
    await buyer.app.subscribe(caster.address, caster.did);
    await totals(buyer, kg(40));
    const again = await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    expect(again.published).toMatchObject([{ index: 0, unchanged: true }]);
    expect(again.deliveries).toBe(0);
    const { published } = await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10.25")));
    expect(published).toMatchObject([{ supersedes: 0, unchanged: false }]);
    expect(await totals(buyer, kg(41))).toMatchObject({ totalKgCo2e: kg(41), faults: [] });
  });

  it("go on where they were after both were stopped, and judge nothing twice", async () => {
    const first = await pair();
    await first.caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await first.buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4], ["caster", 2, 1]));
    await first.buyer.app.subscribe(first.caster.address, first.caster.did);
    await totals(first.buyer, kg(40));
    await first.buyer.stop();
    await first.caster.app.publish("b.json", fileOf(productOf("caster", 2, "1")));
    await first.caster.stop();

    const { caster, buyer } = await pair();
    expect(await buyer.app.inventory()).toMatchObject({ totalKgCo2e: kg(40), finalKgCo2e: kg(40) });
    // The supplier listens elsewhere now.
    expect(await buyer.app.subscribe(caster.address, caster.did)).toMatchObject({ existing: true });
    expect(await totals(buyer, kg(41))).toMatchObject({
      totalKgCo2e: kg(41),
      attestations: { verified: 2, refused: [] },
      faults: [],
    });
  });

  it("answer each in its own socket as they do themselves", async () => {
    const { buyer } = await pair();
    const client = connectLocalNode((await readNodeHome(buyer.home)).socketPath);
    expect(await client.status()).toMatchObject({ did: buyer.did, running: true, feed: { signing: "ready" } });
    expect(await client.inventory()).toEqual(await buyer.app.inventory());
    client.close();
  });
});

describe("a watched inventory", () => {
  it("is shown at once, after each change, and no more once the watcher goes", async () => {
    const { buyer } = await pair();
    const stop = new AbortController();
    const shown = buyer.app.watch(stop.signal)[Symbol.asyncIterator]();
    expect((await shown.next()).value).toMatchObject({ generatedFrom: { lines: 0 } });
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4]));
    expect((await shown.next()).value).toMatchObject({ generatedFrom: { lines: 1 } });
    const waiting = shown.next();
    stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});

describe("a member that cheats is named, and nothing of it counts", () => {
  const cheat =
    (change: (index: number) => "withhold" | "alter" | undefined, key: () => Promise<Parameters<typeof signJws>>) =>
    (honest: DeliverySource): DeliverySource => ({
      openDeliveries: async (buyer, indices) => {
        const opened = await honest.openDeliveries(buyer, indices);
        const [, kid, , signingKey] = await key();
        return new Map(
          [...opened].flatMap(([index, delivery]) => {
            const what = change(delivery.targetIndex);
            if (what === "withhold") return [];
            if (what === undefined) return [[index, delivery] as const];
            const { payload } = parseJws(delivery.jws, ATTESTATION_TYP);
            const altered = { ...payload, validFrom: "2024-02-02T00:00:00Z" };
            return [[index, { ...delivery, jws: signJws(ATTESTATION_TYP, kid, altered, signingKey) }] as const];
          }),
        );
      },
    });
  const casterKey = async (): Promise<Parameters<typeof signJws>> => {
    const { signatory } = await readNodeHome(network.homeOf("caster"));
    return [ATTESTATION_TYP, signatory.kid, {}, signatory.key as PrivateKey];
  };

  it("for an altered entry and a withheld one [LEAF-2] [RT-4]", async () => {
    const { caster, buyer } = await pair(
      cheat((index) => (index === 0 ? "alter" : index === 2 ? "withhold" : undefined), casterKey),
    );
    const products = [1, 2, 3].map((n) => productOf("caster", n, "10"));
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 1], ["caster", 2, 1], ["caster", 3, 1]));
    await buyer.app.subscribe(caster.address, caster.did);
    await caster.app.publish("a.json", fileOf(products[0] as never));
    await caster.app.publish("b.json", fileOf(products[1] as never, products[2] as never));
    const inventory = await inventoryOf(buyer, ({ faults }) => faults.length >= 2);
    expect(inventory.totalKgCo2e).toBe(kg(10));
    expect(inventory.attestations.refused).toMatchObject([{ member: caster.did, code: "ENTRY_ALTERED" }]);
    expect(inventory.faults.map(({ member, kind }) => [member, kind]).sort()).toEqual([
      [caster.did, "altered"],
      [caster.did, "withheld"],
    ]);
  });
});

describe("a delivery that was withheld", () => {
  it("counts from when it is handed over after all, and the fault heals [RT-6] [RT-7]", async () => {
    let withholding = true;
    const { caster, buyer } = await pair((honest) => ({
      openDeliveries: async (who, indices) => (withholding ? new Map() : honest.openDeliveries(who, indices)),
    }));
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 1]));
    await buyer.app.subscribe(caster.address, caster.did);
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    const before = await inventoryOf(buyer, ({ faults }) => faults.length >= 1);
    expect([before.totalKgCo2e, before.faults.map(({ kind }) => kind)]).toEqual([kg(0), ["withheld"]]);
    withholding = false;
    network.nowUnix += 3_600;
    await caster.app.publish("b.json", fileOf(productOf("caster", 2, "1")));
    const after = await inventoryOf(buyer, ({ faults, totalKgCo2e }) => faults.length === 0 && totalKgCo2e === kg(10));
    expect([after.totalKgCo2e, after.faults]).toEqual([kg(10), []]);
    expect((await buyer.app.inventory({ asOf: "2024-03-01T00:30:00Z" })).faults.map(({ kind }) => kind)).toEqual([
      "withheld",
    ]);
  });
});

describe("a feed is served", () => {
  it("to each buyer with its own deliveries only, also when asked again [RT-5] [RT-7]", async () => {
    const { caster, buyer } = await pair();
    const rival = await network.start("rival");
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await buyer.app.subscribe(caster.address, caster.did);
    await rival.app.subscribe(caster.address, caster.did);
    await until(
      async () => (await caster.app.status()).feed.size,
      (size) => size === 3,
    );
    const { transport } = await readNodeHome(rival.home);
    const expectedKey = (await readNodeHome(caster.home)).transport.publicKey;
    const connection = connectGrpc({ address: caster.address, identity: transport, expectedKey });
    const opened: boolean[] = [];
    const stream = connection.client(FeedService).streamEntries({ origin: caster.origin, from: 0n, once: true });
    for await (const { entries } of stream) opened.push(...entries.map(({ delivery }) => delivery !== undefined));
    const all = { origin: caster.origin, indices: [0n, 1n, 2n] };
    const fetched = await connection.client(ExchangeService).fetchDeliveries(all);
    expect(fetched.deliveries.map(({ index }) => index)).toEqual([2n]);
    const tooMany = { origin: caster.origin, indices: Array.from({ length: 257 }, (_, n) => BigInt(n)) };
    await expect(connection.client(ExchangeService).fetchDeliveries(tooMany)).rejects.toThrow("TOO_MANY_DELIVERIES");
    const elsewhere = connection.client(ExchangeService).fetchDeliveries({ ...all, origin: "elsewhere.example" });
    await expect(elsewhere).rejects.toThrow("LOG_UNKNOWN");
    connection.close();
    expect(opened).toEqual([false, false, true]);
  });

  it("to nobody who is not a member", async () => {
    const { caster } = await pair();
    const { transport } = await readNodeHome(network.homeOf("rival"));
    const member = network.registry.state.members.memberOf("did:web:rival.example");
    expect(member?.transportKey).toBe(transport.publicKey);
    network.registry.submit("members", { kind: "suspend", member: "did:web:rival.example", reason: "a test" });
    await caster.app.connect();
    const expectedKey = (await readNodeHome(caster.home)).transport.publicKey;
    const connection = connectGrpc({ address: caster.address, identity: transport, expectedKey, timeoutMs: 500 });
    await expect(connection.client(FeedService).getCheckpoint({ origin: caster.origin })).rejects.toThrow(
      /PEER_UNAVAILABLE|CALL_TIMED_OUT/,
    );
    connection.close();
  });

  it("the same over HTTP [LOG-6]", async () => {
    const { caster } = await pair();
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    const base = `http://127.0.0.1:${caster.served.http}/${caster.origin}`;
    const note = await until(
      async () => (await fetch(`${base}/checkpoint`)).text(),
      (text) => text.split("\n").filter((line) => line.startsWith("—")).length === 2,
    );
    expect(note.split("\n").slice(0, 2)).toEqual([caster.origin, "1"]);
  });
});

describe("trouble of this node's own is never held against a supplier", () => {
  it("where the registry is out of reach and the supplier relies on a newer one", async () => {
    const { caster, buyer } = await pair();
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4]));
    await buyer.app.subscribe(caster.address, caster.did);
    await network.admit("newcomer");
    await caster.app.connect();
    network.registry.reachable = false;
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await delay(400);
    expect(await buyer.app.inventory()).toMatchObject({ totalKgCo2e: kg(0), attestations: { refused: [] } });
    network.registry.reachable = true;
    expect(await totals(buyer, kg(40))).toMatchObject({
      totalKgCo2e: kg(40),
      attestations: { verified: 1, refused: [] },
      faults: [],
    });
  });

  it("where its copy of the registry is too old to judge by [REG-2]", async () => {
    const { caster, buyer } = await pair();
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4]));
    await buyer.app.subscribe(caster.address, caster.did);
    await until(
      async () => (await buyer.app.status()).follows[0]?.state,
      (state) => state === "live",
    );
    network.registry.reachable = false;
    network.nowUnix += 8 * 86_400;
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await delay(400);
    expect((await buyer.app.status()).follows).toMatchObject([{ state: "connecting" }]);
    network.registry.reachable = true;
    await buyer.app.connect();
    expect(await totals(buyer, kg(40))).toMatchObject({ totalKgCo2e: kg(40), faults: [] });
  });

  it("where the supplier was suspended for a while", async () => {
    const { caster, buyer } = await pair();
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4]));
    await buyer.app.subscribe(caster.address, caster.did);
    await until(
      async () => (await buyer.app.status()).follows[0]?.state,
      (state) => state === "live",
    );
    network.registry.submit("members", { kind: "suspend", member: caster.did, reason: "a test" });
    await buyer.app.connect();
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await delay(400);
    expect(await buyer.app.inventory()).toMatchObject({ totalKgCo2e: kg(0), faults: [] });
    network.registry.submit("members", { kind: "reinstate", member: caster.did, reason: "a test" });
    await buyer.app.connect();
    expect(await totals(buyer, kg(40))).toMatchObject({ totalKgCo2e: kg(40), faults: [] });
  });
});

describe("an offer that arrives twice at once", () => {
  it("is accepted once, and no tag is used again [AGR-1] [RT-4]", async () => {
    const { caster, buyer } = await pair();
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10"), productOf("caster", 2, "10")));
    const registry = network.registry.state;
    const supplier = registry.members.memberOf(caster.did);
    const peer = registry.members.memberOf(buyer.did);
    if (supplier === undefined || peer === undefined) throw new Error("no members");
    const routeKey = new Uint8Array(32).fill(7);
    const terms = { supplier, contract: PRODUCT_FOOTPRINT_CONTRACT_URN, epoch: 0, routeKey, nowUnix: NOW };
    const offer = await makeOffer(terms, (await readNodeHome(buyer.home)).signatory);
    const answers = await Promise.all([1, 2, 3].map(() => caster.app.acceptOffer(peer, offer, routeKey)));
    expect(new Set(answers).size).toBe(1);
    const leaves = (await caster.app.log.readLeaves(0, caster.app.log.size)).map(parseLeaf);
    const tags = leaves.flatMap((leaf) => (leaf.kind === "deliver" ? [encodeBase64(leaf.routeTag)] : []));
    expect([tags.length, new Set(tags).size]).toEqual([2, 2]);
  });
});

describe("a buyer that lost its disk", () => {
  it("agrees anew, in the next epoch, and gets all that is live [RT-1]", async () => {
    const caster = await network.start("caster");
    let buyer = await network.start("buyer");
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "11")));
    await buyer.app.subscribe(caster.address, caster.did);
    await buyer.stop();
    await rm(join(buyer.home, "store"), { recursive: true });
    buyer = await network.start("buyer");
    await buyer.app.importLedger("ledger.csv", ledgerOf(["caster", 1, 4]));
    expect(await buyer.app.subscribe(caster.address, caster.did)).toMatchObject({ epoch: 1, existing: false });
    await caster.app.publish("b.json", fileOf(productOf("caster", 2, "1")));
    await inventoryOf(buyer, ({ attestations }) => attestations.verified === 2);
    expect(await totals(buyer, kg(44))).toMatchObject({
      totalKgCo2e: kg(44),
      attestations: { verified: 2, refused: [] },
      faults: [],
    });
    expect(await buyer.app.subscribe(caster.address, caster.did)).toMatchObject({ epoch: 1, existing: true });
  });
});

describe("an offer under a contract that this node does not publish under", () => {
  it("is refused, and nothing is agreed", async () => {
    const { caster, buyer } = await pair();
    const other = { ...PRODUCT_FOOTPRINT_CONTRACT, id: "another-contract" };
    await addContract(network.registry.operator, other);
    await caster.app.connect();
    const { members } = network.registry.state;
    const [supplier, peer] = [members.memberOf(caster.did), members.memberOf(buyer.did)];
    if (supplier === undefined || peer === undefined) throw new Error("no members");
    const routeKey = new Uint8Array(32).fill(7);
    const contract = contractUrn(other.id, other.version);
    const terms = { supplier, contract, epoch: 0, routeKey, nowUnix: NOW };
    const offer = await makeOffer(terms, (await readNodeHome(buyer.home)).signatory);
    await expect(caster.app.acceptOffer(peer, offer, routeKey)).rejects.toMatchObject({ code: "AGREEMENT_REFUSED" });
    expect((await caster.app.status()).buyers).toEqual([]);
  });
});

describe("a disk that was restored from an old copy", () => {
  it("signs nothing, and says so [LOG-4]", async () => {
    let caster = await network.start("caster");
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await caster.stop();
    const store = join(caster.home, "store");
    await cp(store, `${store}.old`, { recursive: true });
    caster = await network.start("caster");
    await caster.app.publish("b.json", fileOf(productOf("caster", 2, "10")));
    await until(
      async () => (await caster.app.status()).feed.finalSize,
      (size) => size === 2,
    );
    await caster.stop();
    await rm(store, { recursive: true });
    await cp(`${store}.old`, store, { recursive: true });

    caster = await network.start("caster");
    expect((await caster.app.status()).feed).toMatchObject({ size: 1, signing: "locked" });
    await expect(caster.app.publish("c.json", fileOf(productOf("caster", 3, "10")))).rejects.toMatchObject({
      code: "SIGNING_LOCKED",
    });
  });
});

describe("what is refused changes nothing", () => {
  it("before anything is published [CON-1]", async () => {
    const { caster } = await pair();
    const bad = { ...productOf("caster", 2, "10"), productIds: ["no urn"] };
    await expect(caster.app.publish("a.json", fileOf(productOf("caster", 1, "10"), bad))).rejects.toMatchObject({
      code: "PUBLICATION_INVALID",
    });
    const missing = { footprint: productOf("caster", 1, "10"), inputs: [{ productId: "x", qty: "1", unit: "piece" }] };
    await expect(caster.app.publish("a.json", utf8Encode(JSON.stringify(missing)))).rejects.toMatchObject({
      code: "INPUT_NOT_HELD",
    });
    expect((await caster.app.status()).feed.size).toBe(0);
  });

  it("subscribing to whom the registry does not know", async () => {
    const { caster, buyer } = await pair();
    const refused = buyer.app.subscribe(caster.address, "did:web:nobody.example");
    await expect(refused).rejects.toSatisfy((error) => isTallyError(error, "NOT_A_MEMBER"));
    // Somebody else's address: nothing is said to who does not hold the supplier's key.
    await expect(buyer.app.subscribe(caster.address, "did:web:rival.example")).rejects.toSatisfy(isTallyError);
    expect((await buyer.app.status()).follows).toEqual([]);
  });
});
