import { ATTESTATION_TYP, checkAttestation, parseLedgerLine } from "@tallystick/contracts";
import { type JsonObject, parseJws } from "@tallystick/proto";
import { type Replica, registryError, type Store, type WriteOp } from "@tallystick/registry";
import { requireReason } from "../core/closing/period-statement.ts";
import type { ImportDocument, RetractDocument } from "../core/documents.ts";
import { fillInventory } from "../core/inventory/compute-inventory.ts";
import { type FactorLibrary, factorTable, selectLibrary } from "../core/inventory/factor-library.ts";
import { type ImportRules, importLedgerInSteps } from "../core/inventory/import-ledger.ts";
import type {
  EvidenceItem,
  Inventory,
  InventoryBasis,
  InventoryInput,
  Retraction,
} from "../core/inventory/inventory.ts";
import { inventoryError } from "../core/inventory/inventory-errors.ts";
import type { InventoryPolicy } from "../core/inventory/inventory-policy.ts";
import type { InventoryView } from "../core/inventory/inventory-view.ts";
import { Knowledge } from "../core/inventory/knowledge.ts";
import type { LiveInventory } from "../core/inventory/live-inventory.ts";
import { faultOf, healedKey, missingKey } from "../core/journal/member-faults.ts";
import type { Verdict } from "../core/journal/verdict.ts";
import type { RowSource } from "../core/ledger/csv-rows.ts";
import type { LedgerChange, LedgerHistory } from "../core/ledger/ledger-history.ts";
import { type LedgerVersion, ledgerVersionSchema } from "../core/ledger/ledger-version.ts";
import type { Steps } from "../core/steps.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import type { Journal } from "../ports/journal.ts";
import type { AppliedBatch } from "./feed-applier.ts";
import { inTurns } from "./in-turns.ts";
import { keys, putRecord, readRecord, readStored, records, under } from "./node-records.ts";
import type { StoredPolicy } from "./stored-policy.ts";

export interface InventoryKeeperOptions {
  readonly store: Store;
  readonly replica: Replica;
  readonly policy: StoredPolicy<InventoryPolicy>;
  readonly journal: Journal;
  readonly feeds: ReadonlyMap<string, FeedState>;
  /** Unix seconds. */
  readonly now: () => number;
}

/**
 * Keeps the inventory up to date: the ledger, the policies, and what the journal's verdicts let count, each with when it was learnt.
 * Everything here can be rebuilt from the store.
 */
export class InventoryKeeper {
  readonly #store: Store;
  readonly #replica: Replica;
  readonly #now: () => number;
  readonly #knowledge = new Knowledge();
  readonly #policy: StoredPolicy<InventoryPolicy>;
  readonly #listeners = new Set<() => void>();
  readonly #finalSizes = new Map<string, number>();
  #libraries: { readonly size: number; readonly made: Map<string, FactorLibrary> } = { size: 0, made: new Map() };
  #live: LiveInventory | undefined;
  #basisKey = "";
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor({ store, replica, policy, now }: InventoryKeeperOptions) {
    this.#store = store;
    this.#replica = replica;
    this.#now = now;
    this.#policy = policy;
  }

  /** @throws STORE_CORRUPT */
  static async open(options: InventoryKeeperOptions): Promise<InventoryKeeper> {
    const keeper = new InventoryKeeper(options);
    const { store, journal, feeds } = options;
    await keeper.#adoptUndatedLines();
    for await (const [key, value] of store.entries(under(keys.ledgerVersions))) {
      readStored(key, () => keeper.#knowledge.ledger.add(readRecord(ledgerVersionSchema, key, value)));
    }
    for await (const verdict of journal.replay()) await keeper.#replay(verdict, feeds);
    return keeper;
  }

  /** Lines of the first format, which did not say when they were learnt: they were known before anything that does. */
  async #adoptUndatedLines(): Promise<void> {
    const ops: WriteOp[] = [];
    let sequence = 0;
    for await (const [key, value] of this.#store.entries(under(keys.undatedLines))) {
      const line = readStored(key, () => parseLedgerLine(JSON.parse(new TextDecoder().decode(value))));
      const version = { v: 1, sequence, at: 0, kind: "line", line };
      ops.push(putRecord(keys.ledgerVersion(sequence), version), { type: "del", key });
      sequence += 1;
    }
    if (ops.length > 0) await this.#store.write(ops, { sync: true });
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
    { member, origin, index, leaf, kid, treeSize, mode, at = 0 }: Extract<Verdict, { kind: "accepted" }>,
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
      ...(mode === "covered" ? { covered: true } : {}),
      ...(known?.vetting === "sponsored" ? { sponsored: true } : {}),
    };
    this.#knowledge.addEvidence(item, at);
    this.#live?.addEvidence(item);
  }

  /** Takes in what a follower has made durable. */
  apply({ state, verdicts, accepted }: AppliedBatch): void {
    const footprints = new Map(
      accepted.map(({ pending, checked }) => [pending.index, checked.payload.credentialSubject]),
    );
    for (const verdict of verdicts) {
      const footprint = verdict.kind === "accepted" ? footprints.get(verdict.index) : undefined;
      if (verdict.kind === "accepted" && footprint !== undefined) this.#addEvidence(verdict, footprint, state);
      else this.#note(verdict);
    }
    this.#finalise(state);
    this.#announce();
  }

  /** Takes in verdicts on what was accepted before. */
  reconsider(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) this.#note(verdict);
    this.#announce();
  }

  #retract(retraction: Retraction, at: number): void {
    this.#knowledge.addRetraction(retraction, at);
    this.#live?.retract(retraction);
  }

  #finalise({ origin, finalSize, logTimeUnix }: FeedState): void {
    if (this.#finalSizes.get(origin) === finalSize) return;
    this.#finalSizes.set(origin, finalSize);
    for (const item of this.#knowledge.finalise(origin, finalSize, logTimeUnix)) this.#live?.addEvidence(item);
  }

  #note(verdict: Verdict): void {
    const { member, origin, at = 0 } = verdict;
    if (verdict.kind === "refused") {
      const { index, code, reason } = verdict;
      const refused = { member, origin, index, code, reason };
      // It counted by its log alone, and no longer does.
      if (this.#knowledge.isCovered(origin, index)) {
        this.#retract({ kind: "refuted", origin, targetIndex: index, byIndex: index }, at);
      }
      this.#knowledge.addRefused(refused, at);
      this.#live?.addRefused(refused);
    } else if (verdict.kind === "superseded" || verdict.kind === "revoked") {
      const { kind, targetIndex, byIndex } = verdict;
      this.#retract({ kind, origin, targetIndex, byIndex }, at);
    } else if (verdict.kind === "signature-checked") {
      const checked = this.#knowledge.signatureChecked(origin, verdict.index);
      if (checked !== undefined) this.#live?.addEvidence(checked);
    }
    if (verdict.kind === "disputed") {
      const retraction = { kind: "disputed", origin, targetIndex: verdict.index, byIndex: verdict.event } as const;
      this.#knowledge.addRetraction(retraction, at);
      this.#live?.retract(retraction);
    }
    const healed = healedKey(verdict);
    for (const fault of healed === undefined ? [] : this.#knowledge.heal(healed, at)) this.#live?.removeFault(fault);
    const fault = faultOf(verdict);
    if (fault === undefined) return;
    this.#knowledge.addFault(fault, at, missingKey(verdict));
    this.#live?.addFault(fault);
  }

  /**
   * Imports the rows of a file. Rows that are refused are in the answer, and nothing is imported then, unless they are to be skipped.
   * @throws LEDGER_TOO_LARGE, LEDGER_HEADER_INVALID, LEDGER_REFUSED; nothing is imported then
   */
  importLedger(
    rows: RowSource,
    {
      dryRun = false,
      skipBad = false,
      ...rules
    }: ImportRules & { readonly dryRun?: boolean; readonly skipBad?: boolean },
  ): Promise<ImportDocument> {
    return this.#inTurn(async () => {
      const { ledger } = this.#knowledge;
      const found = await inTurns(
        importLedgerInSteps(rows, { lines: ledger.current, retracted: ledger.retracted }, rules),
      );
      const { added, corrected, unchanged, refused, issues, issueCount } = found;
      const imported = !dryRun && (refused === 0 || skipBad);
      if (imported) await this.#change({ lines: [...added, ...corrected], retracted: [] });
      return {
        lines: found.rows,
        added: added.length,
        corrected: corrected.length,
        unchanged,
        refused,
        imported,
        dryRun,
        issueCount,
        ...(issues.length === 0 ? {} : { issues }),
      };
    });
  }

  /** Records that a line was none. @throws LINE_UNKNOWN, REASON_INVALID */
  retractLine(id: string, reason: string): Promise<RetractDocument> {
    return this.#inTurn(async () => {
      requireReason(reason);
      if (!this.#knowledge.ledger.current.has(id)) throw inventoryError("LINE_UNKNOWN", { id: id.slice(0, 128) });
      await this.#change({ lines: [], retracted: [{ id, reason }] });
      return { id, reason };
    });
  }

  /** Records a change of the ledger; durable when it resolves. */
  async #change(change: LedgerChange): Promise<void> {
    const versions = this.#knowledge.ledger.plan(change, this.#now());
    if (versions.length === 0) return;
    await this.#store.write(await inTurns(recordsOf(versions)), { sync: true });
    for (const version of versions) {
      this.#knowledge.ledger.add(version);
      if (version.kind === "line") this.#live?.putLine(version.line);
      else this.#live?.removeLine(version.id);
    }
    this.#announce();
  }

  /** Changes of what is stored here come one after the other: each is planned on what the one before left. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#lastChange.then(change);
    this.#lastChange = done.catch(() => undefined);
    return done;
  }

  get ledger(): LedgerHistory {
    return this.#knowledge.ledger;
  }

  /** When the last of what is known came to be known: Unix seconds. */
  get knownUntil(): number {
    return this.#knowledge.latest;
  }

  /** Evidence by product, for the inputs of this node's own products. */
  evidenceFor(productId: string): readonly EvidenceItem[] {
    return this.liveEvidence().filter(({ footprint }) => footprint.productIds.includes(productId));
  }

  /** All evidence that nothing ended. */
  liveEvidence(): readonly EvidenceItem[] {
    const { evidence, retractions } = this.#knowledge.factsAt();
    const ended = new Set(retractions.map(({ origin, targetIndex }) => `${origin}#${targetIndex}`));
    return evidence.filter(({ ref }) => !ended.has(`${ref.origin}#${ref.index}`));
  }

  /** The whole inventory as it is known now, kept up to date. @throws FACTOR_SET_MISSING, REPLICA_STALE */
  live(): LiveInventory {
    const basis = this.#basis({});
    // The registry's content and the policy decide what the figures rest on: with another, they are computed anew.
    const key = JSON.stringify([
      basis.registry,
      basis.registryStale,
      basis.weakWitnessing,
      this.#replica.sizeOf("factors"),
      this.#policy.history.versions.length,
    ]);
    if (this.#live !== undefined && key === this.#basisKey) return this.#live;
    this.#live = fillInventory({ ...basis, ...this.#knowledge.factsAt() });
    this.#basisKey = key;
    return this.#live;
  }

  /** An inventory of a period, as it was known at a time, or under another policy. @throws FACTOR_SET_MISSING, REPLICA_STALE */
  liveOf(view: InventoryView): LiveInventory {
    return Object.keys(view).length === 0 ? this.live() : fillInventory(this.input(view));
  }

  /** As `liveOf`, as it stands. */
  inventory(view: InventoryView): Inventory {
    return this.liveOf(view).snapshot();
  }

  /** The whole input of an inventory, for a proof or a report. */
  input(view: InventoryView = {}): InventoryInput {
    return { ...this.#basis(view), ...this.#knowledge.factsAt(view.asOf) };
  }

  #basis({ period, asOf, policy: wanted }: InventoryView): InventoryBasis {
    const replica = this.#replica;
    replica.requireUsable();
    const policy = wanted ?? (asOf === undefined ? this.#policy.current : this.#policy.history.knownAt(asOf));
    return {
      policy,
      factors: this.#libraryOf(policy),
      registry: replica.pin,
      registryStale: replica.isStale,
      weakWitnessing: replica.quorumOf("members")?.weak ?? true,
      ...(period === undefined ? {} : { period }),
    };
  }

  /** The factors that a policy lets count; made once for each state of the registry. */
  #libraryOf(policy: InventoryPolicy): FactorLibrary {
    const { state } = this.#replica;
    const size = this.#replica.sizeOf("factors");
    if (this.#libraries.size !== size) this.#libraries = { size, made: new Map() };
    const key = JSON.stringify([policy.factorSets, policy.rates]);
    const known = this.#libraries.made.get(key);
    if (known !== undefined) return known;
    const sets = [...state.factorSets].filter(({ document }) => policy.factorSets.some(({ id }) => id === document.id));
    const withdrawn = sets.filter((set) => set.withdrawn !== undefined);
    const library = selectLibrary(
      policy,
      sets.map(({ document }) => factorTable(document, this.#replica.rowsOf(document))),
      [...state.rateSets].map(({ document }) => document),
      new Set(withdrawn.map(({ document }) => `${document.id}@${document.version}`)),
    );
    this.#libraries.made.set(key, library);
    return library;
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

const RECORDS_A_STEP = 2_000;

function* recordsOf(versions: readonly LedgerVersion[]): Steps<readonly WriteOp[]> {
  const ops: WriteOp[] = [];
  for (const version of versions) {
    if (ops.length % RECORDS_A_STEP === 0) yield;
    ops.push(putRecord(keys.ledgerVersion(version.sequence), version));
  }
  return ops;
}
