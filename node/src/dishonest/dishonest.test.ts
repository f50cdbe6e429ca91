import { concatBytes, utf8Encode } from "@tallystick/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FixtureNetwork, type FixtureNode, fileOf, productId, productOf, until } from "../app/network.fixture.ts";
import type { ListedFault } from "../core/evidence/fault/fault-list.ts";
import { verifyFault } from "../core/evidence/fault/verify-fault.ts";
import { DEFAULT_CHECKING_POLICY as CHECKING } from "../core/policy/checking-policy.ts";
import { EXPECTED, named, THE_TRUE_FIGURE } from "./cheats.fixture.ts";
import { CHEATS, type CheatName } from "./cheats.ts";
import { disguise } from "./disguise.ts";

// Each cheat is played by a node that serves real sockets, and met by an honest buyer who knows nothing of it.

let network: FixtureNetwork;
let buyer: FixtureNode;
beforeEach(async () => {
  network = await FixtureNetwork.create("caster", "buyer", "smelter");
});
afterEach(() => network.close());

const ledgerOf = (supplier: string): Uint8Array =>
  utf8Encode(
    [
      "id,description,date,category,supplier,productId,quantity,unit",
      ...[1, 2].map((n) => `L${n},castings,2024-06-01,1,did:web:${supplier}.example,${productId(supplier, n)},1,piece`),
      "",
    ].join("\n"),
  );

async function startCheat(name: CheatName): Promise<FixtureNode> {
  let random = 0;
  const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(++random);
  const cheat = await network.startWith(
    "caster",
    disguise(CHEATS[name](), () => network.nowUnix, bytes),
  );
  buyer = await network.start("buyer");
  await buyer.app.importLedger("ledger.csv", ledgerOf("caster"));
  if (name === "replaying") {
    const smelter = await network.start("smelter");
    await smelter.app.publish("a.json", fileOf(productOf("smelter", 1, "5")));
    await cheat.app.subscribe(smelter.address, smelter.did);
  }
  await buyer.app.subscribe(cheat.address, cheat.did);
  return cheat;
}

/** As its owner asks it, at its socket. */
const publish = (cheat: FixtureNode, file: string, n: number): Promise<unknown> =>
  cheat.owner.publish(file, fileOf(productOf("caster", n, n === 1 ? "10" : "7")));

async function faultsOf(count: number): Promise<readonly ListedFault[]> {
  const { faults } = await until(
    () => buyer.app.faults.list(),
    (document) => document.faults.length >= count,
  );
  return faults;
}

async function documentOf(fault: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of buyer.app.faults.exportFault(fault)) chunks.push(chunk);
  return concatBytes(...chunks);
}

describe("a dishonest member is caught", () => {
  it.each(Object.keys(CHEATS) as CheatName[])("%s [FLT-1] [FLT-2] [FLT-4]", async (name) => {
    const { faults: kinds, evidence, total } = EXPECTED[name];
    const cheat = await startCheat(name);
    await publish(cheat, "honest.json", 1);
    await until(
      () => buyer.app.status(),
      ({ follows }) => follows[0]?.finalSize === 2,
    );
    await publish(cheat, "cheat.json", 2);
    const faults = await faultsOf(kinds.length);
    // Caught in the journal, under its own name, and against nobody else.
    expect(faults.map(named)).toEqual(kinds);
    expect(new Set(faults.map(({ member }) => member))).toEqual(new Set([cheat.did]));
    // Nothing of it counts, and the total's confidence says that there was something.
    const {
      totalKgCo2e,
      faults: standing,
      confidence,
    } = await until(
      () => buyer.app.inventory(),
      (document) => document.totalKgCo2e === total,
    );
    expect(totalKgCo2e).toBe(total);
    expect(standing.length).toBeGreaterThan(0);
    expect(confidence.reasons).toContain("faults");
    // Shown to anybody who has the trust file; not in another's copy.
    for (const [at, { fault }] of faults.entries()) {
      const bytes = await documentOf(fault);
      const verdict = verifyFault(bytes, network.registry.trust);
      expect([verdict.kind, verdict.member, verdict.reporter]).toEqual([evidence[at], cheat.did, buyer.did]);
      expect(verdict.proven.length).toBeGreaterThan(0);
      const doctored = bytes.slice();
      const middle = Math.floor(doctored.length / 2);
      doctored[middle] = (doctored[middle] as number) ^ 1;
      expect(() => verifyFault(doctored, network.registry.trust)).toThrow();
    }
  });

  it("forging, where its log speaks for it first: what counted as covered is taken back and shown [COV-5] [FLT-1]", async () => {
    await network.admit("granter", ["attest-by-log"]);
    let random = 0;
    const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(++random);
    const cheat = await network.startWith(
      "granter",
      disguise(CHEATS.forging(), () => network.nowUnix, bytes),
    );
    buyer = await network.start("buyer");
    await buyer.app.importLedger("ledger.csv", ledgerOf("granter"));
    await buyer.app.policies.put("checking", { ...CHECKING, id: "by-log", covered: "granted" }, "a test");
    await buyer.app.subscribe(cheat.address, cheat.did);
    await buyer.stop();
    await cheat.owner.publish("cheat.json", fileOf(productOf("granter", 1, "7")));
    await until(
      () => cheat.app.status(),
      ({ feed }) => feed.finalSize === feed.size,
    );
    buyer = await network.start("buyer");
    const [fault] = await faultsOf(1);
    expect(fault).toMatchObject({ kind: "invalid-attestation", member: cheat.did, caughtBy: "signature" });
    const { totalKgCo2e, coveredKgCo2e, attestations } = await until(
      () => buyer.app.inventory(),
      (document) => document.attestations.refused.length > 0,
    );
    expect([totalKgCo2e, coveredKgCo2e]).toEqual(["0.000000000", "0.000000000"]);
    expect(attestations).toMatchObject({ verified: 0, refused: [{ code: "SIGNATURE_INVALID" }] });
    const bytesOfFault = await documentOf(fault?.fault ?? "");
    expect(verifyFault(bytesOfFault, network.registry.trust)).toMatchObject({
      kind: "invalid-attestation",
      final: true,
    });
  });

  it("late: what comes after all counts from then, and the history keeps both [RT-6] [RT-7]", async () => {
    const cheat = await startCheat("late");
    await publish(cheat, "honest.json", 1);
    await publish(cheat, "cheat.json", 2);
    expect((await faultsOf(1)).map(named)).toEqual(["withheld"]);
    network.nowUnix += 3_600;
    await publish(cheat, "more.json", 3);
    const { totalKgCo2e, faults } = await until(
      () => buyer.app.inventory(),
      (document) => document.totalKgCo2e === THE_TRUE_FIGURE && document.faults.length === 0,
    );
    expect([totalKgCo2e, faults]).toEqual([THE_TRUE_FIGURE, []]);
    expect((await buyer.app.faults.list()).faults.map(named)).toEqual(["(withheld)"]);
  });
});
