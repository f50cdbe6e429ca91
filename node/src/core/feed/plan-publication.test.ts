import {
  ATTESTATION_TYP,
  checkAttestation,
  digestOf,
  type FactorRow,
  PRODUCT_FOOTPRINT_CONTRACT,
  PRODUCT_FOOTPRINT_CONTRACT_URN,
  type ProductFootprint,
  parseUncertainty,
  UNCERTAINTY_SCHEMA,
} from "@tallystick/contracts";
import {
  formatLeaf,
  hashJws,
  type JsonObject,
  parseLeaf,
  privateKeyFromSeed,
  sha256,
  utf8Encode,
  verifyJws,
} from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACTIVITY, footprint } from "../inventory/inventory.fixture.ts";
import type { PublicationItem } from "./parse-publication.ts";
import { deliverLeaf } from "./plan-delivery.ts";
import { type LivePublication, type PublicationContext, planPublication } from "./plan-publication.ts";

const KEY = privateKeyFromSeed(sha256(utf8Encode("attest")));
const id = (name: string): string => `urn:pact:casting.example:product-id:${name}`;
const of = (kgCo2e: string, ...names: readonly string[]): ProductFootprint =>
  footprint(kgCo2e, { productIds: names.map(id) });

const itemOf = (published: ProductFootprint, more: Partial<PublicationItem> = {}): PublicationItem => ({
  footprint: published,
  inputs: [],
  lines: [],
  warnings: [],
  ...more,
});

const contextOf = (
  live: readonly LivePublication[] = [],
  more: Partial<PublicationContext> = {},
): PublicationContext => ({
  self: { did: "did:web:casting.example", kid: "did:web:casting.example#1", key: KEY },
  contract: { urn: PRODUCT_FOOTPRINT_CONTRACT_URN, digest: digestOf(PRODUCT_FOOTPRINT_CONTRACT) },
  live: new Map(live.flatMap((one) => one.subjects.map((subject) => [subject, one] as const))),
  resolveInput: () => ({
    ref: { origin: "smelter.example/feed", index: 7, leaf: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
    footprint: footprint("2", {}, { declaredUnitOfMeasurement: "kilogram", productMassPerDeclaredUnit: "1" }),
  }),
  factorOf: () => {
    throw new Error("no factors here");
  },
  registry: {
    origin: "registry.example/members",
    treeSize: 3,
    rootHash: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  },
  nowUnix: 1_710_000_000,
  randomBytes: (size) => new Uint8Array(size).fill(9),
  ...more,
});

async function planned(item: PublicationItem, context: PublicationContext) {
  const plan = await planPublication(item, context);
  if (plan.kind !== "append") throw new Error("nothing was planned");
  return plan;
}

const livePublication = async (index: number, published: ProductFootprint): Promise<LivePublication> => ({
  index,
  ...(await planned(itemOf(published), contextOf())).publication,
});

describe("a publication", () => {
  it("is attested under a leaf that names the very token, with inputs and lines hidden [ATT-3] [ATT-5]", async () => {
    const inputs = [{ productId: "urn:x", qty: "1.05", unit: "kg" }];
    const lines = [{ label: "all of it", kgCo2e: "10" }];
    const { leaf, supersedes, attestation } = await planned(itemOf(of("10", "a"), { inputs, lines }), contextOf());
    expect(supersedes).toBeUndefined();
    expect(parseLeaf(leaf)).toEqual({ kind: "attest", jwsHash: hashJws(attestation.jws) });
    const { payload } = verifyJws(attestation.jws, ATTESTATION_TYP, () => KEY.publicKey);
    const buyers = checkAttestation(payload as JsonObject, [], "partial");
    expect([buyers.inputs, buyers.lines, buyers.hidden]).toEqual([[], [], 2]);
    const assurers = checkAttestation(payload as JsonObject, attestation.disclosures, "complete");
    expect(assurers.inputs).toMatchObject([{ log: "smelter.example/feed", index: 7, qty: "1.05" }]);
  });

  it("says what its uncertainty comes from, and shows an assurer what that follows from", async () => {
    const inputs = [{ productId: "urn:x", qty: "3", unit: "kg" }];
    const lines = [
      { label: "bought", kgCo2e: "6", input: "urn:x" },
      { label: "power", kgCo2e: "3", factor: "activity@2024.1.0#casting:kg" },
      { label: "gas", kgCo2e: "1", source: "a meter" },
    ];
    const factorOf = (): FactorRow => ACTIVITY.rows.get("casting:kg")?.row as FactorRow;
    const item = itemOf(of("10", "a"), { inputs, lines });
    const { attestation, publication, warnings } = await planned(item, contextOf([], { factorOf }));
    const { payload } = verifyJws(attestation.jws, ATTESTATION_TYP, () => KEY.publicKey);
    const { footprint: signed, lines: shown } = checkAttestation(
      payload as JsonObject,
      attestation.disclosures,
      "complete",
    );
    const [smelter, factor] = ["attestation:smelter.example/feed#7", "factor:activity@2024.1.0#casting:kg"];
    expect(parseUncertainty(signed)?.drivers.map(({ source }) => source)).toEqual([smelter, factor]);
    expect(shown.map(({ source }) => source)).toEqual([smelter, factor, "a meter"]);
    expect(warnings).toEqual([]);
    // Published again it is the same, whatever the node would add to it now.
    const live = { index: 4, ...publication };
    expect(await planPublication(item, contextOf([live]))).toEqual({ kind: "unchanged", live });
  });

  it("keeps other extensions, and says where it had to be wide", async () => {
    const other = { specVersion: "2.0.0", dataSchema: "https://example.org/x.json", data: {} };
    const inputs = [{ productId: "urn:x", qty: "3", unit: "liter" }];
    const item = itemOf({ ...of("10", "a"), extensions: [other] }, { inputs });
    const { attestation, warnings } = await planned(item, contextOf());
    const { payload } = verifyJws(attestation.jws, ATTESTATION_TYP, () => KEY.publicKey);
    const { extensions } = checkAttestation(payload as JsonObject, [], "partial").footprint;
    expect(extensions?.map(({ dataSchema }) => dataSchema)).toEqual([other.dataSchema, UNCERTAINTY_SCHEMA]);
    expect(warnings).toMatchObject([{ path: "inputs.0.unit" }]);
  });

  it("is nothing where the same is live already", async () => {
    const live = await livePublication(4, of("10", "a"));
    expect(await planPublication(itemOf(of("10", "a")), contextOf([live]))).toEqual({ kind: "unchanged", live });
  });

  it("supersedes the live one of the same product, place and period [LEAF-3] [LEAF-4]", async () => {
    const live = await livePublication(4, of("10", "a", "b"));
    // The order of its ids is not what a footprint is about.
    const { leaf, supersedes } = await planned(itemOf(of("11", "b", "a")), contextOf([live]));
    expect(supersedes).toBe(4);
    expect(parseLeaf(leaf)).toMatchObject({ kind: "supersede", targetIndex: 4 });
  });

  it("stands beside one of another place or period", async () => {
    const live = await livePublication(4, of("10", "a"));
    const elsewhere = footprint("10", { productIds: [id("a")] }, { geographyCountry: "FR" });
    const later = footprint(
      "10",
      { productIds: [id("a")] },
      { referencePeriodStart: "2024-01-01T00:00:00Z", referencePeriodEnd: "2025-01-01T00:00:00Z" },
    );
    for (const other of [elsewhere, later]) {
      expect((await planned(itemOf(other), contextOf([live]))).supersedes).toBeUndefined();
    }
  });

  it.each([
    ["it has fewer", [["a", "b"]], ["a"]],
    ["it has more", [["a"]], ["a", "b"]],
    ["it has those of two", [["a"], ["b"]], ["a", "b"]],
    ["it has some of two", [["a", "c"], ["b"]], ["a", "b"]],
  ])("is refused where it shares some products with a live one: %s [LEAF-4]", async (_what, live, names) => {
    const context = contextOf(await Promise.all(live.map((one, index) => livePublication(index, of("10", ...one)))));
    await expect(planPublication(itemOf(of("10", ...names)), context)).rejects.toThrow(
      expect.objectContaining({ code: "PUBLICATION_OVERLAPS" }),
    );
  });

  it("is refused where a buyer could not take it over", async () => {
    const lines = Array.from({ length: 500 }, (_, n) => ({ label: `${n} `.padEnd(200, "."), kgCo2e: "0.02" }));
    await expect(planPublication(itemOf(of("10", "a"), { lines }), contextOf())).rejects.toThrow(
      expect.objectContaining({ code: "DELIVERY_TOO_LARGE" }),
    );
  });

  it("never gives a product two live footprints, whatever is published in whatever order [LEAF-4]", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 });
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(names, fc.constantFrom("1", "2")), { maxLength: 12 }),
        async (publications) => {
          const live = new Map<number, LivePublication>();
          for (const [index, [products, kg]] of publications.entries()) {
            try {
              const plan = await planPublication(itemOf(of(kg, ...products)), contextOf([...live.values()]));
              if (plan.kind === "unchanged") continue;
              live.delete(plan.supersedes ?? -1);
              live.set(index, { index, ...plan.publication });
            } catch (error) {
              expect(error).toMatchObject({ code: "PUBLICATION_OVERLAPS" });
            }
          }
          const subjects = [...live.values()].flatMap((one) => one.subjects);
          expect(new Set(subjects).size).toBe(subjects.length);
        },
      ),
    );
  });
});

describe("a delivery", () => {
  it("hides whom it is for and what it delivers [RT-2] [RT-3]", () => {
    const route = { routeKey: new Uint8Array(32).fill(1), origin: "casting.example/feed", epoch: 0, counter: 3 };
    const target = { index: 5, leafHash: sha256(utf8Encode("leaf")) };
    const one = deliverLeaf(route, target, new Uint8Array(32).fill(2));
    const two = deliverLeaf({ ...route, counter: 4 }, target, new Uint8Array(32).fill(3));
    const [first, second] = [parseLeaf(one), parseLeaf(two)];
    if (first.kind !== "deliver" || second.kind !== "deliver") throw new Error("no deliveries");
    expect(first.routeTag).not.toEqual(second.routeTag);
    expect(first.commitment).not.toEqual(second.commitment);
    expect(formatLeaf(first)).toEqual(one);
  });
});
