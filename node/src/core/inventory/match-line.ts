import {
  activityAmount,
  type Calculation,
  calculateLine,
  calculateReported,
  componentLine,
  type Evidence,
  type FactorRow,
  type FactorSet,
  isReported,
  type LedgerComponent,
  type LedgerLine,
  measuresThrough,
  methodOf,
  requireWholeSplits,
  sumOf,
  unitOf,
  validityOf,
  withOwnQuantity,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import {
  type FactorQuery,
  type FactorSelector,
  type FallbackStep,
  parsePlace,
  type Selection,
} from "@tallystick/registry";
import { type Candidate, type EvidenceIndex, entryKey } from "./evidence-index.ts";
import { type FactorLibrary, type FactorTable, factorName, type PlacedRow, selectorOf } from "./factor-library.ts";
import type { EvidenceItem, PassedOver } from "./inventory.ts";
import type { InventoryPolicy, Method } from "./inventory-policy.ts";
import { periodOf, productKey, siteKey } from "./product-key.ts";

/** The supplier's own attestation. */
export interface SupplierUse {
  readonly method: "supplier-specific";
  readonly item: EvidenceItem;
}

/** A factor, and how far it is from what was asked. */
export interface FactorUse {
  readonly method: "average-data" | "spend-based";
  readonly table: FactorTable;
  readonly placed: PlacedRow;
  /** Empty: EXACT. */
  readonly steps: readonly FallbackStep[];
}

/** Emissions that the ledger itself states. */
export interface ReportedUse {
  readonly method: "reported-emissions";
}

/** A component of a line with its own evidence. */
export interface ComponentUse {
  readonly id: string;
  readonly part: string;
  readonly evidence: FactorUse | ReportedUse;
  readonly calculation: Calculation;
}

/** A line of components. */
export interface HybridUse {
  readonly method: "hybrid";
  readonly components: readonly ComponentUse[];
}

/** What a line's figure rests on. */
export type EvidenceUse = SupplierUse | FactorUse | ReportedUse | HybridUse;

/** The outcome for one line: counted on the best evidence that policy allows, or not at all. */
export type LineMatch =
  | {
      readonly kind: "counted";
      readonly evidence: EvidenceUse;
      readonly calculation: Calculation;
      readonly passedOver: readonly PassedOver[];
    }
  | { readonly kind: "unsupported"; readonly passedOver: readonly PassedOver[] };

/** What a line is matched against. */
export interface MatchContext {
  readonly evidence: EvidenceIndex;
  readonly factors: FactorLibrary;
  readonly policy: InventoryPolicy;
  /** Last day of the reporting period: factors' data from after it are from after the period. */
  readonly periodEnd?: string;
}

interface Usable {
  readonly evidence: EvidenceUse;
  readonly calculation: Calculation;
}

const rulesAlone = new Map<string, PassedOver>();

/** A rule that says all by itself is one object, however many lines it is about. */
function ruleAlone(method: Method, rule: string): PassedOver {
  const name = `${method} ${rule}`;
  const known = rulesAlone.get(name);
  if (known !== undefined) return known;
  const made = { method, rule };
  rulesAlone.set(name, made);
  return made;
}

/**
 * Finds the best evidence for a line, trying the policy's methods in its order. It refuses rather than guesses:
 * a candidate that is not plainly about this supplier, product, date and unit is passed over with the rule that
 * rejected it, and so is every method that has no candidate.
 */
export function matchLine(line: LedgerLine, context: MatchContext): LineMatch {
  const passedOver: PassedOver[] = [];
  for (const method of context.policy.methods) {
    const found = matchBy(method, line, context, passedOver);
    if (found !== undefined) return { kind: "counted", ...found, passedOver };
  }
  return { kind: "unsupported", passedOver };
}

function matchBy(
  method: Method,
  line: LedgerLine,
  context: MatchContext,
  passedOver: PassedOver[],
): Usable | undefined {
  switch (method) {
    case "supplier-specific":
      return matchSupplier(line, context, passedOver);
    case "hybrid":
      return line.components === undefined ? undefined : matchComponents(line, line.components, context, passedOver);
    case "reported-emissions":
      return isReported(line) ? matchReported(line, passedOver) : undefined;
    default:
      return matchFactor(line, method, context, passedOver);
  }
}

function matchReported(line: LedgerLine, passedOver: PassedOver[]): Usable | undefined {
  const method = "reported-emissions";
  const outcome = attempt(() => calculateReported(line));
  if (outcome.kind === "calculated") return { evidence: { method }, calculation: outcome.calculation };
  passedOver.push({ method, rule: outcome.rule, detail: outcome.detail });
  return undefined;
}

/** Each component by its own best factor; a line of which one component has none is not counted in part. */
function matchComponents(
  line: LedgerLine,
  components: readonly LedgerComponent[],
  context: MatchContext,
  passedOver: PassedOver[],
): Usable | undefined {
  const method = "hybrid";
  const uses: ComponentUse[] = [];
  for (const component of components) {
    const one = componentLine(line, component);
    const missed: PassedOver[] = [];
    const found = isReported(one)
      ? matchReported(one, missed)
      : (matchFactor(one, "average-data", context, missed) ?? matchFactor(one, "spend-based", context, missed));
    if (found === undefined) {
      const why = missed.map(({ rule }) => rule).join(", ");
      passedOver.push({ method, rule: "component-unsupported", detail: `${component.id}: ${why}` });
      return undefined;
    }
    const { id, part = id } = component;
    uses.push({ id, part, evidence: found.evidence as ComponentUse["evidence"], calculation: found.calculation });
  }
  const outcome = attempt(() => {
    requireWholeSplits(line.id, components);
    return sumOf(uses);
  });
  if (outcome.kind === "calculated")
    return { evidence: { method, components: uses }, calculation: outcome.calculation };
  passedOver.push({ method, rule: outcome.rule, detail: outcome.detail });
  return undefined;
}

function matchSupplier(line: LedgerLine, context: MatchContext, passedOver: PassedOver[]): Usable | undefined {
  const method = "supplier-specific";
  const reject = (rule: string, candidate?: EvidenceItem, detail?: string): void => {
    if (candidate === undefined && detail === undefined) {
      passedOver.push(ruleAlone(method, rule));
      return;
    }
    const name = candidate === undefined ? {} : { candidate: entryKey(candidate.ref.origin, candidate.ref.index) };
    passedOver.push({ method, ...name, rule, ...(detail === undefined ? {} : { detail }) });
  };
  if (line.productId === undefined) return void reject("product-not-stated");
  if (line.supplier === undefined) return void reject("supplier-not-stated");
  if (line.quantity === undefined) return void reject("quantity-not-stated");
  const candidates = context.evidence.candidates(line.productId);
  if (candidates.length === 0) return void reject("no-attestation");
  const usable: { item: EvidenceItem; calculation: Calculation }[] = [];
  for (const candidate of candidates) {
    const { item } = candidate;
    const rejected = rejectionOf(line, candidate, context.policy);
    if (rejected !== undefined) {
      reject(rejected.rule, item, rejected.detail);
      continue;
    }
    const outcome = attempt(() => calculateLine(line, { method, ref: item.ref, footprint: item.footprint }));
    if (outcome.kind === "refused") reject(outcome.rule, item, outcome.detail);
    else usable.push({ item, calculation: outcome.calculation });
  }
  const [best, ...others] = usable.sort((a, b) => compareForDate(line.date, a.item, b.item));
  if (best === undefined) return undefined;
  const rivals = others.filter((other) => compareForDate(line.date, best.item, other.item) === 0);
  if (rivals.length > 0) {
    // One product, one period, several sites: a ledger line does not say which site it was bought from.
    for (const { item } of usable) reject("site-not-stated", item, siteKey(item.footprint) || "global");
    return undefined;
  }
  for (const { item } of others) reject("better-period-or-product-key", item);
  return { evidence: { method, item: best.item }, calculation: best.calculation };
}

/** The rule that keeps a candidate from counting for a line, apart from units. */
function rejectionOf(
  line: LedgerLine,
  { item, barred }: Candidate,
  policy: InventoryPolicy,
): { rule: string; detail?: string } | undefined {
  if (barred !== undefined) return barred;
  if (line.supplier !== item.member && line.supplier !== item.memberName) {
    return { rule: "supplier-differs", detail: item.member };
  }
  if (item.footprint.status !== "Active") return { rule: "deprecated" };
  if (!item.final && policy.provisional === "refuse") return { rule: "provisional" };
  const validity = validityOf(item.footprint);
  const date = Date.parse(line.date);
  if (date < Date.parse(validity.start) || date >= Date.parse(validity.end)) {
    return { rule: "outside-validity", detail: `valid from ${validity.start} to ${validity.end}` };
  }
  return undefined;
}

/**
 * Order of preference on a purchase date: the period that covers the date, then the later period, then the
 * narrower one, then the product key. Zero only where all of these agree.
 */
function compareForDate(date: string, a: EvidenceItem, b: EvidenceItem): number {
  const at = Date.parse(date);
  const [periodA, periodB] = [periodOf(a.footprint), periodOf(b.footprint)];
  const covers = (period: { startMs: number; endMs: number }): number =>
    period.startMs <= at && at < period.endMs ? 0 : 1;
  const byPeriod =
    covers(periodA) - covers(periodB) || periodB.endMs - periodA.endMs || periodB.startMs - periodA.startMs;
  if (byPeriod !== 0) return byPeriod;
  const [keyA, keyB] = [productKey(a.footprint), productKey(b.footprint)];
  return keyA === keyB ? 0 : keyA < keyB ? -1 : 1;
}

function matchFactor(
  line: LedgerLine,
  method: FactorUse["method"],
  { factors, policy, periodEnd }: MatchContext,
  passedOver: PassedOver[],
): Usable | undefined {
  const asked = attempt(() => queryOf(line, method, periodEnd));
  if (asked.kind === "refused") {
    passedOver.push({ method, rule: asked.rule, detail: asked.detail });
    return undefined;
  }
  const query = asked.calculation;
  if (typeof query === "string") {
    passedOver.push(ruleAlone(method, query));
    return undefined;
  }
  const selection = selectAlong(line, query, selectorOf(factors, policy));
  const { rejected, use, evidence } = shared(selection, method, factors, policy);
  for (const one of rejected) passedOver.push(one);
  if (use === undefined || evidence === undefined) {
    if (rejected.length === 0) passedOver.push({ method, rule: "no-factor", detail: query.activity });
    return undefined;
  }
  try {
    return { evidence: use, calculation: calculateLine(line, evidence) };
  } catch (error) {
    const { rule, detail } = refusalOf(error);
    passedOver.push({ method, candidate: factorName(use.table.set, use.placed.row.key), rule, detail });
    return undefined;
  }
}

/**
 * The factor per what the line measures; where there is none and the line states what its fuel measures, the one per the first measure of the
 * fuel that has one.
 */
function selectAlong({ fuel }: LedgerLine, query: FactorQuery, selector: FactorSelector): Selection {
  const own = selector.select(query);
  if (fuel === undefined || query.per.kind === "money") return own;
  if (isSettled(own)) return own;
  for (const measures of measuresThrough(fuel, query.per.measures)) {
    const other = selector.select({ ...query, per: { kind: "unit", measures } });
    if (isSettled(other)) return other;
  }
  return own;
}

/** Several that fit alike are for a person to tell apart: no other measure is tried instead. */
const isSettled = (selection: Selection): boolean => selection.kind === "selected" || selection.rule === "ambiguous";

/** What all lines that a selection answers have in common: made once, and shared by a million of them. */
interface SharedUse {
  readonly rejected: readonly PassedOver[];
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
  const rejected = selection.rejected.map(({ factor, rule, detail }): PassedOver => {
    const candidate = factorName(factor.set, factor.row.key);
    return { method, candidate, rule, ...(detail === undefined ? {} : { detail }) };
  });
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
  const base = {
    date,
    ...(geography === undefined ? {} : { geography: parsePlace(geography) }),
    ...(periodEnd === undefined || periodEnd < date ? {} : { periodEnd }),
  };
  if (method === "spend-based") {
    if (line.naics === undefined) return "naics-not-stated";
    if (line.amount === undefined || line.currency === undefined) return "amount-not-stated";
    return { ...base, activity: line.naics, per: { kind: "money" } };
  }
  if (line.activity === undefined) return "activity-not-stated";
  const measures = measuresOf(line);
  if (measures === undefined) return "quantity-not-stated";
  return { ...base, activity: line.activity, per: { kind: "unit", measures } };
}

/** What the factor of a line must be per, or undefined where the line has no quantity. */
function measuresOf(line: LedgerLine): string | undefined {
  if (line.method !== undefined) {
    const method = methodOf(line.method, line.category);
    return activityAmount(line.id, method, withOwnQuantity(line, method)).unit.measures;
  }
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

type Attempt<T> =
  | { readonly kind: "calculated"; readonly calculation: T }
  | { readonly kind: "refused"; readonly rule: string; readonly detail: string };

/** A unit that does not convert or a rate that is not known rejects a candidate; it does not stop an inventory. */
function attempt<T>(calculate: () => T): Attempt<T> {
  try {
    return { kind: "calculated", calculation: calculate() };
  } catch (error) {
    return { kind: "refused", ...refusalOf(error) };
  }
}

/** @throws what is no refusal but a mistake of the program */
function refusalOf(error: unknown): { readonly rule: string; readonly detail: string } {
  if (!isTallyError(error)) throw error;
  return { rule: error.code.toLowerCase().replaceAll("_", "-"), detail: JSON.stringify(error.details) };
}
