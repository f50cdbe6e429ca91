import { factorRowBytes } from "@tallystick/contracts";
import {
  decodeBase64,
  encodeBase64,
  formatVerifierKey,
  hashLeaf,
  makeVerifierKey,
  merkleRoot,
  type PrivateKey,
  utf8Encode,
  type VerifierKey,
} from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { buildChange } from "../core/build-change.ts";
import {
  firstEvent,
  genesisChange,
  keyOf,
  LOGS,
  memberChange,
  pinTo,
  policyOf,
  rawKey,
  TWO,
} from "../core/registry.fixture.ts";
import type { RegistryLog } from "../core/registry-state.ts";
import type { Trust } from "../core/trust.ts";
import { FailingStore } from "../ports/failing-store.ts";
import type { Store } from "../ports/store.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { WitnessService } from "../witness/witness.ts";
import { WitnessClient } from "../witness/witness-client.ts";
import { RegistryServer, SERVED_LOGS, type ServedLog } from "./registry-server.ts";

const { genesis, anchor } = pinTo(genesisChange());
const keys = Object.fromEntries(SERVED_LOGS.map((log) => [log, keyOf(`log ${log}`)])) as Record<ServedLog, PrivateKey>;
const keyOfLog = (log: ServedLog): VerifierKey =>
  makeVerifierKey(`registry.example/${log}`, "ed25519", keys[log].publicKey);
const logs = Object.fromEntries(
  SERVED_LOGS.map((log) => [log, { origin: keyOfLog(log).name, vkey: formatVerifierKey(keyOfLog(log)) }]),
) as unknown as Trust["logs"];
const trust: Trust = {
  v: 1,
  name: "fixture",
  logs,
  genesis: anchor.genesis,
  registry: { address: "127.0.0.1:1", http: "http://127.0.0.1:1", transportKey: rawKey("registry transport") },
  witnesses: [],
  policy: policyOf("witness"),
};
const [activity] = (await loadStarter()).factorSets;
if (activity === undefined) throw new Error("no starter set");

/** A witness behind no socket, which can be taken away. */
class FixtureWitness {
  reachable = true;
  readonly #service = new WitnessService({
    name: "witness.example",
    key: keyOf("witness"),
    store: openMemoryStore(),
    prefix: "witness",
    keysOf: (origin) => SERVED_LOGS.map(keyOfLog).filter(({ name }) => name === origin),
    now: () => 1_800_000_000,
  });

  get client(): WitnessClient {
    const answer: typeof fetch = async (_url, request) => {
      if (!this.reachable) throw new Error("the test took it away");
      const { status, body } = await this.#service.addCheckpoint(String(request?.body));
      return new Response(body, { status });
    };
    const vkey = formatVerifierKey(this.#service.verifierKey);
    return new WitnessClient({ name: "witness.example", url: "http://witness.example", vkey }, { fetch: answer });
  }
}

const open = (store: Store = openMemoryStore(), ...witnesses: WitnessClient[]): Promise<RegistryServer> =>
  RegistryServer.open({ trust, store, keys, witnesses });

async function openBegun(store?: Store, ...witnesses: WitnessClient[]): Promise<RegistryServer> {
  const server = await open(store, ...witnesses);
  expect(await server.guard()).toEqual([]);
  await server.submitChange(LOGS.members.origin, genesis);
  return server;
}

const next = (server: RegistryServer, log: RegistryLog, change: object): Uint8Array =>
  buildChange(server.state.log(log), change, TWO);
const admission = (server: RegistryServer, name: string): Uint8Array =>
  next(server, "members", memberChange(firstEvent(name), `${name} attest 1`));

async function* inTurn(rows: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* rows;
}

describe("a registry's start [LOG-4]", () => {
  it("begins without an answer, while no quorum has ever cosigned it", async () => {
    const witness = new FixtureWitness();
    witness.reachable = false;
    await openBegun(openMemoryStore(), witness.client);
  });

  it("takes nothing until a witness has answered, and is then as it was", async () => {
    const [store, witness] = [openMemoryStore(), new FixtureWitness()];
    const server = await openBegun(store, witness.client);
    await server.close();
    witness.reachable = false;
    const again = await open(store, witness.client);
    expect(await again.guard()).toEqual(SERVED_LOGS);
    const change = admission(again, "anna");
    await expect(again.submitChange(LOGS.members.origin, change)).rejects.toThrow("LOG_LOCKED");
    expect([...again.state.members.members]).toEqual([]);
    witness.reachable = true;
    expect(await again.guard()).toEqual([]);
    expect((await again.submitChange(LOGS.members.origin, change)).index).toBe(1);
  });

  it("signs nothing on a disk that is older than what a witness has seen", async () => {
    const witness = new FixtureWitness();
    const server = await openBegun(openMemoryStore(), witness.client);
    await server.submitChange(LOGS.members.origin, admission(server, "anna"));
    await witness.client.cosign(server.log("members"));
    const old = await open(openMemoryStore(), witness.client);
    await expect(old.guard()).rejects.toThrow("LOG_BEHIND");
    await expect(old.submitChange(LOGS.members.origin, genesis)).rejects.toThrow("LOG_LOCKED");
  });
});

describe("a change", () => {
  it("stays for good: the next start knows it", async () => {
    const store = openMemoryStore();
    const server = await openBegun(store);
    await server.submitChange(LOGS.members.origin, admission(server, "anna"));
    await server.close();
    expect((await open(store)).state.members.memberOf("did:web:anna.example")?.name).toBe("anna");
  });

  it("of many at once takes the place it names, and no other [REG-1]", async () => {
    const server = await openBegun();
    const rivals = ["anna", "bert", "carl"].map((name) => admission(server, name));
    const results = await Promise.allSettled(rivals.map((change) => server.submitChange(LOGS.members.origin, change)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(server.log("members").size).toBe(2);
  });
});

describe("rows", () => {
  const change = (set: object): object => ({ kind: "factor-set", maintainersAt: 0, set });

  it("that no replica would take are not published: a version cannot be corrected [REG-4]", async () => {
    const server = await openBegun();
    const rows = [...activity.rows].reverse().map(factorRowBytes);
    await server.rows.stage(inTurn(rows));
    const rowsRoot = encodeBase64(merkleRoot(rows.map(hashLeaf)));
    const unsorted = next(server, "factors", change({ ...activity.set, rowsRoot }));
    await expect(server.submitChange(LOGS.factors.origin, unsorted)).rejects.toThrow("FACTOR_SET_INVALID");
    const strange = [utf8Encode('{"no":"factor"}')];
    await server.rows.stage(inTurn(strange));
    const none = { ...activity.set, rowCount: 1, rowsRoot: encodeBase64(merkleRoot(strange.map(hashLeaf))) };
    await expect(server.submitChange(LOGS.factors.origin, next(server, "factors", change(none)))).rejects.toThrow(
      "FACTOR_ROW_INVALID",
    );
    expect(server.log("factors").size).toBe(0);
    await server.rows.stage(inTurn(activity.rows.map(factorRowBytes)));
    const good = next(server, "factors", change(activity.set));
    expect((await server.submitChange(LOGS.factors.origin, good)).index).toBe(0);
  });

  it("are as many as declared", async () => {
    const server = await openBegun();
    await server.rows.stage(inTurn(activity.rows.map(factorRowBytes)));
    for (const rowCount of [activity.set.rowCount - 1, activity.set.rowCount + 1]) {
      const wrong = next(server, "factors", change({ ...activity.set, rowCount }));
      await expect(server.submitChange(LOGS.factors.origin, wrong)).rejects.toThrow("ROWS_UNKNOWN");
    }
  });

  it("are read as they were staged, and no others", async () => {
    const server = await openBegun();
    const rows = Array.from({ length: 600 }, (_, i) => utf8Encode(`{"n":${i}}`));
    const { rowsRoot, rowCount } = await server.rows.stage(inTurn(rows));
    expect([rowCount, await server.rows.has(rowsRoot, 600)]).toEqual([600, true]);
    const read: Uint8Array[] = [];
    for await (const part of server.rows.read(rowsRoot)) {
      expect(part.firstIndex).toBe(read.length);
      read.push(...part.rows);
    }
    expect(read.map((row) => Buffer.from(row).toString())).toEqual(rows.map((row) => Buffer.from(row).toString()));
    await expect(server.rows.read(new Uint8Array(32)).next()).rejects.toThrow("ROWS_UNKNOWN");
  });

  it.each([
    ["a row that is too long", [utf8Encode(`"${"x".repeat(16_384)}"`)]],
    ["a row that is not canonical", [utf8Encode('{"b":1,"a":2}')]],
    ["bytes that are no text", [Uint8Array.of(0xff)]],
    ["more bytes than a set may have", Array.from({ length: 4_200 }, () => utf8Encode(`"${"x".repeat(16_000)}"`))],
  ])("are refused with %s", async (_what, rows) => {
    const server = await openBegun();
    await expect(server.rows.stage(inTurn(rows))).rejects.toThrow("ROWS_INVALID");
  });
});

describe("a publication whose machine fails", () => {
  it.each([
    ["before the rows", 0, "before"],
    ["after the rows", 0, "after"],
    ["before the entry", 1, "before"],
    ["after the entry", 1, "after"],
    ["before the signed note", 2, "before"],
    ["after the signed note", 2, "after"],
  ] as const)(
    "%s leaves the version out, or in with its rows, and is done again [REG-4]",
    async (_what, failAt, when) => {
      const { set, rows } = activity;
      const publish = async (server: RegistryServer): Promise<void> => {
        await server.rows.stage(inTurn(rows.map(factorRowBytes)));
        const change = next(server, "factors", { kind: "factor-set", maintainersAt: 0, set });
        await server.submitChange(LOGS.factors.origin, change);
      };
      const disk = openMemoryStore();
      await (await openBegun(disk)).close();
      const failing = new FailingStore(disk, failAt, when);
      const server = await open(failing);
      await server.guard();
      await expect(publish(server)).rejects.toThrow();
      expect(failing.hasFailed).toBe(true);

      const again = await open(disk);
      await again.guard();
      const isIn = again.state.factorSet(set.id, set.version) !== undefined;
      expect(isIn).toBe(failAt === 2 || (failAt === 1 && when === "after"));
      if (!isIn) await publish(again);
      expect(again.log("factors").size).toBe(1);
      expect(await again.rows.has(decodeBase64(set.rowsRoot), set.rowCount)).toBe(true);
    },
  );
});
