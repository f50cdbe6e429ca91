import { formatNanoKg, type LedgerLine } from "@tallystick/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@tallystick/proto";
import type { Inventory, LineResult, MemberFault, RefusedEvidence } from "../inventory/inventory.ts";
import { toInventoryDocument } from "../inventory/inventory-document.ts";
import type { FactorUse } from "../inventory/line-match.ts";
import { apportion } from "../inventory/period.ts";
import type { Claim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";

// The claims that an inventory makes. The preparer writes them from its result and the verifier writes them again
// from the result it recomputed: a claim holds when both are the same.

export function ledgerLineClaim(line: LedgerLine): Claim<"ledger-line"> {
  return { type: "ledger-line", line: toJson(line) };
}

export function refusedClaim({ member, origin, index, code, reason }: RefusedEvidence): Claim<"verdict"> {
  const at = index === undefined ? {} : { index };
  return { type: "verdict", verdict: "refused", member, origin, ...at, code, reason };
}

export function faultClaim({ member, kind, caughtBy, detail }: MemberFault): Claim<"verdict"> {
  return { type: "verdict", verdict: "fault", member, kind, caughtBy, detail };
}

export function calculationClaim({ line, match, days }: LineResult): Claim<"calculation"> {
  const head = { type: "calculation", line: line.id } as const;
  if (match.kind === "unsupported") return { ...head, method: "unsupported" };
  const { evidence, calculation } = match;
  const { nanoKgCo2e, formula } = calculation;
  const inPeriod =
    days === undefined ? {} : { inPeriod: { ...days, kgCo2e: formatNanoKg(apportion(nanoKgCo2e, days)) } };
  const figures = { kgCo2e: formatNanoKg(nanoKgCo2e), ...inPeriod, formula };
  if (evidence.method === "supplier-specific") {
    const { origin, index, leaf } = evidence.item.ref;
    const { method, item } = evidence;
    return { ...head, method, ...figures, final: item.final, evidence: { origin, index, leaf } };
  }
  if (evidence.method === "reported-emissions") return { ...head, method: evidence.method, ...figures };
  if (evidence.method === "hybrid") {
    const components = evidence.components.map(({ id, evidence: of, calculation: one }) => ({
      id,
      kgCo2e: formatNanoKg(one.nanoKgCo2e),
      ...(of.method === "reported-emissions" ? {} : { factor: factorClaim(of) }),
    }));
    return { ...head, method: evidence.method, ...figures, components };
  }
  return { ...head, method: evidence.method, ...figures, factor: factorClaim(evidence) };
}

/** Which row a figure rests on, and how far it is from what was asked: no steps are EXACT. */
function factorClaim({ table: { set }, placed: { index, row }, steps }: FactorUse) {
  return { set: { id: set.id, version: set.version }, index, key: row.key, steps: [...steps] };
}

export function totalClaim(inventory: Inventory): Claim<"total"> {
  const document = toInventoryDocument(inventory);
  return {
    type: "total",
    ...(document.period === undefined ? {} : { period: { ...document.period } }),
    totalKgCo2e: document.totalKgCo2e,
    finalKgCo2e: document.finalKgCo2e,
    provisionalKgCo2e: document.provisionalKgCo2e,
    byCategory: { ...document.byCategory },
    bySupplier: { ...document.bySupplier },
    byMethod: toJson(document.byMethod) as Claim<"total">["byMethod"],
    coverage: toJson(document.coverage),
    confidence: toJson(document.confidence),
    apart: toJson(document.apart),
    gases: toJson(document.gases),
    uncertainty: toJson(document.uncertainty),
  };
}

/** @throws CALCULATION_DIFFERS naming the first property that is not as recomputed */
export function requireCalculation(claimed: Claim<"calculation">, result: LineResult): void {
  const computed = calculationClaim(result);
  const field = firstDifference(claimed, computed);
  if (field === undefined) return;
  throw evidenceError("CALCULATION_DIFFERS", { line: claimed.line, ...field });
}

/** @throws TOTAL_DIFFERS naming the first property that is not as recomputed */
export function requireTotal(claimed: Claim<"total">, inventory: Inventory): void {
  const field = firstDifference(claimed, totalClaim(inventory));
  if (field !== undefined) throw evidenceError("TOTAL_DIFFERS", field);
}

function firstDifference(
  claimed: object,
  computed: object,
): { field: string; claimed: string; computed: string } | undefined {
  const [a, b] = [claimed as JsonObject, computed as JsonObject];
  for (const field of new Set([...Object.keys(b), ...Object.keys(a)])) {
    const [left, right] = [textOf(a[field]), textOf(b[field])];
    if (left !== right) return { field, claimed: left, computed: right };
  }
  return undefined;
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : canonicalJson(value);
}

function toJson(value: object): Record<string, JsonValue> {
  return { ...value } as Record<string, JsonValue>;
}
