import { z } from "zod";

/** A policy that was put in force, and why. */
export interface PolicyVersion<P> {
  readonly v: 1;
  readonly sequence: number;
  /** When: Unix seconds. */
  readonly at: number;
  readonly policy: P;
  readonly cause: string;
}

/** As stored. */
export function policyVersionSchema<P>(policy: z.ZodType<P>): z.ZodType<PolicyVersion<P>> {
  return z.strictObject({
    v: z.literal(1),
    sequence: z.int().min(0),
    at: z.int().min(0),
    policy,
    cause: z.string().min(1).max(500),
  }) as z.ZodType<PolicyVersion<P>>;
}

/** The policies of a node over time. Before the first that was put in force, the one that it came with. */
export class PolicyHistory<P> {
  readonly #initial: P;
  readonly #versions: PolicyVersion<P>[] = [];

  constructor(initial: P) {
    this.#initial = initial;
  }

  /** Takes a version from where it was stored. @throws RangeError when it is not the next one, a fault of the store */
  add(version: PolicyVersion<P>): void {
    if (version.sequence !== this.#versions.length) throw new RangeError(`policy ${version.sequence} is not the next`);
    this.#versions.push(version);
  }

  /** The version by which a policy would be put in force now. */
  plan(policy: P, cause: string, nowUnix: number): PolicyVersion<P> {
    const at = Math.max(nowUnix, this.#versions.at(-1)?.at ?? 0);
    return { v: 1, sequence: this.#versions.length, at, policy, cause };
  }

  get current(): P {
    return this.#versions.at(-1)?.policy ?? this.#initial;
  }

  get versions(): readonly PolicyVersion<P>[] {
    return this.#versions;
  }

  /** The policy that was in force at that time (Unix seconds, that second included). */
  knownAt(unix: number): P {
    return this.#versions.findLast(({ at }) => at <= unix)?.policy ?? this.#initial;
  }
}
