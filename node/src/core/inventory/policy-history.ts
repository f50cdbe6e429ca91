import { z } from "zod";
import { type InventoryPolicy, inventoryPolicySchema } from "./inventory-policy.ts";

/** A policy that was put in force, and why. */
export interface PolicyVersion {
  readonly v: 1;
  readonly sequence: number;
  /** When: Unix seconds. */
  readonly at: number;
  readonly policy: InventoryPolicy;
  readonly cause: string;
}

/** As stored. */
export const policyVersionSchema: z.ZodType<PolicyVersion> = z.strictObject({
  v: z.literal(1),
  sequence: z.int().min(0),
  at: z.int().min(0),
  policy: inventoryPolicySchema,
  cause: z.string().min(1).max(500),
});

/** The inventory policies of a node over time. Before the first that was put in force, the one that it came with. */
export class PolicyHistory {
  readonly #initial: InventoryPolicy;
  readonly #versions: PolicyVersion[] = [];

  constructor(initial: InventoryPolicy) {
    this.#initial = initial;
  }

  /** Takes a version from where it was stored. @throws RangeError when it is not the next one, a fault of the store */
  add(version: PolicyVersion): void {
    if (version.sequence !== this.#versions.length) throw new RangeError(`policy ${version.sequence} is not the next`);
    this.#versions.push(version);
  }

  /** The version by which a policy would be put in force now. */
  plan(policy: InventoryPolicy, cause: string, nowUnix: number): PolicyVersion {
    return {
      v: 1,
      sequence: this.#versions.length,
      at: Math.max(nowUnix, this.#versions.at(-1)?.at ?? 0),
      policy,
      cause,
    };
  }

  get current(): InventoryPolicy {
    return this.#versions.at(-1)?.policy ?? this.#initial;
  }

  get versions(): readonly PolicyVersion[] {
    return this.#versions;
  }

  /** The policy that was in force at that time (Unix seconds, that second included). */
  knownAt(unix: number): InventoryPolicy {
    return this.#versions.findLast(({ at }) => at <= unix)?.policy ?? this.#initial;
  }
}
