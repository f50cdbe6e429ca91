import type { InventoryPolicy } from "../core/inventory/inventory-policy.ts";
import type { AgreementPolicy } from "../core/policy/agreement-policy.ts";

/** Where a node's rules come from: what counts in its inventory, and whose offers it accepts. */
export interface PolicySource {
  readonly inventory: InventoryPolicy;
  readonly agreement: AgreementPolicy;
}
