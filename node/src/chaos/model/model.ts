import type { PublishDocument } from "../../core/documents.ts";
import type { BuyerName, MemberName, SupplierName } from "../network/members.ts";
import type { StatedFootprint } from "./footprint-file.ts";

/** A publication that a node acknowledged. */
export interface Acknowledged {
  readonly productId: string;
  readonly milliKg: number;
  readonly index: number;
  /** Leaf hash, base64. */
  readonly leaf: string;
  /** The moment, in moments of the model, at which it was first asked for. */
  readonly began: number;
}

/** A line of a buyer's ledger. */
export interface ModelLine {
  readonly supplier: SupplierName;
  readonly productId: string;
  /** Every number of pieces that was ever asked for, acknowledged or not. */
  readonly asked: number[];
  /** The number that was acknowledged last; undefined before that. */
  pieces: number | undefined;
  /** True from the moment at which its retraction was asked for. */
  retracting: boolean;
  /** True once that was acknowledged. */
  retracted: boolean;
}

const NANO_PER_MILLI = 1_000_000n;

/** What was asked of the nodes and what they acknowledged: what must be so, whatever happens to them. */
export class Model {
  #moment = 0;
  /** By supplier and index. */
  readonly #publications = new Map<SupplierName, Map<number, Acknowledged>>();
  /** By product: the figure that was acknowledged last. */
  readonly #live = new Map<string, Acknowledged>();
  /** By product: every figure that was ever asked for. */
  readonly #asked = new Map<string, Set<number>>();
  readonly #agreements = new Map<string, number>();
  readonly #held = new Set<string>();
  readonly #lines = new Map<BuyerName, Map<string, ModelLine>>();

  /** Begins to ask for publications; returns what acknowledges them. */
  publishing(supplier: SupplierName, stated: readonly StatedFootprint[]): (answer: PublishDocument) => void {
    const began = this.#moment++;
    for (const { productId, milliKg } of stated) {
      this.#asked.set(productId, (this.#asked.get(productId) ?? new Set()).add(milliKg));
    }
    return ({ published }) => {
      const known = this.#publications.get(supplier) ?? new Map<number, Acknowledged>();
      this.#publications.set(supplier, known);
      for (const [at, { productId, milliKg }] of stated.entries()) {
        const { index, leaf } = published[at] as PublishDocument["published"][number];
        const acknowledged = known.get(index) ?? { productId, milliKg, index, leaf, began };
        known.set(index, acknowledged);
        this.#live.set(productId, acknowledged);
      }
    };
  }

  publications(supplier: SupplierName): ReadonlyMap<number, Acknowledged> {
    return this.#publications.get(supplier) ?? new Map();
  }

  live(productId: string): Acknowledged | undefined {
    return this.#live.get(productId);
  }

  /** An agreement was acknowledged. */
  agreed(buyer: MemberName, supplier: SupplierName): void {
    const name = `${buyer}>${supplier}`;
    if (!this.#agreements.has(name)) this.#agreements.set(name, this.#moment++);
  }

  hasAgreed(buyer: MemberName, supplier: SupplierName): boolean {
    return this.#agreements.has(`${buyer}>${supplier}`);
  }

  /** What a buyer must hold of a supplier: all that was published since they agreed, and what was live then and still is. */
  owed(buyer: MemberName, supplier: SupplierName): Acknowledged[] {
    const since = this.#agreements.get(`${buyer}>${supplier}`);
    if (since === undefined) return [];
    return [...this.publications(supplier).values()].filter(
      (one) => one.began > since || this.#live.get(one.productId) === one,
    );
  }

  /** A buyer was seen to hold a product's footprint. */
  sawHeld(buyer: MemberName, productId: string): void {
    this.#held.add(`${buyer}>${productId}`);
  }

  isHeld(buyer: MemberName, productId: string): boolean {
    return this.#held.has(`${buyer}>${productId}`);
  }

  lines(buyer: BuyerName): Map<string, ModelLine> {
    const lines = this.#lines.get(buyer) ?? new Map<string, ModelLine>();
    this.#lines.set(buyer, lines);
    return lines;
  }

  /** Lines that the ledger must have: acknowledged, and not even asked to be retracted. */
  heldLines(buyer: BuyerName): number {
    return [...this.lines(buyer).values()].filter(({ pieces, retracting }) => pieces !== undefined && !retracting)
      .length;
  }

  /** The total of a buyer in 10⁻⁹ kg, once everything that was asked for is acknowledged and has arrived. */
  totalNanoKg(buyer: BuyerName): bigint {
    let total = 0n;
    for (const { supplier, productId, pieces, retracted } of this.lines(buyer).values()) {
      const live = this.#live.get(productId);
      if (pieces === undefined || retracted || live === undefined || !this.hasAgreed(buyer, supplier)) continue;
      total += BigInt(pieces) * BigInt(live.milliKg) * NANO_PER_MILLI;
    }
    return total;
  }

  /** Whether a line may stand at that figure because of that entry: some number of pieces asked for, times what the entry states. */
  mayStandAt(buyer: BuyerName, lineId: string, nanoKg: bigint, supplier: SupplierName, index: number): boolean {
    const line = this.lines(buyer).get(lineId);
    if (line === undefined || line.supplier !== supplier) return false;
    const acknowledged = this.publications(supplier).get(index);
    if (acknowledged !== undefined && acknowledged.productId !== line.productId) return false;
    // An entry that is not acknowledged yet states one of the figures that were asked for.
    const figures = acknowledged === undefined ? (this.#asked.get(line.productId) ?? []) : [acknowledged.milliKg];
    for (const milliKg of figures) {
      for (const pieces of line.asked) if (BigInt(pieces) * BigInt(milliKg) * NANO_PER_MILLI === nanoKg) return true;
    }
    return false;
  }

  /** How much was acknowledged, for whoever watches. */
  get counts(): { readonly publications: number; readonly agreements: number; readonly lines: number } {
    const sizes = (maps: Iterable<{ size: number }>): number => [...maps].reduce((sum, { size }) => sum + size, 0);
    return {
      publications: sizes(this.#publications.values()),
      agreements: this.#agreements.size,
      lines: sizes(this.#lines.values()),
    };
  }
}
