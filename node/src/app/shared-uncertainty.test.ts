import {
  ATTESTATION_TYP,
  type FactorRow,
  type ProductFootprint,
  parseAttestationPayload,
  parseUncertainty,
  type Spread,
} from "@tallystick/contracts";
import { parseJws, utf8Encode } from "@tallystick/proto";
import { importFactorSet } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyBundle } from "../core/evidence/verify.ts";
import type { PublicationLine } from "../core/feed/publication-line.ts";
import { table } from "../core/inventory/inventory.fixture.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import { FixtureNetwork, type FixtureNode, productId, productOf, until } from "./network.fixture.ts";

// What suppliers share is known to their buyer as shared, over the borders of members: real nodes over real sockets.

const GRID_ROW: FactorRow = {
  key: "DE",
  label: "Electricity, Germany",
  kind: "value",
  value: "0.4",
  denominator: "kWh",
  gsd2: "1.5",
  boundary: "generation",
  geography: { scheme: "iso-3166-1", code: "DE" },
  source: "a table",
};
const GRID = "factor:grid@2024.1.0#DE";
const [LN_GRID, LN_QUANTITIES] = [Math.log(1.5), Math.log(1.05)];

let network: FixtureNetwork;
beforeEach(async () => {
  network = await FixtureNetwork.create("smelter", "caster", "forge", "motor", "buyer");
  const { set, rows } = table("grid", [GRID_ROW]);
  await importFactorSet(network.registry.operator, { set, rows: [...rows.values()].map(({ row }) => row) });
});
afterEach(() => network.close());

interface Made {
  readonly kg: string;
  readonly inputs?: readonly { readonly member: string; readonly qty: string }[];
  readonly lines?: readonly Omit<PublicationLine, "label">[];
}

/** A file of product 1 of a member, with what it was made of. */
function fileOf(member: string, { kg, inputs = [], lines = [] }: Made): Uint8Array {
  return utf8Encode(
    JSON.stringify({
      footprint: productOf(member, 1, kg),
      inputs: inputs.map(({ member: from, qty }) => ({ productId: productId(from, 1), qty, unit: "piece" })),
      lines: lines.map((line, at) => ({ label: `part ${at}`, ...line })),
    }),
  );
}

/** So many pieces of product 1 of each supplier. */
const ledgerOf = (...lines: readonly (readonly [supplier: string, quantity: number])[]): Uint8Array =>
  utf8Encode(
    ["id,date,category,supplier,productId,description,quantity,unit"]
      .concat(
        lines.map(
          ([of, quantity]) => `${of},2024-02-01,1,did:web:${of}.example,${productId(of, 1)},bought,${quantity},piece`,
        ),
      )
      .join("\n"),
  );

/** Has a member hold the footprints of its suppliers, in so many pieces each. */
async function buys(buyer: FixtureNode, kg: string, ...from: readonly (readonly [FixtureNode, string, number])[]) {
  await buyer.app.importLedger("ledger.csv", ledgerOf(...from.map(([, name, quantity]) => [name, quantity] as const)));
  for (const [supplier] of from) await buyer.app.subscribe(supplier.address, supplier.did);
  return until(
    () => buyer.app.inventory(),
    ({ totalKgCo2e, finalKgCo2e }) => totalKgCo2e === kg && finalKgCo2e === kg,
  );
}

function lnGsd2(spread: Spread | undefined): number {
  if (spread?.kind !== "relative") throw new Error("expected a relative spread");
  return Math.log(Number(spread.gsd2));
}
const shareOf = ({ uncertainty }: InventoryDocument, key: string): number =>
  Number(uncertainty.dominant.find((each) => each.key === key)?.share ?? 0);

describe("two suppliers on one grid", () => {
  it("are wrong together at their buyer: one source with the shares of both [INV-2]", async () => {
    const [caster, forge, buyer] = [
      await network.start("caster"),
      await network.start("forge"),
      await network.start("buyer"),
    ];
    const factor = "grid@2024.1.0#DE";
    const lines = (power: string, other: string) => [
      { kgCo2e: power, factor },
      { kgCo2e: other, source: "a meter" },
    ];
    await caster.app.publish("c.json", fileOf("caster", { kg: "10", lines: lines("9", "1") }));
    await forge.app.publish("f.json", fileOf("forge", { kg: "20", lines: lines("16", "4") }));
    const inventory = await buys(buyer, "300.000000000", [caster, "caster", 10], [forge, "forge", 10]);

    const { spread, dominant, assumedShare } = inventory.uncertainty;
    expect(dominant.filter(({ key }) => key.startsWith("factor:"))).toEqual([{ key: GRID, share: expect.any(String) }]);
    // 90 kg of the one and 160 kg of the other rest on it.
    const shared = ((90 + 160) * LN_GRID) / 300;
    expect(shareOf(inventory, GRID)).toBeCloseTo(shared ** 2 / lnGsd2(spread) ** 2, 3);
    expect(dominant[0]?.key).toBe(GRID);
    // Had each its own grid, their mistakes would partly cancel.
    const apart = Math.hypot(90 * LN_GRID, 160 * LN_GRID) / 300;
    const independent = Math.sqrt(lnGsd2(spread) ** 2 - shared ** 2 + apart ** 2);
    expect(lnGsd2(spread) / independent).toBeGreaterThan(1.2);
    // Their own ratings say nothing of the 10 kg and the 40 kg.
    expect(assumedShare).toBe("0.1666");
  });
});

describe("a smelter's metal", () => {
  const power = { kgCo2e: "4", factor: "grid@2024.1.0#DE" };
  /** 6 kg a piece, 4 of it from the grid. */
  const ingot = (): Uint8Array => fileOf("smelter", { kg: "6", lines: [power, { kgCo2e: "2" }] });

  it("that two suppliers cast is one source at their buyer, under the smelter's attestation", async () => {
    const [smelter, caster, forge, buyer] = [
      await network.start("smelter"),
      await network.start("caster"),
      await network.start("forge"),
      await network.start("buyer"),
    ];
    await smelter.app.publish("s.json", ingot());
    await buys(caster, "6.000000000", [smelter, "smelter", 1]);
    await buys(forge, "6.000000000", [smelter, "smelter", 1]);
    await caster.app.publish("c.json", fileOf("caster", { kg: "10", inputs: [{ member: "smelter", qty: "1.5" }] }));
    await forge.app.publish("f.json", fileOf("forge", { kg: "20", inputs: [{ member: "smelter", qty: "3" }] }));
    const inventory = await buys(buyer, "300.000000000", [caster, "caster", 10], [forge, "forge", 10]);

    const own = `attestation:${smelter.origin}#0`;
    const keys = inventory.uncertainty.dominant.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([GRID, own]));
    // 270 of the 300 kg are the smelter's; two thirds of those rest on the grid.
    const squares = lnGsd2(inventory.uncertainty.spread) ** 2;
    expect(shareOf(inventory, GRID)).toBeCloseTo(((180 * LN_GRID) / 300) ** 2 / squares, 3);
    const smelted = parseUncertainty(await published(caster));
    const rest = Number(smelted?.drivers.find(({ source }) => source === own)?.lnGsd2E9) / 1e9;
    expect(shareOf(inventory, own)).toBeCloseTo(rest ** 2 / squares, 3);
  });

  it("is known three tiers down, and the total's claim says so to whom it is proven [BND-2]", async () => {
    const [smelter, caster, motor, buyer] = [
      await network.start("smelter"),
      await network.start("caster"),
      await network.start("motor"),
      await network.start("buyer"),
    ];
    await smelter.app.publish("s.json", ingot());
    await buys(caster, "6.000000000", [smelter, "smelter", 1]);
    const cast = [{ kgCo2e: "12", input: productId("smelter", 1) }, power];
    await caster.app.publish(
      "c.json",
      fileOf("caster", { kg: "16", inputs: [{ member: "smelter", qty: "2" }], lines: cast }),
    );
    await buys(motor, "16.000000000", [caster, "caster", 1]);
    await motor.app.publish("m.json", fileOf("motor", { kg: "50", inputs: [{ member: "caster", qty: "2" }] }));
    const inventory = await buys(buyer, "100.000000000", [motor, "motor", 2]);

    const stated = parseUncertainty(await published(motor));
    expect(stated?.drivers.map(({ source }) => source)).toEqual([
      `attestation:${caster.origin}#0`,
      `attestation:${smelter.origin}#0`,
      GRID,
    ]);
    // Of 50 kg: 2 castings, each of 2 ingots with 4 kg from the grid and of 4 kg from the grid itself.
    const onGrid = (2 * (2 * 4 + 4)) / 50;
    expect(Number(stated?.drivers.at(-1)?.lnGsd2E9) / 1e9).toBeCloseTo(onGrid * LN_GRID, 8);
    // The casting's own rest: its quantities, since all of it has a name.
    expect(Number(stated?.drivers[0]?.lnGsd2E9) / 1e9).toBeCloseTo((32 / 50) * LN_QUANTITIES, 8);
    const squares = lnGsd2(inventory.uncertainty.spread) ** 2;
    expect(shareOf(inventory, GRID)).toBeCloseTo((onGrid * LN_GRID) ** 2 / squares, 3);
    expect(inventory.uncertainty.dominant.map(({ key }) => key)).toContain(`attestation:${motor.origin}#0`);

    const parts: Uint8Array[] = [];
    for await (const part of buyer.app.prove()) parts.push(part);
    const report = verifyBundle(Buffer.concat(parts), { trust: network.registry.trust });
    expect(report.uncertainty).toEqual(inventory.uncertainty);
  });
});

describe("a line that names a factor which the registry does not have", () => {
  it.each([
    ["of no such set", "grid@2025.1.0#DE", "the registry has no such set"],
    ["of no such row", "grid@2024.1.0#FR", "the set has no such row"],
    ["without a figure", "activity@2024.1.0#casting:blank", "the row is not-available"],
    ["that is a bound", "activity@2024.1.0#casting:small", "the row is bound"],
  ])("is refused, and nothing is published: %s", async (_, factor, reason) => {
    const caster = await network.start("caster");
    const file = fileOf("caster", { kg: "10", lines: [{ kgCo2e: "10", factor }] });
    const refused = { code: "FACTOR_NOT_HELD", details: { factor, reason } };
    await expect(caster.app.publish("c.json", file)).rejects.toMatchObject(refused);
    expect(caster.app.log.size).toBe(0);
  });
});

describe("a line that names a factor of a withdrawn set", () => {
  it("is refused, with the reason of the withdrawal", async () => {
    const [id, version] = ["grid", "2024.1.0"];
    network.registry.submit("factors", {
      kind: "factor-set-withdrawn",
      id,
      version,
      reason: "error",
      note: "a wrong column",
    });
    const caster = await network.start("caster");
    const file = fileOf("caster", { kg: "10", lines: [{ kgCo2e: "10", factor: "grid@2024.1.0#DE" }] });
    await expect(caster.app.publish("c.json", file)).rejects.toMatchObject({
      code: "FACTOR_NOT_HELD",
      details: { reason: "the set was withdrawn: error" },
    });
  });
});

/** The footprint that a member published for the buyer, as it was signed. */
async function published({ app }: FixtureNode): Promise<ProductFootprint> {
  const indices = Array.from({ length: app.log.size }, (_, index) => index);
  const [opened] = [...(await app.publisher.openDeliveries("did:web:buyer.example", indices)).values()];
  return parseAttestationPayload(parseJws(opened?.jws ?? "", ATTESTATION_TYP).payload).credentialSubject;
}
