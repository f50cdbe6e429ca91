import { type InventoryView, parseView, type ViewQuery } from "../core/inventory/inventory-view.ts";
import { movedPolicy, parseTarget } from "../core/rebaseline/moved-policy.ts";
import { planRebaseline } from "../core/rebaseline/plan-rebaseline.ts";
import type { RebaselineDocument } from "../core/rebaseline/rebaseline-document.ts";
import { nodeError } from "../errors.ts";
import type { RebaselineApi } from "../ports/local-api.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import type { Policies } from "./policies.ts";

/** Moves the inventory to another version of a factor set: planned first, put in force when somebody says so. */
export class Rebaselining implements RebaselineApi {
  readonly #keeper: InventoryKeeper;
  readonly #policies: Policies;

  constructor(keeper: InventoryKeeper, policies: Policies) {
    this.#keeper = keeper;
    this.#policies = policies;
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
    const before = this.#policies.inventory.current;
    const after = movedPolicy(before, target);
    const keeper = this.#keeper;
    const { factors } = keeper.input({ ...view, policy: after });
    return planRebaseline(keeper.liveOf(view), { target, before, after: { factors, policy: after } }, applied);
  }
}
