import { DEFAULT_INVENTORY_POLICY } from "../core/inventory/inventory-policy.ts";
import { DEFAULT_AGREEMENT_POLICY } from "../core/policy/agreement-policy.ts";
import type { PolicySource } from "../ports/policy-source.ts";

export const DEFAULT_POLICIES: PolicySource = {
  inventory: DEFAULT_INVENTORY_POLICY,
  agreement: DEFAULT_AGREEMENT_POLICY,
};
