import {
  ATTESTATION_TYP,
  type AttestationPayload,
  type ContractDocument,
  PRODUCT_FOOTPRINT_CONTRACT,
  PRODUCT_FOOTPRINT_CONTRACT_URNS,
} from "@tallystick/contracts";
import { parseJws, utf8Encode } from "@tallystick/proto";
import { addContract } from "@tallystick/registry";
import { afterEach, describe, expect, it } from "vitest";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import { FixtureNetwork, type FixtureNode, fileOf, productId, productOf, until } from "./network.fixture.ts";

// Members do not change over to a new version of a contract all at once.

const [NEWEST, EARLIER] = PRODUCT_FOOTPRINT_CONTRACT_URNS;
const EARLIER_CONTRACT: ContractDocument = { ...PRODUCT_FOOTPRINT_CONTRACT, version: "3.0.0" };
const LEDGER = utf8Encode(
  ["id,date,category,supplier,productId,description,quantity,unit"]
    .concat([1, 2].map((n) => `L${n},2024-02-01,1,did:web:caster.example,${productId("caster", n)},bought,1,piece`))
    .join("\n"),
);

let network: FixtureNetwork;
afterEach(() => network.close());

/** What a member buys of product 1 (10 kg) and product 2 (3 kg), once it comes to so much. */
const total = (node: FixtureNode, kg: string): Promise<InventoryDocument> =>
  until(
    () => node.app.inventory(),
    ({ totalKgCo2e }) => totalKgCo2e === `${kg}.000000000`,
  );

async function contractsOf(caster: FixtureNode): Promise<readonly string[]> {
  const { size } = caster.app.log;
  const opened = await caster.app.publisher.openDeliveries(
    "did:web:buyer.example",
    Array.from({ length: size }, (_, index) => index),
  );
  return [...opened.values()].map(
    ({ jws }) => (parseJws(jws, ATTESTATION_TYP).payload as unknown as AttestationPayload).credentialSchema.id,
  );
}

describe("a registry that is older than its members' programs", () => {
  it("has them agree and publish under the newest contract that it has [ATT-9]", async () => {
    network = await FixtureNetwork.createUnder(EARLIER_CONTRACT, "caster", "buyer");
    const [caster, buyer] = [await network.start("caster"), await network.start("buyer")];
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await buyer.app.importLedger("ledger.csv", LEDGER);
    expect(await buyer.app.subscribe(caster.address, caster.did)).toMatchObject({ contract: EARLIER });
    expect(await total(buyer, "10")).toMatchObject({ totalKgCo2e: "10.000000000", attestations: { refused: [] } });
    expect(await contractsOf(caster)).toEqual([EARLIER]);
  });

  it("takes nothing from who agreed before when a version is added, nor from who agrees after [ATT-9]", async () => {
    network = await FixtureNetwork.createUnder(EARLIER_CONTRACT, "caster", "buyer", "rival");
    const [caster, buyer] = [await network.start("caster"), await network.start("buyer")];
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    await buyer.app.importLedger("ledger.csv", LEDGER);
    await buyer.app.subscribe(caster.address, caster.did);
    await total(buyer, "10");

    await addContract(network.registry.operator, PRODUCT_FOOTPRINT_CONTRACT);
    // Only the supplier has heard of it: its buyer looks for the version when it meets it.
    await caster.app.connect();
    await caster.app.publish("b.json", fileOf(productOf("caster", 2, "3")));
    expect(await contractsOf(caster)).toEqual([EARLIER, NEWEST]);
    expect(await total(buyer, "13")).toMatchObject({ totalKgCo2e: "13.000000000", attestations: { refused: [] } });

    const rival = await network.start("rival");
    await rival.app.importLedger("ledger.csv", LEDGER);
    expect(await rival.app.subscribe(caster.address, caster.did)).toMatchObject({ contract: NEWEST });
    expect(await total(rival, "13")).toMatchObject({ totalKgCo2e: "13.000000000", attestations: { refused: [] } });
  });

  it("has a supplier look for a version that a buyer knows before it does", async () => {
    network = await FixtureNetwork.createUnder(EARLIER_CONTRACT, "caster", "buyer");
    const caster = await network.start("caster");
    await addContract(network.registry.operator, PRODUCT_FOOTPRINT_CONTRACT);
    const buyer = await network.start("buyer");
    expect(await buyer.app.subscribe(caster.address, caster.did)).toMatchObject({ contract: NEWEST });
  });

  it("does not have a buyer read what a later version says it cannot read [ATT-9]", async () => {
    network = await FixtureNetwork.createUnder(EARLIER_CONTRACT, "caster", "buyer");
    const [caster, buyer] = [await network.start("caster"), await network.start("buyer")];
    await buyer.app.importLedger("ledger.csv", LEDGER);
    await buyer.app.subscribe(caster.address, caster.did);
    await addContract(network.registry.operator, { ...PRODUCT_FOOTPRINT_CONTRACT, compatibility: "backward" });
    await caster.app.connect();
    await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
    const refused = await until(
      async () => (await buyer.app.inventory()).attestations.refused,
      ({ length }) => length > 0,
    );
    expect(refused).toMatchObject([{ member: caster.did, code: "CONTRACT_MISMATCH" }]);
  });

  it("is refused where it has no version that they know", async () => {
    network = await FixtureNetwork.createUnder({ ...PRODUCT_FOOTPRINT_CONTRACT, version: "4.0.0" }, "caster", "buyer");
    const [caster, buyer] = [await network.start("caster"), await network.start("buyer")];
    const refused = { code: "CONTRACT_UNKNOWN", details: { contract: NEWEST } };
    await expect(caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")))).rejects.toMatchObject(refused);
    await expect(buyer.app.subscribe(caster.address, caster.did)).rejects.toMatchObject(refused);
  });
});
