import type { LedgerLine } from "@tallystick/contracts";
import { type Circumstances, type ConfidenceFigures, confidenceOf, coverageOf } from "./confidence.ts";
import { EvidenceIndex } from "./evidence-index.ts";
import { sameLine } from "./import-ledger.ts";
import type {
  EvidenceItem,
  Inventory,
  InventoryBasis,
  InventoryFigures,
  LineResult,
  MemberFault,
  RefusedEvidence,
  Retraction,
} from "./inventory.ts";
import { inventoryError } from "./inventory-errors.ts";
import { type MatchContext, matchLine } from "./match-line.ts";
import { type DayShare, dayShare, isWhole } from "./period.ts";
import { Totals } from "./totals.ts";
import type { CountedAmount, GroupUncertainty } from "./uncertainty.ts";

/**
 * An inventory that is kept up to date: each verdict costs the lines it touches, not the ledger. After any sequence
 * of additions it equals the inventory computed from the same set at once.
 */
export class LiveInventory {
  readonly #basis: InventoryBasis;
  readonly #context: MatchContext;
  readonly #evidence = new EvidenceIndex();
  readonly #results = new Map<string, LineResult>();
  readonly #linesByProduct = new Map<string, Set<string>>();
  readonly #refused = new Map<string, RefusedEvidence>();
  readonly #faults = new Map<string, MemberFault>();
  readonly #totals: Totals;

  constructor(basis: InventoryBasis) {
    this.#basis = basis;
    const { factors, policy, period } = basis;
    this.#context = {
      evidence: this.#evidence,
      factors,
      policy,
      ...(period === undefined ? {} : { periodEnd: period.end }),
    };
    this.#totals = new Totals(basis.factors.rates);
  }

  /**
   * Adds ledger lines. A line already there is no change.
   * @throws LEDGER_LINE_CONFLICT when one id is given to two different lines; nothing is added then.
   */
  addLines(lines: readonly LedgerLine[]): void {
    const added: string[] = [];
    for (const line of lines) {
      const known = this.#results.get(line.id);
      if (known === undefined) {
        this.#insert(line);
        added.push(line.id);
      } else if (!sameLine(known.line, line)) {
        for (const id of added) this.removeLine(id);
        throw inventoryError("LEDGER_LINE_CONFLICT", { id: line.id });
      }
    }
  }

  /** Adds a line, or puts it in the place of the one that had its id. */
  putLine(line: LedgerLine): void {
    this.removeLine(line.id);
    this.#insert(line);
  }

  #insert(line: LedgerLine): void {
    const { period } = this.#basis;
    const days = period === undefined ? undefined : dayShare(line, period);
    if (period !== undefined && days === undefined) return;
    if (line.productId !== undefined) {
      const ids = this.#linesByProduct.get(line.productId) ?? new Set<string>();
      this.#linesByProduct.set(line.productId, ids.add(line.id));
    }
    this.#take(line, days === undefined || isWhole(days) ? undefined : days);
  }

  /** Takes a line out. One that is not there is no change. */
  removeLine(id: string): void {
    const known = this.#results.get(id);
    if (known === undefined) return;
    const { productId } = known.line;
    if (productId !== undefined) this.#linesByProduct.get(productId)?.delete(id);
    this.#totals.takeBack(known);
    this.#results.delete(id);
  }

  /** Adds a verified attestation. @returns the ids of the lines that were matched anew. */
  addEvidence(item: EvidenceItem): readonly string[] {
    return this.#rematch(this.#evidence.add(item));
  }

  /** Ends an entry: it counts for nothing from here on. @returns the ids of the lines that were matched anew. */
  retract(retraction: Retraction): readonly string[] {
    return this.#rematch(this.#evidence.retract(retraction));
  }

  addRefused(refused: RefusedEvidence): void {
    const { member, origin, index = -1, code, reason } = refused;
    this.#refused.set(sortKey([member, origin, index, code, reason]), refused);
  }

  addFault(fault: MemberFault): void {
    this.#faults.set(sortKey([fault.member, fault.kind, fault.caughtBy, fault.detail]), fault);
  }

  /** Takes back a fault that has healed. */
  removeFault(fault: MemberFault): void {
    this.#faults.delete(sortKey([fault.member, fault.kind, fault.caughtBy, fault.detail]));
  }

  /** The result of one line. @throws LINE_UNKNOWN */
  line(id: string): LineResult {
    const result = this.#results.get(id);
    if (result === undefined) throw inventoryError("LINE_UNKNOWN", { id });
    return result;
  }

  /** Every line as it is, with what would become of it under another policy and other factors. */
  *comparedUnder(
    other: Pick<InventoryBasis, "factors" | "policy">,
  ): Generator<{ readonly before: LineResult; readonly after: LineResult }> {
    const context = { ...this.#context, ...other };
    for (const before of this.#results.values()) {
      yield { before, after: { ...before, match: matchLine(before.line, context) } };
    }
  }

  /**
   * The uncertainty that the total would have with other figures on other evidence in the place of some: what is exchanged is put back before
   * this returns, which leaves no trace, since all sums are integers.
   */
  uncertaintyWith(
    exchanges: readonly { readonly before: CountedAmount; readonly after: CountedAmount }[],
  ): GroupUncertainty {
    const { uncertainty } = this.#totals;
    for (const { before, after } of exchanges) {
      uncertainty.takeBack(before);
      uncertainty.add(after);
    }
    const total = uncertainty.total();
    for (const { before, after } of exchanges) {
      uncertainty.takeBack(after);
      uncertainty.add(before);
    }
    return total;
  }

  /** What confidence is judged by, as it stands. */
  confidenceFigures(): ConfidenceFigures {
    return this.#totals;
  }

  /** What else tells on confidence. */
  circumstances(): Circumstances {
    const { registryStale, weakWitnessing } = this.#basis;
    return {
      refusedEvidence: this.#refused.size > 0,
      faults: this.#allFaults().size > 0,
      registryStale,
      weakWitnessing,
    };
  }

  /** Exact sum of all counted lines, in 10⁻⁹ kg CO2e. */
  get totalNano(): bigint {
    return this.#totals.all.nanoKgCo2e;
  }

  /** All evidence that was added, with that which no longer counts. */
  evidence(): readonly EvidenceItem[] {
    return this.#evidence.items();
  }

  /** The figures as they stand, at a cost that does not grow with the ledger. */
  figures(): InventoryFigures {
    const totals = this.#totals;
    const { policy, period, registry } = this.#basis;
    const faults = sortedValues(this.#allFaults());
    const refused = sortedValues(this.#refused);
    return {
      policy: { id: policy.id, version: policy.version },
      ...(period === undefined ? {} : { period }),
      lineCount: this.#results.size,
      registry,
      totalNano: totals.all.nanoKgCo2e,
      finalNano: totals.all.nanoKgCo2e - totals.provisionalNano,
      provisionalNano: totals.provisionalNano,
      coveredNano: totals.coveredNano,
      byCategory: totals.byCategory.sorted(),
      bySupplier: totals.bySupplier.sorted(),
      byMethod: totals.byMethod.sorted(),
      byGwp: totals.byGwp.sorted(),
      gases: totals.gases(),
      apart: totals.apart(),
      unsupportedLines: totals.unsupportedLines,
      coverage: coverageOf(totals),
      confidence: confidenceOf(totals, policy, this.circumstances()),
      uncertainty: totals.uncertainty.total(),
      verifiedAttestations: this.#evidence.size - this.#evidence.covered,
      coveredAttestations: this.#evidence.covered,
      refused,
      faults,
    };
  }

  /** The inventory as it stands; later additions leave it as it is. */
  snapshot(): Inventory {
    return { ...this.figures(), lines: sortedValues(this.#results) };
  }

  #allFaults(): ReadonlyMap<string, MemberFault> {
    const faults = new Map(this.#faults);
    for (const fault of this.#evidence.faults()) {
      faults.set(sortKey([fault.member, fault.kind, fault.caughtBy, fault.detail]), fault);
    }
    return faults;
  }

  #rematch(productIds: readonly string[]): readonly string[] {
    const ids = productIds.flatMap((productId) => [...(this.#linesByProduct.get(productId) ?? [])]);
    for (const id of ids) this.#settle(this.line(id));
    return ids;
  }

  #settle(before: LineResult): void {
    this.#totals.takeBack(before);
    this.#take(before.line, before.days);
  }

  #take(line: LedgerLine, days: DayShare | undefined): void {
    const match = matchLine(line, this.#context);
    const result: LineResult = days === undefined ? { line, match } : { line, match, days };
    this.#totals.add(result);
    this.#results.set(line.id, result);
  }
}

function sortKey(parts: readonly (number | string)[]): string {
  return JSON.stringify(parts);
}

function sortedValues<V>(map: ReadonlyMap<string, V>): readonly V[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, value]) => value);
}
