import { evaluateQuorum, parseNote, parseWitnessPolicy, type WitnessPolicy } from "@tallystick/proto";
import {
  type Member,
  openLevelStore,
  openLog,
  Replica,
  type Store,
  type TiledLog,
  WitnessClient,
} from "@tallystick/registry";
import { checkOffer, makeAcceptance } from "../core/agreement/agreement-terms.ts";
import { publishingContract } from "../core/agreement/publishing-contract.ts";
import type {
  ImportDocument,
  PublishDocument,
  RetractDocument,
  StatusDocument,
  SubscribeDocument,
} from "../core/documents.ts";
import { parsePublication } from "../core/feed/parse-publication.ts";
import type { InventoryDifference } from "../core/inventory/diff-inventories.ts";
import type { ExplainDocument } from "../core/inventory/explain.ts";
import type { EvidenceItem } from "../core/inventory/inventory.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import type { ViewQuery } from "../core/inventory/inventory-view.ts";
import { parseLedgerMapping } from "../core/ledger/ledger-mapping.ts";
import { type AgreementPolicy, requireAcceptable } from "../core/policy/agreement-policy.ts";
import { type FeedState, newFeedState, parseFeedState } from "../core/subscription/feed-state.ts";
import { nodeError } from "../errors.ts";
import type { LedgerImportOptions, LocalApi } from "../ports/local-api.ts";
import type { PolicySource } from "../ports/policy-source.ts";
import { Agreements } from "./agreements.ts";
import { DEFAULT_POLICIES } from "./default-policies.ts";
import { FeedSigning } from "./feed-signing.ts";
import { type FollowContext, Follower } from "./follower.ts";
import { inChunks } from "./in-chunks.ts";
import { InventoryKeeper } from "./inventory-keeper.ts";
import { InventoryQueries } from "./inventory-queries.ts";
import { KnowledgeClock } from "./knowledge-clock.ts";
import type { Machine } from "./machine.ts";
import { type NodeHome, ownKeys } from "./node-home.ts";
import { FEED_PREFIX, keys, readStored } from "./node-records.ts";
import { PeriodClosing } from "./period-closing.ts";
import { Policies } from "./policies.ts";
import { proposeAgreement } from "./propose-agreement.ts";
import { Publisher } from "./publisher.ts";
import { readLedgerFile } from "./read-ledger-file.ts";
import { Rebaselining } from "./rebaselining.ts";
import { registeredFactors } from "./registered-factors.ts";
import { RegistryLink } from "./registry-link.ts";
import { VerdictJournal } from "./verdict-journal.ts";

const SOFTWARE = "tallystick 0.1.0";

/**
 * A member's node: its feed, its copy of the registry, the feeds it follows and its inventory, over one store. Opening it reads
 * the disk; `connect` reaches out; serving is `serveNode`'s.
 */
export class NodeApp implements LocalApi {
  readonly home: NodeHome;
  readonly #machine: Machine;
  readonly #store: Store;
  readonly #log: TiledLog;
  readonly #journal: VerdictJournal;
  readonly #agreementPolicy: AgreementPolicy;
  readonly policies: Policies;
  readonly periods: PeriodClosing;
  readonly rebaseline: Rebaselining;
  readonly #queries: InventoryQueries;
  readonly #replica: Replica;
  readonly #agreements: Agreements;
  readonly #publisher: Publisher;
  readonly #inventory: InventoryKeeper;
  readonly #feeds: Map<string, FeedState>;
  readonly #followers = new Map<string, Follower>();
  readonly #link: RegistryLink;
  readonly #signing: FeedSigning;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #changes = new Set<() => void>();
  #following = false;
  #lastOffer: Promise<unknown> = Promise.resolve();
  #ports: { readonly grpc: number; readonly http: number } | undefined;

  private constructor(parts: {
    home: NodeHome;
    machine: Machine;
    store: Store;
    log: TiledLog;
    journal: VerdictJournal;
    policies: Policies;
    agreementPolicy: AgreementPolicy;
    replica: Replica;
    agreements: Agreements;
    publisher: Publisher;
    inventory: InventoryKeeper;
    feeds: Map<string, FeedState>;
  }) {
    this.home = parts.home;
    this.#machine = parts.machine;
    this.#store = parts.store;
    this.#log = parts.log;
    this.#journal = parts.journal;
    this.policies = parts.policies;
    this.#agreementPolicy = parts.agreementPolicy;
    this.#replica = parts.replica;
    this.#agreements = parts.agreements;
    this.#publisher = parts.publisher;
    this.#inventory = parts.inventory;
    this.#feeds = parts.feeds;
    const { home, machine, replica, log, store, journal, inventory: keeper } = parts;
    const { name, origin, signatory } = home;
    this.periods = new PeriodClosing({
      store,
      keeper,
      journal,
      replica,
      reporting: this.policies.reporting,
      self: { ...signatory, name, origin },
      engine: SOFTWARE,
      now: machine.now,
    });
    this.rebaseline = new Rebaselining(keeper, this.policies);
    this.#queries = new InventoryQueries({
      keeper,
      policies: this.policies,
      periods: this.periods,
      store,
      replica,
      feeds: parts.feeds,
      home,
      software: SOFTWARE,
      now: machine.now,
    });
    const { signal } = this.#stop;
    this.#link = new RegistryLink({ home, machine, replica, signal, onGrown: () => this.#announce() });
    this.#signing = new FeedSigning({
      log,
      witnesses: home.trust.witnesses.map((address) => new WitnessClient(address)),
      policy: () => this.#policy(),
      random: machine.random,
      signal,
      onReady: () => this.#publisher.reconcile(),
    });
    this.#inventory.onChange(() => this.#announce());
    this.policies.onChange(() => this.#announce());
  }

  /** Opens the node's store. @throws STORE_LOCKED where the node is running elsewhere, STORE_CORRUPT and others */
  static async open(home: NodeHome, machine: Machine, sources: PolicySource = DEFAULT_POLICIES): Promise<NodeApp> {
    const store = await openLevelStore(home.storePath, { createIfMissing: true });
    const { trust, origin, checkpointKey: key } = home;
    const replica = await Replica.open({ trust, store, now: machine.now });
    const policyOf = (): WitnessPolicy => replica.state.members.witnessPolicy ?? parseWitnessPolicy(trust.policy);
    const isFinal = (note: string): boolean => evaluateQuorum(policyOf(), parseNote(note)).met;
    const log = await openLog({ origin, key, store, prefix: FEED_PREFIX, isFinal });
    const clock = new KnowledgeClock(machine.now);
    const journal = await VerdictJournal.open({ store, feedOrigin: origin, key, nowUnix: clock.now });
    const agreements = await Agreements.open(store);
    const { randomBytes } = machine;
    const publisher = await Publisher.open({ store, log, self: home.signatory, randomBytes }, agreements.sales);
    const feeds = new Map<string, FeedState>();
    for (const { agreement } of agreements.purchases) {
      const { origin: feed } = agreement.offer;
      const at = keys.feedState(feed);
      const bytes = await store.get(at);
      if (bytes === undefined) continue;
      feeds.set(
        feed,
        readStored(at, () => parseFeedState(new TextDecoder().decode(bytes))),
      );
    }
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
    const agreementPolicy = sources.agreement;
    const parts = {
      home,
      machine,
      store,
      log,
      journal,
      policies,
      agreementPolicy,
      replica,
      agreements,
      publisher,
      inventory,
      feeds,
    };
    const app = new NodeApp(parts);
    await app.#link.open();
    return app;
  }

  /** The feed, as it is served. */
  get log(): TiledLog {
    return this.#log;
  }

  get publisher(): Publisher {
    return this.#publisher;
  }

  /** The member whose transport key that is, if it may speak here. */
  async admit(publicKey: string): Promise<Member | undefined> {
    const member = await this.#link.memberByTransportKey(publicKey);
    return member === undefined || member.suspended ? undefined : member;
  }

  /** Takes what is new in the registry; true if there was anything. */
  refreshRegistry(): Promise<boolean> {
    return this.#link.refresh();
  }

  /** Takes what is new in the registry, and asks the witnesses what they hold of this log before anything is signed. */
  async connect(): Promise<void> {
    await this.#link.refresh();
    await this.#signing.guard();
  }

  /** Follows suppliers, stays in step with the registry, and has the feed cosigned, until `close`. */
  start(ports?: { readonly grpc: number; readonly http: number }): void {
    this.#ports = ports;
    this.#following = true;
    for (const { agreement, address } of this.#agreements.purchases) this.#follow(agreement.offer.supplier, address);
    this.#running.push(this.#link.stayInStep(), this.#signing.run());
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    await this.#link.close();
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

  #followContext(supplier: string): FollowContext {
    this.#replica.requireUsable();
    const member = this.#memberOf(supplier);
    const membersRootAt = (size: number): string | undefined => this.#link.membersRootAt(size);
    const judge = { member, registry: this.#replica.state, membersRootAt, now: this.#machine.now() };
    return { member, policy: this.#policy(), judge };
  }

  #follow(supplier: string, address: string): void {
    const purchase = this.#agreements.purchase(supplier);
    if (purchase === undefined || this.#followers.has(supplier)) return;
    const { offer, routeKey } = purchase.agreement;
    const follower = new Follower({
      store: this.#store,
      journal: this.#journal,
      transport: this.home.transport,
      address,
      contract: offer.contract,
      routeKey,
      state: this.#feeds.get(offer.origin) ?? newFeedState(supplier, offer.origin, offer.epoch),
      random: this.#machine.random,
      context: () => this.#followContext(supplier),
      learnAnew: () => this.#link.learnAnew(),
      onApplied: (applied) => {
        this.#feeds.set(offer.origin, applied.state);
        this.#inventory.apply(applied);
      },
    });
    this.#followers.set(supplier, follower);
    this.#running.push(follower.run(this.#stop.signal));
  }

  async status(): Promise<StatusDocument> {
    const { signatory, name, origin } = this.home;
    const { state } = this.#replica;
    const final = this.#log.finalCheckpoint();
    return {
      did: signatory.did,
      name,
      origin,
      running: this.#following,
      ...(this.#ports === undefined ? {} : { grpcPort: this.#ports.grpc, httpPort: this.#ports.http }),
      feed: {
        size: this.#log.size,
        finalSize: final === undefined ? 0 : Number(parseNote(final).text.split("\n")[1]),
        signing: this.#signing.ready ? "ready" : "locked",
        ...(this.#signing.ready ? {} : { reason: this.#signing.reason }),
      },
      registry: {
        members: [...state.members.members].length,
        contracts: [...state.contracts].length,
        factorSets: [...state.factorSets].length,
        treeSize: this.#replica.pin.size,
        ageSeconds: Number.isFinite(this.#replica.ageSeconds) ? this.#replica.ageSeconds : -1,
        stale: this.#replica.isStale,
        reachable: this.#link.reachable,
      },
      follows: this.#agreements.purchases.map(({ agreement: { offer }, address }) => {
        const follower = this.#followers.get(offer.supplier);
        const feed =
          follower?.state ?? this.#feeds.get(offer.origin) ?? newFeedState(offer.supplier, offer.origin, offer.epoch);
        return {
          supplier: offer.supplier,
          origin: offer.origin,
          address,
          size: feed.frontier.size,
          finalSize: feed.finalSize,
          state: feed.fault !== undefined ? "faulted" : follower?.connected === true ? "live" : "connecting",
          ...(feed.fault === undefined ? {} : { fault: feed.fault }),
        };
      }),
      buyers: this.#publisher.buyers,
      ledgerLines: this.#inventory.ledger.current.size,
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  }

  async publish(name: string, content: Uint8Array): Promise<PublishDocument> {
    const items = parsePublication(name, content);
    this.#signing.requireReady();
    this.#memberOf(this.home.signatory.did);
    const contract = publishingContract(this.#replica.state);
    const { origin, size, root } = this.#replica.pin;
    return this.#publisher.publish(items, {
      contract,
      resolveInput: (productId) => this.#resolveInput(productId),
      factorOf: registeredFactors(this.#replica),
      registry: { origin, treeSize: size, rootHash: root },
      nowUnix: this.#machine.now(),
    });
  }

  #resolveInput(productId: string): EvidenceItem {
    const held = this.#inventory.evidenceFor(productId);
    const [first, ...others] = held;
    if (first === undefined) throw nodeError("INPUT_NOT_HELD", { productId });
    if (others.length > 0) {
      const entries = held.map(({ ref }) => `${ref.origin}#${ref.index}`);
      throw nodeError("INPUT_AMBIGUOUS", { productId, entries });
    }
    return first;
  }

  async subscribe(address: string, supplierDid: string): Promise<SubscribeDocument> {
    if (this.#replica.state.members.memberOf(supplierDid) === undefined) await this.#link.refresh();
    const supplier = this.#memberOf(supplierDid);
    this.#memberOf(this.home.signatory.did);
    const standing = this.#agreements.purchase(supplierDid);
    if (standing !== undefined) {
      if (standing.address !== address) await this.#agreements.addPurchase(standing.agreement, address);
      this.#followers.get(supplierDid)?.moveTo(address);
      return describe(standing.agreement.offer, true);
    }
    const { now, randomBytes } = this.#machine;
    const { offer } = await proposeAgreement({
      agreements: this.#agreements,
      registry: this.#replica.state,
      self: this.home.signatory,
      transport: this.home.transport,
      supplier,
      address,
      contract: publishingContract(this.#replica.state).urn,
      nowUnix: now(),
      randomBytes,
    });
    if (this.#following) this.#follow(supplierDid, address);
    return describe(offer, false);
  }

  /** Answers a buyer's offer with a signed acceptance; the same offer gets the acceptance that stands (AGR-1). */
  acceptOffer(peer: Member, offerJws: string, routeKey: Uint8Array): Promise<string> {
    const answered = this.#lastOffer.then(() => this.#answerOffer(peer, offerJws, routeKey));
    // One after the other, so that an offer sent twice is accepted once; a failure is its caller's alone.
    this.#lastOffer = answered.catch(() => undefined);
    return answered;
  }

  async #answerOffer(peer: Member, offerJws: string, routeKey: Uint8Array): Promise<string> {
    this.#signing.requireReady();
    const standing = this.#agreements.sale(peer.did);
    if (standing?.offerJws === offerJws) return standing.acceptanceJws;
    const { did } = this.home.signatory;
    const nowUnix = this.#machine.now();
    const self = { did, origin: this.home.origin };
    const check = () =>
      checkOffer(offerJws, routeKey, { registry: this.#replica.state, peer, self, standing, nowUnix });
    const offer = await this.#link.knowing("CONTRACT_UNKNOWN", check);
    requireAcceptable(this.#agreementPolicy, offer, peer);
    const acceptanceJws = makeAcceptance(offer, offerJws, nowUnix, this.home.signatory);
    const agreement = { offer, offerJws, acceptanceJws, routeKey };
    await this.#agreements.addSale(agreement);
    await this.#publisher.addSale(agreement);
    return acceptanceJws;
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
    return this.#queries.inventory(query);
  }

  diff(before: string, after: string): Promise<InventoryDifference> {
    return this.#queries.diff(before, after);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<InventoryDocument> {
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    let news = Promise.withResolvers<void>();
    const tell = (): void => news.resolve();
    this.#changes.add(tell);
    ended.addEventListener("abort", tell, { once: true });
    try {
      while (!ended.aborted) {
        // Renewed before it looks; changes that come meanwhile are one news.
        news = Promise.withResolvers<void>();
        yield await this.inventory();
        await news.promise;
      }
    } finally {
      this.#changes.delete(tell);
      ended.removeEventListener("abort", tell);
    }
  }

  async explain(subject: string, query: ViewQuery = {}): Promise<ExplainDocument> {
    return this.#queries.explain(subject, query);
  }

  async *prove(query: ViewQuery = {}): AsyncGenerator<Uint8Array> {
    yield* inChunks(await this.#queries.prove(query));
  }

  #announce(): void {
    for (const changed of this.#changes) changed();
  }
}

function describe(
  offer: { supplier: string; origin: string; contract: string; epoch: number },
  existing: boolean,
): SubscribeDocument {
  const { supplier, origin, contract, epoch } = offer;
  return { supplier, origin, contract, epoch, existing };
}
