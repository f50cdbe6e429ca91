import {
  activityOf,
  calculateLine,
  type Evidence,
  type FactorRow,
  type FactorSet,
  type LedgerLine,
  measuresAlike,
  measuresThrough,
  takesMoney,
  unitOf,
} from "@tallystick/contracts";
import { type FactorQuery, type FactorSelector, parsePlace, type Selection } from "@tallystick/registry";
import { attempt, refusalOf } from "./attempt.ts";
import { type FactorLibrary, type FactorTable, factorName, selectorOf } from "./factor-library.ts";
import type { InventoryPolicy } from "./inventory-policy.ts";
import type { FactorUse } from "./line-match.ts";
import { type RejectedFactors, ruleAlone, type Tried, type Usable } from "./tried.ts";

/** What a factor is looked for in. */
export interface FactorContext {
  readonly factors: FactorLibrary;
  readonly policy: InventoryPolicy;
  /** Last day of the reporting period. */
  readonly periodEnd?: string;
}

/** The factor for a line by one of the two factor methods, if there is one that policy lets count. */
export function matchFactor(
  line: LedgerLine,
  method: FactorUse["method"],
  { factors, policy, periodEnd }: FactorContext,
  tried: Tried,
): Usable<FactorUse> | undefined {
  const asked = attempt(() => queryOf(line, method, periodEnd));
  if (asked.kind === "refused") {
    tried.push({ method, rule: asked.rule, detail: asked.detail });
    return undefined;
  }
  const query = asked.calculation;
  if (typeof query === "string") {
    tried.push(ruleAlone(method, query));
    return undefined;
  }
  const selection = selectAlong(line, query, selectorOf(factors, policy));
  if (selection.kind === "refused" && selection.rule === "no-factor") {
    tried.push({ method, rule: "no-factor", detail: query.activity });
    return undefined;
  }
  const { rejected, use, evidence } = shared(selection, method, factors, policy);
  tried.push(rejected);
  if (use === undefined || evidence === undefined) return undefined;
  try {
    return { evidence: use, calculation: calculateLine(line, evidence) };
  } catch (error) {
    const { rule, detail } = refusalOf(error);
    tried.push({ method, candidate: factorName(use.table.set, use.placed.row.key), rule, detail });
    return undefined;
  }
}

/**
 * The factor per what the line measures; where there is none, the one per what says the same (km, of vehicles), or, where the line states what its
 * fuel measures, per the first measure of the fuel that has one.
 */
function selectAlong({ fuel }: LedgerLine, query: FactorQuery, selector: FactorSelector): Selection {
  const own = selector.select(query);
  if (query.per.kind === "money" || isSettled(own)) return own;
  const { measures: wanted } = query.per;
  const others = [...measuresAlike(wanted), ...(fuel === undefined ? [] : measuresThrough(fuel, wanted))];
  for (const measures of others) {
    const other = selector.select({ ...query, per: { kind: "unit", measures } });
    if (isSettled(other)) return other;
  }
  return own;
}

/** Several that fit alike are for a person to tell apart: no other measure is tried instead. */
const isSettled = (selection: Selection): boolean => selection.kind === "selected" || selection.rule === "ambiguous";

/** What all lines that a selection answers have in common: made once, and shared by a million of them. */
interface SharedUse {
  readonly rejected: RejectedFactors;
  readonly use?: FactorUse;
  readonly evidence?: Evidence;
}

const sharedUses = new WeakMap<Selection, SharedUse>();

/** A selection is one library's under one policy, and of one kind of factor: money or quantity. */
function shared(
  selection: Selection,
  method: FactorUse["method"],
  factors: FactorLibrary,
  policy: InventoryPolicy,
): SharedUse {
  const known = sharedUses.get(selection);
  if (known !== undefined) return known;
  const rejected = { method, selection };
  const made: SharedUse =
    selection.kind === "refused" ? { rejected } : { rejected, ...useOf(selection, method, factors, policy) };
  sharedUses.set(selection, made);
  return made;
}

function useOf(
  { factor: { set, row, index }, steps }: Extract<Selection, { kind: "selected" }>,
  method: FactorUse["method"],
  factors: FactorLibrary,
  policy: InventoryPolicy,
): { readonly use: FactorUse; readonly evidence: Evidence } {
  const table = factors.tables.find((one) => one.set === set) as FactorTable;
  return {
    use: { method, table, placed: { index, row }, steps },
    evidence: factorEvidence(method, set, row, factors, policy),
  };
}

/** What a line asks for, or the rule that it lacks something for. @throws what units, places and methods throw */
function queryOf(
  line: LedgerLine,
  method: FactorUse["method"],
  periodEnd: string | undefined,
): FactorQuery | "naics-not-stated" | "amount-not-stated" | "activity-not-stated" | "quantity-not-stated" {
  const { date, geography } = line;
  // A line dated after the period is in it by earlier days: its own date stands for the end, so that its days add up over periods.
  const base = {
    date,
    ...(geography === undefined ? {} : { geography: parsePlace(geography) }),
    ...(periodEnd === undefined || periodEnd < date ? {} : { periodEnd }),
  };
  if (method === "spend-based") {
    if (line.naics === undefined) return "naics-not-stated";
    const isPaid = line.amount !== undefined && line.currency !== undefined;
    if (!isPaid && !takesMoney(line)) return "amount-not-stated";
    return { ...base, activity: line.naics, per: { kind: "money" } };
  }
  if (line.activity === undefined) return "activity-not-stated";
  const measures = measuresOf(line);
  if (measures === undefined) return "quantity-not-stated";
  return { ...base, activity: line.activity, per: { kind: "unit", measures } };
}

/** What the factor of a line must be per, or undefined where the line has no quantity. */
function measuresOf(line: LedgerLine): string | undefined {
  if (line.method !== undefined) return activityOf(line).unit.measures;
  return line.quantity === undefined || line.unit === undefined ? undefined : unitOf(line.unit).measures;
}

function factorEvidence(
  method: FactorUse["method"],
  set: FactorSet,
  row: FactorRow,
  { rates }: FactorLibrary,
  { gwp }: InventoryPolicy,
): Evidence {
  const base = { set, row, ...(gwp === undefined ? {} : { gwp }) };
  if (method === "average-data") return { method, ...base };
  return { method, ...base, ...(rates === undefined ? {} : { rates }) };
}
