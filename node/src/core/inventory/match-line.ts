import {
  calculateReported,
  componentLine,
  isReported,
  type LedgerComponent,
  type LedgerLine,
  requireNoInputs,
  requireWholeSplits,
  sumOf,
} from "@tallystick/contracts";
import { attempt } from "./attempt.ts";
import type { EvidenceIndex } from "./evidence-index.ts";
import type { FactorLibrary } from "./factor-library.ts";
import type { InventoryPolicy, Method } from "./inventory-policy.ts";
import type { ComponentUse, HybridUse, LineMatch, ReportedUse } from "./line-match.ts";
import { matchFactor } from "./match-factor.ts";
import { matchSupplier } from "./match-supplier.ts";
import { Counted, CountedComponent, rulesOf, type Tried, Unsupported, type Usable } from "./tried.ts";

/** What a line is matched against. */
export interface MatchContext {
  readonly evidence: EvidenceIndex;
  readonly factors: FactorLibrary;
  readonly policy: InventoryPolicy;
  /** Last day of the reporting period: factors' data from after it are from after the period. */
  readonly periodEnd?: string;
}

/**
 * Finds the best evidence for a line, trying the policy's methods in its order. It refuses rather than guesses:
 * a candidate that is not plainly about this supplier, product, date and unit is passed over with the rule that
 * rejected it, and so is every method that has no candidate.
 */
export function matchLine(line: LedgerLine, context: MatchContext): LineMatch {
  const tried: Tried = [];
  for (const method of context.policy.methods) {
    const found = matchBy(method, line, context, tried);
    if (found !== undefined) return new Counted(found, tried);
  }
  return new Unsupported(tried);
}

function matchBy(method: Method, line: LedgerLine, context: MatchContext, tried: Tried): Usable | undefined {
  switch (method) {
    case "supplier-specific":
      return matchSupplier(line, context, tried);
    case "hybrid":
      return line.components === undefined ? undefined : matchComponents(line, line.components, context, tried);
    case "reported-emissions":
      return isReported(line) ? matchReported(line, tried) : undefined;
    default:
      return matchFactor(line, method, context, tried);
  }
}

function matchReported(line: LedgerLine, tried: Tried): Usable<ReportedUse> | undefined {
  const method = "reported-emissions";
  const outcome = attempt(() => calculateReported(line));
  if (outcome.kind === "calculated") return { evidence: { method }, calculation: outcome.calculation };
  tried.push({ method, rule: outcome.rule, detail: outcome.detail });
  return undefined;
}

/** Each component by its own best factor; a line of which one component has none is not counted in part. */
function matchComponents(
  line: LedgerLine,
  components: readonly LedgerComponent[],
  context: MatchContext,
  tried: Tried,
): Usable<HybridUse> | undefined {
  const method = "hybrid";
  const uses: CountedComponent[] = [];
  for (const component of components) {
    const one = componentLine(line, component);
    const missed: Tried = [];
    const found = matchComponent(one, context, missed);
    if (found === undefined) {
      tried.push({ method, rule: "component-unsupported", detail: `${component.id}: ${rulesOf(missed)}` });
      return undefined;
    }
    uses.push(new CountedComponent(component, found, missed));
  }
  const outcome = attempt(() => {
    requireNoInputs(line);
    requireWholeSplits(line.id, components);
    return sumOf(uses);
  });
  if (outcome.kind === "calculated")
    return { evidence: { method, components: uses }, calculation: outcome.calculation };
  tried.push({ method, rule: outcome.rule, detail: outcome.detail });
  return undefined;
}

/** By the methods that the policy lists, in its order: what it does not list never counts, as a part of a line no more than as a line. */
function matchComponent(
  line: LedgerLine,
  context: MatchContext,
  tried: Tried,
): Usable<ComponentUse["evidence"]> | undefined {
  const reported = isReported(line);
  for (const method of context.policy.methods) {
    if (method === "supplier-specific" || method === "hybrid" || (method === "reported-emissions") !== reported)
      continue;
    const found =
      method === "reported-emissions" ? matchReported(line, tried) : matchFactor(line, method, context, tried);
    if (found !== undefined) return found;
  }
  return undefined;
}
