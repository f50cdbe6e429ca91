import type { Target } from "./target.ts";

/** Fewest inputs of a target, however dear. */
const FEWEST = 64;

/** How many inputs each target gets of a run, in the order of the targets: the cheaper, the more. */
export function shareInputs(targets: readonly Target[], inputs: number): number[] {
  const weight = targets.reduce((sum, { cost }) => sum + 1 / cost, 0);
  return targets.map(({ cost }) => Math.max(FEWEST, Math.ceil(inputs / cost / weight)));
}
