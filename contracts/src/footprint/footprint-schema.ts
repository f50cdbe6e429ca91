import { z } from "zod";
import { PACT_DECIMAL_PATTERN, parsePactDecimal } from "../exact/rational.ts";
import { INSTANT_PATTERN, parseInstant } from "../schema/instant.ts";
import { DECLARED_UNITS, type ProductFootprint, REGIONS } from "./product-footprint.ts";

// Limits on single fields; FOOTPRINT_LIMITS bounds the whole. Names 500 characters, prose 5,000, URNs 512, lists 100.
export const MAX_NAME = 500;
export const MAX_PROSE = 5_000;
export const MAX_URN = 512;
export const MAX_URI = 2_000;
export const MAX_LIST = 100;
export const UUID_PATTERN: RegExp = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
export const URN_PATTERN: RegExp = /^[uU][rR][nN]:/;
export const URI_PATTERN: RegExp = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;

function isPactDecimal(text: string): boolean {
  try {
    parsePactDecimal(text);
    return true;
  } catch {
    // parsePactDecimal has one way to fail.
    return false;
  }
}

const decimal = z
  .string()
  .max(80)
  .regex(PACT_DECIMAL_PATTERN, { error: "decimal: not a decimal number", abort: true })
  .refine(isPactDecimal, "decimal: more than 40 digits, or an exponent beyond 30");
const instant = z
  .string()
  .max(40)
  .regex(INSTANT_PATTERN, { error: "date-time: not an RFC 3339 date-time", abort: true })
  .refine((text) => parseInstant(text) !== undefined, "date-time: no such day")
  .meta({ format: "date-time" });
const name = z.string().min(1).max(MAX_NAME);
const prose = z.string().max(MAX_PROSE);
const uuid = z.string().regex(UUID_PATTERN, "not a UUID").meta({ format: "uuid" });
const urn = z.string().max(MAX_URN).regex(URN_PATTERN, "not a URN");
const uri = z.string().max(MAX_URI).regex(URI_PATTERN, "not a URI").meta({ format: "uri" });

/** A non-empty list without duplicates; JSON Schema's uniqueItems compares whole values, and so does this. */
function setOf<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z
    .array(item)
    .min(1)
    .max(MAX_LIST)
    .refine((items) => new Set(items.map((value) => JSON.stringify(value))).size === items.length, "duplicates")
    .meta({ uniqueItems: true });
}

const dqi = z.looseObject({ technologicalDQR: decimal, geographicalDQR: decimal, temporalDQR: decimal });

const verification = z.looseObject({
  coverage: z.enum(["PCF calculation model", "PCF program", "product level"]).exactOptional(),
  providerName: z.string().max(MAX_NAME).exactOptional(),
  completedAt: instant.exactOptional(),
  standardName: z.string().max(MAX_NAME).exactOptional(),
  comments: prose.exactOptional(),
});

const sectorRule = z.looseObject({
  operator: z.enum(["PEF", "EPD International", "Other"]),
  ruleNames: setOf(name),
  otherOperatorName: name.exactOptional(),
});

const GEOGRAPHIES = ["geographyRegionOrSubregion", "geographyCountry", "geographyCountrySubdivision"] as const;

const pcf = z
  .looseObject({
    declaredUnitOfMeasurement: z.enum(DECLARED_UNITS),
    declaredUnitAmount: decimal,
    productMassPerDeclaredUnit: decimal,
    referencePeriodStart: instant,
    referencePeriodEnd: instant,
    geographyRegionOrSubregion: z.enum(REGIONS).exactOptional(),
    geographyCountry: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .exactOptional(),
    geographyCountrySubdivision: z
      .string()
      .regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/)
      .exactOptional(),
    boundaryProcessesDescription: prose.exactOptional(),
    pcfExcludingBiogenicUptake: decimal,
    pcfIncludingBiogenicUptake: decimal,
    fossilCarbonContent: decimal,
    biogenicCarbonContent: decimal.exactOptional(),
    recycledCarbonContent: decimal.exactOptional(),
    fossilGhgEmissions: decimal,
    landUseChangeGhgEmissions: decimal.exactOptional(),
    landCarbonLeakage: decimal.exactOptional(),
    landManagementFossilGhgEmissions: decimal.exactOptional(),
    landManagementBiogenicCO2Emissions: decimal.exactOptional(),
    landManagementBiogenicCO2Removals: decimal.exactOptional(),
    biogenicCO2Uptake: decimal.exactOptional(),
    biogenicNonCO2Emissions: decimal.exactOptional(),
    landAreaOccupation: decimal.exactOptional(),
    aircraftGhgEmissions: decimal.exactOptional(),
    packagingEmissionsIncluded: z.boolean().exactOptional(),
    packagingGhgEmissions: decimal.exactOptional(),
    packagingBiogenicCarbonContent: decimal.exactOptional(),
    outboundLogisticsGhgEmissions: decimal.exactOptional(),
    ccsTechnologicalCO2CaptureIncluded: z.boolean().exactOptional(),
    ccsTechnologicalCO2Capture: decimal.exactOptional(),
    technologicalCO2CaptureOrigin: prose.exactOptional(),
    technologicalCO2Removals: decimal.exactOptional(),
    ccuCarbonContent: decimal.exactOptional(),
    ccuCalculationApproach: z.enum(["Cut-off", "Credit"]).exactOptional(),
    ccuCreditCertification: uri.exactOptional(),
    ipccCharacterizationFactors: setOf(z.string().regex(/^AR\d{1,3}$/)),
    crossSectoralStandards: setOf(z.string().max(MAX_NAME)),
    productOrSectorSpecificRules: setOf(sectorRule).exactOptional(),
    exemptedEmissionsPercent: decimal,
    exemptedEmissionsDescription: prose.exactOptional(),
    allocationRulesDescription: prose.exactOptional(),
    secondaryEmissionFactorSources: z
      .array(z.looseObject({ name, version: name }))
      .min(1)
      .max(MAX_LIST)
      .exactOptional(),
    primaryDataShare: decimal.exactOptional(),
    dqi: dqi.exactOptional(),
    verification: verification.exactOptional(),
  })
  .refine((value) => GEOGRAPHIES.filter((property) => value[property] !== undefined).length <= 1, {
    error: "geography: at most one of region, country and subdivision",
    // Said even where other properties are wrong too.
    when: ({ value }) => typeof value === "object" && value !== null,
  })
  .meta({
    not: {
      anyOf: [
        { required: [GEOGRAPHIES[0], GEOGRAPHIES[1]] },
        { required: [GEOGRAPHIES[0], GEOGRAPHIES[2]] },
        { required: [GEOGRAPHIES[1], GEOGRAPHIES[2]] },
      ],
    },
  });

const shape = z.looseObject({
  id: uuid,
  specVersion: z
    .string()
    .max(40)
    .regex(/^\d+\.\d+\.\d+(-\d{8})?$/),
  precedingPfIds: setOf(uuid).exactOptional(),
  created: instant,
  status: z.enum(["Active", "Deprecated"]),
  validityPeriodStart: instant.exactOptional(),
  validityPeriodEnd: instant.exactOptional(),
  companyName: name,
  companyIds: setOf(urn),
  productDescription: prose,
  productIds: setOf(urn),
  productClassifications: setOf(urn).exactOptional(),
  productNameCompany: name,
  comment: prose.exactOptional(),
  pcf,
  extensions: z
    .array(
      z.looseObject({
        specVersion: z.string().max(40),
        dataSchema: uri,
        documentation: uri.exactOptional(),
        data: z.record(z.string(), z.unknown()),
      }),
    )
    .max(MAX_LIST)
    .exactOptional(),
});

/** The shape of a ProductFootprint, without null: see `checkFootprint` for the whole of the check. */
export const productFootprintSchema: z.ZodType<ProductFootprint> = shape;

/** The properties that the schema knows, of a footprint and of its PCF. */
export const FOOTPRINT_PROPERTIES: readonly string[] = Object.keys(shape.shape);
export const PCF_PROPERTIES: readonly string[] = Object.keys(pcf.shape);

/** The shape as JSON Schema 2020-12. */
export const PRODUCT_FOOTPRINT_JSON_SCHEMA: Readonly<Record<string, unknown>> = z.toJSONSchema(productFootprintSchema, {
  target: "draft-2020-12",
  io: "input",
});
