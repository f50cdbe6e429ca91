import type { Store } from "@tallystick/registry";
import type { z } from "zod";
import { requireReason } from "../core/closing/period-statement.ts";
import { PolicyHistory, type PolicyVersion, policyVersionSchema } from "../core/inventory/policy-history.ts";
import { nodeError } from "../errors.ts";
import { keys, putRecord, readAll, readStored } from "./node-records.ts";

export type PolicyKind = "inventory" | "reporting" | "checking";

export interface StoredPolicyOptions<P> {
  readonly store: Store;
  readonly kind: PolicyKind;
  readonly schema: z.ZodType<P>;
  /** In force before any other was put in force. */
  readonly initial: P;
  /** Unix seconds. */
  readonly now: () => number;
}

/** A policy and its history, kept in the node's store. */
export class StoredPolicy<P> {
  readonly #options: StoredPolicyOptions<P>;
  readonly history: PolicyHistory<P>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: StoredPolicyOptions<P>) {
    this.#options = options;
    this.history = new PolicyHistory(options.initial);
  }

  /** @throws STORE_CORRUPT */
  static async open<P>(options: StoredPolicyOptions<P>): Promise<StoredPolicy<P>> {
    const stored = new StoredPolicy(options);
    const { store, kind, schema } = options;
    for (const [key, version] of await readAll(store, keys.policies(kind), policyVersionSchema(schema))) {
      readStored(key, () => stored.history.add(version));
    }
    return stored;
  }

  get current(): P {
    return this.history.current;
  }

  /**
   * Puts a policy in force from now on; durable when it resolves. One after the other, so that each has its place.
   *
   * @param instead the policy that it was made from, where it was: of two changes of one policy at a time the second is refused
   * @throws REASON_INVALID, POLICY_CHANGED
   */
  put(policy: P, cause: string, instead?: P): Promise<PolicyVersion<P>> {
    const done = this.#last.then(async () => {
      const { store, kind, now } = this.#options;
      requireReason(cause);
      if (instead !== undefined && instead !== this.history.current) throw nodeError("POLICY_CHANGED", { kind });
      const version = this.history.plan(policy, cause, now());
      await store.write([putRecord(keys.policy(kind, version.sequence), version)], { sync: true });
      this.history.add(version);
      return version;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
