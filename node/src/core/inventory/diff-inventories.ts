import { formatNanoKg } from "@tallystick/contracts";
import { type LineFigure, nanoOf } from "./line-figure.ts";

/** Why a line's figure differs between two inventories. The first that applies is the cause. */
export const DIFF_CAUSES = [
  /** The later one has a line that the earlier had not: a late invoice. */
  "line-added",
  /** The line was retracted, or is of another period now. */
  "line-removed",
  /** The line says something else under the same id. */
  "line-corrected",
  /** Nothing supported the line, and something does now. */
  "now-supported",
  "no-longer-supported",
  /** Another kind of evidence: a supplier's own figure where there was an average. */
  "other-method",
  /** Another attestation of the supplier: a correction, or one for a better period. */
  "other-attestation",
  /** Another version of the same factor set. */
  "factor-version",
  /** Another factor of the same version, or of another set. */
  "other-factor",
  /** The same line and the same evidence come to another figure: other rates, another GWP set, another share of days. */
  "other-calculation",
] as const;
export type DiffCause = (typeof DIFF_CAUSES)[number];

/** One line whose figure differs. Figures are kg CO2e with nine decimals. */
export interface LineDifference {
  readonly id: string;
  readonly cause: DiffCause;
  readonly category: number;
  readonly before?: string;
  readonly after?: string;
  readonly deltaKgCo2e: string;
  readonly evidenceBefore?: string;
  readonly evidenceAfter?: string;
}

/** Two inventories compared. The deltas of the causes add up to the delta of the totals exactly. */
export interface InventoryDifference {
  readonly beforeKgCo2e: string;
  readonly afterKgCo2e: string;
  readonly deltaKgCo2e: string;
  readonly byCause: Readonly<Partial<Record<DiffCause, { readonly lines: number; readonly deltaKgCo2e: string }>>>;
  readonly byCategory: Readonly<Record<string, string>>;
  readonly unchangedLines: number;
  /** The largest first; of one size by id. */
  readonly lines: readonly LineDifference[];
}

/** Compares what became of each line. Lines whose figure is the same are counted, whatever they rest on. */
export function diffInventories(before: readonly LineFigure[], after: readonly LineFigure[]): InventoryDifference {
  const earlier = new Map(before.map((figure) => [figure.id, figure]));
  const later = new Map(after.map((figure) => [figure.id, figure]));
  const differences: { readonly delta: bigint; readonly line: LineDifference }[] = [];
  let unchangedLines = 0;
  for (const id of new Set([...earlier.keys(), ...later.keys()])) {
    const [a, b] = [earlier.get(id), later.get(id)];
    const delta = (b === undefined ? 0n : nanoOf(b)) - (a === undefined ? 0n : nanoOf(a));
    if (a !== undefined && b !== undefined && delta === 0n && a.category === b.category) unchangedLines += 1;
    else differences.push({ delta, line: lineDifference(a, b) });
  }
  differences.sort((x, y) => compareSize(x.delta, y.delta) || (x.line.id < y.line.id ? -1 : 1));
  const sum = (figures: readonly LineFigure[]): bigint => figures.reduce((total, figure) => total + nanoOf(figure), 0n);
  const [beforeNano, afterNano] = [sum(before), sum(after)];
  return {
    beforeKgCo2e: formatNanoKg(beforeNano),
    afterKgCo2e: formatNanoKg(afterNano),
    deltaKgCo2e: formatNanoKg(afterNano - beforeNano),
    byCause: sumByCause(differences),
    byCategory: sumByCategory(before, after),
    unchangedLines,
    lines: differences.map(({ line }) => line),
  };
}

/** What became of one line; at least one of the two is there. */
export function lineDifference(a: LineFigure | undefined, b: LineFigure | undefined): LineDifference {
  const { id, category } = (b ?? a) as LineFigure;
  const delta = (b === undefined ? 0n : nanoOf(b)) - (a === undefined ? 0n : nanoOf(a));
  return {
    id,
    cause: causeOf(a, b),
    category,
    ...(a?.kgCo2e === undefined ? {} : { before: a.kgCo2e }),
    ...(b?.kgCo2e === undefined ? {} : { after: b.kgCo2e }),
    deltaKgCo2e: formatNanoKg(delta),
    ...(a?.evidence === undefined ? {} : { evidenceBefore: a.evidence }),
    ...(b?.evidence === undefined ? {} : { evidenceAfter: b.evidence }),
  };
}

/** The first cause that applies. */
export function causeOf(a: LineFigure | undefined, b: LineFigure | undefined): DiffCause {
  if (a === undefined) return "line-added";
  if (b === undefined) return "line-removed";
  if (a.line !== b.line) return "line-corrected";
  if (a.method === "unsupported") return "now-supported";
  if (b.method === "unsupported") return "no-longer-supported";
  if (a.method !== b.method) return "other-method";
  if (a.evidence === b.evidence) return "other-calculation";
  if (a.method === "supplier-specific") return "other-attestation";
  return setOf(a) === setOf(b) ? "factor-version" : "other-factor";
}

/** The set and key of a factor without the set's version. */
function setOf({ evidence = "" }: LineFigure): string {
  return evidence.replace(/@[^#]*/, "");
}

function compareSize(x: bigint, y: bigint): number {
  const [left, right] = [x < 0n ? -x : x, y < 0n ? -y : y];
  return left === right ? 0 : left > right ? -1 : 1;
}

function sumByCause(differences: readonly { delta: bigint; line: LineDifference }[]): InventoryDifference["byCause"] {
  const sums = new Map<DiffCause, { lines: number; nano: bigint }>();
  for (const { delta, line } of differences) {
    const sum = sums.get(line.cause) ?? { lines: 0, nano: 0n };
    sums.set(line.cause, { lines: sum.lines + 1, nano: sum.nano + delta });
  }
  return Object.fromEntries(
    DIFF_CAUSES.flatMap((cause) => {
      const sum = sums.get(cause);
      return sum === undefined ? [] : [[cause, { lines: sum.lines, deltaKgCo2e: formatNanoKg(sum.nano) }]];
    }),
  );
}

function sumByCategory(before: readonly LineFigure[], after: readonly LineFigure[]): Record<string, string> {
  const sums = new Map<number, bigint>();
  const add = (figure: LineFigure, sign: bigint): void => {
    sums.set(figure.category, (sums.get(figure.category) ?? 0n) + sign * nanoOf(figure));
  };
  for (const figure of before) add(figure, -1n);
  for (const figure of after) add(figure, 1n);
  const changed = [...sums].filter(([, nano]) => nano !== 0n).sort(([a], [b]) => a - b);
  return Object.fromEntries(changed.map(([category, nano]) => [String(category), formatNanoKg(nano)]));
}
