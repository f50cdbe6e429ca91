import { PRODUCT_FOOTPRINT_CONTRACT_URN, PRODUCT_FOOTPRINT_CONTRACT_URNS } from "@tallystick/contracts";
import type { RegistryState } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";

/** A contract as attestations name it. */
export interface ContractName {
  readonly urn: string;
  /** Of the text that the registry has, which is what others compare with. */
  readonly digest: string;
}

/**
 * The contract that this node publishes under and agrees on: the newest that it knows and the registry has. A registry may be older than
 * the program.
 * @throws CONTRACT_UNKNOWN where it has none of them
 */
export function publishingContract(registry: RegistryState): ContractName {
  for (const urn of PRODUCT_FOOTPRINT_CONTRACT_URNS) {
    const registered = registry.contract(urn);
    if (registered !== undefined) return { urn, digest: registered.digest };
  }
  throw nodeError("CONTRACT_UNKNOWN", { contract: PRODUCT_FOOTPRINT_CONTRACT_URN });
}
