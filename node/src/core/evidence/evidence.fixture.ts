import {
  ATTESTATION_TYP,
  buildAttestation,
  digestOf,
  KEY_EVENT_TYP,
  type LedgerLine,
  PRODUCT_FOOTPRINT_CONTRACT,
  PRODUCT_FOOTPRINT_CONTRACT_URN,
  type ProductFootprint,
} from "@tallystick/contracts";
import {
  addSignatures,
  appendLeafHashes,
  cosign,
  EMPTY_FRONTIER,
  encodeBase64,
  encodeBase64url,
  type Frontier,
  formatLeaf,
  formatVerifierKey,
  hashJws,
  hashLeaf,
  type JsonObject,
  type Leaf,
  makeVerifierKey,
  merkleRoot,
  type PrivateKey,
  parseNote,
  privateKeyFromSeed,
  sha256,
  signCheckpoint,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import { buildChange, ChangeLog, REGISTRY_LOGS, type RegistryLog, RegistryState } from "@tallystick/registry";
import { ENGINE } from "../engine.ts";
import { ACTIVITY, BASIS, footprint, line, RATES, SPEND } from "../inventory/inventory.fixture.ts";
import type { EvidenceItem, InventoryInput } from "../inventory/inventory.ts";
import type { EvidenceSources } from "./evidence-sources.ts";
import type { ProveRequest } from "./prove.ts";
import { anchorOf, type TrustAnchor } from "./registry-proof.ts";

// A whole network in memory, the same on every run: a registry with one maintainer and one witness, a caster that
// publishes, and a buyer that prepares bundles.

const keyOf = (name: string): PrivateKey => privateKeyFromSeed(sha256(utf8Encode(`fixture ${name}`)));
const rawKey = (name: string): string => encodeBase64url(keyOf(name).publicKey.bytes);
const WITNESS = "witness.example/w1";
const LOG_TIME = 1_710_000_000;

/** An append-only log whose checkpoints are cosigned or not. */
class FixtureLog {
  readonly entries: Uint8Array[] = [];
  readonly origin: string;
  readonly #key: PrivateKey;

  constructor(origin: string) {
    this.origin = origin;
    this.#key = keyOf(`checkpoint ${origin}`);
  }

  get vkey(): string {
    return formatVerifierKey(makeVerifierKey(this.origin, "ed25519", this.#key.publicKey));
  }

  get hashes(): readonly Uint8Array[] {
    return this.entries.map(hashLeaf);
  }

  note(cosigned: boolean, size: number = this.entries.length): string {
    const rootHash = merkleRoot(this.hashes.slice(0, size));
    return this.sign({ treeSize: size, rootHash }, cosigned);
  }

  sign(tree: { readonly treeSize: number; readonly rootHash: Uint8Array }, cosigned: boolean): string {
    const note = signCheckpoint({ origin: this.origin, ...tree }, this.#key);
    return cosigned ? addSignatures(note, [cosign(parseNote(note).text, LOG_TIME, WITNESS, keyOf("witness"))]) : note;
  }
}

/** How one test network differs from the plain one. */
export interface FixtureOptions {
  readonly footprints?: readonly ProductFootprint[];
  readonly ledger?: readonly LedgerLine[];
  /** Leaves before and after the attestations. */
  readonly leavesBefore?: readonly Leaf[];
  readonly leavesAfter?: readonly Leaf[];
  readonly feedCosigned?: boolean;
  /** Properties of the attestations' payload in place of the true ones. */
  readonly payloadChanges?: JsonObject;
  readonly input?: Partial<InventoryInput>;
}

export interface Fixture {
  readonly trust: TrustAnchor;
  readonly request: ProveRequest & { readonly preparer: { readonly key: PrivateKey } };
  readonly feed: FixtureLog;
  readonly registry: Readonly<Record<RegistryLog, FixtureLog>>;
  /** The registry's logs, applied. */
  readonly state: RegistryState;
  /** Signs another attestation as the caster. */
  readonly attest: (
    of: ProductFootprint,
    changes?: JsonObject,
  ) => { readonly jws: string; readonly disclosures: readonly string[] };
}

export function makeFixture(options: FixtureOptions = {}): Fixture {
  const { registry, trust, state } = makeRegistry();
  const feed = new FixtureLog("casting.example/feed");
  const members = registry.members;
  const pin = {
    origin: members.origin,
    treeSize: members.entries.length,
    rootHash: encodeBase64(merkleRoot(members.hashes)),
  };
  const attest: Fixture["attest"] = (of, changes = {}) => {
    const { payload, disclosures } = buildAttestation({
      footprint: of,
      issuer: "did:web:casting.example",
      contract: { urn: PRODUCT_FOOTPRINT_CONTRACT_URN, digest: digestOf(PRODUCT_FOOTPRINT_CONTRACT) },
      registry: pin,
      inputs: [],
      lines: [{ label: "all of it", kgCo2e: of.pcf.pcfExcludingBiogenicUptake }],
      validFrom: "2024-02-01T00:00:00Z",
      salts: [sha256(utf8Encode(of.id)).subarray(0, 16)],
    });
    const signed = { ...(payload as unknown as JsonObject), ...changes };
    return { jws: signJws(ATTESTATION_TYP, "did:web:casting.example#1", signed, keyOf("caster attest")), disclosures };
  };
  for (const leaf of options.leavesBefore ?? []) feed.entries.push(formatLeaf(leaf));
  const held = new Map<number, { jws: string; disclosures: readonly string[] }>();
  const evidence = (options.footprints ?? [footprint("10")]).map((of): EvidenceItem => {
    const attestation = attest(of, options.payloadChanges);
    const index = feed.entries.length;
    const bytes = formatLeaf({ kind: "attest", jwsHash: hashJws(attestation.jws) });
    feed.entries.push(bytes);
    held.set(index, attestation);
    const ref = { origin: feed.origin, index, leaf: encodeBase64(hashLeaf(bytes)) };
    const source = { kid: "did:web:casting.example#1", treeSize: index + 1 };
    return { ref, member: "did:web:casting.example", memberName: "Caster", footprint: of, final: false, source };
  });
  for (const leaf of options.leavesAfter ?? []) feed.entries.push(formatLeaf(leaf));
  const sources: EvidenceSources = {
    feedFinalOver: async () => undefined,
    membersFinalOver: async () => undefined,
    feedCheckpoint: async () => ({ size: feed.entries.length, note: feed.note(options.feedCosigned ?? true) }),
    feedFrontier: async (_origin, size) => frontierOf(feed.hashes.slice(0, size)),
    feedLeaves: async (_origin, from, to) => feed.entries.slice(from, to),
    attestation: async ({ index }) => held.get(index) ?? { jws: "", disclosures: [] },
    registryLog: async (log) => ({ note: registry[log].note(true), entries: registry[log].entries }),
  };
  const input: InventoryInput = {
    ...BASIS,
    registry: { origin: pin.origin, size: pin.treeSize, root: pin.rootHash },
    ledger: options.ledger ?? [
      line("L1"),
      line("L2", { productId: undefined }),
      line("L3", { supplier: undefined, activity: undefined }),
    ],
    evidence,
    retractions: [],
    refused: [],
    faults: [],
    ...options.input,
  };
  const preparer = {
    did: "did:web:buyer.example",
    kid: "did:web:buyer.example#1",
    key: keyOf("buyer attest"),
    preparedAt: "2024-12-31T12:00:00Z",
    software: ENGINE,
  };
  if (state.members.memberOf(preparer.did) === undefined) throw new Error("the buyer is no member");
  return { trust, request: { input, trust, sources, preparer }, feed, registry, state, attest };
}

function frontierOf(hashes: readonly Uint8Array[]): Frontier {
  return appendLeafHashes(EMPTY_FRONTIER, hashes);
}

function makeRegistry(): { registry: Fixture["registry"]; trust: TrustAnchor; state: RegistryState } {
  const registry = {
    members: new FixtureLog("registry.example/members"),
    contracts: new FixtureLog("registry.example/contracts"),
    factors: new FixtureLog("registry.example/factors"),
  };
  const maintainer = { kid: "maintainer-1", key: keyOf("maintainer") };
  const witness = formatVerifierKey(makeVerifierKey(WITNESS, "cosignature-v1", keyOf("witness").publicKey));
  const genesis = buildChange(
    new ChangeLog(registry.members.origin),
    {
      kind: "genesis",
      maintainersAt: 0,
      name: "fixture",
      maintainers: [{ kid: maintainer.kid, key: rawKey("maintainer") }],
      threshold: 1,
      policy: `witness w1 ${witness}\nquorum w1\n`,
    },
    [maintainer],
  );
  const trust = anchorOf({ logs: registry, genesis: encodeBase64(hashLeaf(genesis)) });
  const state = new RegistryState(trust);
  const append = (log: RegistryLog, bytes: Uint8Array): void => {
    state.apply(log, bytes);
    registry[log].entries.push(bytes);
  };
  const change = (log: RegistryLog, body: object): void => append(log, buildChange(state.log(log), body, [maintainer]));
  append("members", genesis);
  for (const [name, label] of [
    ["caster", "casting"],
    ["buyer", "buyer"],
  ] as const) {
    change("members", { kind: "member", maintainersAt: 0, event: keyEventOf(name, label), vetting: "full" });
  }
  change("contracts", { kind: "contract", maintainersAt: 0, document: PRODUCT_FOOTPRINT_CONTRACT });
  change("factors", { kind: "factor-set", maintainersAt: 0, set: ACTIVITY.set });
  change("factors", { kind: "factor-set", maintainersAt: 0, set: SPEND.set });
  change("factors", { kind: "rates", maintainersAt: 0, set: RATES });
  if (REGISTRY_LOGS.some((log) => registry[log].entries.length === 0)) throw new Error("a log is empty");
  return { registry, trust, state };
}

function keyEventOf(name: string, label: string): string {
  const member = `did:web:${label}.example`;
  const origin = `${label}.example/feed`;
  const event = {
    v: 1,
    member,
    name: name === "caster" ? "Caster" : "Buyer",
    origin,
    sequence: 0,
    previous: "",
    keys: {
      attest: [{ kid: `${member}#1`, key: rawKey(`${name} attest`) }],
      checkpoint: rawKey(`checkpoint ${origin}`),
      transport: rawKey(`${name} transport`),
    },
    next: [encodeBase64(sha256(keyOf(`${name} next`).publicKey.bytes))],
    threshold: 1,
    grants: [],
    identifiers: [],
  };
  return signJws(KEY_EVENT_TYP, `${member}#1`, event as unknown as JsonObject, keyOf(`${name} attest`));
}
