import type { ProductFootprint } from "./product-footprint.ts";

/** A valid footprint with no warnings, for tests. */
export const FOOTPRINT: ProductFootprint = {
  id: "3893bb5d-da16-4dc1-9185-11d97476c254",
  specVersion: "3.0.3",
  created: "2024-02-01T00:00:00Z",
  status: "Active",
  companyName: "Smelter",
  companyIds: ["urn:pact:smelter.example:company-id:1"],
  productDescription: "Primary aluminium, ingots of 20 kg",
  productIds: ["urn:pact:smelter.example:product-id:ingot"],
  productNameCompany: "Ingot",
  pcf: {
    declaredUnitOfMeasurement: "kilogram",
    declaredUnitAmount: "1",
    productMassPerDeclaredUnit: "1",
    referencePeriodStart: "2023-01-01T00:00:00Z",
    referencePeriodEnd: "2024-01-01T00:00:00Z",
    geographyCountry: "NO",
    pcfExcludingBiogenicUptake: "6.715",
    pcfIncludingBiogenicUptake: "6.705",
    fossilCarbonContent: "0",
    fossilGhgEmissions: "6.7",
    landUseChangeGhgEmissions: "0.012",
    biogenicCO2Uptake: "-0.01",
    biogenicNonCO2Emissions: "0.003",
    packagingEmissionsIncluded: true,
    packagingGhgEmissions: "0.01",
    ccsTechnologicalCO2CaptureIncluded: false,
    ipccCharacterizationFactors: ["AR6"],
    crossSectoralStandards: ["PACT-3.0", "ISO14067"],
    exemptedEmissionsPercent: "1.5",
    primaryDataShare: "82.5",
    dqi: { technologicalDQR: "1.4", geographicalDQR: "1.2", temporalDQR: "1.6" },
  },
};

/** FOOTPRINT with properties of the footprint and of its pcf replaced; undefined removes one. */
export function footprintWith(changes: Record<string, unknown>, pcfChanges: Record<string, unknown> = {}): unknown {
  const clean = (value: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
  return clean({ ...FOOTPRINT, pcf: clean({ ...FOOTPRINT.pcf, ...pcfChanges }), ...changes });
}
