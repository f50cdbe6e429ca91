import {
  type FactorSet,
  type LedgerLine,
  parseFactorRow,
  parseLedgerLine,
  type RateSet,
  verifyFactorRow,
} from "@tallystick/contracts";
import { decodeBase64 } from "@tallystick/proto";
import { computeInventory } from "../inventory/compute-inventory.ts";
import { type FactorTable, type PlacedRow, selectLibrary } from "../inventory/factor-library.ts";
import type { EvidenceItem, Inventory, LineResult, MemberFault, RefusedEvidence } from "../inventory/inventory.ts";
import { type InventoryPolicy, parseInventoryPolicy, type SetId } from "../inventory/inventory-policy.ts";
import { type Period, requirePeriod } from "../inventory/period.ts";
import { checkAttestationClaim } from "./attestation-proof.ts";
import type { Claim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";
import { FeedProof } from "./feed-proof.ts";
import { requireForkProof } from "./fork-proof.ts";
import { requireCalculation, requireTotal } from "./inventory-claims.ts";
import { RegistryProof, type TrustAnchor } from "./registry-proof.ts";

interface Outcome {
  readonly inventory: Inventory;
  readonly results: ReadonlyMap<string, LineResult>;
}

/** A claim that something was not shown. */
export interface NotChecked {
  readonly what: string;
  readonly why: string;
}

/** A set of factors and how many of its rows a bundle has. */
export interface PartialSet {
  /** `id@version`. */
  readonly set: string;
  readonly shown: number;
  readonly of: number;
}

/**
 * Checks a bundle's claims one after another, each against those before it. The verifier feeds it a bundle; the
 * preparer feeds it the claims it is about to write, so that nobody is handed a bundle that does not hold.
 * No I/O, no clock, no state outside.
 */
export class BundleCheck {
  readonly #pinned: TrustAnchor | undefined;
  #registry: RegistryProof | undefined;
  #policy: { readonly policy: InventoryPolicy; readonly registryStale: boolean; readonly period?: Period } | undefined;
  readonly #feeds = new Map<string, FeedProof>();
  readonly #items = new Map<string, EvidenceItem>();
  readonly #rows = new Map<string, Map<string, PlacedRow>>();
  readonly #refused: RefusedEvidence[] = [];
  readonly #faults: MemberFault[] = [];
  readonly #ledger = new Map<string, LedgerLine>();
  readonly #calculated = new Set<string>();
  readonly #notChecked: NotChecked[] = [];
  #outcome: Outcome | undefined;
  #totalSeen = false;

  /** With `pinned`, a bundle that hangs from any other anchor is refused. */
  constructor(pinned?: TrustAnchor) {
    this.#pinned = pinned;
  }

  /** Checks one claim. @throws any TallyError: the reason why it does not hold */
  take(claim: Claim): void {
    if (this.#outcome !== undefined && !CONCLUDING.has(claim.type)) {
      throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: "a place before the first calculation" });
    }
    switch (claim.type) {
      case "anchor":
        this.#takeAnchor(claim);
        break;
      case "checkpoint":
        this.#takeCheckpoint(claim);
        break;
      case "log-time":
        this.#takeLogTime(claim);
        break;
      case "registry-entry":
        this.registry.extend(claim);
        break;
      case "leaves":
        this.#feed(claim.origin).extend(claim);
        break;
      case "attestation":
        this.#takeAttestation(claim);
        break;
      case "policy":
        this.#takePolicy(claim);
        break;
      case "factor-row":
        this.#takeFactorRow(claim);
        break;
      case "verdict":
        this.#takeVerdict(claim);
        break;
      case "fork-proof":
        requireForkProof(claim, this.registry.requireMember(claim.origin).checkpointKey);
        break;
      case "ledger-line":
        this.#takeLedgerLine(claim);
        break;
      case "calculation":
        this.#takeCalculation(claim);
        break;
      case "total":
        this.#takeTotal(claim);
        break;
      case "not-checked":
        this.#notChecked.push({ what: claim.what, why: claim.why });
        break;
    }
  }

  /** The registry as the bundle shows it. @throws CLAIM_OUT_OF_ORDER before there is an anchor */
  get registry(): RegistryProof {
    if (this.#registry === undefined) throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: "anchor" });
    return this.#registry;
  }

  get feeds(): readonly FeedProof[] {
    return [...this.#feeds.values()];
  }

  get notChecked(): readonly NotChecked[] {
    return this.#notChecked;
  }

  /** The sets that the policy lets count, by name, of which the bundle has not every row. */
  partialSets(): readonly PartialSet[] {
    const { registry } = this;
    const names = new Map<string, PartialSet>();
    for (const id of this.#policy === undefined ? [] : registry.factorSetsOf(this.#policy.policy)) {
      const set = `${id.id}@${id.version}`;
      const shown = this.#rows.get(set)?.size ?? 0;
      const { rowCount } = registry.requireFactorSet(id);
      if (shown < rowCount && !registry.withdrawnSets.has(set)) names.set(set, { set, shown, of: rowCount });
    }
    return [...names.values()];
  }

  /** The inventory of what was taken so far, computed at the first call: from then on only conclusions are taken. */
  inventory(): Inventory {
    this.#outcome ??= this.#compute();
    return this.#outcome.inventory;
  }

  /** Ends the bundle. @throws CLAIM_MISSING when something that a bundle needs did not come */
  finish(): void {
    if (!this.#totalSeen) throw evidenceError("CLAIM_MISSING", { what: "total" });
    for (const id of this.#ledger.keys()) {
      if (!this.#calculated.has(id)) throw evidenceError("CLAIM_MISSING", { what: `calculation of ${id}` });
    }
  }

  #compute(): Outcome {
    if (this.#policy === undefined) throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: "policy" });
    const { policy, registryStale, period } = this.#policy;
    for (const feed of this.#feeds.values()) requireComplete(feed);
    const tables = this.registry.factorSetsOf(policy).map((id) => this.#table(id));
    const rates: RateSet[] = policy.rates === undefined ? [] : [this.registry.requireRates(policy.rates)];
    const inventory = computeInventory({
      policy,
      factors: selectLibrary(policy, tables, rates, this.registry.withdrawnSets),
      registry: this.registry.pin,
      registryStale,
      weakWitnessing: this.registry.weakWitnessing,
      ...(period === undefined ? {} : { period }),
      ledger: [...this.#ledger.values()],
      evidence: [...this.#items.values()],
      retractions: [],
      refused: this.#refused,
      faults: this.#faults,
    });
    return { inventory, results: new Map(inventory.lines.map((result) => [result.line.id, result])) };
  }

  #takeAnchor(claim: Claim<"anchor">): void {
    if (this.#registry !== undefined) throw evidenceError("CLAIM_REPEATED", { about: "anchor" });
    this.#registry = new RegistryProof(claim, this.#pinned);
  }

  #takeCheckpoint(claim: Claim<"checkpoint">): void {
    const { registry } = this;
    if (registry.isOwnLog(claim.origin)) {
      registry.takeCheckpoint(claim);
      return;
    }
    if (this.#feeds.has(claim.origin)) throw evidenceError("CLAIM_REPEATED", { about: claim.origin });
    const key = registry.checkpointKey(claim.origin, claim.note);
    this.#feeds.set(claim.origin, new FeedProof(claim, key, registry.witnessPolicy));
  }

  #takeLogTime(claim: Claim<"log-time">): void {
    const { registry } = this;
    if (registry.isOwnLog(claim.origin)) {
      if (claim.origin !== registry.pin.origin) throw evidenceError("LOG_TIME_NOT_SHOWN", { origin: claim.origin });
      registry.takeLogTime(claim);
    } else {
      const key = registry.checkpointKey(claim.origin, claim.note);
      this.#feed(claim.origin).takeLogTime(claim, key, registry.witnessPolicy);
    }
  }

  #takeAttestation(claim: Claim<"attestation">): void {
    const feed = this.#feed(claim.origin);
    requireComplete(feed);
    const key = `${claim.origin}#${claim.index}`;
    if (this.#items.has(key)) throw evidenceError("CLAIM_REPEATED", { about: key });
    this.#items.set(key, checkAttestationClaim(claim, feed, this.registry));
  }

  #takePolicy(claim: Claim<"policy">): void {
    if (this.#policy !== undefined) throw evidenceError("CLAIM_REPEATED", { about: "policy" });
    const { registryStale, period } = claim;
    this.#policy = {
      policy: parseInventoryPolicy(claim.policy),
      registryStale,
      ...(period === undefined ? {} : { period: requirePeriod(period) }),
    };
  }

  #takeFactorRow({ set, index, row: body, path }: Claim<"factor-row">): void {
    const name = `${set.id}@${set.version}`;
    const row = parseFactorRow(body);
    verifyFactorRow(this.#set(set), row, index, path.map(decodeBase64));
    const rows = this.#rows.get(name) ?? new Map<string, PlacedRow>();
    if (rows.has(row.key)) throw evidenceError("CLAIM_REPEATED", { about: `${name}#${row.key}` });
    this.#rows.set(name, rows.set(row.key, { index, row }));
  }

  #takeVerdict(claim: Claim<"verdict">): void {
    if (claim.verdict === "fault") {
      const { member, kind, caughtBy, detail } = claim;
      this.#faults.push({ member, kind, caughtBy, detail });
      return;
    }
    const { member, origin, index, code, reason } = claim;
    this.#refused.push({ member, origin, ...(index === undefined ? {} : { index }), code, reason });
  }

  #takeLedgerLine(claim: Claim<"ledger-line">): void {
    const line = parseLedgerLine(claim.line);
    if (this.#ledger.has(line.id)) throw evidenceError("CLAIM_REPEATED", { about: line.id });
    this.#ledger.set(line.id, line);
  }

  #takeCalculation(claim: Claim<"calculation">): void {
    this.inventory();
    const result = this.#outcome?.results.get(claim.line);
    if (result === undefined) throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: `ledger-line ${claim.line}` });
    if (this.#calculated.has(claim.line)) throw evidenceError("CLAIM_REPEATED", { about: claim.line });
    this.#calculated.add(claim.line);
    requireCalculation(claim, result);
  }

  #takeTotal(claim: Claim<"total">): void {
    if (this.#totalSeen) throw evidenceError("CLAIM_REPEATED", { about: "total" });
    this.#totalSeen = true;
    requireTotal(claim, this.inventory());
  }

  #feed(origin: string): FeedProof {
    const feed = this.#feeds.get(origin);
    if (feed === undefined) throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: `checkpoint ${origin}` });
    return feed;
  }

  #set(set: SetId): FactorSet {
    return this.registry.requireFactorSet(set);
  }

  #table(id: SetId): FactorTable {
    return { set: this.#set(id), rows: this.#rows.get(`${id.id}@${id.version}`) ?? new Map() };
  }
}

/** What may follow once the figures are being stated. */
const CONCLUDING: ReadonlySet<string> = new Set(["calculation", "total", "not-checked"]);

function requireComplete(feed: FeedProof): void {
  if (!feed.complete) throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: `leaves of ${feed.origin}` });
}
