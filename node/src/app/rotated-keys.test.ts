import {
  decodeUtf8,
  formatBundle,
  formatNote,
  type JsonObject,
  parseBundle,
  parseNote,
  utf8Encode,
} from "@tallystick/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type VerificationReport, verifyBundle } from "../core/evidence/verify.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import { FixtureNetwork, type FixtureNode, fileOf, NOW, productId, productOf, until } from "./network.fixture.ts";

// A supplier whose keys change while buyers follow it, over real sockets, on real stores.

const CASTER = "did:web:caster.example";
const MINUTE = 60;
const kg = (amount: number): string => amount.toFixed(9);
/** Buys one piece of each product. */
const LEDGER = utf8Encode(
  [
    "id,date,category,supplier,productId,description,quantity,unit",
    ...[1, 2, 3].map((n) => `L${n},2024-02-01,1,${CASTER},${productId("caster", n)},bought,1,piece`),
  ].join("\n"),
);

let network: FixtureNetwork;
beforeEach(async () => {
  network = await FixtureNetwork.create("caster", "buyer", "rival");
});
afterEach(() => network.close());

const seen = (node: FixtureNode, total: string): Promise<InventoryDocument> =>
  until(
    async () => {
      await node.app.refreshRegistry();
      return node.app.inventory();
    },
    ({ totalKgCo2e, finalKgCo2e }) => totalKgCo2e === total && finalKgCo2e === total,
  );

async function follow(member: string, caster: FixtureNode): Promise<FixtureNode> {
  const buyer = await network.start(member);
  await buyer.app.importLedger("ledger.csv", LEDGER);
  await buyer.app.subscribe(caster.address, caster.did);
  return buyer;
}

async function proven(node: FixtureNode): Promise<{ report: VerificationReport; bytes: Uint8Array }> {
  const parts: Uint8Array[] = [];
  for await (const part of node.app.prove()) parts.push(part);
  const bytes = Buffer.concat(parts);
  return { report: await verifyBundle(bytes, { trust: network.registry.trust }), bytes };
}

/** The note with the signatures of its log alone. */
function signedByLogAlone(note: string): string {
  const { text, signatures } = parseNote(note);
  const [origin] = text.split("\n");
  return formatNote({ text, signatures: signatures.filter(({ name }) => name === origin) });
}

/** Publishes so many kilograms of product n, and waits until a quorum has seen it. */
async function publish(caster: FixtureNode, n: number, amount: number): Promise<object> {
  const { published } = await caster.app.publish(`${n}.json`, fileOf(productOf("caster", n, String(amount))));
  const { size } = caster.app.log;
  await until(
    async () => caster.app.status(),
    ({ feed }) => (feed.finalSize ?? 0) >= size,
  );
  return published[0] ?? {};
}

/** Has the supplier's next key event approved a minute later, and goes on under its keys a minute after that. */
async function rotate(caster: FixtureNode, how: Parameters<FixtureNetwork["rotate"]>[1]): Promise<FixtureNode> {
  network.nowUnix += MINUTE;
  await caster.stop();
  network.rotate("caster", how);
  network.nowUnix += MINUTE;
  return network.start("caster");
}

describe("a member's keys", () => {
  it.each([false, true])(
    "rotate, and who follows as well as who comes later counts all; checkpoint key too: %s [KEY-9] [KEY-11] [BND-7]",
    async (checkpoint) => {
      const before = await network.start("caster");
      const buyer = await follow("buyer", before);
      await publish(before, 1, 10);
      await seen(buyer, kg(10));
      const after = await rotate(before, { checkpoint });
      await buyer.app.subscribe(after.address, after.did);
      await publish(after, 2, 3);
      expect(await seen(buyer, kg(13))).toMatchObject({ totalKgCo2e: kg(13), finalKgCo2e: kg(13), faults: [] });
      const newcomer = await follow("rival", after);
      expect(await seen(newcomer, kg(13))).toMatchObject({
        totalKgCo2e: kg(13),
        finalKgCo2e: kg(13),
        attestations: { verified: 2, refused: [] },
        faults: [],
      });
      for (const node of [buyer, newcomer]) expect((await proven(node)).report.totalKgCo2e).toBe(kg(13));
      const { bytes } = await proven(newcomer);
      const { trust } = network.registry;
      const withTimes = (change: (time: JsonObject) => JsonObject[]): Uint8Array => {
        const { claims, statement } = parseBundle(decodeUtf8(bytes));
        const bodies = claims.flatMap(({ type, body }) => (type === "log-time" ? change(body) : [body]));
        return formatBundle(bodies, () => statement);
      };
      const refusedAs = (reason: string) => expect.objectContaining({ details: expect.objectContaining({ reason }) });
      // Without its times a bundle shows nothing of keys that are out of use, and a note that no quorum cosigned is no time.
      expect(() =>
        verifyBundle(
          withTimes(() => []),
          { trust },
        ),
      ).toThrow(refusedAs("ATTEST_KEY_RETIRED"));
      const alone = (time: JsonObject): JsonObject[] => [{ ...time, note: signedByLogAlone(String(time.note)) }];
      expect(() => verifyBundle(withTimes(alone), { trust })).toThrow(refusedAs("LOG_TIME_NOT_SHOWN"));
    },
  );

  it("once compromised put in doubt exactly what a quorum saw from then on, until it is attested again [KEY-10] [BND-7]", async () => {
    const before = await network.start("caster");
    const buyer = await follow("buyer", before);
    await publish(before, 1, 10);
    network.nowUnix += MINUTE;
    const since = network.nowUnix;
    await publish(before, 2, 3);
    await seen(buyer, kg(13));
    const compromise = { since, kids: [`${CASTER}#attest-1`], reason: "a stolen laptop" };
    const after = await rotate(before, { compromise });
    await buyer.app.subscribe(after.address, after.did);
    expect(await seen(buyer, kg(10))).toMatchObject({ totalKgCo2e: kg(10), faults: [] });
    expect(JSON.stringify(await buyer.app.explain("L2"))).toContain("disputed");
    const newcomer = await follow("rival", after);
    expect(await seen(newcomer, kg(10))).toMatchObject({ totalKgCo2e: kg(10), faults: [] });

    for (const node of [buyer, newcomer]) {
      const { report, bytes } = await proven(node);
      expect(report.totalKgCo2e).toBe(kg(10));
      expect(new TextDecoder().decode(bytes)).toContain("ENTRY_DISPUTED");
    }

    // The same file again: what is trusted stays, what is disputed is attested anew.
    expect(await publish(after, 1, 10)).toMatchObject({ unchanged: true });
    expect(await publish(after, 2, 3)).toMatchObject({ unchanged: false });
    for (const node of [buyer, newcomer]) {
      expect(await seen(node, kg(13))).toMatchObject({ totalKgCo2e: kg(13), finalKgCo2e: kg(13), faults: [] });
    }
    expect(await publish(after, 2, 3)).toMatchObject({ unchanged: true });
  });

  it("that are out of use attest nothing more, whatever date is written there [KEY-9]", async () => {
    const before = await network.start("caster");
    const buyer = await follow("buyer", before);
    const late = await follow("rival", before);
    await publish(before, 1, 10);
    for (const node of [buyer, late]) await seen(node, kg(10));
    await late.stop();
    // The old key goes on after the event: its node has not heard of it.
    network.nowUnix += MINUTE;
    network.rotate("caster");
    network.nowUnix += MINUTE;
    await publish(before, 2, 3);
    const newcomer = await network.start("rival");
    for (const node of [buyer, newcomer]) {
      const inventory = await until(
        async () => {
          await node.app.refreshRegistry();
          return node.app.inventory();
        },
        ({ attestations, totalKgCo2e }) =>
          (node === buyer || attestations.refused.length > 0) && totalKgCo2e === kg(10),
      );
      // Who took it before it heard of the event disputes it.
      if (node !== buyer) expect(inventory.attestations.refused).toMatchObject([{ code: "KEY_RETIRED" }]);
      expect(inventory.totalKgCo2e).toBe(kg(10));
    }
    expect(network.nowUnix).toBe(NOW + 2 * MINUTE);
  });
});
