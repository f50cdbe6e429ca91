import { formatNanoKg, parseNanoKg } from "@tallystick/contracts";
import { importFactorSet } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { checkReport } from "../core/closing/inventory-report.ts";
import { type PeriodStatement, signStatement } from "../core/closing/period-statement.ts";
import type { SignedReport } from "../core/closing/signed-report.ts";
import type { LineExplainDocument } from "../core/inventory/explain-history.ts";
import { ACTIVITY, POLICY, table } from "../core/inventory/inventory.fixture.ts";
import type { LocalApi, PeriodRequest } from "../ports/local-api.ts";
import { DAY, keyOf, castings as ledger, person, REPORTING } from "./closing.fixture.ts";
import { FixtureNetwork, type FixtureNode, NOW, until } from "./network.fixture.ts";
import { readNodeHome } from "./node-home.ts";

// A buyer's node on a real store, asked through its socket.

let network: FixtureNetwork;
let buyer: FixtureNode;
let node: LocalApi & { close(): void };

beforeEach(async () => {
  network = await FixtureNetwork.create("buyer");
  buyer = await network.start("buyer");
  node = connectLocalNode((await readNodeHome(buyer.home)).socketPath);
  await node.policies.put("reporting", REPORTING, "the company's own");
  await node.importLedger("2024.csv", ledger(["a", "2024-02-01", 10], ["b", "2024-06-01", 20], ["c", "2025-01-05", 5]));
});
afterEach(async () => {
  node.close();
  await network.close();
});

async function sign(request: PeriodRequest, ...names: readonly string[]) {
  const { statement } = await node.periods.propose(request);
  let state = await node.periods.show(request.period);
  for (const name of names) {
    await node.periods.sign(await signStatement(statement, person(name).kid, keyOf(name)));
    state = await node.periods.show(request.period);
  }
  return state;
}
const close2024 = () => sign({ action: "close", period: "2024" }, "alice", "bob");
const refusal = (code: string) => expect.objectContaining({ code });

async function exported(period: string): Promise<SignedReport> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of node.periods.exportReport(period)) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString()) as SignedReport;
}

describe("closing a period", () => {
  it("freezes its lines, and takes two persons", async () => {
    const once = await sign({ action: "close", period: "2024" }, "alice");
    expect(once).toMatchObject({ state: "open", awaitingSignatures: true, reports: [] });
    const waiting = once.pending?.statement as PeriodStatement;
    await expect(node.periods.sign(await signStatement(waiting, person("alice").kid, keyOf("alice")))).rejects.toThrow(
      refusal("PERSON_SIGNED_ALREADY"),
    );
    await node.periods.sign(await signStatement(waiting, person("bob").kid, keyOf("bob")));
    expect(await node.periods.show("2024")).toMatchObject({
      state: "closed",
      awaitingSignatures: false,
      reports: [{ number: 0, totalKgCo2e: "360.000000000", signers: [person("alice").kid, person("bob").kid] }],
      sinceReport: { material: false, difference: { deltaKgCo2e: "0.000000000", lines: [] } },
    });
  });

  it("is open before anybody asked", async () => {
    expect(await node.periods.show("2024")).toMatchObject({ state: "open", awaitingSignatures: false, reports: [] });
    expect(await node.periods.list()).toEqual({ periods: [] });
  });

  it("pins all that it rests on, and says it whole", async () => {
    await close2024();
    const { signatures, vouch, ...stored } = await exported("2024");
    const { report, lines } = checkReport(stored);
    expect(signatures).toHaveLength(2);
    expect(vouch).toBeDefined();
    expect(lines.map(({ id, kgCo2e }) => [id, kgCo2e])).toEqual([
      ["a", "120.000000000"],
      ["b", "240.000000000"],
    ]);
    const { pins } = report;
    expect(pins).toMatchObject({ ledgerVersions: 3, lineCount: 2, policy: { id: POLICY.id }, reporting: REPORTING });
    expect(pins.registry.map(({ origin }) => origin)).toEqual([
      "registry.example/members",
      "registry.example/contracts",
      "registry.example/factors",
    ]);
    expect(pins.factorSets).toContainEqual({ id: "activity", version: "2024.1.0", rowsRoot: ACTIVITY.set.rowsRoot });
    const [first, ...rest] = lines;
    const forged = { report, lines: [{ ...first, kgCo2e: "1.000000000" }, ...rest] };
    expect(() => checkReport(forged)).toThrow(refusal("REPORT_INVALID"));
  });

  it("is the same after a restart", async () => {
    await close2024();
    const before = await node.periods.show("2024");
    await buyer.stop();
    buyer = await network.start("buyer");
    node = connectLocalNode((await readNodeHome(buyer.home)).socketPath);
    expect(await node.periods.show("2024")).toEqual(before);
    expect(await node.periods.list()).toMatchObject({ periods: [{ state: "closed", reports: 1 }] });
  });

  it("refuses keys, signatures and statements that are not right, and changes nothing", async () => {
    const { statement } = await node.periods.propose({ action: "close", period: "2024" });
    const by = async (name: string, changes: object = {}) =>
      node.periods.sign(await signStatement({ ...statement, ...changes }, person(name).kid, keyOf(name)));
    await expect(by("mallory")).rejects.toThrow(refusal("PERSON_UNKNOWN"));
    await expect(
      node.periods.sign(await signStatement(statement, person("alice").kid, keyOf("mallory"))),
    ).rejects.toThrow(refusal("SIGNATURE_INVALID"));
    await expect(by("alice", { report: "another" })).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
    await expect(by("alice", { member: "did:web:other.example" })).rejects.toThrow(refusal("STATEMENT_DIFFERS"));
    await expect(by("alice", { start: "2023-01-01" })).rejects.toThrow(refusal("PERIOD_STATE"));
    await expect(node.periods.sign("no.jws.at-all")).rejects.toThrow(refusal("JWS_MALFORMED"));
    expect(await node.periods.show("2024")).toMatchObject({ state: "open", reports: [] });
  });

  it.each([
    [{ action: "restate", period: "2024" }, "PERIOD_STATE"],
    [{ action: "reopen", period: "2024" }, "PERIOD_STATE"],
    [{ action: "close", period: "2019" }, "PERIOD_UNSAFE"],
    [{ action: "close", period: "next year" }, "PERIOD_INVALID"],
  ] as const)("refuses %o with %s", async (request, code) => {
    await expect(node.periods.propose(request)).rejects.toThrow(refusal(code));
  });

  it("needs as many persons as signatures", async () => {
    await node.policies.put("reporting", { ...REPORTING, persons: [person("alice")] }, "only alice is left");
    await expect(node.periods.propose({ action: "close", period: "2024" })).rejects.toThrow(refusal("PERSONS_MISSING"));
  });

  it("follows the company's year", async () => {
    const calendar = { kind: "months", startsOn: "04-01", namedAfter: "start" };
    await node.policies.put("reporting", { ...REPORTING, calendar }, "our year starts in April");
    const shown = await sign({ action: "close", period: "FY2024" }, "alice", "carol");
    expect(shown).toMatchObject({ period: { start: "2024-04-01", end: "2025-03-31" } });
    expect(shown.reports[0]?.totalKgCo2e).toBe("300.000000000");
  });
});

describe("what is learnt after a period was closed", () => {
  beforeEach(close2024);

  it("changes no report: a late invoice waits until it is material, and is then restated with its cause and size", async () => {
    await node.importLedger("late.csv", ledger(["late-1", "2024-12-30", 1]));
    expect(await node.periods.show("2024")).toMatchObject({
      reports: [{ totalKgCo2e: "360.000000000" }],
      sinceReport: { material: false, share: "0.033333", difference: { byCause: { "line-added": { lines: 1 } } } },
      baseYear: { recalculate: false },
    });
    const restating = { action: "restate", period: "2024", reason: "invoices found in January" } as const;
    await expect(node.periods.propose(restating)).rejects.toThrow(refusal("RESTATEMENT_IMMATERIAL"));
    await node.importLedger("late.csv", ledger(["late-2", "2024-12-31", 4]));
    const { sinceReport, baseYear } = await node.periods.show("2024");
    expect(sinceReport).toMatchObject({ material: true, share: "0.166666" });
    expect(baseYear).toMatchObject({ recalculate: true, deltaKgCo2e: "60.000000000", causes: ["line-added"] });
    const { reports } = await sign(restating, "bob", "carol");
    expect(reports).toMatchObject([
      { number: 0, totalKgCo2e: "360.000000000" },
      {
        number: 1,
        totalKgCo2e: "420.000000000",
        change: {
          reason: "invoices found in January",
          deltaKgCo2e: "60.000000000",
          share: "0.166666",
          material: true,
          byCause: { "line-added": { lines: 2, deltaKgCo2e: "60.000000000" } },
        },
      },
    ]);
    expect(reports[1]?.change?.restates).toBe(reports[0]?.digest);
    await expect(node.periods.propose(restating)).rejects.toThrow(refusal("RESTATEMENT_EMPTY"));
  });

  it("may be restated below materiality when that is meant", async () => {
    await node.importLedger("late.csv", ledger(["late", "2024-12-30", 1]));
    const meant = { action: "restate", period: "2024", reason: "asked for", immaterial: true } as const;
    expect(await sign(meant, "alice", "bob")).toMatchObject({ reports: [{}, { change: { material: false } }] });
  });

  it("can open it again, and the next report says what changed", async () => {
    const reopened = await sign({ action: "reopen", period: "2024", reason: "a site was left out" }, "alice", "carol");
    expect(reopened).toMatchObject({ state: "open", reports: [{ number: 0 }] });
    await node.importLedger("site.csv", ledger(["site", "2024-05-01", 100]));
    const { state, reports } = await close2024();
    expect(state).toBe("closed");
    expect(reports[1]).toMatchObject({
      number: 1,
      change: { deltaKgCo2e: "1200.000000000", restates: reports[0]?.digest },
    });
  });

  it("is compared with the report, and with what was known on any day", async () => {
    network.nowUnix = NOW + 2 * DAY;
    await node.importLedger("late.csv", ledger(["late", "2024-12-30", 1]));
    const sinceReport = await node.diff("closed:2024", "2024");
    expect(sinceReport).toMatchObject({ deltaKgCo2e: "12.000000000", byCause: { "line-added": { lines: 1 } } });
    const sinceThen = await node.diff("2024@2024-03-02", "2024@2024-03-03");
    expect(sinceThen).toEqual(sinceReport);
    expect((await node.inventory({ period: "2024", asOf: "2024-03-02T23:59:59Z" })).totalKgCo2e).toBe("360.000000000");
    expect((await node.inventory({ period: "2024" })).totalKgCo2e).toBe("372.000000000");
    expect((await node.inventory({ asOf: "2024-02-29" })).totalKgCo2e).toBe("0.000000000");
    await expect(node.diff("closed:2023", "2023")).rejects.toThrow(refusal("PERIOD_STATE"));
    await expect(node.inventory({ asOf: "yesterday" })).rejects.toThrow(refusal("AS_OF_INVALID"));
  });
});

describe("re-baselining", () => {
  const published = table(
    "activity",
    [...ACTIVITY.rows.values()].map(({ row }) => (row.key === "casting:piece" ? { ...row, value: "13.5" } : row)),
    { version: "2025.1.0", supersedes: "2024.1.0" },
  );

  beforeEach(async () => {
    const rows = [...published.rows.values()].map(({ row }) => row);
    await importFactorSet(network.registry.operator, { set: published.set, rows });
    await buyer.app.refreshRegistry();
  });

  it("says what another version changes, line by line, and changes nothing until it is applied", async () => {
    const plan = await node.rebaseline.plan("activity@2025.1.0");
    expect(plan).toMatchObject({
      from: ["activity@2024.1.0"],
      applied: false,
      beforeKgCo2e: "420.000000000",
      afterKgCo2e: "472.500000000",
      byCause: { unattributed: "52.500000000" },
      factors: [{ from: "activity@2024.1.0#casting:piece", to: "activity@2025.1.0#casting:piece", lines: 3 }],
    });
    expect((await node.inventory()).totalKgCo2e).toBe("420.000000000");
    network.nowUnix = NOW + DAY;
    expect(await node.rebaseline.apply("activity@2025.1.0", plan.digest)).toMatchObject({ ...plan, applied: true });
    const { totalKgCo2e, generatedFrom } = await node.inventory();
    expect([totalKgCo2e, generatedFrom.policy.version]).toEqual(["472.500000000", plan.policy.version]);
    // What was known before stays as it was.
    expect((await node.inventory({ asOf: "2024-03-01" })).totalKgCo2e).toBe("420.000000000");
    await expect(node.rebaseline.plan("activity@2025.1.0")).rejects.toThrow(refusal("REBASELINE_TARGET_INVALID"));
  });

  it("adds up to the lines' own differences", async () => {
    const { lines, deltaKgCo2e, factors } = await node.rebaseline.plan("activity@2025.1.0", { period: "2024" });
    const sum = (all: readonly { readonly deltaKgCo2e: string }[]): string =>
      formatNanoKg(all.reduce((total, one) => total + parseNanoKg(one.deltaKgCo2e), 0n));
    expect([sum(lines), sum(factors)]).toEqual([deltaKgCo2e, deltaKgCo2e]);
    expect(lines.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  it("plans no move to a version that was withdrawn", async () => {
    const [id, version] = ["activity", "2025.1.0"];
    network.registry.submit("factors", { kind: "factor-set-withdrawn", id, version, reason: "error", note: "a slip" });
    await buyer.app.refreshRegistry();
    await expect(node.rebaseline.plan("activity@2025.1.0")).rejects.toMatchObject({
      code: "REBASELINE_TARGET_INVALID",
      details: { reason: "the version was withdrawn" },
    });
  });

  it("refuses a plan that is no longer what was looked at", async () => {
    const { digest } = await node.rebaseline.plan("activity@2025.1.0");
    await node.importLedger("more.csv", ledger(["d", "2024-07-01", 1]));
    await expect(node.rebaseline.apply("activity@2025.1.0", digest)).rejects.toThrow(
      refusal("REBASELINE_PLAN_CHANGED"),
    );
    expect((await node.policies.show()).inventory.replaced).toBe(0);
  });

  it("is told in the history of each line, beside its versions and what was reported of it", async () => {
    await close2024();
    network.nowUnix = NOW + DAY;
    const { digest } = await node.rebaseline.plan("activity@2025.1.0");
    await node.rebaseline.apply("activity@2025.1.0", digest);
    const { kgCo2e, history, tree } = (await node.explain("a")) as LineExplainDocument;
    expect(kgCo2e).toBe("135.000000000");
    expect(history).toMatchObject({
      versions: [{ recordedAt: "2024-03-01T00:00:00Z", line: { id: "a", quantity: "10" } }],
      policies: [{ since: "2024-03-02T00:00:00Z", cause: `re-baselined to activity@2025.1.0: plan ${digest}` }],
      reports: [{ period: "2024", number: 0, kgCo2e: "120.000000000", evidence: "activity@2024.1.0#casting:piece" }],
    });
    expect(tree.children.at(-1)).toMatchObject({ label: "history", children: [{}, {}, {}] });
    const then = (await node.explain("a", { asOf: "2024-03-01" })) as LineExplainDocument;
    expect([then.kgCo2e, then.history.policies]).toEqual(["120.000000000", []]);
    const { history: elsewhere } = (await node.explain("c")) as LineExplainDocument;
    expect(elsewhere.reports).toEqual([]);
  });

  it.each([
    ["activity", "REBASELINE_TARGET_INVALID"],
    ["activity@2024.1.0", "REBASELINE_TARGET_INVALID"],
    ["elsewhere@1.0.0", "REBASELINE_TARGET_INVALID"],
    ["activity@2099.1.0", "FACTOR_SET_MISSING"],
  ])("refuses %s with %s", async (to, code) => {
    await expect(node.rebaseline.plan(to)).rejects.toThrow(refusal(code));
  });
});

describe("policies", () => {
  it.each([
    ["inventory", { v: 1 }, "INVENTORY_POLICY_INVALID"],
    ["reporting", { ...REPORTING, signatures: 1 }, "REPORTING_POLICY_INVALID"],
    ["reporting", { ...REPORTING, persons: [person("alice"), person("alice")] }, "REPORTING_POLICY_INVALID"],
    ["reporting", undefined, "REPORTING_POLICY_INVALID"],
    ["colour", {}, "POLICY_KIND_UNKNOWN"],
  ])("a wrong %s policy is refused, and the one in force stays", async (kind, policy, code) => {
    const before = await node.policies.show();
    await expect(node.policies.put(kind, policy, "why not")).rejects.toThrow(refusal(code));
    expect(await node.policies.show()).toEqual(before);
  });
});

describe("a version that is published and supersedes the one in use", () => {
  const NEXT = table(
    "activity",
    [...ACTIVITY.rows.values()].map(({ row }) => (row.key === "casting:piece" ? { ...row, value: "13.5" } : row)),
    { version: "2025.1.0", supersedes: "2024.1.0" },
  );
  const publish = async ({ set, rows }: typeof NEXT): Promise<void> => {
    await importFactorSet(network.registry.operator, { set, rows: [...rows.values()].map(({ row }) => row) });
    await buyer.app.refreshRegistry();
  };
  const totalOf = async (): Promise<string> => (await node.inventory()).totalKgCo2e;

  it("is applied by the node where the reporting policy says so, with plan and cause", async () => {
    await node.policies.put("reporting", { ...REPORTING, rebaseline: "apply" }, "keep up with the publisher");
    await publish(NEXT);
    expect(await until(totalOf, (total) => total === "472.500000000")).toBe("472.500000000");
    const { inventory } = await node.policies.show();
    expect(inventory.cause).toMatch(
      /^re-baselined to activity@2025\.1\.0 by the reporting policy, since it supersedes 2024\.1\.0: plan [A-Za-z0-9+/]{43}=$/,
    );
    expect(inventory.replaced).toBe(1);
    await buyer.app.refreshRegistry();
    await buyer.stop();
    buyer = await network.start("buyer");
    expect((await node.policies.show()).inventory.replaced).toBe(1);
  });

  it("is applied at the next start where the node stopped in between", async () => {
    await publish(NEXT);
    await node.policies.put("reporting", { ...REPORTING, rebaseline: "apply" }, "keep up with the publisher");
    expect(await totalOf()).toBe("420.000000000");
    await buyer.stop();
    buyer = await network.start("buyer");
    expect(await totalOf()).toBe("472.500000000");
  });

  it("waits for a person otherwise, and where a line would lose its support", async () => {
    await publish(NEXT);
    expect(await totalOf()).toBe("420.000000000");
    await node.policies.put("reporting", { ...REPORTING, rebaseline: "apply" }, "keep up with the publisher");
    const without = [...NEXT.rows.values()].map(({ row }) => row).filter(({ key }) => key !== "casting:piece");
    await publish(table("activity", without, { version: "2026.1.0", supersedes: "2025.1.0" }));
    await buyer.stop();
    buyer = await network.start("buyer");
    expect(await totalOf()).toBe("420.000000000");
  });
});
