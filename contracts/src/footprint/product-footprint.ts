/** A PACT decimal: text such as "0.384"; an exponent is accepted. Units are at each property. */
export type Decimal = string;
/** An RFC 3339 date-time. */
export type Instant = string;
/** A URN (RFC 8141). */
export type Urn = string;

/** The units that PACT v3 lets a footprint be declared in. */
export const DECLARED_UNITS = [
  "liter",
  "kilogram",
  "cubic meter",
  "kilowatt hour",
  "megajoule",
  "ton kilometer",
  "square meter",
  "piece",
  "hour",
  "megabit second",
] as const;

export type DeclaredUnit = (typeof DECLARED_UNITS)[number];

/** The regions and subregions of UN M49 that a footprint may name. */
export const REGIONS = [
  "Africa",
  "Americas",
  "Asia",
  "Europe",
  "Oceania",
  "Australia and New Zealand",
  "Central Asia",
  "Eastern Asia",
  "Eastern Europe",
  "Latin America and the Caribbean",
  "Melanesia",
  "Micronesia",
  "Northern Africa",
  "Northern America",
  "Northern Europe",
  "Polynesia",
  "South-eastern Asia",
  "Southern Asia",
  "Southern Europe",
  "Sub-Saharan Africa",
  "Western Asia",
  "Western Europe",
] as const;

/** Representativeness ratings, 1 (best) to 5, as means over all inputs weighted by emissions. */
export interface DataQualityIndicators {
  readonly technologicalDQR: Decimal;
  readonly geographicalDQR: Decimal;
  readonly temporalDQR: Decimal;
}

/** What a third party checked. */
export interface Verification {
  readonly coverage?: "PCF calculation model" | "PCF program" | "product level";
  readonly providerName?: string;
  readonly completedAt?: Instant;
  readonly standardName?: string;
  readonly comments?: string;
}

/** Product or sector rules that were followed. */
export interface ProductOrSectorSpecificRule {
  readonly operator: "PEF" | "EPD International" | "Other";
  readonly ruleNames: readonly string[];
  readonly otherOperatorName?: string;
}

/** A database of secondary emission factors that was used. */
export interface EmissionFactorSource {
  readonly name: string;
  readonly version: string;
}

/** The carbon footprint of one declared unit. Emissions are kg CO2e per declared unit, carbon contents kg C. */
export interface CarbonFootprint {
  readonly declaredUnitOfMeasurement: DeclaredUnit;
  /** How many units make one declared unit; above 0. */
  readonly declaredUnitAmount: Decimal;
  /** kg of product in one declared unit, packaging apart; "0" for energy, transport and services. */
  readonly productMassPerDeclaredUnit: Decimal;
  readonly referencePeriodStart: Instant;
  /** Exclusive. */
  readonly referencePeriodEnd: Instant;
  /** At most one of the three geographies; none means global. */
  readonly geographyRegionOrSubregion?: (typeof REGIONS)[number];
  /** ISO 3166-1 alpha-2. */
  readonly geographyCountry?: string;
  /** ISO 3166-2. */
  readonly geographyCountrySubdivision?: string;
  readonly boundaryProcessesDescription?: string;
  readonly pcfExcludingBiogenicUptake: Decimal;
  readonly pcfIncludingBiogenicUptake: Decimal;
  readonly fossilCarbonContent: Decimal;
  readonly biogenicCarbonContent?: Decimal;
  readonly recycledCarbonContent?: Decimal;
  readonly fossilGhgEmissions: Decimal;
  readonly landUseChangeGhgEmissions?: Decimal;
  readonly landCarbonLeakage?: Decimal;
  /** Already inside `fossilGhgEmissions`. */
  readonly landManagementFossilGhgEmissions?: Decimal;
  readonly landManagementBiogenicCO2Emissions?: Decimal;
  /** Not above 0. */
  readonly landManagementBiogenicCO2Removals?: Decimal;
  /** Not above 0. */
  readonly biogenicCO2Uptake?: Decimal;
  readonly biogenicNonCO2Emissions?: Decimal;
  /** m2 per year. */
  readonly landAreaOccupation?: Decimal;
  readonly aircraftGhgEmissions?: Decimal;
  readonly packagingEmissionsIncluded?: boolean;
  readonly packagingGhgEmissions?: Decimal;
  readonly packagingBiogenicCarbonContent?: Decimal;
  readonly outboundLogisticsGhgEmissions?: Decimal;
  readonly ccsTechnologicalCO2CaptureIncluded?: boolean;
  /** Not above 0. */
  readonly ccsTechnologicalCO2Capture?: Decimal;
  readonly technologicalCO2CaptureOrigin?: string;
  /** Not above 0. */
  readonly technologicalCO2Removals?: Decimal;
  readonly ccuCarbonContent?: Decimal;
  readonly ccuCalculationApproach?: "Cut-off" | "Credit";
  readonly ccuCreditCertification?: string;
  /** "AR5", "AR6" … */
  readonly ipccCharacterizationFactors: readonly string[];
  readonly crossSectoralStandards: readonly string[];
  readonly productOrSectorSpecificRules?: readonly ProductOrSectorSpecificRule[];
  /** Per cent. */
  readonly exemptedEmissionsPercent: Decimal;
  readonly exemptedEmissionsDescription?: string;
  readonly allocationRulesDescription?: string;
  readonly secondaryEmissionFactorSources?: readonly EmissionFactorSource[];
  /** Per cent of `pcfExcludingBiogenicUptake`. */
  readonly primaryDataShare?: Decimal;
  readonly dqi?: DataQualityIndicators;
  readonly verification?: Verification;
}

/** Data beyond PACT's own model, under a schema of its own. */
export interface DataModelExtension {
  readonly specVersion: string;
  readonly dataSchema: string;
  readonly documentation?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * A product's footprint as PACT v3 (Technical Specifications 3.0.4) exchanges it. Unknown properties are kept on every
 * level; a property that is null is absent.
 */
export interface ProductFootprint {
  /** UUID of this footprint; another figure is another footprint. */
  readonly id: string;
  readonly specVersion: string;
  readonly precedingPfIds?: readonly string[];
  readonly created: Instant;
  readonly status: "Active" | "Deprecated";
  readonly validityPeriodStart?: Instant;
  readonly validityPeriodEnd?: Instant;
  readonly companyName: string;
  readonly companyIds: readonly Urn[];
  readonly productDescription: string;
  readonly productIds: readonly Urn[];
  readonly productClassifications?: readonly Urn[];
  readonly productNameCompany: string;
  readonly comment?: string;
  readonly pcf: CarbonFootprint;
  readonly extensions?: readonly DataModelExtension[];
}
