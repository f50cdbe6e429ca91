import { factorRowBytes, PRODUCT_FOOTPRINT_CONTRACT } from "@tallystick/contracts";
import {
  decodeBase64,
  formatVerifierKey,
  hashLeaf,
  makeVerifierKey,
  merkleRoot,
  sha256,
  signCheckpoint,
  utf8Encode,
} from "@tallystick/proto";
import { afterEach, describe, expect, it } from "vitest";
import { makeFeedService } from "../adapters/grpc/feed-service.ts";
import { makeRegistryService } from "../adapters/grpc/registry-service.ts";
import { connectRegistry } from "../adapters/grpc/registry-source.ts";
import { type GrpcServer, serveGrpc } from "../adapters/grpc/serve-grpc.ts";
import { REGISTRY_STATUS_TABLE } from "../adapters/grpc/status-table.ts";
import { createTransportIdentity } from "../adapters/grpc/transport-identity.ts";
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
import { streamBatches } from "../log/stream-batches.ts";
import type { RegistrySource } from "../ports/registry-source.ts";
import { RegistryServer, SERVED_LOGS, type ServedLog } from "../server/registry-server.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { REFUSE_AFTER_SECONDS, Replica, STALE_AFTER_SECONDS } from "./replica.ts";

const { genesis, anchor } = pinTo(genesisChange());
const keys = Object.fromEntries(SERVED_LOGS.map((log) => [log, keyOf(`log ${log}`)])) as Record<
  ServedLog,
  ReturnType<typeof keyOf>
>;
const origins = { ...LOGS, claims: { origin: "registry.example/claims" } };
const logs = Object.fromEntries(
  SERVED_LOGS.map((log) => {
    const { origin } = origins[log];
    return [log, { origin, vkey: formatVerifierKey(makeVerifierKey(origin, "ed25519", keys[log].publicKey)) }];
  }),
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
const signal = new AbortController().signal;
const [activity] = (await loadStarter()).factorSets;
if (activity === undefined) throw new Error("no starter set");

async function openServer(): Promise<RegistryServer> {
  const server = await RegistryServer.open({ trust, store: openMemoryStore(), keys, witnesses: [] });
  await server.guard();
  await server.submitChange(LOGS.members.origin, genesis);
  return server;
}

function submit(server: RegistryServer, log: RegistryLog, change: object) {
  return server.submitChange(LOGS[log].origin, buildChange(server.state.log(log), change, TWO));
}

const admit = (server: RegistryServer, name: string) =>
  submit(server, "members", memberChange(firstEvent(name), `${name} attest 1`));

async function* inTurn(rows: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* rows;
}

/** The server's own logs, as anyone may hand them on. */
function sourceOf(server: RegistryServer): RegistrySource {
  return {
    streamEntries: async function* (origin, from) {
      const log = server.logOf(origin);
      if (log !== undefined) yield* streamBatches(log, { from, once: true, signal });
    },
    streamRows: async function* (rowsRoot) {
      for await (const { rows } of server.rows.read(rowsRoot)) yield* rows;
    },
  };
}

describe("the registry", () => {
  it("appends what its own rules admit, and answers a repeat with the index it has [REG-1]", async () => {
    const server = await openServer();
    const change = buildChange(server.state.log("members"), memberChange(firstEvent("anna"), "anna attest 1"), TWO);
    const first = await server.submitChange(LOGS.members.origin, change);
    const again = await server.submitChange(LOGS.members.origin, change);
    expect([first.index, again.index, server.log("members").size]).toEqual([1, 1, 2]);
  });

  it("refuses the rest, and stays as it was [REG-1] [CON-1]", async () => {
    const server = await openServer();
    const stale = buildChange(server.state.log("members"), memberChange(firstEvent("anna"), "anna attest 1"), TWO);
    await admit(server, "bert");
    const before = SERVED_LOGS.map((log) => server.log(log).checkpoint());
    await expect(server.submitChange(LOGS.members.origin, stale)).rejects.toThrow("CHANGE_OUT_OF_ORDER");
    await expect(admit(server, "bert")).rejects.toThrow("CHANGE_INVALID");
    await expect(server.submitChange("elsewhere.example/members", stale)).rejects.toThrow("LOG_UNKNOWN");
    await expect(server.submitChange(LOGS.members.origin, new Uint8Array(9))).rejects.toThrow("CHANGE_MALFORMED");
    const one = buildChange(
      server.state.log("members"),
      memberChange(firstEvent("carl"), "carl attest 1"),
      TWO.slice(1),
    );
    await expect(server.submitChange(LOGS.members.origin, one)).rejects.toThrow("QUORUM_NOT_MET");
    expect(SERVED_LOGS.map((log) => server.log(log).checkpoint())).toEqual(before);
    await admit(server, "carl");
  });

  it("publishes a factor set with its rows or not at all [REG-4]", async () => {
    const server = await openServer();
    const change = { kind: "factor-set", maintainersAt: 0, set: activity.set };
    await expect(submit(server, "factors", change)).rejects.toThrow("ROWS_UNKNOWN");
    const rows = activity.rows.map(factorRowBytes);
    await expect(server.rows.stage(inTurn([new TextEncoder().encode("{ }")]))).rejects.toThrow("ROWS_INVALID");
    await expect(server.rows.stage(inTurn([]))).rejects.toThrow("ROWS_INVALID");
    expect(await server.rows.stage(inTurn(rows))).toEqual({
      rowsRoot: merkleRoot(rows.map(hashLeaf)),
      rowCount: rows.length,
    });
    expect((await submit(server, "factors", change)).index).toBe(0);
  });
});

describe("a replica [REG-2]", () => {
  const started = 1_800_000_000;
  const openReplica = (store = openMemoryStore(), now = () => started) => Replica.open({ trust, store, now });

  it("holds what the registry holds, and works from its disk when nobody answers", async () => {
    const server = await openServer();
    await admit(server, "anna");
    await submit(server, "contracts", { kind: "contract", maintainersAt: 0, document: PRODUCT_FOOTPRINT_CONTRACT });
    await server.rows.stage(inTurn(activity.rows.map(factorRowBytes)));
    await submit(server, "factors", { kind: "factor-set", maintainersAt: 0, set: activity.set });
    const store = openMemoryStore();
    const replica = await openReplica(store);
    await replica.sync(sourceOf(server), signal);
    await admit(server, "bert");
    await replica.sync(sourceOf(server), signal);
    const reopened = await openReplica(store);
    for (const one of [replica, reopened]) {
      expect([...one.state.members.members].map(({ name }) => name)).toEqual(["anna", "bert"]);
      expect(one.pin.size).toBe(3);
      expect([...one.state.contracts]).toHaveLength(1);
      expect(one.rowsOf(activity.set)).toEqual(activity.rows);
    }
  });

  it("says when it is stale, and refuses when it is too old", async () => {
    const server = await openServer();
    const store = openMemoryStore();
    await (await openReplica(store)).sync(sourceOf(server), signal);
    const aged = (seconds: number) => openReplica(store, () => started + seconds);
    expect((await aged(STALE_AFTER_SECONDS)).isStale).toBe(false);
    expect((await aged(STALE_AFTER_SECONDS + 1)).isStale).toBe(true);
    (await aged(REFUSE_AFTER_SECONDS)).requireUsable();
    const old = await aged(REFUSE_AFTER_SECONDS + 1);
    expect(() => old.requireUsable()).toThrow("REPLICA_STALE");
  });

  const members = LOGS.members.origin;
  const forged = (leaves: readonly Uint8Array[], treeSize: number): RegistrySource => ({
    streamEntries: async function* (origin, from) {
      if (origin !== members) return;
      const rootHash = merkleRoot(leaves.slice(0, treeSize).map(hashLeaf));
      const note = signCheckpoint({ origin, treeSize, rootHash }, keys.members);
      yield { firstIndex: from, leaves: leaves.slice(from, treeSize), note };
    },
    streamRows: () => inTurn([]),
  });

  it.each([
    ["a smaller log", (server: RegistryServer) => forged([], server.log("members").size - 2), "LOG_ROLLED_BACK"],
    ["another history", () => forged([genesis, genesis, genesis], 3), "ROOT_MISMATCH"],
    [
      "an entry nobody approved",
      (_: RegistryServer, held: readonly Uint8Array[]) => forged([...held, genesis], 3),
      "CHANGE_OUT_OF_ORDER",
    ],
  ])("refuses %s, and stays as it was", async (_what, cheat, code) => {
    const server = await openServer();
    await admit(server, "anna");
    const replica = await openReplica();
    await replica.sync(sourceOf(server), signal);
    const held = await server.log("members").readLeaves(0, 2);
    const before = [replica.pin, [...replica.state.members.members].length];
    await expect(replica.sync(cheat(server, held), signal)).rejects.toThrow(code);
    expect([replica.pin, [...replica.state.members.members].length]).toEqual(before);
    await admit(server, "bert");
    await replica.sync(sourceOf(server), signal);
    expect(replica.pin.size).toBe(3);
  });

  it("refuses a genesis that is not the pinned one", async () => {
    const other = pinTo(genesisChange({ name: "another" })).genesis;
    await expect((await openReplica()).sync(forged([other], 1), signal)).rejects.toThrow("CHANGE_INVALID");
  });

  it("refuses rows that do not have the root in the factors log [REG-4]", async () => {
    const server = await openServer();
    await server.rows.stage(inTurn(activity.rows.map(factorRowBytes)));
    await submit(server, "factors", { kind: "factor-set", maintainersAt: 0, set: activity.set });
    const replica = await openReplica();
    const [first, ...rest] = activity.rows;
    const doctored = [{ ...first, value: "0.001" } as typeof first, ...rest].flatMap((row) =>
      row ? [factorRowBytes(row)] : [],
    );
    const source = { ...sourceOf(server), streamRows: () => inTurn(doctored) };
    await expect(replica.sync(source, signal)).rejects.toThrow("FACTOR_SET_INVALID");
    expect(replica.rowsOf(activity.set)).toEqual([]);
  });
});

describe("over a real connection", () => {
  const seedOf = (name: string) => sha256(utf8Encode(name));
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A registry that is served, and connections to it under the keys of these names; "registry" is its operator's. */
  async function serve() {
    const server = await openServer();
    const own = await createTransportIdentity(keyOf("registry"), seedOf("registry"), "registry");
    const grpc: GrpcServer = await serveGrpc<string>({
      host: "127.0.0.1",
      port: 0,
      identity: own,
      admit: (key) => key,
      services: [
        makeFeedService<string>({ logOf: (origin) => server.logOf(origin) }),
        makeRegistryService(server, own.publicKey, async function* () {}),
      ],
      statusTable: REGISTRY_STATUS_TABLE,
    });
    closing.push(() => grpc.close());
    const registry = { ...trust.registry, address: `127.0.0.1:${grpc.port}`, transportKey: own.publicKey };
    const connect = async (name: string) => {
      const connection = connectRegistry(
        { ...trust, registry },
        await createTransportIdentity(keyOf(name), seedOf(name), name),
      );
      closing.push(() => connection.close());
      return connection;
    };
    return { server, connect };
  }
  const openReplica = () => Replica.open({ trust, store: openMemoryStore(), now: () => 1_800_000_000 });
  const rows = activity.rows.map(factorRowBytes);

  it("anyone with a key reads the registry and hands in approved changes", async () => {
    const { server, connect } = await serve();
    const [operator, stranger] = [await connect("registry"), await connect("stranger")];
    const change = buildChange(server.state.log("members"), memberChange(firstEvent("anna"), "anna attest 1"), TWO);
    expect(await stranger.submitChange(LOGS.members.origin, change)).toBe(1);
    await expect(stranger.submitChange(LOGS.members.origin, new Uint8Array(3))).rejects.toThrow("CHANGE_MALFORMED");
    expect((await operator.stageRows(rows)).rowCount).toBe(activity.rows.length);
    await submit(server, "factors", { kind: "factor-set", maintainersAt: 0, set: activity.set });
    const replica = await openReplica();
    await replica.sync(stranger, signal);
    expect(replica.state.members.memberOf("did:web:anna.example")?.name).toBe("anna");
    expect(replica.rowsOf(activity.set)).toEqual(activity.rows);
  });

  it("nobody but the operator has rows stored", async () => {
    const { connect } = await serve();
    await expect((await connect("stranger")).stageRows(rows)).rejects.toMatchObject({ code: "OPERATOR_ONLY" });
  });

  it("rows that no set names are not to be had, and those whose licence forbids it by members alone [REG-8]", async () => {
    const { server, connect } = await serve();
    const [operator, stranger, anna] = [
      await connect("registry"),
      await connect("stranger"),
      await connect("anna transport 1"),
    ];
    await operator.stageRows(rows);
    const root = decodeBase64(activity.set.rowsRoot);
    const read = async (connection: RegistrySource) => {
      let count = 0;
      for await (const _row of connection.streamRows(root, signal)) count += 1;
      return count;
    };
    await expect(read(stranger)).rejects.toMatchObject({ code: "ROWS_UNKNOWN" });
    const set = { ...activity.set, redistribution: false, licence: "for members only" };
    await submit(server, "factors", { kind: "factor-set", maintainersAt: 0, set });
    const refused = { code: "FACTORS_RESTRICTED", details: { licence: "for members only" } };
    await expect(read(stranger)).rejects.toMatchObject(refused);
    expect(await read(operator)).toBe(rows.length);
    await expect(read(anna)).rejects.toMatchObject(refused);
    await admit(server, "anna");
    expect(await read(anna)).toBe(rows.length);
    await submit(server, "members", {
      kind: "suspend",
      maintainersAt: 0,
      member: "did:web:anna.example",
      reason: "did not pay",
    });
    await expect(read(anna)).rejects.toMatchObject(refused);
    const replica = await openReplica();
    await replica.sync(stranger, signal);
    expect([replica.sizeOf("factors"), replica.rowsOf(set)]).toEqual([1, []]);
  });
});
