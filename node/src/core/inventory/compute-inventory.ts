import type { Inventory, InventoryInput } from "./inventory.ts";
import { LiveInventory } from "./live-inventory.ts";

/**
 * Computes an inventory from its whole input at once. A pure function of the set: neither order nor repetition of
 * lines, evidence, retractions, refusals or faults changes any figure.
 *
 * @throws LEDGER_LINE_CONFLICT
 */
export function computeInventory(input: InventoryInput): Inventory {
  return fillInventory(input).snapshot();
}

/** As `computeInventory`, to be kept up to date from there. @throws LEDGER_LINE_CONFLICT */
export function fillInventory(input: InventoryInput): LiveInventory {
  const live = new LiveInventory(input);
  for (const retraction of input.retractions) live.retract(retraction);
  for (const item of input.evidence) live.addEvidence(item);
  for (const refused of input.refused) live.addRefused(refused);
  for (const fault of input.faults) live.addFault(fault);
  live.addLines(input.ledger);
  return live;
}
