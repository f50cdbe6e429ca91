import { parseNanoKg } from "@tallystick/contracts";
import type { StatusDocument } from "../../core/documents.ts";
import type { ExplainDocument, ExplainNode } from "../../core/inventory/explain.ts";
import type { InventoryDocument } from "../../core/inventory/inventory-document.ts";
import type { Model } from "../model/model.ts";
import { type BuyerName, MEMBERS, type MemberName, SUPPLIERS, type SupplierName } from "../network/members.ts";
import type { Findings } from "./findings.ts";

const FIGURE = /^(-?\d+(?:\.\d+)?) kg CO2e by (.+)#(\d+)$/;

/** Nothing that an honest member did is held against it. */
export function checkAccusations(member: MemberName, status: StatusDocument, findings: Findings): void {
  for (const { supplier, state, fault, faults } of status.follows) {
    findings.check("accused", state !== "faulted", () => `${member} holds ${fault} against ${supplier}`);
    findings.check("accused", faults === 0, () => `${member} holds ${faults} faults against ${supplier}`);
  }
  const { forked = [] } = status.registry;
  findings.check("accused", forked.length === 0, () => `${member} holds against the registry that it forked ${forked}`);
}

/** As `checkAccusations`, by a buyer's inventory. */
export function checkInventory(buyer: MemberName, document: InventoryDocument, findings: Findings): void {
  const { faults, attestations, byMethod, totalKgCo2e } = document;
  findings.check("accused", faults.length === 0, () => `${buyer} accuses: ${JSON.stringify(faults[0])}`);
  const [refused] = attestations.refused;
  findings.check("accused", refused === undefined, () => `${buyer} refuses: ${JSON.stringify(refused)}`);
  const attested = byMethod["supplier-specific"].kgCo2e;
  findings.check(
    "unverified",
    attested === totalKgCo2e,
    () => `${buyer}'s total is ${totalKgCo2e}, and ${attested} of it is attested`,
  );
}

/** Each line of the total stands at what some entry of its supplier states, times what was bought. */
export function checkExplanation(buyer: BuyerName, explained: ExplainDocument, model: Model, findings: Findings): void {
  let sum = 0n;
  for (const { label, value = "" } of linesOf(explained.tree)) {
    if (value === "unsupported") continue;
    const [, kg, origin, index] = FIGURE.exec(value) ?? [];
    const supplier = SUPPLIERS.find((name: SupplierName) => MEMBERS[name].origin === origin);
    const nanoKg = kg === undefined ? undefined : parseNanoKg(kg);
    const may =
      nanoKg !== undefined && supplier !== undefined && model.mayStandAt(buyer, label, nanoKg, supplier, Number(index));
    findings.check(
      "unverified",
      may,
      () => `${buyer}'s line ${label} stands at ${value}, which no accepted entry states`,
    );
    sum += nanoKg ?? 0n;
  }
  const { kgCo2e = "0" } = explained;
  findings.check(
    "unverified",
    sum === parseNanoKg(kgCo2e),
    () => `${buyer}'s total is ${kgCo2e}, and its lines have another sum`,
  );
}

function linesOf(tree: ExplainNode): readonly ExplainNode[] {
  return tree.children.filter(({ label }) => /^category \d+$/.test(label)).flatMap(({ children }) => children);
}

/** The ledger has every line that was acknowledged. */
export function checkLedger(buyer: BuyerName, status: StatusDocument, expected: number, findings: Findings): void {
  findings.check("lost", status.ledgerLines >= expected, () => {
    return `${buyer}'s ledger has ${status.ledgerLines} lines, and ${expected} were acknowledged`;
  });
}
