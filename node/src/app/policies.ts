import { formatInstant } from "@tallystick/contracts";
import type { Store } from "@tallystick/registry";
import {
  DEFAULT_REPORTING_POLICY,
  parseReportingPolicy,
  type ReportingPolicy,
  reportingPolicySchema,
} from "../core/closing/reporting-policy.ts";
import type { PoliciesDocument, PolicyDocument } from "../core/documents.ts";
import {
  type InventoryPolicy,
  inventoryPolicySchema,
  parseInventoryPolicy,
} from "../core/inventory/inventory-policy.ts";
import { nodeError } from "../errors.ts";
import type { PoliciesApi } from "../ports/local-api.ts";
import { StoredPolicy } from "./stored-policy.ts";

/** The rules that a node's inventory and reports go by, with their histories. */
export class Policies implements PoliciesApi {
  readonly inventory: StoredPolicy<InventoryPolicy>;
  readonly reporting: StoredPolicy<ReportingPolicy>;
  readonly #listeners = new Set<() => void>();

  private constructor(inventory: StoredPolicy<InventoryPolicy>, reporting: StoredPolicy<ReportingPolicy>) {
    this.inventory = inventory;
    this.reporting = reporting;
  }

  /** @param initial the inventory policy in force before any other was put in force @throws STORE_CORRUPT */
  static async open(store: Store, initial: InventoryPolicy, now: () => number): Promise<Policies> {
    const base = { store, now };
    return new Policies(
      await StoredPolicy.open({ ...base, kind: "inventory", schema: inventoryPolicySchema, initial }),
      await StoredPolicy.open({
        ...base,
        kind: "reporting",
        schema: reportingPolicySchema,
        initial: DEFAULT_REPORTING_POLICY,
      }),
    );
  }

  async show(): Promise<PoliciesDocument> {
    return { inventory: describe(this.inventory), reporting: describe(this.reporting) };
  }

  /** @inheritdoc @throws POLICY_KIND_UNKNOWN, INVENTORY_POLICY_INVALID, REPORTING_POLICY_INVALID */
  async put(kind: string, policy: unknown, cause: string): Promise<PolicyDocument> {
    if (kind === "inventory") {
      await this.inventory.put(parseInventoryPolicy(policy), cause);
    } else if (kind === "reporting") {
      await this.reporting.put(parseReportingPolicy(policy), cause);
    } else {
      throw nodeError("POLICY_KIND_UNKNOWN", { kind: kind.slice(0, 40) });
    }
    for (const listener of this.#listeners) listener();
    return describe(kind === "inventory" ? this.inventory : this.reporting);
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
