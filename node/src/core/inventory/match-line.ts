import {
  type Calculation,
  calculateLine,
  type Evidence,
  type LedgerLine,
  USD_DENOMINATOR,
  validityOf,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { type Candidate, type EvidenceIndex, entryKey } from "./evidence-index.ts";
import { type FactorLibrary, type FactorTable, factorName, type PlacedRow } from "./factor-library.ts";
import type { EvidenceItem, PassedOver } from "./inventory.ts";
import type { InventoryPolicy, Method } from "./inventory-policy.ts";
import { periodOf, productKey, siteKey } from "./product-key.ts";

/** What a line's figure rests on. */
export type EvidenceUse =
  | { readonly method: "supplier-specific"; readonly item: EvidenceItem }
  | { readonly method: "average-data" | "spend-based"; readonly table: FactorTable; readonly placed: PlacedRow };

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
}

interface Usable {
  readonly evidence: EvidenceUse;
  readonly calculation: Calculation;
}

/**
 * Finds the best evidence for a line, trying the policy's methods in its order. It refuses rather than guesses:
 * a candidate that is not plainly about this supplier, product, date and unit is passed over with the rule that
 * rejected it, and so is every method that has no candidate.
 */
export function matchLine(line: LedgerLine, context: MatchContext): LineMatch {
  const passedOver: PassedOver[] = [];
  for (const method of context.policy.methods) {
    const found =
      method === "supplier-specific"
        ? matchSupplier(line, context, passedOver)
        : matchFactor(line, method, context, passedOver);
    if (found !== undefined) return { kind: "counted", ...found, passedOver };
  }
  return { kind: "unsupported", passedOver };
}

function matchSupplier(line: LedgerLine, context: MatchContext, passedOver: PassedOver[]): Usable | undefined {
  const method = "supplier-specific";
  const reject = (rule: string, candidate?: EvidenceItem, detail?: string): void => {
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
    const outcome = tryCalculate(line, { method, ref: item.ref, footprint: item.footprint });
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
  method: Exclude<Method, "supplier-specific">,
  { factors, policy }: MatchContext,
  passedOver: PassedOver[],
): Usable | undefined {
  const key = method === "average-data" ? line.activity : line.naics;
  const missing = missingInput(line, method);
  if (key === undefined || missing !== undefined) {
    passedOver.push({ method, rule: missing ?? "factor-key-not-stated" });
    return undefined;
  }
  let candidates = 0;
  for (const table of factors.tables) {
    const placed = table.rows.get(key);
    if (placed === undefined) continue;
    candidates += 1;
    const candidate = factorName(table.set, key);
    const rejected = factorRejection(line, method, table, placed, policy);
    if (rejected !== undefined) {
      passedOver.push({ method, candidate, ...rejected });
      continue;
    }
    const outcome = tryCalculate(line, factorEvidence(method, table, placed, factors));
    if (outcome.kind === "refused") {
      passedOver.push({ method, candidate, rule: outcome.rule, detail: outcome.detail });
      continue;
    }
    return { evidence: { method, table, placed }, calculation: outcome.calculation };
  }
  if (candidates === 0) passedOver.push({ method, rule: "no-factor", detail: key });
  return undefined;
}

function missingInput(line: LedgerLine, method: Exclude<Method, "supplier-specific">): string | undefined {
  if (method === "average-data") {
    if (line.activity === undefined) return "activity-not-stated";
    return line.quantity === undefined || line.unit === undefined ? "quantity-not-stated" : undefined;
  }
  if (line.naics === undefined) return "naics-not-stated";
  return line.amount === undefined || line.currency === undefined ? "amount-not-stated" : undefined;
}

function factorRejection(
  line: LedgerLine,
  method: Exclude<Method, "supplier-specific">,
  { set }: FactorTable,
  { row }: PlacedRow,
  policy: InventoryPolicy,
): { rule: string; detail?: string } | undefined {
  if ((row.denominator === USD_DENOMINATOR) !== (method === "spend-based")) return { rule: "factor-of-other-method" };
  // A bound ("< 1") is not a number, and a blank is not a zero.
  if (row.kind !== "value") return { rule: `factor-is-${row.kind}` };
  if (policy.factorValidity === "any") return undefined;
  const validTo = set.validTo ?? "9999-12-31";
  if (line.date < set.validFrom.slice(0, 10) || line.date > validTo.slice(0, 10)) {
    return { rule: "factor-set-not-valid-on-date", detail: `${set.validFrom} to ${set.validTo ?? "open"}` };
  }
  return undefined;
}

function factorEvidence(
  method: Exclude<Method, "supplier-specific">,
  { set }: FactorTable,
  { row }: PlacedRow,
  { rates }: FactorLibrary,
): Evidence {
  if (method === "average-data") return { method, set, row };
  return { method, set, row, ...(rates === undefined ? {} : { rates }) };
}

type Attempt =
  | { readonly kind: "calculated"; readonly calculation: Calculation }
  | { readonly kind: "refused"; readonly rule: string; readonly detail: string };

/** A unit that does not convert or a rate that is not known rejects a candidate; it does not stop an inventory. */
function tryCalculate(line: LedgerLine, evidence: Evidence): Attempt {
  try {
    return { kind: "calculated", calculation: calculateLine(line, evidence) };
  } catch (error) {
    if (!isTallyError(error)) throw error;
    const rule = error.code.toLowerCase().replaceAll("_", "-");
    return { kind: "refused", rule, detail: JSON.stringify(error.details) };
  }
}
