import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  formatLeaf,
  merkleRoot,
  openCheckpoint,
  parseNote,
  privateKeyFromSeed,
  signCheckpoint,
} from "@tallystick/proto";
import { openLog, openMemoryStore, type TiledLog } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyFault } from "../core/evidence/fault/verify-fault.ts";
import { verifyForkNotes } from "../core/evidence/fork-proof.ts";
import { FROZEN_AFTER_SECONDS, UNSHOWN_AFTER_SECONDS } from "./feed-doubts.ts";
import { GossipPeer } from "./gossip.fixture.ts";
import { FixtureNetwork, type FixtureNode, fileOf, productOf, until } from "./network.fixture.ts";

let network: FixtureNetwork;
beforeEach(async () => {
  network = await FixtureNetwork.create("caster", "buyer", "rival");
});
afterEach(() => network.close());

const receipt = (n: number): Uint8Array => formatLeaf({ kind: "receipt", jwsHash: new Uint8Array(32).fill(n) });

/** Another history under the same key: the first `common` entries, and others after them. */
async function otherHistory({ app }: FixtureNode, common: number, others: number): Promise<TiledLog> {
  const key = app.home.checkpointKey;
  const other = await openLog({ origin: app.log.origin, key, store: openMemoryStore(), prefix: "other" });
  await other.guard([]);
  for (const leaf of await app.log.readLeaves(0, common)) await other.append([leaf]);
  for (let n = 0; n < others; n++) await other.append([receipt(n)]);
  return other;
}

const followed = async ({ app }: FixtureNode) => (await app.status()).follows[0];
const faultOf = (buyer: FixtureNode): Promise<string | undefined> =>
  until(
    async () => (await followed(buyer))?.fault,
    (fault) => fault !== undefined,
  );
const publish = (node: FixtureNode, n: number) => node.app.publish("a.json", fileOf(productOf("caster", n, "10")));
const whenFollowed = (buyer: FixtureNode, size: number) =>
  until(
    async () => (await followed(buyer))?.finalSize,
    (finalSize) => finalSize === size,
  );

/** A supplier that shows one buyer another log than the other buyer. */
async function twoFaced(): Promise<{ caster: FixtureNode; buyer: FixtureNode; rival: FixtureNode; other: TiledLog }> {
  let other: TiledLog | undefined;
  const caster = await network.startWith("caster", ({ log }) => ({
    logFor: ({ did }) => (did === "did:web:rival.example" && other !== undefined ? other : log),
  }));
  await publish(caster, 1);
  const [buyer, rival] = [await network.start("buyer"), await network.start("rival")];
  other = await otherHistory(caster, 1, 1);
  for (const node of [buyer, rival]) await node.app.subscribe(caster.address, caster.did);
  return { caster, buyer, rival, other };
}

describe("two buyers that were shown two histories and never talk to each other", () => {
  it("find out through gossip that third parties pass on, and each has the proof [FRK-1]", async () => {
    const { caster, buyer, rival } = await twoFaced();
    await until(
      async () => [(await followed(buyer))?.size, (await followed(rival))?.size],
      ([a = 0, b = 0]) => a >= 2 && b >= 2,
    );
    const [mine, relay, theirs] = [new GossipPeer(), new GossipPeer(), new GossipPeer()];
    mine.linkTo(relay);
    relay.linkTo(theirs);
    buyer.app.joinGossip(mine);
    rival.app.joinGossip(theirs);
    await rival.app.compareCheckpoints();
    expect(await faultOf(buyer)).toBe("LOG_FORKED");
    const fault = (await buyer.app.faults.list()).faults.find(({ kind }) => kind === "LOG_FORKED");
    expect(fault).toMatchObject({ member: caster.did });
    const folders = await readdir(join(buyer.home, "evidence"));
    expect(folders).toHaveLength(1);
    const files = folders.map((folder) => join(buyer.home, "evidence", folder));
    const [a, b] = await Promise.all(["A.note", "B.note"].map((name) => readFile(join(files[0] ?? "", name), "utf8")));
    const key = caster.app.log.verifierKey;
    const [one, two] = [openCheckpoint(a ?? "", key).checkpoint, openCheckpoint(b ?? "", key).checkpoint];
    expect(one.treeSize).toBe(two.treeSize);
    expect(one.rootHash).not.toEqual(two.rootHash);
    const [trust, folder] = [network.registry.trust, join(buyer.home, "evidence", folders[0] ?? "")];
    const notes = await Promise.all(["A.note", "B.note"].map((name) => readFile(join(folder, name))));
    const members = JSON.parse(await readFile(join(folder, "members.json"), "utf8"));
    const [first, second] = notes as [Buffer, Buffer];
    expect(verifyForkNotes([first, second], trust, members)).toMatchObject({ type: "fork", member: caster.did });
    expect(() => verifyForkNotes([first, first], trust, members)).toThrow(
      expect.objectContaining({ code: "FORK_NOT_SHOWN" }),
    );
    expect(() => verifyForkNotes([first, second], trust, undefined)).toThrow(
      expect.objectContaining({ code: "CLAIM_MISSING" }),
    );
    const document: Uint8Array[] = [];
    for await (const chunk of buyer.app.faults.exportFault(fault?.fault ?? "")) document.push(chunk);
    expect(verifyFault(Buffer.concat(document), network.registry.trust)).toMatchObject({ kind: "rewritten" });
  });

  it("find out through a witness that shows what it cosigned [FRK-1]", async () => {
    const { caster, rival, other } = await twoFaced();
    for (let n = 10; n < 14; n++) await other.append([receipt(n)]);
    await until(
      async () => (await followed(rival))?.size,
      (size) => size === other.size,
    );
    await until(
      async () => (await caster.app.status()).feed,
      ({ size, finalSize }) => size === finalSize,
    );
    await rival.app.compareCheckpoints();
    expect(await faultOf(rival)).toBe("LOG_FORKED");
    const fault = (await rival.app.faults.list()).faults.find(({ kind }) => kind === "LOG_FORKED");
    const document: Uint8Array[] = [];
    for await (const chunk of rival.app.faults.exportFault(fault?.fault ?? "")) document.push(chunk);
    expect(verifyFault(Buffer.concat(document), network.registry.trust)).toMatchObject({ kind: "rewritten" });
  });
});

describe("a checkpoint that the log does not lead to", () => {
  it("is a named doubt after the deadline, and none once the log leads there [FRK-2]", async () => {
    const [caster, buyer] = [await network.start("caster"), await network.start("buyer")];
    await publish(caster, 1);
    await buyer.app.subscribe(caster.address, caster.did);
    await whenFollowed(buyer, 2);
    const ahead = await otherHistory(caster, 2, 1);
    const [mesh, road] = [new GossipPeer(), new GossipPeer()];
    mesh.linkTo(road);
    buyer.app.joinGossip(road);
    await mesh.publish(ahead.checkpoint());
    network.nowUnix += UNSHOWN_AFTER_SECONDS;
    await buyer.app.compareCheckpoints();
    expect(await followed(buyer)).toMatchObject({ state: "live", doubts: [] });
    network.nowUnix += 1;
    expect(await followed(buyer)).toMatchObject({ state: "live", doubts: ["checkpoint-unshown"] });
    const { confidence, warnings } = await buyer.app.inventory();
    expect(confidence.reasons).toContain("feed-doubted");
    expect(warnings).toEqual([
      { origin: caster.origin, code: "checkpoint-unshown", size: 3, sinceUnix: expect.any(Number) },
    ]);
    for (const leaf of await ahead.readLeaves(2, 3)) await caster.app.log.append([leaf]);
    await whenFollowed(buyer, 3);
    expect(await followed(buyer)).toMatchObject({ doubts: [] });
  });
});

describe("a feed that shows nothing newer", () => {
  it("is frozen when its newest cosignature is older than the policy's age, which a quiet honest log's heartbeat prevents [FRK-4]", async () => {
    const [caster, buyer] = [await network.start("caster"), await network.start("buyer")];
    await publish(caster, 1);
    await buyer.app.subscribe(caster.address, caster.did);
    await whenFollowed(buyer, 2);
    network.nowUnix += FROZEN_AFTER_SECONDS;
    expect(await followed(buyer)).toMatchObject({ doubts: [] });
    network.nowUnix += 1;
    expect(await followed(buyer)).toMatchObject({ doubts: ["feed-frozen"] });
    expect((await buyer.app.inventory()).confidence.reasons).toContain("feed-doubted");
    await publish(caster, 2);
    await until(
      async () => (await followed(buyer))?.doubts,
      (doubts) => doubts?.length === 0,
    );
    expect(await followed(buyer)).toMatchObject({ doubts: [] });
  });
});

describe("a node that hears of more of its own log than it holds", () => {
  it("signs nothing more, and says why [LOG-10]", async () => {
    const caster = await network.start("caster");
    await publish(caster, 1);
    const other = await otherHistory(caster, 1, 2);
    const [mesh, road] = [new GossipPeer(), new GossipPeer()];
    mesh.linkTo(road);
    caster.app.joinGossip(road);
    await mesh.publish(other.checkpoint());
    const { feed } = await until(
      () => caster.app.status(),
      ({ feed: { reason = "" } }) => reason.includes("LOG_BEHIND"),
    );
    expect(feed).toMatchObject({ signing: "locked", size: 1 });
    await expect(publish(caster, 2)).rejects.toMatchObject({ code: "SIGNING_LOCKED" });
  });

  it("is not stopped by what its key did not sign", async () => {
    const caster = await network.start("caster");
    await publish(caster, 1);
    const [mesh, road] = [new GossipPeer(), new GossipPeer()];
    mesh.linkTo(road);
    caster.app.joinGossip(road);
    const forged = { origin: caster.origin, treeSize: 9, rootHash: merkleRoot([]) };
    await mesh.publish(signCheckpoint(forged, privateKeyFromSeed(new Uint8Array(32).fill(7))));
    await publish(caster, 2);
    expect((await caster.app.status()).feed).toMatchObject({ signing: "ready", size: 2 });
  });
});

describe("a registry that signs two histories", () => {
  it("is found out, with the two notes as proof [FRK-1]", async () => {
    const buyer = await network.start("buyer");
    const size = buyer.app.replica.sizeOf("members");
    const note = network.registry.noteOver(
      "members",
      Array.from({ length: size }, () => receipt(1)),
    );
    const [mesh, road] = [new GossipPeer(), new GossipPeer()];
    mesh.linkTo(road);
    buyer.app.joinGossip(road);
    await mesh.publish(note);
    const { registry } = await until(
      () => buyer.app.status(),
      ({ registry: { forked } }) => forked !== undefined,
    );
    expect(registry.forked).toEqual([network.registry.trust.logs.members.origin]);
    const [folder = ""] = await readdir(join(buyer.home, "evidence"));
    const [a, b] = await Promise.all(
      ["A.note", "B.note"].map((name) => readFile(join(buyer.home, "evidence", folder, name), "utf8")),
    );
    expect(parseNote(a ?? "").text).not.toBe(parseNote(b ?? "").text);
    expect(b).toBe(note);
  });
});
