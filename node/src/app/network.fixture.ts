import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Compromise,
  type ContractDocument,
  KEY_EVENT_TYP,
  PRODUCT_FOOTPRINT_CONTRACT,
  type ProductFootprint,
  planCompromise,
  planRotation,
} from "@tallystick/contracts";
import {
  addSignatures,
  cosign,
  encodeBase64,
  encodeBase64url,
  formatVerifierKey,
  hashLeaf,
  type JsonObject,
  makeVerifierKey,
  merkleRoot,
  type PrivateKey,
  parseNote,
  parseVerifierKey,
  privateKeyFromSeed,
  protoError,
  sha256,
  signCheckpoint,
  signJws,
  TallyError,
  utf8Encode,
  type VerifierKey,
} from "@tallystick/proto";
import {
  addContract,
  admitMember,
  buildChange,
  ChangeLog,
  commitNextKey,
  type HttpEdge,
  importFactorSet,
  openMemoryStore,
  type RegistryConnection,
  type RegistryLog,
  type RegistryOperator,
  RegistryState,
  serveHttp,
  type Trust,
  WitnessService,
} from "@tallystick/registry";
import { ACTIVITY, footprint, POLICY, SPEND } from "../core/inventory/inventory.fixture.ts";
import type { DeliverySource } from "../ports/delivery-source.ts";
import type { LocalApi } from "../ports/local-api.ts";
import { DEFAULT_POLICIES } from "./default-policies.ts";
import type { Machine } from "./machine.ts";
import { NodeApp } from "./node-app.ts";
import { createNodeHome, type NodeHome, readNodeHome } from "./node-home.ts";
import { type ServedNode, type ServedPorts, serveNode } from "./serve-node.ts";

// A network within the test's process: nodes and a witness behind real sockets, on real stores; the registry is a source in
// memory that a test can take away.

const HOST = "127.0.0.1";
/** 2024-03-01: after the fixtures' footprints were made. */
export const NOW = Date.parse("2024-03-01T00:00:00Z") / 1000;

const keyOf = (label: string): PrivateKey => privateKeyFromSeed(sha256(utf8Encode(label)));
const rawKey = (label: string): string => encodeBase64url(keyOf(label).publicKey.bytes);
const logKey = (origin: string): VerifierKey => makeVerifierKey(origin, "ed25519", keyOf(origin).publicKey);

/** A footprint of product n of a member, of so many kg a piece. */
export const productOf = (member: string, n: number, kgCo2e: string): ProductFootprint => ({
  ...footprint(kgCo2e, { productIds: [productId(member, n)] }),
  id: `7c9d3a52-8e21-4b6f-a4d0-${String(n).padStart(12, "0")}`,
});

export const productId = (member: string, n: number): string => `urn:pact:${member}.example:product-id:p${n}`;

export const fileOf = (...footprints: readonly ProductFootprint[]): Uint8Array =>
  utf8Encode(JSON.stringify(footprints));

/** Logs, in memory, of a registry that one maintainer keeps. */
class MemoryRegistry {
  readonly trust: Trust;
  readonly state: RegistryState;
  readonly #entries: Record<RegistryLog, Uint8Array[]> = { members: [], contracts: [], factors: [] };
  readonly #rows = new Map<string, readonly Uint8Array[]>();
  readonly #maintainer = { kid: "maintainer-1", key: keyOf("maintainer") };
  /** The cosigned note of each size of each log, as it was archived. */
  readonly #notes: Record<RegistryLog, string[]> = { members: [], contracts: [], factors: [] };
  readonly #now: () => number;
  /** Whether nodes can reach it. */
  reachable = true;
  /** Whether the witness cosigns it. */
  cosigned = true;

  constructor(witness: { name: string; vkey: string; url: string }, now: () => number) {
    this.#now = now;
    const policy = `witness w1 ${witness.vkey}\nquorum w1\n`;
    const logOf = (name: string): { origin: string; vkey: string } => {
      const origin = `registry.example/${name}`;
      return { origin, vkey: formatVerifierKey(logKey(origin)) };
    };
    const logs = {
      members: logOf("members"),
      contracts: logOf("contracts"),
      factors: logOf("factors"),
      claims: logOf("claims"),
    };
    const genesis = buildChange(
      new ChangeLog(logs.members.origin),
      {
        kind: "genesis",
        maintainersAt: 0,
        name: "fixture",
        maintainers: [{ kid: this.#maintainer.kid, key: rawKey("maintainer") }],
        threshold: 1,
        policy,
      },
      [this.#maintainer],
    );
    this.trust = {
      v: 1,
      name: "fixture",
      logs,
      genesis: encodeBase64(hashLeaf(genesis)),
      registry: { address: `${HOST}:1`, http: `http://${HOST}:1`, transportKey: rawKey("registry transport") },
      witnesses: [witness],
      policy,
    };
    this.state = new RegistryState(this.trust);
    this.#append("members", genesis);
  }

  #append(log: RegistryLog, bytes: Uint8Array): number {
    this.state.apply(log, bytes);
    const entries = this.#entries[log];
    entries.push(bytes);
    const { origin } = this.trust.logs[log];
    const tree = { treeSize: entries.length, rootHash: merkleRoot(entries.map(hashLeaf)) };
    this.#notes[log].push(this.#cosigned(signCheckpoint({ origin, ...tree }, keyOf(origin))));
    return entries.length - 1;
  }

  #cosigned(note: string): string {
    const witness = this.trust.witnesses[0]?.name ?? "";
    return this.cosigned
      ? addSignatures(note, [cosign(parseNote(note).text, this.#now(), witness, keyOf("witness"))])
      : note;
  }

  submit(log: RegistryLog, change: object): number {
    const complete = this.state.underPresent(change);
    return this.#append(log, buildChange(this.state.log(log), complete, [this.#maintainer]));
  }

  /** What it would sign over other entries than its own. */
  noteOver(log: RegistryLog, entries: readonly Uint8Array[]): string {
    const { origin } = this.trust.logs[log];
    return signCheckpoint(
      { origin, treeSize: entries.length, rootHash: merkleRoot(entries.map(hashLeaf)) },
      keyOf(origin),
    );
  }

  get operator(): RegistryOperator {
    return {
      state: this.state,
      stageRows: async (rows) => this.#rows.set(encodeBase64(merkleRoot(rows.map((row) => hashLeaf(row)))), rows),
      submit: async (log, change) => this.submit(log, change),
    };
  }

  connect(): RegistryConnection {
    const requireReachable = (): void => {
      if (!this.reachable) throw new TallyError("PEER_UNAVAILABLE", { reason: "the test took it away" });
    };
    const registry = this;
    return {
      streamEntries: async function* (origin, from) {
        requireReachable();
        const log = origin.split("/")[1] as RegistryLog;
        const entries = registry.#entries[log];
        const notes = registry.#notes[log];
        // Quiet logs are cosigned again and again.
        notes[notes.length - 1] = registry.#cosigned(notes.at(-1) as string);
        for (let size = from + 1; size <= entries.length; size++) {
          yield { firstIndex: size - 1, leaves: entries.slice(size - 1, size), note: notes[size - 1] as string };
        }
        yield { firstIndex: entries.length, leaves: [], note: notes.at(-1) as string };
      },
      streamRows: (rowsRoot) => this.#streamRows(encodeBase64(rowsRoot)),
      submitChange: async () => {
        throw protoError("CHANGE_MALFORMED", { reason: "a node submits nothing" });
      },
      stageRows: async () => {
        throw protoError("CHANGE_MALFORMED", { reason: "a node submits nothing" });
      },
      close: () => {},
    };
  }

  async *#streamRows(root: string): AsyncGenerator<Uint8Array> {
    yield* this.#rows.get(root) ?? [];
  }
}

/** A node that runs, on a folder that outlives it. */
export interface FixtureNode {
  readonly app: NodeApp;
  /** What answers its owner: the node itself, unless another was served in its place. */
  readonly owner: LocalApi;
  readonly served: ServedNode;
  /** host:port */
  readonly address: string;
  readonly did: string;
  readonly origin: string;
  readonly home: string;
  /** Closes it in good order. */
  stop(): Promise<void>;
}

export class FixtureNetwork {
  readonly registry: MemoryRegistry;
  /** What every clock of the network shows, in Unix seconds. */
  nowUnix: number = NOW;
  /** Whether the witness answers. */
  witnessReachable = true;
  readonly #folder: string;
  readonly #witness: HttpEdge;
  readonly #running = new Set<FixtureNode>();
  #random = 0;
  readonly #seeds: Uint8Array[] = [];
  /** What members have in the place of the keys that their folders were made with. */
  readonly #rotated = new Map<string, Pick<NodeHome, "signatory"> & { readonly checkpointKey?: PrivateKey }>();

  private constructor(folder: string, witness: HttpEdge, registry: MemoryRegistry) {
    this.#folder = folder;
    this.#witness = witness;
    this.registry = registry;
  }

  /** A registry with these members, the newest contract and factor sets, and a witness. */
  static create(...members: readonly string[]): Promise<FixtureNetwork> {
    return FixtureNetwork.createUnder(PRODUCT_FOOTPRINT_CONTRACT, ...members);
  }

  /** As `create`, with another contract. */
  static async createUnder(contract: ContractDocument, ...members: readonly string[]): Promise<FixtureNetwork> {
    const folder = await mkdtemp(join(tmpdir(), "tally-network-"));
    let network: FixtureNetwork | undefined;
    const keysOf = (origin: string): VerifierKey[] => {
      const member = network?.registry.state.members.memberByOrigin(origin);
      return member === undefined ? [] : [member.checkpointKey];
    };
    const witness = new WitnessService({
      name: "witness.example",
      key: keyOf("witness"),
      store: openMemoryStore(),
      prefix: "witness",
      keysOf,
      now: () => network?.nowUnix ?? NOW,
    });
    const addCheckpoint = async (body: string): ReturnType<WitnessService["addCheckpoint"]> =>
      network?.witnessReachable === false
        ? { status: 404, body: "", contentType: "text/plain" }
        : witness.addCheckpoint(body);
    const cosigned = (id: string): Promise<string | undefined> => witness.cosigned(id);
    const edge = await serveHttp({ host: HOST, port: 0, logOf: () => undefined, addCheckpoint, cosigned });
    const vkey = formatVerifierKey(witness.verifierKey);
    const registry = new MemoryRegistry(
      {
        name: parseVerifierKey(vkey).name,
        vkey,
        url: `http://${HOST}:${edge.port}`,
      },
      () => network?.nowUnix ?? NOW,
    );
    network = new FixtureNetwork(folder, edge, registry);
    for (const member of members) await network.admit(member);
    await addContract(registry.operator, contract);
    for (const set of [ACTIVITY, SPEND]) {
      await importFactorSet(registry.operator, { set: set.set, rows: [...set.rows.values()].map(({ row }) => row) });
    }
    return network;
  }

  homeOf(member: string): string {
    return join(this.#folder, member);
  }

  async admit(member: string, grants: readonly "attest-by-log"[] = []): Promise<void> {
    const did = `did:web:${member}.example`;
    const { trust } = this.registry;
    const randomBytes = (size: number): Uint8Array => {
      const bytes = this.#bytes(size);
      if (size === 32) this.#seeds.push(bytes);
      return bytes;
    };
    const { request } = await createNodeHome({
      path: this.homeOf(member),
      did,
      name: member,
      grants,
      trust,
      randomBytes,
    });
    await admitMember(this.registry.operator, request);
  }

  /**
   * Has a member's next key event approved: from then on its node starts with the keys that were committed to, and with another
   * checkpoint key where that changes too.
   */
  rotate(
    member: string,
    { checkpoint = false, compromise }: { checkpoint?: boolean; compromise?: Compromise } = {},
  ): void {
    const known = this.registry.state.members.memberOf(`did:web:${member}.example`);
    if (known === undefined) throw new Error("no such member");
    const { event: last, eventLeaf } = known;
    const seed = this.#seeds.find((one) => last.next.includes(commitNextKey(privateKeyFromSeed(one).publicKey)));
    if (seed === undefined) throw new Error("no next key");
    const key = privateKeyFromSeed(seed);
    const next = this.#bytes(32);
    this.#seeds.push(next);
    const kid = `${last.member}#attest-${last.sequence + 2}`;
    const checkpointKey = checkpoint ? privateKeyFromSeed(this.#bytes(32)) : this.#rotated.get(member)?.checkpointKey;
    const rawText = (of: PrivateKey): string => encodeBase64url(of.publicKey.bytes);
    const keys = {
      attest: [{ kid, key: rawText(key) }],
      ...(checkpointKey === undefined ? {} : { checkpoint: rawText(checkpointKey) }),
      next: [commitNextKey(privateKeyFromSeed(next).publicKey)],
    };
    const before = { event: last, eventLeaf };
    const event = compromise === undefined ? planRotation(before, keys) : planCompromise(before, keys, compromise);
    const signed = signJws(KEY_EVENT_TYP, kid, event as unknown as JsonObject, key);
    this.registry.submit("members", { kind: "member", event: signed, vetting: known.vetting });
    const signatory = { did: last.member, kid, key };
    this.#rotated.set(member, { signatory, ...(checkpointKey === undefined ? {} : { checkpointKey }) });
  }

  readonly #bytes = (size: number): Uint8Array => sha256(utf8Encode(`random ${this.#random++}`)).subarray(0, size);

  get #machine(): Machine {
    return {
      now: () => this.nowUnix,
      random: () => 0.5,
      randomBytes: this.#bytes,
      connectRegistry: () => this.registry.connect(),
    };
  }

  /** Runs a member's node. `deliveries` wraps what it hands over to its buyers. */
  start(member: string, deliveries?: (honest: DeliverySource) => DeliverySource): Promise<FixtureNode> {
    return this.startWith(member, ({ publisher }) => ({ deliveries: deliveries?.(publisher) ?? publisher }));
  }

  /** Runs a member's node that serves these ports in place of its own, with `keys` in the place of those in its folder. */
  async startWith(
    member: string,
    ports: (app: NodeApp) => ServedPorts,
    keys: Partial<Pick<NodeHome, "signatory" | "checkpointKey">> = {},
  ): Promise<FixtureNode> {
    const home = { ...(await readNodeHome(this.homeOf(member))), ...this.#rotated.get(member), ...keys };
    const { rates: _rates, ...inventory } = POLICY;
    const app = await NodeApp.open(home, this.#machine, { ...DEFAULT_POLICIES, inventory });
    const served = ports(app);
    const { owner = app } = served;
    const serving = await serveNode(app, { host: HOST, port: 0, httpPort: 0, ...served });
    await app.connect();
    app.start(serving);
    const node: FixtureNode = {
      app,
      owner,
      served: serving,
      address: `${HOST}:${serving.grpc}`,
      did: home.signatory.did,
      origin: home.origin,
      home: home.path,
      stop: async () => {
        if (!this.#running.delete(node)) return;
        await serving.close();
        await app.close();
      },
    };
    this.#running.add(node);
    return node;
  }

  async close(): Promise<void> {
    for (const node of this.#running) await node.stop();
    await this.#witness.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until a question's answer is as it shall be, at most ten seconds. Returns it, or what it was to the last. */
export async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (isSo(answer) || tries === 1_000) return answer;
    await delay(10);
  }
}
