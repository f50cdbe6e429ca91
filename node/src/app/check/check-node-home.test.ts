import { join } from "node:path";
import { encodeHex, sha256, utf8Encode } from "@tallystick/proto";
import { formatStateRecord, LogKeys, openLevelStore, type StoreReport, type WriteOp } from "@tallystick/registry";
import { Level } from "level";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FixtureNetwork, fileOf, productOf, until } from "../network.fixture.ts";
import { FEED_PREFIX, JOURNAL_PREFIX, keys, putRecord } from "../node-records.ts";
import { checkNodeHome } from "./check-node-home.ts";

const SUPPLIER = "supplier.example/feed";

/** Runs a supplier and a buyer until the buyer holds what was published, and stops both. */
async function runOnce(network: FixtureNetwork): Promise<void> {
  const supplier = await network.start("supplier");
  const buyer = await network.start("buyer");
  await buyer.app.importLedger(
    "ledger.csv",
    utf8Encode(
      "id,date,category,supplier,productId,description,quantity,unit\nL1,2024-02-01,1,did:web:supplier.example,urn:pact:supplier.example:product-id:p1,part,3,piece\n",
    ),
  );
  await supplier.app.publish("one.json", fileOf(productOf("supplier", 1, "1.5")));
  await buyer.app.subscribe(supplier.address, supplier.did);
  await supplier.app.publish("two.json", fileOf(productOf("supplier", 2, "2.5"), productOf("supplier", 3, "3.5")));
  await until(
    () => buyer.app.status(),
    ({ follows }) => follows[0]?.size === 6,
  );
  await supplier.stop();
  await buyer.stop();
}

let network: FixtureNetwork;
beforeAll(async () => {
  network = await FixtureNetwork.create("supplier", "buyer");
  await runOnce(network);
}, 30_000);
afterAll(() => network.close());

const check = (member: string): Promise<StoreReport> => checkNodeHome(network.homeOf(member));

/** Checks a member's store with changes made behind its back, and takes them back. */
async function checkWith(member: string, ops: readonly WriteOp[]): Promise<StoreReport> {
  const path = join(network.homeOf(member), "store");
  const store = await openLevelStore(path, { createIfMissing: false });
  const before: WriteOp[] = [];
  for (const { key } of ops) {
    const value = await store.get(key);
    before.push(value === undefined ? { type: "del", key } : { type: "put", key, value });
  }
  await store.write(ops);
  await store.close();
  try {
    return await check(member);
  } finally {
    const again = await openLevelStore(path, { createIfMissing: false });
    await again.write(before);
    await again.close();
  }
}

const feed = new LogKeys(FEED_PREFIX);
const journal = new LogKeys(JOURNAL_PREFIX);
const del = (key: string): WriteOp => ({ type: "del", key });
const put = (key: string, text: string): WriteOp => ({ type: "put", key, value: utf8Encode(text) });

describe("tally fsck", () => {
  it("finds a store that ran and stopped to be sound, and says what it read", async () => {
    const supplier = await check("supplier");
    expect(supplier).toMatchObject({ sound: true, findings: [], unlisted: 0, repaired: [] });
    expect(supplier.logs).toContainEqual({ origin: SUPPLIER, size: 6 });
    const buyer = await check("buyer");
    expect(buyer.findings).toEqual([]);
    expect(buyer.logs).toContainEqual({ origin: SUPPLIER, size: 6 });
    expect(buyer.logs.find(({ origin }) => origin === "buyer.example/feed/journal")?.size).toBeGreaterThan(2);
    expect(buyer.records).toBeGreaterThan(30);
  });

  const damages: readonly [string, string, WriteOp, where: string, mend: string][] = [
    ["a leaf that is gone", "supplier", del(feed.leaf(1)), feed.leaf(1), "restore"],
    ["a leaf that was changed", "supplier", put(feed.leaf(1), "tallystick/leaf/v1\n"), `${FEED_PREFIX} 1`, "restore"],
    ["a tile that is gone", "supplier", del(feed.tile(0, 0)), feed.tile(0, 0), "repair"],
    ["a tile that was changed", "supplier", put(feed.tile(0, 0), "x".repeat(192)), feed.tile(0, 0), "repair"],
    ["a state that is gone", "supplier", del(feed.state), feed.state, "restore"],
    ["a checkpoint of another log", "supplier", put(feed.checkpoint(2), "x"), feed.checkpoint(2), "restore"],
    ["a final size without its checkpoint", "supplier", put(feed.final, "5"), feed.final, "restore"],
    ["a publication that is gone", "supplier", del(keys.publication(0)), keys.publication(0), "restore"],
    ["a delivery that is gone", "supplier", del(keys.delivery(1)), keys.delivery(1), "restore"],
    ["a delivery of no entry", "supplier", putRecord(keys.delivery(99), {}), keys.delivery(99), "restore"],
    ["an agreement that is none", "buyer", put(keys.purchase("x"), "{}"), keys.purchase("x"), "restore"],
    ["a followed leaf that is gone", "buyer", del(keys.feedLeaf(SUPPLIER, 3)), keys.feedLeaf(SUPPLIER, 3), "restore"],
    ["a feed's state that is gone", "buyer", del(keys.feedState(SUPPLIER)), keys.feedState(SUPPLIER), "restore"],
    [
      "an attestation that is gone",
      "buyer",
      del(keys.attestation(SUPPLIER, 0)),
      keys.attestation(SUPPLIER, 0),
      "restore",
    ],
    ["a ledger version that is gone", "buyer", put(keys.ledgerVersion(7), "{}"), keys.ledgerVersion(7), "restore"],
    ["a journal entry that is gone", "buyer", del(journal.leaf(0)), journal.leaf(0), "restore"],
    ["a registry entry that was changed", "buyer", put("replica/members/leaf/000000000000", "x"), "replica/", "repair"],
  ];
  it.each(damages)("names %s", async (_what, member, op, where, mend) => {
    const report = await checkWith(member, [op]);
    expect(report.sound).toBe(false);
    const found = report.findings.find((finding) => finding.where.startsWith(where));
    expect(found).toMatchObject({ mend });
    expect(found?.consequence).not.toBe("");
  });

  it("names a key that it does not know, which is no damage", async () => {
    const key = `elsewhere/${encodeHex(sha256(utf8Encode("x"))).slice(0, 8)}`;
    const report = await checkWith("buyer", [put(key, "1")]);
    expect(report.sound).toBe(true);
    expect(report.findings).toMatchObject([{ where: key, mend: "none" }]);
  });

  it("does not check what is running, or is not there: STORE_LOCKED, HOME_MISSING", async () => {
    const node = await network.start("supplier");
    await expect(check("supplier")).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await node.stop();
    await expect(check("nobody")).rejects.toMatchObject({ code: "HOME_MISSING" });
  });
});

describe("tally fsck --repair", () => {
  const repair = (member: string): Promise<StoreReport> => checkNodeHome(network.homeOf(member), { repair: true });

  async function change(member: string, ops: readonly WriteOp[]): Promise<void> {
    const store = await openLevelStore(join(network.homeOf(member), "store"), { createIfMissing: false });
    await store.write(ops);
    await store.close();
  }

  it("builds tiles from their leaves, also where they do not match their checksum", async () => {
    const raw = new Level<string, Uint8Array>(join(network.homeOf("buyer"), "store"), { valueEncoding: "view" });
    await raw.put(journal.tile(0, 0), utf8Encode("not sealed at all"));
    await raw.close();
    await change("supplier", [del(feed.tile(0, 0))]);
    for (const [member, key] of [
      ["buyer", journal.tile(0, 0)],
      ["supplier", feed.tile(0, 0)],
    ] as const) {
      expect((await check(member)).sound).toBe(false);
      expect(await repair(member)).toMatchObject({
        sound: true,
        findings: [],
        repaired: [`built ${key} from its leaves`],
      });
      expect((await check(member)).sound).toBe(true);
    }
  });

  it("drops the copy of the registry, which is fetched again; the total is as it was [REG-2]", async () => {
    const before = await network.start("buyer");
    const { totalKgCo2e, byMethod } = await before.app.inventory();
    expect(byMethod["supplier-specific"].lines).toBe(1);
    const { members } = (await before.app.status()).registry;
    await before.stop();
    await change("buyer", [put("replica/contracts/leaf/000000000000", "x")]);
    const report = await repair("buyer");
    expect(report).toMatchObject({ sound: true, findings: [], repaired: [expect.stringContaining("from entry 0 on")] });
    const after = await network.start("buyer");
    expect((await after.app.status()).registry.members).toBe(members);
    expect(await after.app.inventory()).toMatchObject({ totalKgCo2e, byMethod });
    await after.stop();
    expect((await check("buyer")).findings).toEqual([]);
  });

  it("takes no other history from the registry than what was held", async () => {
    await change("buyer", [put("replica/contracts/leaf/000000000000", "x")]);
    await repair("buyer");
    const origin = "registry.example/members";
    const other = formatStateRecord({ origin, treeSize: 2, rootHash: new Uint8Array(32) });
    await change("buyer", [{ type: "put", key: "replica/members/floor", value: other }]);
    const node = await network.start("buyer");
    expect((await node.app.status()).registry).toMatchObject({ members: 0, ageSeconds: -1 });
    await node.stop();
  });

  it("changes nothing where anything else is damaged", async () => {
    await change("supplier", [del(feed.tile(0, 0)), del(keys.delivery(1))]);
    const first = await check("supplier");
    const report = await repair("supplier");
    expect(report).toEqual(first);
    expect(report.repaired).toEqual([]);
    expect(report.findings.map(({ mend }) => mend).sort()).toEqual(["repair", "restore"]);
  });
});
