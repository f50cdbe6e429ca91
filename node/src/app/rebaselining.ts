import { isTallyError } from "@tallystick/proto";
import type { SetId } from "../core/inventory/inventory-policy.ts";
import { type InventoryView, parseView, type ViewQuery } from "../core/inventory/inventory-view.ts";
import { movedPolicy, parseTarget } from "../core/rebaseline/moved-policy.ts";
import { planRebaseline } from "../core/rebaseline/plan-rebaseline.ts";
import type { RebaselineDocument } from "../core/rebaseline/rebaseline-document.ts";
import { type PublishedSet, successors } from "../core/rebaseline/superseding.ts";
import { nodeError } from "../errors.ts";
import type { RebaselineApi } from "../ports/local-api.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import type { Policies } from "./policies.ts";

/** Moves the inventory to another version of a factor set: planned first, put in force when somebody says so. */
export class Rebaselining implements RebaselineApi {
  readonly #keeper: InventoryKeeper;
  readonly #policies: Policies;
  readonly #published: () => readonly PublishedSet[];
  #following: Promise<void> = Promise.resolve();

  /** @param published the registry's factor sets, as far as they are known */
  constructor(keeper: InventoryKeeper, policies: Policies, published: () => readonly PublishedSet[]) {
    this.#keeper = keeper;
    this.#policies = policies;
    this.#published = published;
  }

  /**
   * Where the reporting policy says `apply`: moves each set in use to the version that supersedes it, and records the plan and the cause. A
   * move that leaves a line without support is a person's to make. Calls come one after the other.
   */
  followPublished(): Promise<void> {
    this.#following = this.#following.then(async () => {
      const { reporting, inventory } = this.#policies;
      if (reporting.current.rebaseline !== "apply") return;
      for (const [from, to] of successors(inventory.current, this.#published())) {
        await this.#follow(from, to).catch((error: unknown) => {
          if (!isTallyError(error)) throw error;
          process.emitWarning(`not re-baselined to ${nameOf(to)}: ${error.message}`);
        });
      }
    });
    return this.#following;
  }

  /** Resolves when nothing of this is under way. */
  ended(): Promise<void> {
    return this.#following;
  }

  async #follow(from: SetId, to: SetId): Promise<void> {
    const before = this.#policies.inventory.current;
    const { digest, otherLines } = this.#describe(nameOf(to), {}, true);
    if (otherLines["no-longer-supported"] !== undefined) return;
    const cause = `re-baselined to ${nameOf(to)} by the reporting policy, since it supersedes ${from.version}: plan ${digest}`;
    await this.#policies.replaceInventory(before, movedPolicy(before, to), cause);
  }

  /** @inheritdoc @throws REBASELINE_TARGET_INVALID, FACTOR_SET_MISSING, PERIOD_INVALID, AS_OF_INVALID */
  async plan(to: string, query: ViewQuery = {}): Promise<RebaselineDocument> {
    return this.#describe(to, parseView(query, this.#policies.reporting.current.calendar), false);
  }

  /** @inheritdoc @throws REBASELINE_PLAN_CHANGED and what `plan` throws */
  async apply(to: string, expected: string): Promise<RebaselineDocument> {
    const before = this.#policies.inventory.current;
    const plan = this.#describe(to, {}, true);
    if (plan.digest !== expected) throw nodeError("REBASELINE_PLAN_CHANGED", { expected, found: plan.digest });
    const after = movedPolicy(before, parseTarget(to));
    await this.#policies.replaceInventory(before, after, `re-baselined to ${to}: plan ${plan.digest}`);
    return plan;
  }

  #describe(to: string, view: InventoryView, applied: boolean): RebaselineDocument {
    const target = parseTarget(to);
    const published = this.#published().find(
      ({ document: { id, version } }) => id === target.id && version === target.version,
    );
    if (published?.withdrawn !== undefined) {
      throw nodeError("REBASELINE_TARGET_INVALID", { to, reason: "the version was withdrawn" });
    }
    const before = this.#policies.inventory.current;
    const after = movedPolicy(before, target);
    const keeper = this.#keeper;
    const { factors } = keeper.input({ ...view, policy: after });
    return planRebaseline(keeper.liveOf(view), { target, before, after: { factors, policy: after } }, applied);
  }
}

const nameOf = ({ id, version }: SetId): string => `${id}@${version}`;
