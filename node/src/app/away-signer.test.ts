import type { Signer } from "@tallystick/proto";
import { keyFileError } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FixtureNetwork, type FixtureNode, fileOf, productOf, until } from "./network.fixture.ts";
import { readNodeHome } from "./node-home.ts";

// A node whose checkpoint key lies elsewhere, and is not to be had for a while.

let network: FixtureNetwork;
let away = false;
let missed = Promise.withResolvers<void>();
beforeEach(async () => {
  network = await FixtureNetwork.create("caster", "buyer");
  away = false;
  missed = Promise.withResolvers();
});
afterEach(() => network.close());

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
