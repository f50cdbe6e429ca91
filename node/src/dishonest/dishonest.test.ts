import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { concatBytes, decodeUtf8, utf8Encode } from "@tallystick/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FROZEN_AFTER_SECONDS, UNSHOWN_AFTER_SECONDS } from "../app/feed-doubts.ts";
import { FixtureNetwork, type FixtureNode, fileOf, productId, productOf, until } from "../app/network.fixture.ts";
import type { ListedFault } from "../core/evidence/fault/fault-list.ts";
import type { MembersExhibit } from "../core/evidence/fault/members-proof.ts";
import { verifyFault } from "../core/evidence/fault/verify-fault.ts";
import { verifyForkNotes } from "../core/evidence/fork-proof.ts";
import { DEFAULT_CHECKING_POLICY as CHECKING } from "../core/policy/checking-policy.ts";
import type { Cheat } from "./cheat.ts";
import { type AloneCaught, EXPECTED, named, THE_TRUE_FIGURE } from "./cheats.fixture.ts";
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

async function startCheat(play: CheatName | (() => Cheat)): Promise<FixtureNode> {
  const make = typeof play === "string" ? CHEATS[play] : play;
  let random = 0;
  const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(++random);
  const cheat = await network.startWith(
    "caster",
    disguise(make(), () => network.nowUnix, bytes),
  );
  buyer = await network.start("buyer");
  await buyer.app.importLedger("ledger.csv", ledgerOf("caster"));
  if (play === "replaying") {
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
  it.each(Object.keys(EXPECTED) as AloneCaught[])("%s [FLT-1] [FLT-2] [FLT-4]", async (name) => {
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

  it("forking: two buyers who never talk to each other are shown two histories, and one of them is told by a witness [FRK-1] [FLT-1]", async () => {
    const cheat = await startCheat("forking");
    await network.admit("rival");
    const rival = await network.start("rival");
    await rival.app.importLedger("ledger.csv", ledgerOf("caster"));
    await rival.app.subscribe(cheat.address, cheat.did);
    await publish(cheat, "honest.json", 1);
    const sizeOf = async ({ app }: FixtureNode): Promise<number> => (await app.status()).follows[0]?.size ?? 0;
    await until(
      async () => [await sizeOf(buyer), await sizeOf(rival)],
      (sizes) => sizes.every((size) => size === 3),
    );
    await publish(cheat, "cheat.json", 2);
    await until(
      async () => [await sizeOf(buyer), await sizeOf(rival), (await cheat.app.status()).feed.finalSize],
      (sizes) => sizes.every((size) => size === 5),
    );
    // No honest witness cosigns the second history: what it says stays provisional.
    expect((await rival.app.inventory()).finalKgCo2e).toBe("10.000000000");
    await rival.app.compareCheckpoints();
    const { faults } = await until(
      () => rival.app.faults.list(),
      (document) => document.faults.length > 0,
    );
    expect(faults).toMatchObject([{ kind: "LOG_FORKED", member: cheat.did }]);
    expect((await rival.app.inventory()).confidence.reasons).toContain("faults");
    const chunks: Uint8Array[] = [];
    for await (const chunk of rival.app.faults.exportFault(faults[0]?.fault ?? "")) chunks.push(chunk);
    const verdict = verifyFault(concatBytes(...chunks), network.registry.trust);
    expect(verdict).toMatchObject({ kind: "rewritten", member: cheat.did, claimed: [] });
    // And as two notes, which take nobody's word.
    const [folder = ""] = await readdir(join(rival.home, "evidence"));
    const [a, b, members] = await Promise.all(
      ["A.note", "B.note", "members.json"].map((name) => readFile(join(rival.home, "evidence", folder, name))),
    );
    const exhibit = JSON.parse(decodeUtf8(members as Uint8Array)) as MembersExhibit;
    const notes = [a, b] as [Uint8Array, Uint8Array];
    const { trust } = network.registry;
    expect(verifyForkNotes(notes, trust, exhibit)).toMatchObject({ origin: cheat.origin, member: cheat.did, size: 5 });
    expect(() => verifyForkNotes([notes[0], notes[0]], trust, exhibit)).toThrow("FORK_NOT_SHOWN");
    const doctored = utf8Encode(decodeUtf8(notes[1]).replace("\n5\n", "\n6\n"));
    expect(() => verifyForkNotes([notes[0], doctored], trust, exhibit)).toThrow();
  });

  it("freezing: a log that stands still for its buyers is named, by a witness within minutes, by its age in the end [FRK-2] [FRK-4]", async () => {
    const cheat = await startCheat("freezing");
    await publish(cheat, "honest.json", 1);
    const feed = async () => (await buyer.app.status()).follows[0];
    await until(feed, (followed) => followed?.finalSize === 2);
    await publish(cheat, "cheat.json", 2);
    await until(
      () => cheat.app.status(),
      (status) => status.feed.finalSize === 4,
    );
    await buyer.app.compareCheckpoints();
    network.nowUnix += UNSHOWN_AFTER_SECONDS + 1;
    expect(await until(feed, (followed) => followed?.doubts.length === 1)).toMatchObject({
      size: 2,
      doubts: ["checkpoint-unshown"],
    });
    network.nowUnix += FROZEN_AFTER_SECONDS;
    expect(await feed()).toMatchObject({ doubts: ["checkpoint-unshown", "feed-frozen"] });
    const { totalKgCo2e, confidence } = await buyer.app.inventory();
    expect([totalKgCo2e, confidence.reasons.includes("feed-doubted")]).toEqual(["10.000000000", true]);
  });

  it("backdating, delivered only once the entry is final [ATT-10] [FLT-1]", async () => {
    const finalSize = async () => (await buyer.app.status()).follows[0]?.finalSize;
    const patient: Cheat = {
      publish: async (bench, items) => {
        for (const item of items) {
          const { jws, disclosures } = await bench.attest(item);
          const backdated = await bench.resign(jws, (payload) => ({ ...payload, validFrom: "2024-01-02T00:00:00Z" }));
          const logged = await bench.logJws(backdated, disclosures);
          await until(finalSize, (size) => size === 3);
          await bench.deliver(logged);
        }
      },
    };
    const cheat = await startCheat(() => patient);
    await publish(cheat, "honest.json", 1);
    await until(finalSize, (size) => size === 2);
    await publish(cheat, "cheat.json", 2);
    const [fault] = await faultsOf(1);
    expect(fault).toMatchObject({ kind: "misdated", member: cheat.did });
    const document = await documentOf(fault?.fault ?? "");
    expect(verifyFault(document, network.registry.trust)).toMatchObject({ kind: "backdated" });
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
    await until(
      () => buyer.app.inventory(),
      ({ attestations }) => attestations.covered === 1,
    );
    // Signatures are checked once nothing more comes.
    network.nowUnix += 5;
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
