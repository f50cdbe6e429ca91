import {
  addAligned,
  type FactorRow,
  formatNanoKg,
  mul,
  type RateSet,
  type Rational,
  toNanoKg,
  ZERO,
} from "@tallystick/contracts";
import { canonicalJson, encodeBase64, type JsonObject, sha256, utf8Encode } from "@tallystick/proto";
import { splitChange, splitLine } from "@tallystick/registry";
import { type ConfidenceFigures, confidenceOf } from "../inventory/confidence.ts";
import { causeOf, type DiffCause, type LineDifference, lineDifference } from "../inventory/diff-inventories.ts";
import { factorName } from "../inventory/factor-library.ts";
import type { InventoryBasis, LineResult } from "../inventory/inventory.ts";
import type { InventoryPolicy, SetId } from "../inventory/inventory-policy.ts";
import { toLineFigure } from "../inventory/line-figure.ts";
import type { FactorUse } from "../inventory/line-match.ts";
import type { LiveInventory } from "../inventory/live-inventory.ts";
import { apportion, dayRatio } from "../inventory/period.ts";
import type { CountedAmount } from "../inventory/uncertainty.ts";
import type { RebaselineCause, RebaselineDocument, RebaselinedFactor } from "./rebaseline-document.ts";

/** Lines that a plan names; all of them are in the sums. */
const NAMED_LINES = 100;

/** From which policy to which, and the factors of each. */
export interface Move {
  readonly target: SetId;
  readonly before: InventoryPolicy;
  readonly after: Pick<InventoryBasis, "factors" | "policy">;
}

/** The lines that go from one factor to another. */
interface Group {
  readonly from: FactorUse;
  readonly to: FactorUse;
  lines: number;
  beforeNano: bigint;
  afterNano: bigint;
  /** How much of what each factor is per. */
  beforeAmount: Rational;
  afterAmount: Rational;
}

/**
 * States what moving to another version of a set changes: how much by factor and by cause, which lines most, and at what confidence. Pure; costs
 * one matching of each line.
 *
 * @throws what factors throw that cannot be compared: UNIT_INCOMPATIBLE
 */
export function planRebaseline(
  live: LiveInventory,
  { target, before, after }: Move,
  applied: boolean,
): RebaselineDocument {
  const groups = new Map<FactorRow, Map<FactorRow, Group>>();
  const others = new Map<DiffCause, { lines: number; nano: bigint }>();
  const largest = new Largest();
  const shift = new ConfidenceShift();
  const exchanges: Exchange[] = [];
  let [changed, unchanged, deltaNano] = [0, 0, 0n];
  for (const { before: earlier, after: later } of live.comparedUnder(after)) {
    const [from, to] = [factorOf(earlier), factorOf(later)];
    if (from !== undefined && to !== undefined && from.table.set === to.table.set) {
      unchanged += 1;
      continue;
    }
    const [beforeNano, afterNano] = [nanoOf(earlier), nanoOf(later)];
    const delta = afterNano - beforeNano;
    deltaNano += delta;
    if (delta === 0n) {
      unchanged += 1;
    } else {
      changed += 1;
      largest.add(earlier, later, delta);
    }
    shift.add(earlier, later, beforeNano, afterNano);
    if (from !== undefined && to !== undefined && from.table.set.id === to.table.set.id) {
      addLine(groups, { from, to, before: earlier, after: later, beforeNano, afterNano });
    } else {
      exchanges.push(...exchangesOf(earlier, later));
      if (delta !== 0n) addTo(others, causeOf(toLineFigure(earlier), toLineFigure(later)), delta);
    }
  }
  const figures = live.figures();
  const all = [...groups.values()].flatMap((byTo) => [...byTo.values()]);
  for (const { from, to, beforeNano, afterNano } of all) {
    exchanges.push({
      before: { ...ANYWHERE, nanoKgCo2e: beforeNano, evidence: from },
      after: { ...ANYWHERE, nanoKgCo2e: afterNano, evidence: to },
    });
  }
  const factors = all.map((group) => describe(group, after.factors.rates));
  const plan = {
    v: 1 as const,
    from: before.factorSets.filter(({ id }) => id === target.id).map(({ id, version = "any" }) => `${id}@${version}`),
    to: `${target.id}@${target.version}`,
    policy: { id: after.policy.id, version: after.policy.version },
    beforeKgCo2e: formatNanoKg(figures.totalNano),
    afterKgCo2e: formatNanoKg(figures.totalNano + deltaNano),
    deltaKgCo2e: formatNanoKg(deltaNano),
    changedLines: changed,
    unchangedLines: unchanged,
    byCause: sumCauses(factors),
    factors: factors.map(({ document }) => document).sort(bySize),
    otherLines: Object.fromEntries(
      [...others]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([cause, { lines, nano }]) => [cause, { lines, deltaKgCo2e: formatNanoKg(nano) }]),
    ),
    lines: largest.lines(),
    confidenceBefore: figures.confidence,
    confidenceAfter: confidenceOf(shift.of(live.confidenceFigures()), after.policy, live.circumstances()),
    uncertaintyBefore: figures.uncertainty,
    uncertaintyAfter: live.uncertaintyWith(exchanges),
  };
  const digest = encodeBase64(sha256(utf8Encode(canonicalJson(plan as unknown as JsonObject))));
  return { ...plan, digest, applied };
}

function factorOf({ match }: LineResult): FactorUse | undefined {
  if (match.kind === "unsupported") return undefined;
  const { evidence } = match;
  return evidence.method === "average-data" || evidence.method === "spend-based" ? evidence : undefined;
}

function nanoOf({ line, match, days }: LineResult): bigint {
  return match.kind === "unsupported" || line.account !== undefined
    ? 0n
    : apportion(match.calculation.nanoKgCo2e, days);
}

function amountOf({ match, days }: LineResult): Rational {
  const amount = match.kind === "unsupported" ? undefined : match.calculation.amount;
  if (amount === undefined) return ZERO;
  return days === undefined ? amount : mul(amount, dayRatio(days));
}

interface GroupedLine {
  readonly from: FactorUse;
  readonly to: FactorUse;
  readonly before: LineResult;
  readonly after: LineResult;
  readonly beforeNano: bigint;
  readonly afterNano: bigint;
}

function addLine(groups: Map<FactorRow, Map<FactorRow, Group>>, one: GroupedLine): void {
  const { from, to, before, after } = one;
  if (before.line.account !== undefined) return;
  const byTo = groups.get(from.placed.row) ?? new Map<FactorRow, Group>();
  if (byTo.size === 0) groups.set(from.placed.row, byTo);
  let group = byTo.get(to.placed.row);
  if (group === undefined) {
    group = { from, to, lines: 0, beforeNano: 0n, afterNano: 0n, beforeAmount: ZERO, afterAmount: ZERO };
    byTo.set(to.placed.row, group);
  }
  group.lines += 1;
  group.beforeNano += one.beforeNano;
  group.afterNano += one.afterNano;
  group.beforeAmount = addAligned(group.beforeAmount, amountOf(before));
  group.afterAmount = addAligned(group.afterAmount, amountOf(after));
}

interface Exchange {
  readonly before: CountedAmount;
  readonly after: CountedAmount;
}

/** Only the total's uncertainty is asked for: which category an amount stands in does not matter to it. */
const ANYWHERE = { category: 0, supplier: "" } as const;

function exchangesOf(before: LineResult, after: LineResult): readonly Exchange[] {
  const [from, to] = [countedOf(before), countedOf(after)];
  return from === undefined || to === undefined ? [] : [{ before: from, after: to }];
}

function countedOf({ match, line, days }: LineResult): CountedAmount | undefined {
  if (match.kind === "unsupported" || match.evidence.method === "hybrid" || line.account !== undefined)
    return undefined;
  const nanoKgCo2e = apportion(match.calculation.nanoKgCo2e, days);
  return { ...ANYWHERE, nanoKgCo2e, evidence: match.evidence };
}

/** How the figures that confidence is judged by differ, line by line. */
class ConfidenceShift {
  #unsupported = 0;
  #magnitudeNano = 0n;
  #verifiedNano = 0n;

  add(before: LineResult, after: LineResult, beforeNano: bigint, afterNano: bigint): void {
    if (before.match.kind !== after.match.kind) this.#unsupported += after.match.kind === "unsupported" ? 1 : -1;
    const [earlier, later] = [magnitude(beforeNano), magnitude(afterNano)];
    this.#magnitudeNano += later - earlier;
    if (isVerified(before)) this.#verifiedNano -= earlier;
    if (isVerified(after)) this.#verifiedNano += later;
  }

  of(figures: ConfidenceFigures): ConfidenceFigures {
    const { all, spendLines, spendMicro, countedSpendMicro, provisionalLines, sponsoredLines } = figures;
    return {
      all,
      spendLines,
      spendMicro,
      countedSpendMicro,
      provisionalLines,
      sponsoredLines,
      unsupportedLines: figures.unsupportedLines + this.#unsupported,
      magnitudeNano: figures.magnitudeNano + this.#magnitudeNano,
      verifiedMagnitudeNano: figures.verifiedMagnitudeNano + this.#verifiedNano,
    };
  }
}

const magnitude = (nano: bigint): bigint => (nano < 0n ? -nano : nano);
const isVerified = ({ match }: LineResult): boolean =>
  match.kind === "counted" && match.evidence.method === "supplier-specific";

interface Described {
  readonly document: RebaselinedFactor;
  readonly causes: ReadonlyMap<RebaselineCause, bigint>;
}

function describe(group: Group, rates: RateSet | undefined): Described {
  const { from, to, lines, beforeNano, afterNano } = group;
  const [earlier, later] = [from, to].map(({ table: { set }, placed: { row } }) => ({ set, row })) as [
    Version,
    Version,
  ];
  const split = splitLine(splitChange(earlier, later, rates), { before: group.beforeAmount, after: group.afterAmount });
  const delta = afterNano - beforeNano;
  const causes = new Map<RebaselineCause, bigint>();
  let attributed = 0n;
  for (const { cause, kgCo2e } of split.parts) {
    const nano = toNanoKg(kgCo2e);
    causes.set(cause, nano);
    attributed += nano;
  }
  // Each line was rounded by itself, the parts of the split are those of their sum.
  if (attributed !== delta) causes.set("rounding", delta - attributed);
  return {
    causes,
    document: {
      from: factorName(earlier.set, earlier.row.key),
      to: factorName(later.set, later.row.key),
      lines,
      beforeKgCo2e: formatNanoKg(beforeNano),
      afterKgCo2e: formatNanoKg(afterNano),
      deltaKgCo2e: formatNanoKg(delta),
      byCause: formatCauses(causes),
      how: split.parts.map(({ cause, how }) => `${cause}: ${how}`),
    },
  };
}

type Version = Parameters<typeof splitChange>[0];

function sumCauses(factors: readonly Described[]): RebaselineDocument["byCause"] {
  const sums = new Map<RebaselineCause, bigint>();
  for (const { causes } of factors) {
    for (const [cause, nano] of causes) sums.set(cause, (sums.get(cause) ?? 0n) + nano);
  }
  return formatCauses(sums);
}

function formatCauses(causes: ReadonlyMap<RebaselineCause, bigint>): Partial<Record<RebaselineCause, string>> {
  const entries = [...causes].filter(([, nano]) => nano !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([cause, nano]) => [cause, formatNanoKg(nano)]));
}

function addTo(sums: Map<DiffCause, { lines: number; nano: bigint }>, cause: DiffCause, nano: bigint): void {
  const sum = sums.get(cause) ?? { lines: 0, nano: 0n };
  sums.set(cause, { lines: sum.lines + 1, nano: sum.nano + nano });
}

function bySize(a: RebaselinedFactor, b: RebaselinedFactor): number {
  const [left, right] = [a, b].map(({ deltaKgCo2e }) => Math.abs(Number(deltaKgCo2e))) as [number, number];
  return right - left || (a.from < b.from ? -1 : 1);
}

/** The lines that change most, whatever their number. */
class Largest {
  readonly #kept: { readonly size: bigint; readonly before: LineResult; readonly after: LineResult }[] = [];
  #least = 0n;

  add(before: LineResult, after: LineResult, delta: bigint): void {
    const size = delta < 0n ? -delta : delta;
    if (size < this.#least) return;
    this.#kept.push({ size, before, after });
    if (this.#kept.length >= NAMED_LINES * 20) this.#cut();
  }

  #cut(): void {
    this.#kept.sort((a, b) =>
      a.size === b.size ? (a.before.line.id < b.before.line.id ? -1 : 1) : a.size > b.size ? -1 : 1,
    );
    this.#kept.length = Math.min(this.#kept.length, NAMED_LINES);
    this.#least = this.#kept.at(-1)?.size ?? 0n;
  }

  lines(): readonly LineDifference[] {
    this.#cut();
    return this.#kept.map(({ before, after }) => lineDifference(toLineFigure(before), toLineFigure(after)));
  }
}
