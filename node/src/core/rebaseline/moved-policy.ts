import { nodeError } from "../../errors.ts";
import type { InventoryPolicy, SetId } from "../inventory/inventory-policy.ts";

/** @throws REBASELINE_TARGET_INVALID */
export function parseTarget(to: string): SetId {
  const [, id, version] = /^([a-z0-9]+(?:-[a-z0-9]+)*)@([0-9A-Za-z.-]{1,40})$/.exec(to) ?? [];
  if (id === undefined || version === undefined) {
    throw nodeError("REBASELINE_TARGET_INVALID", { to: to.slice(0, 120), reason: "not written SET@VERSION" });
  }
  return { id, version };
}

/**
 * The policy with a set in another version: in the place of the first version of that set it names, and in no other.
 * @throws REBASELINE_TARGET_INVALID
 */
export function movedPolicy(policy: InventoryPolicy, target: SetId): InventoryPolicy {
  const to = `${target.id}@${target.version}`;
  const first = policy.factorSets.findIndex(({ id }) => id === target.id);
  if (first < 0) throw nodeError("REBASELINE_TARGET_INVALID", { to, reason: `the policy does not use ${target.id}` });
  const named = policy.factorSets.filter(({ id }) => id === target.id);
  if (named.length === 1 && named[0]?.version === target.version) {
    throw nodeError("REBASELINE_TARGET_INVALID", { to, reason: "the policy uses it already" });
  }
  const factorSets = policy.factorSets.flatMap((set, at) => {
    if (set.id !== target.id) return [set];
    return at === first ? [target] : [];
  });
  return { ...policy, version: nextVersion(policy.version), factorSets };
}

/** "1.0.0" is followed by "1.0.0+1", that by "1.0.0+2": the company's own number stays readable. */
function nextVersion(version: string): string {
  const [own = "", count = "0"] = version.split("+");
  return `${own}+${Number.parseInt(count, 10) + 1}`;
}
