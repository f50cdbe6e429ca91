import {
  activitySourceKey,
  BASIC_GSD2,
  type FactorRow,
  factorSources,
  formatScaled,
  isMoneyDenominator,
  type KnownSources,
  lnGsd2E9,
  NANO_DECIMALS,
  parsePactDecimal,
  pedigreeGsd2,
  primaryDataShare,
  type Rational,
  rational,
  type SourceShare,
  type Spread,
  sourcesOf,
  UncertaintyAccumulator,
  type UncertaintyBasis,
  type UncertaintySource,
  WORST_PEDIGREE,
  ZERO,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { entryKey } from "./evidence-index.ts";
import { factorName } from "./factor-library.ts";
import type { EvidenceUse, HybridUse } from "./line-match.ts";

/** What a line's figure may be wrong by: that of its evidence, and that of the quantity or amount that it is multiplied with. */
export interface LineSources {
  /** Name of the evidence: lines of one name have the same sources. */
  readonly evidence: string;
  readonly basis: UncertaintyBasis;
  readonly sources: readonly UncertaintySource[];
  /** Share of the figure for which the worst is assumed, in 10⁻⁴. */
  readonly assumedShareE4: bigint;
  /** Per cent of the figure that rests on primary data: what the supplier states; 0 for factors, and where nothing is stated. */
  readonly primaryPercent: Rational;
}

/** A counted line, or the part of one that has evidence of its own. */
export interface CountedAmount {
  readonly category: number;
  readonly supplier: string;
  /** As it is counted, in 10⁻⁹ kg CO2e: after apportioning. */
  readonly nanoKgCo2e: bigint;
  readonly evidence: SingleUse;
}

/** What is known of a figure's uncertainty and data. */
export interface GroupUncertainty {
  /** Absent where nothing is counted. Bounds are kg CO2e of three significant digits, rounded outward. */
  readonly spread?: Spread;
  /** The sources that give most of the spread, the largest first: at most `MAX_DOMINANT`. */
  readonly dominant: readonly SourceShare[];
  /** Share of the emissions of whose uncertainty nothing is known, so that the worst is taken: four decimals, rounded down. */
  readonly assumedShare: string;
  /** Per cent of the emissions that rests on primary data: two decimals, rounded down. Absent where nothing is counted. */
  readonly primaryDataShare?: string;
}

/** Of an inventory and its groups, in the order of their keys. */
export interface InventoryUncertainty {
  readonly total: GroupUncertainty;
  readonly byCategory: ReadonlyMap<number, GroupUncertainty>;
  readonly bySupplier: ReadonlyMap<string, GroupUncertainty>;
}

/** Most sources that are named for a figure. */
export const MAX_DOMINANT = 5;

/**
 * A ledger says nothing of how well its quantities are known. They come from one company's books and meters, so they are taken to be wrong
 * together: independence would have to be shown, and assuming it line by line would let a split purchase look more certain.
 */
export const QUANTITIES: UncertaintySource = activity("quantities");
const SPEND = activity("spend");

const REPORTED: KnownSources = {
  basis: "assumed",
  sources: [
    {
      key: activitySourceKey("reported-emissions"),
      lnGsd2E9: lnGsd2E9(pedigreeGsd2(BASIC_GSD2.materials, WORST_PEDIGREE)),
    },
  ],
  assumedShareE4: 10_000n,
};

function activity(name: string): UncertaintySource {
  return { key: activitySourceKey(name), lnGsd2E9: lnGsd2E9(BASIC_GSD2.materials) };
}

/** Evidence that is one thing: a line of components has several. */
export type SingleUse = Exclude<EvidenceUse, HybridUse>;

/** The sources of a line's figure from its evidence. */
export function lineSources(evidence: SingleUse): LineSources {
  if (evidence.method === "supplier-specific") {
    const { footprint, ref } = evidence.item;
    const { basis, sources, assumedShareE4 } = sourcesOf(footprint, ref);
    const stated = footprint.pcf.primaryDataShare;
    return {
      evidence: evidenceName(evidence),
      basis,
      sources: [...sources, QUANTITIES],
      assumedShareE4,
      primaryPercent: stated === undefined ? ZERO : parsePactDecimal(stated),
    };
  }
  const name = evidenceName(evidence);
  // Whoever reported it said nothing of how well it is known: the worst, and all such figures together.
  if (evidence.method === "reported-emissions") return { evidence: name, ...REPORTED, primaryPercent: ZERO };
  return { evidence: name, ...knownOfFactor(name, evidence.placed.row), primaryPercent: ZERO };
}

/** The sources of what is calculated with a factor, and of what it is multiplied with. @param name `SET@VERSION#KEY` */
export function knownOfFactor(name: string, row: FactorRow): KnownSources {
  const known = ownOfFactor(name, row);
  return { ...known, sources: [...known.sources, isMoneyDenominator(row.denominator) ? SPEND : QUANTITIES] };
}

function ownOfFactor(name: string, row: FactorRow): KnownSources {
  try {
    return factorSources(name, row);
  } catch (error) {
    // Scores of a scheme without numbers say nothing here: the worst is taken, and shown as assumed.
    if (!isTallyError(error)) throw error;
    const { gsd2: _gsd2, quality: _quality, ...unrated } = row;
    return factorSources(name, unrated);
  }
}

/** Lines that rest on one factor share one evidence, whose name is made once. */
const names = new WeakMap<SingleUse, string>();

function evidenceName(evidence: SingleUse): string {
  const known = names.get(evidence);
  if (known !== undefined) return known;
  const name = nameOf(evidence);
  names.set(evidence, name);
  return name;
}

function nameOf(evidence: SingleUse): string {
  if (evidence.method === "reported-emissions") return "reported";
  if (evidence.method !== "supplier-specific") return factorName(evidence.table.set, evidence.placed.row.key);
  const { origin, index, leaf } = evidence.item.ref;
  return `${entryKey(origin, index)} ${leaf}`;
}

/** What lines of one evidence add up to. */
interface Amount {
  lines: number;
  nanoKgCo2e: bigint;
}

/** By evidence; evidence without lines does not exist. */
type Amounts = Map<string, Amount>;

/**
 * The uncertainty of an inventory, kept up to date: a line costs one addition in each of its groups, since lines of one evidence are
 * correlated anyway and only their sum matters. All is integers until it is read, so that no order of additions and retractions leaves
 * a trace.
 */
export class UncertaintyTotals {
  readonly #byCategory = new Map<number, Amounts>();
  readonly #bySupplier = new Map<string, Amounts>();
  readonly #sources = new Map<string, { readonly of: LineSources; uses: number }>();

  add(counted: CountedAmount): void {
    this.#apply(counted, counted.nanoKgCo2e, 1);
  }

  /** Undoes the addition of the same amount with the same evidence. */
  takeBack(counted: CountedAmount): void {
    this.#apply(counted, -counted.nanoKgCo2e, -1);
  }

  /** Of the inventory as a whole. */
  total(): GroupUncertainty {
    const all: Amounts = new Map();
    for (const amounts of this.#byCategory.values()) {
      for (const [name, { lines, nanoKgCo2e }] of amounts) apply(all, name, nanoKgCo2e, lines);
    }
    return this.#of(all);
  }

  /** As it stands; later changes leave it as it is. */
  snapshot(): InventoryUncertainty {
    return {
      total: this.total(),
      byCategory: this.#sorted(this.#byCategory),
      bySupplier: this.#sorted(this.#bySupplier),
    };
  }

  #apply({ category, supplier, evidence }: CountedAmount, nanoKgCo2e: bigint, lines: 1 | -1): void {
    const name = evidenceName(evidence);
    const known = this.#sources.get(name) ?? { of: lineSources(evidence), uses: 0 };
    known.uses += lines;
    if (known.uses === 0) this.#sources.delete(name);
    else this.#sources.set(name, known);
    applyTo(this.#byCategory, category, name, nanoKgCo2e, lines);
    applyTo(this.#bySupplier, supplier, name, nanoKgCo2e, lines);
  }

  #sorted<K extends number | string>(groups: ReadonlyMap<K, Amounts>): ReadonlyMap<K, GroupUncertainty> {
    const entries = [...groups].map(([key, amounts]) => [key, this.#of(amounts)] as const);
    return new Map(entries.sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)));
  }

  #of(amounts: Amounts): GroupUncertainty {
    const combined = new UncertaintyAccumulator();
    const parts: { readonly emissions: Rational; readonly primaryPercent: Rational }[] = [];
    let [magnitudeNano, assumedE13] = [0n, 0n];
    for (const [name, { nanoKgCo2e }] of amounts) {
      const { sources, assumedShareE4, primaryPercent } = (this.#sources.get(name) as { of: LineSources }).of;
      combined.add({ nanoKg: nanoKgCo2e, sources });
      // Returns net with purchases of the same evidence; what is left counts by its size, so that shares stay shares.
      const sizeNano = nanoKgCo2e < 0n ? -nanoKgCo2e : nanoKgCo2e;
      magnitudeNano += sizeNano;
      assumedE13 += sizeNano * assumedShareE4;
      parts.push({ emissions: rational(sizeNano, 10n ** BigInt(NANO_DECIMALS)), primaryPercent });
    }
    const spread = combined.spread();
    return {
      ...(spread === undefined ? {} : { spread }),
      dominant: combined.dominantSources(MAX_DOMINANT),
      assumedShare: formatScaled(magnitudeNano === 0n ? 0n : assumedE13 / magnitudeNano, 4),
      ...(magnitudeNano === 0n ? {} : { primaryDataShare: formatPercent(primaryDataShare(parts)) }),
    };
  }
}

function applyTo<K>(groups: Map<K, Amounts>, key: K, name: string, nanoKgCo2e: bigint, lines: number): void {
  const amounts = groups.get(key) ?? new Map<string, Amount>();
  apply(amounts, name, nanoKgCo2e, lines);
  if (amounts.size === 0) groups.delete(key);
  else groups.set(key, amounts);
}

function apply(amounts: Amounts, name: string, nanoKgCo2e: bigint, lines: number): void {
  const amount = amounts.get(name) ?? { lines: 0, nanoKgCo2e: 0n };
  amount.lines += lines;
  amount.nanoKgCo2e += nanoKgCo2e;
  if (amount.lines === 0) amounts.delete(name);
  else amounts.set(name, amount);
}

function formatPercent({ n, d }: Rational): string {
  return formatScaled((n * 100n) / d, 2);
}
