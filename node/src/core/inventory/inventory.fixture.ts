import {
  checkFootprint,
  type FactorRow,
  type FactorSet,
  type LedgerLine,
  type ProductFootprint,
  type RateSet,
  rowsRoot,
  sortRows,
} from "@tallystick/contracts";
import { encodeBase64, sha256, utf8Encode } from "@tallystick/proto";
import { type FactorTable, factorTable } from "./factor-library.ts";
import type { EvidenceItem, InventoryBasis } from "./inventory.ts";
import type { InventoryPolicy } from "./inventory-policy.ts";

// Small valid documents for tests: a buyer of castings, with 10 kg CO2e per piece attested and factors beside it.

export const CASTING = "urn:pact:casting.example:product-id:housing";
export const CASTER = "did:web:casting.example";

/** A footprint of one piece of CASTING, with properties of the footprint and of its pcf replaced. */
export function footprint(
  kgCo2e: string,
  changes: Partial<ProductFootprint> = {},
  pcf: Partial<ProductFootprint["pcf"]> = {},
): ProductFootprint {
  return checkFootprint({
    id: "3893bb5d-da16-4dc1-9185-11d97476c254",
    specVersion: "3.0.3",
    created: "2024-02-01T00:00:00Z",
    status: "Active",
    companyName: "Caster",
    companyIds: ["urn:pact:casting.example:company-id:1"],
    productDescription: "A housing",
    productIds: [CASTING],
    productNameCompany: "Housing",
    ...changes,
    pcf: {
      declaredUnitOfMeasurement: "piece",
      declaredUnitAmount: "1",
      productMassPerDeclaredUnit: "8.4",
      referencePeriodStart: "2023-01-01T00:00:00Z",
      referencePeriodEnd: "2024-01-01T00:00:00Z",
      geographyCountry: "DE",
      pcfExcludingBiogenicUptake: kgCo2e,
      pcfIncludingBiogenicUptake: kgCo2e,
      fossilCarbonContent: "0",
      fossilGhgEmissions: kgCo2e,
      ipccCharacterizationFactors: ["AR6"],
      crossSectoralStandards: ["ISO14067"],
      exemptedEmissionsPercent: "0",
      ...pcf,
    },
  }).footprint;
}

export function item(index: number, of: ProductFootprint, changes: Partial<EvidenceItem> = {}): EvidenceItem {
  const leaf = encodeBase64(sha256(utf8Encode(`leaf ${index}`)));
  return {
    ref: { origin: "casting.example/feed", index, leaf },
    member: CASTER,
    memberName: "Caster",
    footprint: of,
    final: true,
    source: { kid: "casting-1", treeSize: 100 },
    ...changes,
  };
}

/** Ten pieces of CASTING, with all that a lesser method needs. */
export function line(id: string, changes: { [K in keyof LedgerLine]?: LedgerLine[K] | undefined } = {}): LedgerLine {
  const full = {
    id,
    date: "2024-03-01",
    category: 1,
    supplier: CASTER,
    productId: CASTING,
    description: "Housings",
    quantity: "10",
    unit: "piece",
    amount: "1000",
    currency: "USD",
    activity: "casting:piece",
    naics: "331524",
    ...changes,
  };
  return Object.fromEntries(Object.entries(full).filter(([, value]) => value !== undefined)) as unknown as LedgerLine;
}

const rowBase = { boundary: "cradle-to-gate", geography: { scheme: "global", code: "GLO" }, source: "a table" };

export function table(id: string, rows: readonly FactorRow[], changes: Partial<FactorSet> = {}): FactorTable {
  const sorted = sortRows(rows);
  const set: FactorSet = {
    id,
    version: "2024.1.0",
    title: id,
    publisher: "a publisher",
    source: "a source",
    licence: "CC0",
    redistribution: true,
    gwpSet: "AR5",
    priceBasis: { currency: "USD", year: 2022, price: "purchaser" },
    publishedOn: "2024-01-01",
    validFrom: "2022-01-01",
    rowCount: sorted.length,
    rowsRoot: encodeBase64(rowsRoot(sorted)),
    ...changes,
  };
  return factorTable(set, sorted);
}

/** 12 kg CO2e a piece. */
export const ACTIVITY: FactorTable = table("activity", [
  { ...rowBase, key: "casting:piece", label: "Casting", kind: "value", value: "12", denominator: "piece" },
  { ...rowBase, key: "casting:kg", label: "Casting", kind: "value", value: "7", denominator: "kg" },
  { ...rowBase, key: "casting:small", label: "Casting", kind: "bound", comparator: "<", value: "1", denominator: "kg" },
  { ...rowBase, key: "casting:blank", label: "Casting", kind: "not-available", denominator: "kg" },
]);

/** 0.5 kg CO2e a dollar of 2022. */
export const SPEND: FactorTable = table("spend", [
  { ...rowBase, key: "331524", label: "Foundries", kind: "value", value: "0.5", denominator: "USD" },
]);

export const RATES: RateSet = {
  id: "rates",
  version: "2024.1.0",
  title: "Rates",
  publishedOn: "2024-01-05",
  rates: [{ currency: "EUR", year: 2024, perUsd: "0.8", source: "a central bank" }],
  priceIndex: [
    { year: 2022, index: "100", source: "a statistics office" },
    { year: 2024, index: "125", source: "a statistics office" },
  ],
};

export const POLICY: InventoryPolicy = {
  v: 1,
  id: "test",
  version: "1.0.0",
  methods: ["supplier-specific", "average-data", "spend-based"],
  provisional: "count",
  factorSets: [
    { id: "activity", version: "2024.1.0" },
    { id: "spend", version: "2024.1.0" },
  ],
  rates: { id: "rates", version: "2024.1.0" },
  factorValidity: "inside",
  confidence: { high: { coverage: "0.95", verified: "0.6" }, medium: { coverage: "0.8", verified: "0.2" } },
};

export const BASIS: InventoryBasis = {
  policy: POLICY,
  factors: { tables: [ACTIVITY, SPEND], rates: RATES },
  registry: { origin: "registry.example/members", size: 3, root: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
  registryStale: false,
  weakWitnessing: false,
};
