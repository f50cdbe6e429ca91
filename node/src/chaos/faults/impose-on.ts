import type { LinkConditions } from "../proxy/link-conditions.ts";
import { APPLIED, type FaultContext, type Outcome } from "./injector.ts";

/** Imposes conditions on links for a while. */
export async function imposeOn(
  links: readonly string[],
  conditions: LinkConditions,
  durationMs: number,
  { network, wait }: FaultContext,
): Promise<Outcome> {
  const lifts = links.map((link) => network.proxy(link).impose({ ...conditions }));
  await wait(durationMs);
  for (const lift of lifts) lift();
  return APPLIED;
}
