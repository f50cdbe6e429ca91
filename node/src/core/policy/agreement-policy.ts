import { type AgreementOffer, PRODUCT_FOOTPRINT_CONTRACT_URNS } from "@tallystick/contracts";
import type { Member } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";

/** Whose offers a supplier's node accepts by itself. A document, so that it can be shown and kept. */
export interface AgreementPolicy {
  readonly v: 1;
  readonly id: string;
  readonly version: string;
  /** URNs of the contracts that this node publishes under: a buyer could use nothing under another. */
  readonly contracts: readonly string[];
  /** Whether members that only a sponsor vouches for are accepted. */
  readonly sponsored: "accept" | "refuse";
  /** `any` member in good standing, or these DIDs only. */
  readonly buyers: "any" | readonly string[];
}

export const DEFAULT_AGREEMENT_POLICY: AgreementPolicy = {
  v: 1,
  id: "default",
  version: "1.0.0",
  contracts: PRODUCT_FOOTPRINT_CONTRACT_URNS,
  sponsored: "accept",
  buyers: "any",
};

/** @throws AGREEMENT_REFUSED */
export function requireAcceptable(policy: AgreementPolicy, offer: AgreementOffer, buyer: Member): void {
  const refuse = (reason: string): Error => nodeError("AGREEMENT_REFUSED", { reason });
  if (!policy.contracts.includes(offer.contract)) throw refuse("this supplier does not publish under that contract");
  if (policy.sponsored === "refuse" && buyer.vetting === "sponsored") {
    throw refuse("this supplier accepts no members that are only sponsored");
  }
  if (policy.buyers !== "any" && !policy.buyers.includes(buyer.did)) {
    throw refuse("this supplier accepts offers of named buyers only");
  }
}
