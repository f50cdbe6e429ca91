import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { concatBytes, isTallyError } from "@tallystick/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backupNode } from "../cli/backup-node.ts";
import { restoreNode } from "./backup-node.ts";
import { checkNodeHome } from "./check/check-node-home.ts";
import { FixtureNetwork, type FixtureNode, fileOf, productOf, until } from "./network.fixture.ts";

let network: FixtureNetwork;
beforeEach(async () => {
  network = await FixtureNetwork.create("supplier", "buyer");
});
afterEach(() => network.close());

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function archiveOf(home: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of backupNode(home)) chunks.push(chunk);
  return concatBytes(...chunks);
}

/** Replaces a member's folder by what the archive holds, and the keys that were kept apart. */
async function restoreAt(home: string, archive: Uint8Array): Promise<void> {
  const apart = `${home}.apart`;
  await mkdir(apart);
  for (const name of ["keys", "tls"]) await cp(join(home, name), join(apart, name), { recursive: true });
  await rm(home, { recursive: true });
  await restoreNode({ source: inOne(archive), home, keysFrom: apart });
  await rm(apart, { recursive: true });
}

const publish = (node: FixtureNode, n: number): Promise<unknown> =>
  node.app.publish(`${n}.json`, fileOf(productOf("supplier", n, `${n}.5`)));

const whenFinal = (node: FixtureNode, size: number): Promise<unknown> =>
  until(
    () => node.app.status(),
    ({ feed }) => feed.finalSize === size,
  );

describe("tally backup and restore", () => {
  it("backs up a running node while it publishes; what was restored is sound and goes on", async () => {
    const supplier = await network.start("supplier");
    await publish(supplier, 1);
    await whenFinal(supplier, 1);
    const { home } = supplier;
    const [archive] = await Promise.all([archiveOf(home), ...[2, 3, 4, 5].map((n) => publish(supplier, n))]);
    await supplier.stop();
    const copy = join(home, "..", "copy");
    const { manifest } = await restoreNode({ source: inOne(archive), home: copy });
    expect(manifest.logs).toMatchObject([{ origin: "supplier.example/feed" }]);
    expect((await checkNodeHome(copy)).findings).toEqual([]);
    await rm(copy, { recursive: true });
    // Taken when nothing is running, it is the newest, and goes on at once.
    await restoreAt(home, await archiveOf(home));
    const again = await network.start("supplier");
    expect((await again.app.status()).feed).toMatchObject({ signing: "ready", size: 5 });
    await publish(again, 6);
    expect((await again.app.status()).feed.size).toBe(6);
  });

  it("never signs behind what was signed: an old backup stays locked [LOG-4]", async () => {
    const supplier = await network.start("supplier");
    await publish(supplier, 1);
    await whenFinal(supplier, 1);
    const old = await archiveOf(supplier.home);
    await publish(supplier, 2);
    await whenFinal(supplier, 2);
    await supplier.stop();
    await restoreAt(supplier.home, old);
    const restored = await network.start("supplier");
    expect((await restored.app.status()).feed).toMatchObject({ size: 1, signing: "locked" });
    await expect(publish(restored, 3)).rejects.toMatchObject({ code: "SIGNING_LOCKED" });
    expect((await restored.app.status()).feed.size).toBe(1);
  });

  it("signs nothing while no quorum answers, though no entry was ever final when it was made [LOG-4]", async () => {
    const supplier = await network.start("supplier");
    const empty = await archiveOf(supplier.home);
    await publish(supplier, 1);
    await whenFinal(supplier, 1);
    await supplier.stop();
    await restoreAt(supplier.home, empty);
    network.witnessReachable = false;
    const restored = await network.start("supplier");
    await expect(publish(restored, 2)).rejects.toMatchObject({ code: "SIGNING_LOCKED" });
    network.witnessReachable = true;
    const { feed } = await until(
      () => restored.app.status(),
      ({ feed }) => feed.reason?.includes("LOG_BEHIND") === true || feed.signing === "ready",
    );
    expect(feed.signing).toBe("locked");
  });

  it("never signs two roots for one size of its journal: a restored one has another name [LOG-3]", async () => {
    const supplier = await network.start("supplier");
    const buyer = await network.start("buyer");
    await buyer.app.subscribe(supplier.address, supplier.did);
    await publish(supplier, 1);
    const journalOf = async () => {
      const { logs } = await checkNodeHome(buyer.home);
      return logs.find(({ origin }) => origin.includes("/journal"));
    };
    await until(
      () => buyer.app.status(),
      ({ follows }) => follows[0]?.size === 2,
    );
    await buyer.stop();
    const before = await journalOf();
    expect(before).toMatchObject({ origin: "buyer.example/feed/journal" });
    const archive = await archiveOf(buyer.home);
    await restoreAt(buyer.home, archive);
    const first = await journalOf();
    expect(first?.size).toBe(before?.size);
    expect(first?.origin).toMatch(/^buyer\.example\/feed\/journal\/[0-9a-f]{16}$/);
    // It goes on, under that name, also when it is opened again.
    const again = await network.start("buyer");
    await publish(supplier, 2);
    await until(
      () => again.app.status(),
      ({ follows }) => follows[0]?.size === 4,
    );
    await again.stop();
    expect((await checkNodeHome(buyer.home)).findings).toEqual([]);
    const second = await journalOf();
    expect(second?.origin).toBe(first?.origin);
    expect(second?.size).toBeGreaterThan(first?.size ?? Number.POSITIVE_INFINITY);
    await restoreAt(buyer.home, archive);
    expect((await journalOf())?.origin).not.toBe(first?.origin);
  });

  it("backs up nothing that is damaged: STORE_CORRUPT", async () => {
    const supplier = await network.start("supplier");
    await supplier.stop();
    await writeFile(join(supplier.home, "store", "CURRENT"), "MANIFEST-999999\n");
    const refused = await archiveOf(supplier.home).catch((error: unknown) => error);
    expect(isTallyError(refused) && refused.code.startsWith("STORE_")).toBe(true);
  });
});
