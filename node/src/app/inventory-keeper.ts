import { ATTESTATION_TYP, checkAttestation, type LedgerLine, parseLedgerLine } from "@tallystick/contracts";
import { type JsonObject, parseJws } from "@tallystick/proto";
import { type Replica, registryError, type Store } from "@tallystick/registry";
import type { ImportDocument } from "../core/documents.ts";
import { factorTable, selectLibrary } from "../core/inventory/factor-library.ts";
import { importLedger } from "../core/inventory/import-ledger.ts";
import type {
  EvidenceItem,
  InventoryBasis,
  InventoryInput,
  MemberFault,
  RefusedEvidence,
  Retraction,
} from "../core/inventory/inventory.ts";
import type { InventoryPolicy } from "../core/inventory/inventory-policy.ts";
import { LiveInventory } from "../core/inventory/live-inventory.ts";
import type { Verdict } from "../core/journal/verdict.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import type { Journal } from "../ports/journal.ts";
import type { AppliedBatch } from "./follower.ts";
import { keys, putRecord, readRecord, readStored, records, under } from "./node-records.ts";

/**
 * Keeps the inventory up to date: the ledger, and what the journal's verdicts let count. Everything here can be rebuilt from
 * the store.
 */
export class InventoryKeeper {
  readonly #store: Store;
  readonly #replica: Replica;
  readonly #policy: InventoryPolicy;
  readonly #ledger = new Map<string, LedgerLine>();
  readonly #evidence = new Map<string, EvidenceItem>();
  readonly #retractions: Retraction[] = [];
  readonly #refused: RefusedEvidence[] = [];
  readonly #faults: MemberFault[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #finalSizes = new Map<string, number>();
  #live: LiveInventory | undefined;
  #basisKey = "";

  private constructor(store: Store, replica: Replica, policy: InventoryPolicy) {
    this.#store = store;
    this.#replica = replica;
    this.#policy = policy;
  }

  static async open(
    store: Store,
    replica: Replica,
    policy: InventoryPolicy,
    journal: Journal,
    feeds: ReadonlyMap<string, FeedState>,
  ): Promise<InventoryKeeper> {
    const keeper = new InventoryKeeper(store, replica, policy);
    for await (const [key, value] of store.entries(under(keys.ledger))) {
      const line = readStored(key, () => parseLedgerLine(JSON.parse(new TextDecoder().decode(value))));
      keeper.#ledger.set(line.id, line);
    }
    for await (const verdict of journal.replay()) await keeper.#replay(verdict, feeds);
    return keeper;
  }

  async #replay(verdict: Verdict, feeds: ReadonlyMap<string, FeedState>): Promise<void> {
    if (verdict.kind !== "accepted") {
      this.#note(verdict);
      return;
    }
    const { origin, index } = verdict;
    const key = keys.attestation(origin, index);
    const value = await this.#store.get(key);
    if (value === undefined) throw registryError("STORE_CORRUPT", { reason: `${key} is missing` });
    const { jws, disclosures } = readRecord(records.attestation, key, value);
    const payload = parseJws(jws, ATTESTATION_TYP).payload as JsonObject;
    this.#addEvidence(verdict, checkAttestation(payload, disclosures, "partial").footprint, feeds.get(origin));
  }

  #addEvidence(
    { member, origin, index, leaf, kid, treeSize }: Extract<Verdict, { kind: "accepted" }>,
    footprint: EvidenceItem["footprint"],
    feed: FeedState | undefined,
  ): void {
    const known = this.#replica.state.members.memberOf(member);
    const final = feed !== undefined && index < feed.finalSize;
    const item: EvidenceItem = {
      ref: { origin, index, leaf },
      member,
      memberName: known?.name ?? member,
      footprint,
      final,
      ...(final && feed.logTimeUnix !== undefined ? { logTimeUnix: feed.logTimeUnix } : {}),
      source: { kid, treeSize },
      ...(known?.vetting === "sponsored" ? { sponsored: true } : {}),
    };
    this.#evidence.set(`${origin}#${index}`, item);
    this.#live?.addEvidence(item);
  }

  /** Takes in what a follower has made durable. */
  apply({ state, verdicts, accepted }: AppliedBatch): void {
    const footprints = new Map(accepted.map(({ pending, judged }) => [pending.index, judged.attestation.footprint]));
    for (const verdict of verdicts) {
      const footprint = verdict.kind === "accepted" ? footprints.get(verdict.index) : undefined;
      if (verdict.kind === "accepted" && footprint !== undefined) this.#addEvidence(verdict, footprint, state);
      else this.#note(verdict);
    }
    this.#finalise(state);
    this.#announce();
  }

  /** What a quorum has cosigned since it was accepted is final from now on. */
  #finalise({ origin, finalSize, logTimeUnix }: FeedState): void {
    if (this.#finalSizes.get(origin) === finalSize) return;
    this.#finalSizes.set(origin, finalSize);
    for (const [key, item] of this.#evidence) {
      if (item.final || item.ref.origin !== origin || item.ref.index >= finalSize) continue;
      const final = { ...item, final: true, ...(logTimeUnix === undefined ? {} : { logTimeUnix }) };
      this.#evidence.set(key, final);
      this.#live?.addEvidence(final);
    }
  }

  #note(verdict: Verdict): void {
    const { member, origin } = verdict;
    if (verdict.kind === "refused") {
      const { index, code, reason } = verdict;
      const refused = { member, origin, index, code, reason };
      this.#refused.push(refused);
      this.#live?.addRefused(refused);
    } else if (verdict.kind === "superseded" || verdict.kind === "revoked") {
      const { kind, targetIndex, byIndex } = verdict;
      const retraction = { kind, origin, targetIndex, byIndex };
      this.#retractions.push(retraction);
      this.#live?.retract(retraction);
    }
    const fault = faultOf(verdict);
    if (fault === undefined) return;
    this.#faults.push(fault);
    this.#live?.addFault(fault);
  }

  /** @throws LEDGER_TOO_LARGE, LEDGER_HEADER_INVALID, LEDGER_REFUSED; nothing is imported then */
  async importLedger(content: Uint8Array): Promise<ImportDocument> {
    const { added, unchanged } = importLedger(content, this.#ledger);
    await this.#store.write(
      added.map((line) => putRecord(keys.ledgerLine(line.id), line)),
      { sync: true },
    );
    for (const line of added) this.#ledger.set(line.id, line);
    this.#live?.addLines(added);
    this.#announce();
    return { lines: added.length + unchanged, added: added.length, unchanged };
  }

  get ledgerLines(): number {
    return this.#ledger.size;
  }

  /** Evidence by product, for the inputs of this node's own products. */
  evidenceFor(productId: string): readonly EvidenceItem[] {
    const ended = new Set(this.#retractions.map(({ origin, targetIndex }) => `${origin}#${targetIndex}`));
    return [...this.#evidence].flatMap(([key, item]) =>
      !ended.has(key) && item.footprint.productIds.includes(productId) ? [item] : [],
    );
  }

  /** @throws FACTOR_SET_MISSING, REPLICA_STALE */
  live(): LiveInventory {
    const basis = this.#basis();
    // The registry's content decides what the figures rest on: with another, they are computed anew.
    const key = JSON.stringify([
      basis.registry,
      basis.registryStale,
      basis.weakWitnessing,
      basis.factors.tables.length,
    ]);
    if (this.#live !== undefined && key === this.#basisKey) return this.#live;
    const live = new LiveInventory(basis);
    for (const item of this.#evidence.values()) live.addEvidence(item);
    for (const retraction of this.#retractions) live.retract(retraction);
    for (const refused of this.#refused) live.addRefused(refused);
    for (const fault of this.#faults) live.addFault(fault);
    live.addLines([...this.#ledger.values()]);
    this.#live = live;
    this.#basisKey = key;
    return live;
  }

  /** The whole input, for a proof. */
  input(): InventoryInput {
    return {
      ...this.#basis(),
      ledger: [...this.#ledger.values()],
      evidence: [...this.#evidence.values()],
      retractions: this.#retractions,
      refused: this.#refused,
      faults: this.#faults,
    };
  }

  #basis(): InventoryBasis {
    const replica = this.#replica;
    replica.requireUsable();
    const tables = [...replica.state.factorSets].map(({ document }) => factorTable(document, replica.rowsOf(document)));
    const rates = [...replica.state.rateSets].map(({ document }) => document);
    return {
      policy: this.#policy,
      factors: selectLibrary(this.#policy, tables, rates),
      registry: replica.pin,
      registryStale: replica.isStale,
      weakWitnessing: replica.quorumOf("members")?.weak ?? true,
    };
  }

  /** Calls back after each change. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What a verdict shows of a member that no honest node does, and how it was noticed. */
function faultOf(verdict: Verdict): MemberFault | undefined {
  const { member, origin } = verdict;
  switch (verdict.kind) {
    case "withheld":
      return fault(member, "withheld", "route-tag", `${origin}#${verdict.index} is addressed here and was not sent`);
    case "dropped":
      return fault(
        member,
        "dropped",
        "route-counter",
        `delivery ${verdict.counter} is missing before ${origin}#${verdict.index}`,
      );
    case "tag-reused":
      return fault(member, "tag-reused", "route-tag", `${origin}#${verdict.index} repeats delivery ${verdict.counter}`);
    case "feed-fault":
      return fault(member, verdict.code, "checkpoint", `${origin} at size ${verdict.size}: ${verdict.reason}`);
    case "refused":
      if (verdict.code !== "ENTRY_ALTERED") return undefined;
      return fault(
        member,
        "altered",
        "leaf-hash",
        `what ${origin}#${verdict.index} delivered is not what the log says was published`,
      );
    default:
      return undefined;
  }
}

const fault = (member: string, kind: string, caughtBy: string, detail: string): MemberFault => ({
  member,
  kind,
  caughtBy,
  detail,
});
