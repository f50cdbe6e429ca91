import { isFiscal } from "../inventory/period.ts";
import type { BundleCheck, NotChecked } from "./bundle-check.ts";

/**
 * What a bundle cannot show, given what it holds. The preparer writes each as a `not-checked` claim and the verifier
 * demands every one of them, so that a reader is told no less than the evidence says.
 */
export function limitsOf(check: BundleCheck): readonly NotChecked[] {
  const inventory = check.inventory();
  const limits: NotChecked[] = [...ALWAYS];
  const add = (what: string, why: string): void => void limits.push({ what, why });
  if (!check.registry.witnessed) {
    add("registry logs are final", "no quorum of witnesses has cosigned the registry checkpoints in this bundle");
  }
  if (check.registry.weakWitnessing) {
    add("witnesses outlast a faulty one", "the policy names fewer than four witnesses (weak-witnessing)");
  }
  for (const feed of check.feeds) {
    if (!feed.final) add(`feed ${feed.origin} is final`, "its checkpoint carries no quorum of witness cosignatures");
  }
  if (inventory.refused.length + inventory.faults.length > 0) {
    add("refused evidence and faults", "a verdict is the preparer's word unless a fork-proof claim shows it");
  }
  if (inventory.period !== undefined && isFiscal(inventory.period.name)) {
    add(`the days of ${inventory.period.name}`, "that the preparer's fiscal year has these days is its own word");
  }
  const partial = check.partialSets();
  for (const { set, shown, of } of partial) {
    add(
      `other factors of ${set}`,
      `${shown} of its ${of} rows are here: that none of the others fits a line better is the preparer's word`,
    );
  }
  if (inventory.unsupportedLines > 0 && partial.length > 0) {
    add(
      "unsupported lines",
      "that no factor fits a line is the preparer's word; such a line adds nothing to the total",
    );
  }
  return limits;
}

const ALWAYS: readonly NotChecked[] = [
  { what: "the ledger", why: "its lines are the preparer's statement and are not compared with invoices" },
  { what: "better evidence", why: "that the preparer held no better evidence than it put here cannot be shown" },
  { what: "completeness of deliveries", why: "route tags are not opened in this bundle" },
  {
    what: "what suppliers measured",
    why: "a signature binds a member to its statement, not the statement to the meter",
  },
];
