import { encodeBase64url } from "@tallystick/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { signStatement } from "../core/closing/period-statement.ts";
import { POLICY } from "../core/inventory/inventory.fixture.ts";
import type { LocalApi, PeriodRequest } from "../ports/local-api.ts";
import { BUYER, castings, DAY, keyOf, person, REPORTING } from "./closing.fixture.ts";
import { FixtureNetwork, type FixtureNode, NOW } from "./network.fixture.ts";
import { readNodeHome } from "./node-home.ts";

// What may go wrong between looking at a statement and its last signature.

const CLOSE: PeriodRequest = { action: "close", period: "2024" };
const refusal = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

let network: FixtureNetwork;
let buyer: FixtureNode;
let node: LocalApi & { close(): void };

beforeEach(async () => {
  network = await FixtureNetwork.create("buyer");
  buyer = await network.start("buyer");
  node = connectLocalNode((await readNodeHome(buyer.home)).socketPath);
  await node.policies.put("reporting", REPORTING, "the company's own");
  await node.importLedger("2024.csv", castings(["a", "2024-02-01", 10], ["b", "2024-06-01", 20]));
});
afterEach(async () => {
  node.close();
  await network.close();
});

const by = async (name: string, request: PeriodRequest = CLOSE): Promise<string> => {
  const { pending } = await node.periods.show(request.period);
  const { statement } = pending ?? (await node.periods.propose(request));
  return signStatement(statement, person(name).kid, keyOf(name));
};
const close = async (): Promise<void> => {
  for (const name of ["alice", "bob"]) await node.periods.sign(await by(name));
};

describe("a statement that waits", () => {
  it("is shown with all that a person signs: total, digest, signers, and what is known since", async () => {
    const { statement } = await node.periods.propose(CLOSE);
    await node.periods.sign(await by("alice"));
    await node.importLedger("late.csv", castings(["late", "2024-12-30", 1]));
    expect((await node.periods.show("2024")).pending).toMatchObject({
      statement,
      totalKgCo2e: "360.000000000",
      signers: [person("alice").kid],
      needed: 2,
      done: false,
      outdated: true,
      otherRules: false,
      sinceReport: { deltaKgCo2e: "12.000000000", byCause: { "line-added": { lines: 1 } } },
    });
  });

  it("is not dropped by another one unless that is meant", async () => {
    const first = await node.periods.propose(CLOSE);
    await node.periods.sign(await by("alice"));
    const { report } = first.statement;
    const signers = [person("alice").kid];
    await expect(node.periods.propose(CLOSE)).rejects.toThrow(refusal("STATEMENT_WAITING", { report, signers }));
    network.nowUnix = NOW + DAY;
    const renewed = await node.periods.propose({ ...CLOSE, renew: true });
    expect(renewed).toMatchObject({ signers: [], totalKgCo2e: "360.000000000" });
    expect(renewed.statement.report).not.toBe(report);
    const stale = await signStatement(first.statement, person("bob").kid, keyOf("bob"));
    await expect(node.periods.sign(stale)).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
  });

  it("is not signed once more is known, unless it is meant as it was prepared", async () => {
    await node.periods.sign(await by("alice"));
    await node.importLedger("late.csv", castings(["late", "2024-12-30", 1]));
    const jws = await by("bob");
    const outdated = refusal("STATEMENT_OUTDATED", { period: "2024", deltaKgCo2e: "12.000000000", lines: 1 });
    await expect(node.periods.sign(jws)).rejects.toThrow(outdated);
    expect(await node.periods.sign(jws, true)).toMatchObject({ done: true, totalKgCo2e: "360.000000000" });
    expect((await node.periods.show("2024")).sinceReport?.difference.deltaKgCo2e).toBe("12.000000000");
  });

  it("is not signed once another policy makes the figures, though they are the same", async () => {
    await node.periods.sign(await by("alice"));
    const { rates: _rates, ...inventory } = POLICY;
    await node.policies.put("inventory", { ...inventory, version: "9.9.9" }, "another edition");
    await expect(node.periods.sign(await by("bob"))).rejects.toThrow(refusal("STATEMENT_OUTDATED", { lines: 0 }));
  });

  it.each([
    ["a person was removed who signed", { persons: ["bob", "carol"].map(person) }],
    ["a person was added", { persons: ["alice", "bob", "carol", "dora"].map(person) }],
    ["more signatures are needed", { signatures: 3 }],
    ["another share is material", { materiality: "0.5" }],
  ])("cannot be signed after %s: it is put forward anew, under the new rules", async (_what, changed) => {
    await node.periods.sign(await by("alice"));
    await node.policies.put("reporting", { ...REPORTING, ...changed }, "new rules");
    await expect(node.periods.sign(await by("bob"))).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
    await expect(node.periods.sign(await by("bob"), true)).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
    expect((await node.periods.show("2024")).pending).toMatchObject({ otherRules: true });
    expect(await node.periods.propose({ ...CLOSE, renew: true })).toMatchObject({ signers: [] });
    expect(await node.periods.sign(await by("bob"))).toMatchObject({ signers: [person("bob").kid], done: false });
  });
});

describe("signatures", () => {
  it("of one report do not count for the next, nor for another period", async () => {
    const { statement } = await node.periods.propose(CLOSE);
    const old = await Promise.all(
      ["alice", "bob"].map((name) => signStatement(statement, person(name).kid, keyOf(name))),
    );
    await close();
    await node.importLedger("late.csv", castings(["late", "2024-12-30", 30]));
    await node.periods.propose({ action: "restate", period: "2024", reason: "late invoices" });
    for (const jws of old) await expect(node.periods.sign(jws)).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
    await node.periods.propose({ action: "close", period: "2024-Q1" });
    for (const jws of old) await expect(node.periods.sign(jws)).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
    const quarter = { ...statement, period: "2024-Q1", end: "2024-03-31" };
    const moved = await signStatement(quarter, person("alice").kid, keyOf("alice"));
    await expect(node.periods.sign(moved)).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
  });

  it("that reopened once do not reopen again", async () => {
    await close();
    const reopen: PeriodRequest = { action: "reopen", period: "2024", reason: "a site was left out" };
    const { statement } = await node.periods.propose(reopen);
    const old = await Promise.all(
      ["alice", "bob"].map((name) => signStatement(statement, person(name).kid, keyOf(name))),
    );
    for (const jws of old) await node.periods.sign(jws);
    await close();
    for (const jws of old) await expect(node.periods.sign(jws)).rejects.toThrow(refusal("PERIOD_STATE"));
    await node.periods.propose(reopen);
    for (const jws of old) await expect(node.periods.sign(jws)).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
  });

  it("are for what the period's state allows", async () => {
    await close();
    await expect(node.periods.propose(CLOSE)).rejects.toThrow(refusal("PERIOD_STATE", { state: "closed" }));
    const reopen: PeriodRequest = { action: "reopen", period: "2024", reason: "a site was left out" };
    for (const name of ["alice", "bob"]) await node.periods.sign(await by(name, reopen));
    const restate: PeriodRequest = { action: "restate", period: "2024", reason: "late invoices" };
    await expect(node.periods.propose(restate)).rejects.toThrow(refusal("PERIOD_STATE", { state: "open" }));
    await expect(node.periods.propose(reopen)).rejects.toThrow(refusal("PERIOD_STATE", { state: "open" }));
  });
});

describe("reasons", () => {
  it.each([["", undefined, "   ", "x".repeat(501), "tabs\u0009and \u001b[2J escapes"]])(
    "are given, and can be kept",
    async (...reasons) => {
      await close();
      for (const reason of reasons) {
        const request: PeriodRequest = {
          action: "reopen",
          period: "2024",
          ...(reason === undefined ? {} : { reason }),
        };
        await expect(node.periods.propose(request)).rejects.toThrow(refusal("REASON_INVALID"));
      }
      await expect(node.policies.put("reporting", REPORTING, "x".repeat(501))).rejects.toThrow(
        refusal("REASON_INVALID"),
      );
      await buyer.stop();
      buyer = await network.start("buyer");
      expect(await node.periods.show("2024")).toMatchObject({ state: "closed" });
    },
  );
});

describe("persons", () => {
  const alice = person("alice");
  it.each([
    ["of another member", { ...alice, kid: "did:web:other.example#person-alice" }],
    ["with a name that differs in case only", { ...person("mallory"), name: "BOB " }],
    ["with another's key", { ...person("bob"), name: "mallory", kid: `${BUYER}#person-mallory` }],
    ["with a key that anybody can sign for", { ...alice, key: `AQ${"A".repeat(41)}` }],
  ])("%s are refused", async (_what, one) => {
    const persons = [one, person("bob")];
    const refused = node.policies.put("reporting", { ...REPORTING, persons }, "new persons");
    await expect(refused).rejects.toThrow(refusal("REPORTING_POLICY_INVALID"));
  });

  it("are not the node itself", async () => {
    const { signatory } = await readNodeHome(buyer.home);
    const own = { name: "The Node", kid: `${BUYER}#person-node`, key: encodeBase64url(signatory.key.publicKey.bytes) };
    const persons = [own, person("bob")];
    const refused = node.policies.put("reporting", { ...REPORTING, persons }, "new persons");
    await expect(refused).rejects.toThrow(refusal("REPORTING_POLICY_INVALID"));
  });

  it("report on a base year that is a period", async () => {
    const policy = { ...REPORTING, baseYear: { period: "the year before", significance: "0.1" } };
    const refused = node.policies.put("reporting", policy, "a base year");
    await expect(refused).rejects.toThrow(refusal("REPORTING_POLICY_INVALID"));
  });
});

describe("what was known at a time", () => {
  it("stays as it was when the clock is set back", async () => {
    network.nowUnix = NOW + 4 * DAY;
    await node.importLedger("more.csv", castings(["c", "2024-07-01", 1]));
    const asOf = new Date((NOW + 3 * DAY) * 1000).toISOString();
    const known = async () => {
      const { totalKgCo2e, generatedFrom } = await node.inventory({ asOf });
      return { totalKgCo2e, generatedFrom };
    };
    const before = await known();
    network.nowUnix = NOW + DAY;
    const { rates: _rates, ...inventory } = POLICY;
    await node.policies.put("inventory", { ...inventory, version: "2.0.0" }, "put in force under a wrong clock");
    await node.importLedger("more.csv", castings(["d", "2024-07-01", 1]));
    expect(await known()).toEqual(before);
    await buyer.stop();
    buyer = await network.start("buyer");
    await node.policies.put("inventory", { ...inventory, version: "3.0.0" }, "and after a restart");
    expect(await known()).toEqual(before);
  });

  it("includes all of its second, and nothing of the next", async () => {
    const at = (seconds: number): string => new Date((NOW + seconds) * 1000).toISOString();
    network.nowUnix = NOW + 60;
    await node.importLedger("c.csv", castings(["c", "2024-07-01", 1]));
    await node.importLedger("d.csv", castings(["d", "2024-07-01", 1]));
    expect((await node.inventory({ asOf: at(59) })).totalKgCo2e).toBe("360.000000000");
    expect((await node.inventory({ asOf: at(60) })).totalKgCo2e).toBe("384.000000000");
    expect((await node.inventory({ asOf: at(60).replace(".000Z", ".999Z") })).totalKgCo2e).toBe("384.000000000");
  });
});
