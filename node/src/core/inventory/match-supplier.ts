import { type Calculation, calculateLine, type LedgerLine, validityOf } from "@tallystick/contracts";
import { attempt } from "./attempt.ts";
import { type Candidate, type EvidenceIndex, entryKey } from "./evidence-index.ts";
import type { EvidenceItem } from "./inventory.ts";
import type { InventoryPolicy } from "./inventory-policy.ts";
import type { SupplierUse } from "./line-match.ts";
import { periodOf, productKey, siteKey } from "./product-key.ts";
import { ruleAlone, type Tried, type Usable } from "./tried.ts";

/** What an attestation is looked for in. */
export interface SupplierContext {
  readonly evidence: EvidenceIndex;
  readonly policy: InventoryPolicy;
}

/** The supplier's own attestation of the product that a line buys, if there is one that policy lets count. */
export function matchSupplier(
  line: LedgerLine,
  context: SupplierContext,
  tried: Tried,
): Usable<SupplierUse> | undefined {
  const method = "supplier-specific";
  const reject = (rule: string, candidate?: EvidenceItem, detail?: string): void => {
    if (candidate === undefined && detail === undefined) {
      tried.push(ruleAlone(method, rule));
      return;
    }
    const name = candidate === undefined ? {} : { candidate: entryKey(candidate.ref.origin, candidate.ref.index) };
    tried.push({ method, ...name, rule, ...(detail === undefined ? {} : { detail }) });
  };
  if (line.productId === undefined) return void reject("product-not-stated");
  if (line.supplier === undefined) return void reject("supplier-not-stated");
  if (line.quantity === undefined && line.method === undefined) return void reject("quantity-not-stated");
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
