import type { Signer } from "@tallystick/proto";
import { keyFileError } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectLocalNode, type LocalClient } from "../adapters/grpc/local-client.ts";
import { signStatement } from "../core/closing/period-statement.ts";
import type { LocalApi } from "../ports/local-api.ts";
import { castings, keyOf, person, REPORTING } from "./closing.fixture.ts";
import { FixtureNetwork, type FixtureNode, fileOf, productOf, until } from "./network.fixture.ts";
import { readNodeHome } from "./node-home.ts";

// A node whose checkpoint key lies elsewhere, and is not to be had for a while.

let network: FixtureNetwork;
let client: LocalClient | undefined;
let away = false;
let missed = Promise.withResolvers<void>();
beforeEach(async () => {
  network = await FixtureNetwork.create("caster", "buyer");
  away = false;
  missed = Promise.withResolvers();
});
afterEach(async () => {
  client?.close();
  client = undefined;
  await network.close();
});

async function startBuyer(): Promise<FixtureNode> {
  const { checkpointKey } = await readNodeHome(network.homeOf("buyer"));
  const orAway = async (): Promise<void> => {
    if (!away) return;
    missed.resolve();
    throw keyFileError("SIGNER_UNAVAILABLE", { path: "agent.sock", reason: "away" });
  };
  const elsewhere: Signer = {
    publicKey: checkpointKey.publicKey,
    ready: orAway,
    sign: async (message) => {
      await orAway();
      return checkpointKey.sign(message);
    },
  };
  return network.startWith("buyer", () => ({}), { checkpointKey: elsewhere });
}

/** What a person's commands ask the node. */
async function localApi(node: FixtureNode): Promise<LocalApi> {
  client = connectLocalNode((await readNodeHome(node.home)).socketPath);
  return client;
}

const received = (buyer: FixtureNode, count: number): Promise<number> =>
  until(
    async () => (await buyer.app.inventory()).attestations.verified,
    (verified) => verified === count,
  );

describe("a node whose signer is away", () => {
  it("waits with what comes in, and takes it when the signer is back", async () => {
    const caster = await network.start("caster");
    const buyer = await startBuyer();
    await buyer.app.subscribe(caster.address, caster.did);
    away = true;
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await missed.promise;
    expect((await buyer.app.inventory()).attestations.verified).toBe(0);
    away = false;
    expect(await received(buyer, 1)).toBe(1);
    expect((await buyer.app.inventory()).faults).toEqual([]);
  });

  it("refuses a person's signature that would close a period, and takes the same one later", async () => {
    const node = await localApi(await startBuyer());
    await node.policies.put("reporting", REPORTING, "the company's own");
    await node.importLedger("2024.csv", castings(["a", "2024-02-01", 10]));
    const { statement } = await node.periods.propose({ action: "close", period: "2024" });
    const [byAlice, byBob] = await Promise.all(
      ["alice", "bob"].map((name) => signStatement(statement, person(name).kid, keyOf(name))),
    );
    await node.periods.sign(byAlice as string);
    away = true;
    for (let tries = 0; tries < 2; tries++) {
      await expect(node.periods.sign(byBob as string)).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    }
    expect(await node.periods.show("2024")).toMatchObject({ state: "open", reports: [] });
    away = false;
    expect(await node.periods.sign(byBob as string)).toMatchObject({ done: true });
  });

  it("ends when it is told to, and takes what waited at its next start", async () => {
    const caster = await network.start("caster");
    const buyer = await startBuyer();
    await buyer.app.subscribe(caster.address, caster.did);
    away = true;
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await missed.promise;
    await buyer.stop();
    away = false;
    const again = await startBuyer();
    expect(await received(again, 1)).toBe(1);
    expect((await again.app.inventory()).faults).toEqual([]);
  });
});
