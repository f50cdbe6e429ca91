import { formatInstant } from "@tallystick/contracts";
import type { Store } from "@tallystick/registry";
import {
  DEFAULT_REPORTING_POLICY,
  type PolicyOwner,
  parseReportingPolicy,
  type ReportingPolicy,
  reportingPolicySchema,
  requireOwnPersons,
} from "../core/closing/reporting-policy.ts";
import type { PoliciesDocument, PolicyDocument } from "../core/documents.ts";
import {
  type InventoryPolicy,
  inventoryPolicySchema,
  parseInventoryPolicy,
} from "../core/inventory/inventory-policy.ts";
import {
  type CheckingPolicy,
  checkingPolicySchema,
  DEFAULT_CHECKING_POLICY,
  parseCheckingPolicy,
} from "../core/policy/checking-policy.ts";
import { nodeError } from "../errors.ts";
import type { PoliciesApi } from "../ports/local-api.ts";
import { StoredPolicy } from "./stored-policy.ts";

/** The rules that a node's inventory and reports go by, with their histories. */
export class Policies implements PoliciesApi {
  readonly inventory: StoredPolicy<InventoryPolicy>;
  readonly reporting: StoredPolicy<ReportingPolicy>;
  readonly checking: StoredPolicy<CheckingPolicy>;
  readonly #owner: PolicyOwner;
  readonly #listeners = new Set<() => void>();

  private constructor(
    owner: PolicyOwner,
    inventory: StoredPolicy<InventoryPolicy>,
    reporting: StoredPolicy<ReportingPolicy>,
    checking: StoredPolicy<CheckingPolicy>,
  ) {
    this.#owner = owner;
    this.inventory = inventory;
    this.reporting = reporting;
    this.checking = checking;
  }

  /**
   * @param initial the inventory policy in force before any other was put in force
   * @param now Unix seconds
   * @throws STORE_CORRUPT
   */
  static async open(store: Store, owner: PolicyOwner, initial: InventoryPolicy, now: () => number): Promise<Policies> {
    const base = { store, now };
    return new Policies(
      owner,
      await StoredPolicy.open({ ...base, kind: "inventory", schema: inventoryPolicySchema, initial }),
      await StoredPolicy.open({
        ...base,
        kind: "reporting",
        schema: reportingPolicySchema,
        initial: DEFAULT_REPORTING_POLICY,
      }),
      await StoredPolicy.open({
        ...base,
        kind: "checking",
        schema: checkingPolicySchema,
        initial: DEFAULT_CHECKING_POLICY,
      }),
    );
  }

  async show(): Promise<PoliciesDocument> {
    return {
      inventory: describe(this.inventory),
      reporting: describe(this.reporting),
      checking: describe(this.checking),
    };
  }

  /** When the last of them was put in force: Unix seconds, 0 where none was. */
  get knownUntil(): number {
    return Math.max(
      ...[this.inventory, this.reporting, this.checking].map(({ history }) => history.versions.at(-1)?.at ?? 0),
    );
  }

  /** @inheritdoc @throws POLICY_KIND_UNKNOWN, INVENTORY_POLICY_INVALID, REPORTING_POLICY_INVALID, CHECKING_POLICY_INVALID, REASON_INVALID */
  async put(kind: string, policy: unknown, cause: string): Promise<PolicyDocument> {
    if (kind === "inventory") {
      await this.inventory.put(parseInventoryPolicy(policy), cause);
    } else if (kind === "reporting") {
      const reporting = parseReportingPolicy(policy);
      requireOwnPersons(reporting, this.#owner);
      await this.reporting.put(reporting, cause);
    } else if (kind === "checking") {
      await this.checking.put(parseCheckingPolicy(policy), cause);
    } else {
      throw nodeError("POLICY_KIND_UNKNOWN", { kind: kind.slice(0, 40) });
    }
    this.#announce();
    return describe(this[kind]);
  }

  /** Puts an inventory policy in the place of the one that it was made from. @throws POLICY_CHANGED where that is no longer in force */
  async replaceInventory(before: InventoryPolicy, after: InventoryPolicy, cause: string): Promise<void> {
    await this.inventory.put(after, cause, before);
    this.#announce();
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls back after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}

function describe({ history }: StoredPolicy<unknown>): PolicyDocument {
  const last = history.versions.at(-1);
  return {
    policy: history.current,
    ...(last === undefined ? {} : { since: formatInstant(last.at * 1000), cause: last.cause }),
    replaced: history.versions.length,
  };
}
