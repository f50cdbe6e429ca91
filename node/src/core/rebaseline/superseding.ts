import type { FactorSet } from "@tallystick/contracts";
import type { InventoryPolicy, SetId } from "../inventory/inventory-policy.ts";

/** A published version of a factor set, and whether it was withdrawn. */
export interface PublishedSet {
  readonly document: Pick<FactorSet, "id" | "version" | "supersedes">;
  readonly withdrawn?: unknown;
}

/**
 * The version that takes the place of one in use, at once or through others: undefined where there is none, and where two claim the same
 * place, since which of them is meant is a person's to say.
 */
export function successorOf({ id, version }: SetId, published: readonly PublishedSet[]): SetId | undefined {
  const passed = new Set([version]);
  let [current, found] = [version, undefined as string | undefined];
  for (;;) {
    const next = published.filter(({ document }) => document.id === id && document.supersedes === current);
    const [only, ...others] = next.map(({ document }) => document.version);
    if (only === undefined || others.length > 0 || passed.has(only)) break;
    passed.add(only);
    current = only;
    // A withdrawn version is passed over: what supersedes it may stand.
    if (next[0]?.withdrawn === undefined) found = only;
  }
  return found === undefined ? undefined : { id, version: found };
}

/** The moves that a policy's sets could make, each to the newest version that supersedes the one it names. */
export function successors(
  policy: InventoryPolicy,
  published: readonly PublishedSet[],
): readonly (readonly [SetId, SetId])[] {
  return policy.factorSets.flatMap(({ id, version }) => {
    if (version === undefined) return [];
    const to = successorOf({ id, version }, published);
    return to === undefined ? [] : [[{ id, version }, to] as const];
  });
}
