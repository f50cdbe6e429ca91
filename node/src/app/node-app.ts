import {
  admitPublicKey,
  equalBytes,
  evaluateQuorum,
  makeVerifierKey,
  parseNote,
  parseWitnessPolicy,
  type TallyError,
  type WitnessPolicy,
} from "@tallystick/proto";
import {
  type Member,
  openLevelStore,
  openLog,
  Replica,
  type ScannableStore,
  sayMigration,
  type TiledLog,
  WitnessClient,
} from "@tallystick/registry";
import { TokenWorkers } from "../adapters/workers/token-workers.ts";
import type {
  AccessDocument,
  ImportDocument,
  PublishDocument,
  RetractDocument,
  StatusDocument,
  SubscribeDocument,
} from "../core/documents.ts";
import { ENGINE } from "../core/engine.ts";
import { withFeedWarnings } from "../core/gossip/feed-warning.ts";
import type { InventoryDifference } from "../core/inventory/diff-inventories.ts";
import type { ExplainDocument } from "../core/inventory/explain.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import type { ViewQuery } from "../core/inventory/inventory-view.ts";
import { CoveredEntries } from "../core/journal/covered-entries.ts";
import { FaultHistory } from "../core/journal/fault-history.ts";
import { parseLedgerMapping } from "../core/ledger/ledger-mapping.ts";
import type { AgreementPolicy } from "../core/policy/agreement-policy.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import { nodeError } from "../errors.ts";
import type { CheckpointGossip } from "../ports/checkpoint-gossip.ts";
import type { AccessQuery, LedgerImportOptions, LocalApi } from "../ports/local-api.ts";
import type { PolicySource } from "../ports/policy-source.ts";
import { AccessLog } from "./access-log.ts";
import { Agreements } from "./agreements.ts";
import { backupOpenNode } from "./backup-node.ts";
import { Changes } from "./changes.ts";
import { CheckpointWatch } from "./checkpoint-watch.ts";
import { CoveredChecks } from "./covered-checks.ts";
import { DEFAULT_POLICIES } from "./default-policies.ts";
import { FaultDesk } from "./fault-desk.ts";
import { faultSources } from "./fault-store.ts";
import { FeedSigning } from "./feed-signing.ts";
import { readFeedStates } from "./feed-states.ts";
import { Followers } from "./followers.ts";
import { inChunks } from "./in-chunks.ts";
import { InventoryKeeper } from "./inventory-keeper.ts";
import { InventoryQueries } from "./inventory-queries.ts";
import { KeyWatch, withNamedKeys } from "./key-watch.ts";
import { KnowledgeClock } from "./knowledge-clock.ts";
import type { Machine } from "./machine.ts";
import { type NodeHome, ownKeys } from "./node-home.ts";
import { FEED_PREFIX } from "./node-records.ts";
import { OfferDesk } from "./offer-desk.ts";
import { PeriodClosing } from "./period-closing.ts";
import { Policies } from "./policies.ts";
import { Publisher } from "./publisher.ts";
import { publishFile } from "./publishing.ts";
import { readLedgerFile } from "./read-ledger-file.ts";
import { Rebaselining } from "./rebaselining.ts";
import { RegistryLink } from "./registry-link.ts";
import { Roads } from "./roads.ts";
import { type ServedAt, statusDocument } from "./status-document.ts";
import { Subscribing } from "./subscribing.ts";
import { VerdictJournal } from "./verdict-journal.ts";

/**
 * A member's node: its feed, its copy of the registry, the feeds it follows and its inventory, over one store. Opening it reads
 * the disk; `connect` reaches out; serving is `serveNode`'s.
 */
export class NodeApp implements LocalApi {
  readonly home: NodeHome;
  /** How this node reaches others. */
  readonly roads: Roads;
  /** Who came to this node, and for what. */
  readonly accesses: AccessLog;
  readonly #machine: Machine;
  readonly #store: ScannableStore;
  readonly #log: TiledLog;
  readonly #journal: VerdictJournal;
  readonly faults: FaultDesk;
  readonly policies: Policies;
  readonly periods: PeriodClosing;
  readonly rebaseline: Rebaselining;
  readonly #queries: InventoryQueries;
  readonly #replica: Replica;
  readonly #agreements: Agreements;
  readonly #publisher: Publisher;
  readonly #inventory: InventoryKeeper;
  readonly #feeds: Map<string, FeedState>;
  readonly #faultHistory: FaultHistory;
  readonly #tokens = new TokenWorkers();
  readonly #covered: CoveredChecks;
  readonly #followers: Followers;
  readonly #offers: OfferDesk;
  readonly #subscribing: Subscribing;
  readonly #link: RegistryLink;
  readonly #signing: FeedSigning;
  readonly #keys: KeyWatch;
  readonly #watch: CheckpointWatch;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #changes = new Changes();
  #following = false;
  #ports: ServedAt | undefined;
  readonly #onRegistryGrown = new Set<() => void>();

  private constructor(parts: {
    home: NodeHome;
    keys: KeyWatch;
    machine: Machine;
    store: ScannableStore;
    log: TiledLog;
    journal: VerdictJournal;
    faultHistory: FaultHistory;
    coveredEntries: CoveredEntries;
    policies: Policies;
    agreementPolicy: AgreementPolicy;
    replica: Replica;
    agreements: Agreements;
    publisher: Publisher;
    inventory: InventoryKeeper;
    feeds: Map<string, FeedState>;
    accesses: AccessLog;
  }) {
    this.home = parts.home;
    this.roads = new Roads(parts.home.transport);
    this.accesses = parts.accesses;
    this.#machine = parts.machine;
    this.#store = parts.store;
    this.#log = parts.log;
    this.#journal = parts.journal;
    this.policies = parts.policies;
    this.#replica = parts.replica;
    this.#agreements = parts.agreements;
    this.#publisher = parts.publisher;
    this.#inventory = parts.inventory;
    this.#feeds = parts.feeds;
    this.#faultHistory = parts.faultHistory;
    const { home, machine, replica, log, store, journal, inventory: keeper } = parts;
    const { name, origin, signatory } = home;
    this.#keys = parts.keys;
    // Who publishes asks once for the whole file; whoever signs one thing asks for it.
    const asking = { ...signatory, key: this.#keys.guarded(signatory.key, () => this.#link) };
    this.#covered = new CoveredChecks({
      store,
      journal,
      tokens: this.#tokens,
      entries: parts.coveredEntries,
      deadlineSeconds: () => this.policies.checking.current.deadlineSeconds,
      onVerdicts: (verdicts) => keeper.reconsider(verdicts),
      now: machine.now,
    });
    this.periods = new PeriodClosing({
      store,
      keeper,
      journal,
      replica,
      reporting: this.policies.reporting,
      self: { ...asking, name, origin },
      settle: () => this.#covered.settle(),
      engine: ENGINE,
      now: machine.now,
    });
    this.faults = new FaultDesk({
      history: parts.faultHistory,
      keeper,
      sources: faultSources(store, replica, parts.feeds, parts.agreements, () => this.#policy()),
      self: asking,
      trust: home.trust,
      now: machine.now,
    });
    this.rebaseline = new Rebaselining(keeper, this.policies, () => [...replica.state.factorSets]);
    this.#queries = new InventoryQueries({
      keeper,
      policies: this.policies,
      periods: this.periods,
      store,
      replica,
      feeds: parts.feeds,
      trust: home.trust,
      preparer: asking,
      software: ENGINE,
      now: machine.now,
    });
    const { signal } = this.#stop;
    this.#link = new RegistryLink({ home, machine, replica, signal, onGrown: () => this.#learnt() });
    const witnesses = home.trust.witnesses.map((address) => new WitnessClient(address));
    this.#signing = new FeedSigning({
      log,
      store,
      witnesses,
      policy: () => this.#policy(),
      whyNot: () => this.#keys.whyNot(),
      random: machine.random,
      signal,
      onReady: async () => {
        await journal.signNewest();
        await this.#publisher.reconcile();
      },
    });
    const { agreements, publisher, feeds } = parts;
    const openConnection = this.roads.openConnection;
    this.#followers = new Followers({
      openConnection,
      machine,
      store,
      journal,
      tokens: this.#tokens,
      replica,
      agreements,
      link: this.#link,
      feeds,
      policy: () => this.#policy(),
      checking: () => this.policies.checking.current,
      memberOf: (did) => this.#memberOf(did),
      onApplied: (applied) => {
        this.#inventory.apply(applied);
        void this.#watch.grown(applied.state.origin);
      },
      signal,
    });
    this.#watch = new CheckpointWatch({
      home,
      machine,
      store,
      journal,
      replica,
      link: this.#link,
      log,
      signing: this.#signing,
      feeds,
      followers: this.#followers,
      witnesses,
      policy: () => this.#policy(),
      signal,
    });
    this.#subscribing = new Subscribing({
      home,
      openConnection,
      machine,
      replica,
      agreements,
      link: this.#link,
      followers: this.#followers,
      memberOf: (did) => this.#memberOf(did),
      following: () => this.#following,
    });
    this.#offers = new OfferDesk({
      home,
      agreements,
      publisher,
      replica,
      link: this.#link,
      signing: this.#signing,
      policy: parts.agreementPolicy,
      now: machine.now,
    });
    this.#inventory.onChange(() => this.#changes.announce());
    this.policies.onChange(() => this.#changes.announce());
  }

  /** Opens the node's store. @throws STORE_LOCKED where the node is running elsewhere, STORE_CORRUPT and others */
  static async open(opened: NodeHome, machine: Machine, sources: PolicySource = DEFAULT_POLICIES): Promise<NodeApp> {
    const store = await openLevelStore(opened.storePath, { createIfMissing: true, onMigration: sayMigration });
    const { trust, origin } = opened;
    const replica = await Replica.open({ trust, store, now: machine.now });
    const home = await withNamedKeys(opened, replica);
    const { checkpointKey: key } = home;
    const policyOf = (): WitnessPolicy => replica.state.members.witnessPolicy ?? parseWitnessPolicy(trust.policy);
    const isFinal = (note: string): boolean => evaluateQuorum(policyOf(), parseNote(note)).met;
    const keys = new KeyWatch(home, replica);
    const maySign = (): boolean => keys.whyNot() === undefined;
    const log = await openLog({ origin, key, store, prefix: FEED_PREFIX, isFinal, maySign });
    const clock = new KnowledgeClock(machine.now);
    const faultHistory = new FaultHistory();
    const coveredEntries = new CoveredEntries();
    const journal = await VerdictJournal.open({
      store,
      feedOrigin: origin,
      key,
      nowUnix: clock.now,
      maySign,
      onVerdict: (number, verdict) => {
        faultHistory.take(number, verdict);
        coveredEntries.take(verdict);
      },
    });
    const agreements = await Agreements.open(store);
    const { randomBytes } = machine;
    const publisher = await Publisher.open({ store, log, self: home.signatory, randomBytes }, agreements.sales);
    const feeds = await readFeedStates(store, agreements);
    const owner = { did: home.signatory.did, keys: ownKeys(home) };
    const policies = await Policies.open(store, owner, sources.inventory, clock.now);
    const inventory = await InventoryKeeper.open({
      store,
      replica,
      policy: policies.inventory,
      journal,
      feeds,
      now: clock.now,
    });
    clock.saw(Math.max(inventory.knownUntil, policies.knownUntil));
    const memberOf = (publicKey: string): Member | undefined => replica.state.members.memberByTransportKey(publicKey);
    const accesses = await AccessLog.open({ store, now: machine.now, memberOf });
    const agreementPolicy = sources.agreement;
    const parts = {
      home,
      keys,
      machine,
      store,
      log,
      journal,
      faultHistory,
      coveredEntries,
      policies,
      agreementPolicy,
      replica,
      agreements,
      publisher,
      inventory,
      feeds,
      accesses,
    };
    const app = new NodeApp(parts);
    await app.#link.open();
    await app.#keys.forgetRetired((publicKey) => isSignedBy(log.finalCheckpoint(), origin, publicKey));
    return app;
  }

  /** Hears by that road of checkpoints that others hold, and says its own on. */
  joinGossip(gossip: CheckpointGossip): void {
    this.#watch.join(gossip);
  }

  /** Asks the witnesses, and says on the newest checkpoints that it holds, now instead of at the next round. */
  async compareCheckpoints(): Promise<void> {
    await this.#watch.askWitnesses();
    await this.#watch.publish(true);
  }

  /** The feed, as it is served. */
  get log(): TiledLog {
    return this.#log;
  }

  /** Resolves when the node's disk failed: nothing that it holds in memory can be relied on, and it is to be opened anew, by another process. */
  get failed(): Promise<TallyError> {
    return this.#store.failed;
  }

  get publisher(): Publisher {
    return this.#publisher;
  }

  /** This node's copy of the registry. */
  get replica(): Replica {
    return this.#replica;
  }

  get agreements(): Agreements {
    return this.#agreements;
  }

  /** The member whose transport key that is, if it may speak here. */
  async admit(publicKey: string): Promise<Member | undefined> {
    const member = await this.#link.memberByTransportKey(publicKey);
    return member === undefined || member.suspended ? undefined : member;
  }

  /** Resolves when the registry has published keys that wait in the folder: close this app, and open the folder again. */
  get keysChanged(): Promise<void> {
    return this.#keys.changed;
  }

  /** Whether `keysChanged` has resolved, by what is known now. */
  hasNewKeys(): Promise<boolean> {
    return this.#keys.learnt();
  }

  /** Takes what is new in the registry; true if there was anything. */
  refreshRegistry(): Promise<boolean> {
    return this.#link.refresh();
  }

  /** Takes what is new in the registry, and asks the witnesses what they hold of this log before anything is signed. */
  async connect(): Promise<void> {
    await this.#link.refresh();
    await this.rebaseline.followPublished();
    await this.#signing.guard();
  }

  /** Follows suppliers, stays in step with the registry, and has the feed cosigned, until `close`. */
  start(ports?: ServedAt): void {
    this.#ports = ports;
    this.#following = true;
    for (const { agreement, address } of this.#agreements.purchases)
      this.#followers.follow(agreement.offer.supplier, address);
    this.#running.push(
      this.#link.stayInStep(),
      this.#signing.run(),
      this.#watch.run(),
      this.#covered.run(this.#stop.signal),
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    // Followers end when their appends have.
    for (const log of [this.#log, this.#journal]) log.stopWaiting();
    await Promise.all([...this.#running, this.#followers.ended()]);
    await this.accesses.flush();
    await this.#tokens.close();
    await this.#link.close();
    await this.rebaseline.ended();
    await this.#log.close();
    await this.#journal.close();
    await this.#store.close();
  }

  #policy(): WitnessPolicy {
    return this.#replica.state.members.witnessPolicy ?? parseWitnessPolicy(this.home.trust.policy);
  }

  #memberOf(did: string): Member {
    const member = this.#replica.state.members.memberOf(did);
    if (member === undefined) throw nodeError("NOT_A_MEMBER", { did });
    if (member.suspended) throw nodeError("MEMBER_SUSPENDED", { did });
    return member;
  }

  async status(): Promise<StatusDocument> {
    return statusDocument({
      home: this.home,
      log: this.#log,
      replica: this.#replica,
      link: this.#link,
      signing: this.#signing,
      watch: this.#watch,
      agreements: this.#agreements,
      followers: this.#followers,
      feeds: this.#feeds,
      publisher: this.#publisher,
      inventory: this.#inventory,
      faultHistory: this.#faultHistory,
      covered: this.#covered,
      running: this.#following,
      ports: this.#ports,
    });
  }

  access(query?: AccessQuery): Promise<AccessDocument> {
    return this.accesses.read(query);
  }

  async publish(name: string, content: Uint8Array): Promise<PublishDocument> {
    await this.#covered.settle();
    await this.#keys.requireNamed(this.#link);
    return publishFile(name, content, {
      home: this.home,
      replica: this.#replica,
      log: this.#log,
      signing: this.#signing,
      publisher: this.#publisher,
      inventory: this.#inventory,
      memberOf: (did) => this.#memberOf(did),
      nowUnix: this.#machine.now(),
    });
  }

  async subscribe(address: string, supplierDid: string): Promise<SubscribeDocument> {
    await this.#keys.requireNamed(this.#link);
    return this.#subscribing.subscribe(address, supplierDid);
  }

  /** Answers a buyer's offer with a signed acceptance (AGR-1). */
  async acceptOffer(peer: Member, offerJws: string, routeKey: Uint8Array): Promise<string> {
    await this.#keys.requireNamed(this.#link);
    return this.#offers.accept(peer, offerJws, routeKey);
  }

  async importLedger(
    name: string,
    content: Uint8Array,
    { mapping: wanted, sheet, ...rules }: LedgerImportOptions = {},
  ): Promise<ImportDocument> {
    const mapping = wanted === undefined ? undefined : parseLedgerMapping(wanted);
    const rows = await readLedgerFile(name, content, { ...mapping, ...(sheet === undefined ? {} : { sheet }) });
    return this.#inventory.importLedger(rows, { ...rules, ...(mapping === undefined ? {} : { mapping }) });
  }

  retractLine(id: string, reason: string): Promise<RetractDocument> {
    return this.#inventory.retractLine(id, reason);
  }

  async inventory(query: ViewQuery = {}): Promise<InventoryDocument> {
    return withFeedWarnings(this.#queries.inventory(query), this.#watch.doubts);
  }

  diff(before: string, after: string): Promise<InventoryDifference> {
    return this.#queries.diff(before, after);
  }

  watch(signal: AbortSignal): AsyncIterable<InventoryDocument> {
    return this.#changes.watch(() => this.inventory(), AbortSignal.any([signal, this.#stop.signal]));
  }

  async explain(subject: string, query: ViewQuery = {}): Promise<ExplainDocument> {
    return this.#queries.explain(subject, query);
  }

  async *prove(query: ViewQuery = {}): AsyncGenerator<Uint8Array> {
    await this.#covered.settle();
    yield* inChunks(await this.#queries.prove(query));
  }

  backup(withKeys: boolean): AsyncIterable<Uint8Array> {
    return backupOpenNode(this.home.path, this.#store, withKeys);
  }

  /** Hears when the registry has grown. */
  onRegistryGrown(listener: () => void): void {
    this.#onRegistryGrown.add(listener);
  }

  /** The registry has grown. */
  #learnt(): void {
    for (const listener of this.#onRegistryGrown) listener();
    this.#changes.announce();
    void this.#keys.learnt();
    void this.rebaseline.followPublished();
    this.#followers.reviewKeys();
  }
}

/** Whether a final note has a line of that checkpoint key. */
function isSignedBy(note: string | undefined, origin: string, publicKey: Uint8Array): boolean {
  if (note === undefined) return false;
  const { keyId } = makeVerifierKey(origin, "ed25519", admitPublicKey(publicKey));
  return parseNote(note).signatures.some((line) => line.name === origin && equalBytes(line.keyId, keyId));
}
