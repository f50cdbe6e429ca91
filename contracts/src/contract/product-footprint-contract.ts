import { FOOTPRINT_RULES } from "../footprint/footprint-rules.ts";
import { PRODUCT_FOOTPRINT_JSON_SCHEMA } from "../footprint/footprint-schema.ts";
import { type ContractDocument, contractUrn } from "./contract-document.ts";

/**
 * The contract for product footprints as PACT v3 has them, with the rules of FOOTPRINT_RULES. A separate derivative of
 * the PACT Technical Specifications: see NOTICE.
 */
export const PRODUCT_FOOTPRINT_CONTRACT: ContractDocument = {
  id: "product-footprint",
  version: "3.1.0",
  title: "Product carbon footprint, PACT v3",
  description:
    "One ProductFootprint of the PACT Technical Specifications 3.0. A property that is null is absent; unknown properties are kept. Rules of level error refuse a footprint, warnings travel with it.",
  schema: PRODUCT_FOOTPRINT_JSON_SCHEMA,
  rules: FOOTPRINT_RULES.map(({ id, level, text }) => ({ id, level, text })),
  compatibility: "full",
};

export const PRODUCT_FOOTPRINT_CONTRACT_URN: string = contractUrn(
  PRODUCT_FOOTPRINT_CONTRACT.id,
  PRODUCT_FOOTPRINT_CONTRACT.version,
);

/**
 * URNs of the versions that this program publishes under and agrees on, the newest first. What it checks is what the newest says, and
 * that is all that the earlier ones say and more.
 */
export const PRODUCT_FOOTPRINT_CONTRACT_URNS: readonly string[] = [
  PRODUCT_FOOTPRINT_CONTRACT_URN,
  contractUrn(PRODUCT_FOOTPRINT_CONTRACT.id, "3.0.0"),
];
