import { encodeBase64url, privateKeyFromSeed, sha256, utf8Encode } from "@tallystick/proto";
import { FailingStore, openMemoryStore, PowerFailure, Replica, type Store } from "@tallystick/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signStatement } from "../core/closing/period-statement.ts";
import { line, POLICY } from "../core/inventory/inventory.fixture.ts";
import { BUYER, keyOf, person, REPORTING } from "./closing.fixture.ts";
import { InventoryKeeper } from "./inventory-keeper.ts";
import { FixtureNetwork, NOW } from "./network.fixture.ts";
import { keys, putRecord } from "./node-records.ts";
import { PeriodClosing } from "./period-closing.ts";
import { Policies } from "./policies.ts";
import { VerdictJournal } from "./verdict-journal.ts";

// The power goes before or after any write while a period is closed. Whatever was acknowledged is there afterwards, and what was not can be
// done again.

const ORIGIN = "buyer.example/feed";
const KEY = privateKeyFromSeed(sha256(utf8Encode("checkpoint")));
const ATTEST = privateKeyFromSeed(sha256(utf8Encode("attest")));
const { rates: _rates, ...INVENTORY } = POLICY;
const now = (): number => NOW;

let network: FixtureNetwork;
beforeAll(async () => {
  network = await FixtureNetwork.create("buyer");
});
afterAll(() => network.close());

async function open(store: Store) {
  const replica = await Replica.open({ trust: network.registry.trust, store, now });
  const journal = await VerdictJournal.open({ store, feedOrigin: ORIGIN, key: KEY, nowUnix: now });
  const owner = { did: BUYER, keys: [encodeBase64url(ATTEST.publicKey.bytes)] };
  const policies = await Policies.open(store, owner, INVENTORY, now);
  const keeper = await InventoryKeeper.open({
    store,
    replica,
    policy: policies.inventory,
    journal,
    feeds: new Map(),
    now,
  });
  const self = { did: BUYER, kid: `${BUYER}#attest-1`, key: ATTEST, name: "buyer", origin: ORIGIN };
  const reporting = policies.reporting;
  const periods = new PeriodClosing({
    store,
    keeper,
    journal,
    replica,
    reporting,
    self,
    settle: async () => {},
    engine: "test",
    now,
  });
  return { replica, journal, policies, keeper, periods };
}

async function prepared(): Promise<Store> {
  const store = openMemoryStore();
  const bought = line("a", { supplier: undefined, productId: undefined, date: "2024-02-01" });
  const version = { v: 1, sequence: 0, at: NOW, kind: "line", line: bought };
  await store.write([putRecord(keys.ledgerVersion(0), version)]);
  const { replica, policies, journal } = await open(store);
  await replica.sync(network.registry.connect(), new AbortController().signal);
  await policies.put("reporting", REPORTING, "the company's own");
  await journal.close();
  return store;
}

/** What was acknowledged so far. */
interface Acknowledged {
  report?: string;
  readonly signers: string[];
}

/** Closes the period from wherever it stands, telling what was acknowledged as it goes. */
async function close(periods: PeriodClosing, told: Acknowledged): Promise<void> {
  const shown = await periods.show("2024");
  if (shown.state === "closed") return;
  const { statement, signers } = shown.pending ?? (await periods.propose({ action: "close", period: "2024" }));
  told.report = statement.report;
  for (const name of ["alice", "bob"]) {
    const { kid } = person(name);
    if (signers.includes(kid)) continue;
    await periods.sign(await signStatement(statement, kid, keyOf(name)));
    told.signers.push(kid);
  }
}

describe.each(["before", "after"] as const)("power that goes %s a write", (when) => {
  it("loses nothing that was acknowledged, whichever write it is", async () => {
    let writes = 0;
    for (let failed = true; failed; writes++) {
      const store = await prepared();
      const failing = new FailingStore(store, writes, when);
      const told: Acknowledged = { signers: [] };
      await open(failing)
        .then(({ periods }) => close(periods, told))
        .catch((error: unknown) => {
          if (!(error instanceof PowerFailure)) throw error;
        });
      failed = failing.hasFailed;
      const { periods, journal } = await open(store);
      const { pending, state, reports } = await periods.show("2024");
      const signers = state === "closed" ? reports[0]?.signers : pending?.signers;
      expect(signers ?? []).toEqual(expect.arrayContaining(told.signers));
      if (told.report !== undefined) expect([pending?.statement.report, reports[0]?.digest]).toContain(told.report);
      await close(periods, told);
      expect(await periods.show("2024")).toMatchObject({
        state: "closed",
        reports: [{ number: 0, digest: told.report, signers: ["alice", "bob"].map((name) => person(name).kid) }],
      });
      const verdicts: string[] = [];
      for await (const { kind } of journal.replay()) verdicts.push(kind);
      expect(verdicts).toEqual(["period-closed"]);
      await journal.close();
    }
    // At least the proposal, the first signature and the last were cut off.
    expect(writes).toBeGreaterThan(3);
  });
});
