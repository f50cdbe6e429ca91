import type { Viable } from "./judge-factor.ts";
import type { SelectionPolicy } from "./selection.ts";

// SEL-10: what is compared, in this order; the first in which two differ decides, and is the rule that rejects the one that is behind.
const CRITERIA: readonly {
  readonly rule: string;
  readonly compare: (a: Viable, b: Viable, policy: SelectionPolicy) => number;
}[] = [
  { rule: "more-steps", compare: (a, b) => a.steps.length - b.steps.length },
  { rule: "later-step", compare: compareSteps },
  { rule: "farther-place", compare: (a, b) => a.placeDistance - b.placeDistance },
  { rule: "other-key", compare: (a, b) => Number(b.hasKey) - Number(a.hasKey) },
  { rule: "farther-time", compare: (a, b) => a.dayDistance - b.dayDistance },
  { rule: "lower-priority", compare: (a, b) => a.priority - b.priority },
];

/** Below 0 where `a` is nearer to what was asked; 0 where nothing tells the two apart. */
export function compareFactors(a: Viable, b: Viable, policy: SelectionPolicy): number {
  for (const { compare } of CRITERIA) {
    const order = compare(a, b, policy);
    if (order !== 0) return order;
  }
  return 0;
}

/** The rule by which `other` is behind `best`; undefined where nothing tells the two apart. */
export function ruleBehind(best: Viable, other: Viable, policy: SelectionPolicy): string | undefined {
  return CRITERIA.find(({ compare }) => compare(best, other, policy) !== 0)?.rule;
}

/** By the step that the policy lists last, then the one before it: of as many steps, those that it would rather take. */
function compareSteps(a: Viable, b: Viable, { fallbacks }: SelectionPolicy): number {
  if (a.steps.length === 0 || a.steps.length !== b.steps.length) return 0;
  const ranks = ({ steps }: Viable): number[] => steps.map((step) => fallbacks.indexOf(step)).sort((x, y) => y - x);
  const [left, right] = [ranks(a), ranks(b)];
  return left.reduce((order, rank, at) => order || rank - (right[at] ?? 0), 0);
}
