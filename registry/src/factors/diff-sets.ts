import {
  compare,
  div,
  type FactorRow,
  type FactorSet,
  isZero,
  type RateSet,
  type Rational,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { type ChangeSplit, splitChange } from "./split-change.ts";

/** What about a factor is another: its figure, or what the figure is of. */
export type ChangedField = "figure" | "kind" | "denominator" | "boundary" | "geography" | "technology";

/** A factor that both versions have and that is not the same in both. */
export interface ChangedRow {
  readonly before: FactorRow;
  readonly after: FactorRow;
  readonly fields: readonly ChangedField[];
  /** Absent where the two are no figures that can be compared; `incomparable` says why. */
  readonly split?: ChangeSplit;
  readonly incomparable?: string;
}

/** A factor under another key or label. It is among the changed ones, too, where its figure is another. */
export interface RenamedRow {
  readonly before: FactorRow;
  readonly after: FactorRow;
}

/** What is another between two versions of a set, each list in the order of keys. Citations, quality and data periods are not compared. */
export interface SetDiff {
  readonly from: FactorSet;
  readonly to: FactorSet;
  readonly added: readonly FactorRow[];
  /** Gone, or marked withdrawn: then `after` says why. */
  readonly removed: readonly { readonly before: FactorRow; readonly after?: FactorRow }[];
  readonly renamed: readonly RenamedRow[];
  readonly changed: readonly ChangedRow[];
  /** Neither renamed nor changed. */
  readonly unchanged: readonly FactorRow[];
}

/**
 * Compares two versions of a set, row by row: by the key that a row says it had, or else by the same key. Labels never identify a row.
 * Rows marked withdrawn in both versions are left out. Each changed figure is split by cause, as `splitChange` does.
 */
export function diffSets(from: FactorSetWithRows, to: FactorSetWithRows, rates?: RateSet): SetDiff {
  const earlier = new Map(from.rows.map((row) => [row.key, row]));
  const met = new Set<string>();
  const diff = {
    added: [] as FactorRow[],
    removed: [] as SetDiff["removed"][number][],
    renamed: [] as RenamedRow[],
    changed: [] as ChangedRow[],
    unchanged: [] as FactorRow[],
  };
  for (const after of to.rows) {
    const before = earlierRow(earlier, after);
    if (before !== undefined) met.add(before.key);
    if (before === undefined || before.kind === "withdrawn") {
      if (after.kind !== "withdrawn") diff.added.push(after);
      continue;
    }
    if (after.kind === "withdrawn") {
      diff.removed.push({ before, after });
      continue;
    }
    const isRenamed = before.key !== after.key || before.label !== after.label;
    const changed = compareRows(from.set, before, to.set, after, rates);
    if (isRenamed) diff.renamed.push({ before, after });
    if (changed !== undefined) diff.changed.push(changed);
    if (!isRenamed && changed === undefined) diff.unchanged.push(after);
  }
  for (const before of from.rows) {
    if (!met.has(before.key) && before.kind !== "withdrawn") diff.removed.push({ before });
  }
  diff.removed.sort((a, b) => (a.before.key < b.before.key ? -1 : 1));
  return { from: from.set, to: to.set, ...diff };
}

/** The row of the earlier version that a row continues. */
export function earlierRow(earlier: ReadonlyMap<string, FactorRow>, { key, change }: FactorRow): FactorRow | undefined {
  return (change?.from === undefined ? undefined : earlier.get(change.from)) ?? earlier.get(key);
}

/** What is another between a row and the one it continues; undefined where nothing is. */
export function compareRows(
  fromSet: FactorSet,
  before: FactorRow,
  toSet: FactorSet,
  after: FactorRow,
  rates: RateSet | undefined,
): ChangedRow | undefined {
  const fields: ChangedField[] = [];
  if (before.kind !== after.kind) fields.push("kind");
  if (before.denominator !== after.denominator) fields.push("denominator");
  if (before.boundary !== after.boundary) fields.push("boundary");
  if (placeOf(before) !== placeOf(after)) fields.push("geography");
  if (before.technology !== after.technology) fields.push("technology");
  try {
    const split = splitChange({ row: before, set: fromSet }, { row: after, set: toSet }, rates);
    if (!isZero(split.difference)) fields.unshift("figure");
    return fields.length === 0 ? undefined : { before, after, fields, split };
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    if (boundOf(before) !== boundOf(after)) fields.unshift("figure");
    if (fields.length === 0) return undefined;
    const incomparable = before.kind === after.kind ? cause.message : `${boundOf(before)} to ${boundOf(after)}`;
    return { before, after, fields, incomparable };
  }
}

const placeOf = ({ geography: { scheme, code } }: FactorRow): string => `${scheme} ${code}`;

/** What a row says where it says no figure. */
function boundOf(row: FactorRow): string {
  return row.kind === "bound" ? `${row.comparator} ${row.value}` : row.kind;
}

/** How far the figures of two versions are apart, as later over earlier. */
export interface DiffSummary {
  readonly added: number;
  readonly removed: number;
  readonly renamed: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Of the changed figures that can be compared; absent where there are none. The median of an even count is the lower one of the two. */
  readonly ratios?: { readonly median: Rational; readonly least: RowRatio; readonly greatest: RowRatio };
}

/** A row and its later figure over its earlier one. */
export interface RowRatio {
  readonly key: string;
  readonly ratio: Rational;
}

export function summarizeDiff({ added, removed, renamed, changed, unchanged }: SetDiff): DiffSummary {
  const ratios = changed
    .flatMap(({ after, split }): RowRatio[] =>
      split === undefined || isZero(split.before) || isZero(split.difference)
        ? []
        : [{ key: after.key, ratio: div(split.after, split.before) }],
    )
    .sort((a, b) => compare(a.ratio, b.ratio));
  const [least, median, greatest] = [ratios[0], ratios[(ratios.length - 1) >> 1], ratios.at(-1)];
  const counts = {
    added: added.length,
    removed: removed.length,
    renamed: renamed.length,
    changed: changed.length,
    unchanged: unchanged.length,
  };
  if (least === undefined || median === undefined || greatest === undefined) return counts;
  return { ...counts, ratios: { median: median.ratio, least, greatest } };
}
