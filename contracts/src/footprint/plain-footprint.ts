import { addYears, INSTANT_PATTERN, parseInstant } from "../schema/instant.ts";
import { UNSAFE_TEXT } from "../schema/json-limits.ts";
import { parseUncertainty } from "../uncertainty/uncertainty-extension.ts";
import { NAMESPACED_URN, NON_NEGATIVE, NON_POSITIVE } from "./footprint-rules.ts";
import {
  MAX_LIST,
  MAX_NAME,
  MAX_PROSE,
  MAX_URI,
  MAX_URN,
  URI_PATTERN,
  URN_PATTERN,
  UUID_PATTERN,
} from "./footprint-schema.ts";
import { DECLARED_UNITS, type ProductFootprint, REGIONS } from "./product-footprint.ts";
import { MAX_VALIDITY_YEARS } from "./validity.ts";

// `checkFootprint` in one walk, for the footprints that most are: it says yes only where that would accept the value as it stands, and
// no wherever it is not sure, so that `checkFootprint` decides and says why (docs/decisions/0019). A property holds the two together.

type Json = Readonly<Record<string, unknown>>;
type Accepts = (value: unknown) => boolean;

/** Printable ASCII: most text, and cheaper to see than that other text is safe. */
const PLAIN = /^[ -~]*$/;
/** A decimal that a double tells apart from its neighbours: at most 15 digits, no exponent, no plus. */
const DECIMAL = /^-?\d{1,15}(?:\.\d{1,14})?$/;
const MAX_DECIMAL_LENGTH = 16;
/** In the place of FOOTPRINT_LIMITS, and below all of them: three bytes for each character, eight for what stands around a value. */
const MAX_COST = 65_536;
const MAX_DEPTH = 16;
const RESERVED: ReadonlySet<string> = new Set(["...", "_sd", "_sd_alg", "__proto__"]);

/** What the value that is being walked has cost. One walk at a time: nothing here waits. */
let cost = 0;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isText(value: unknown, max: number): value is string {
  if (typeof value !== "string" || value.length > max) return false;
  cost += 8 + 3 * value.length;
  return PLAIN.test(value) || !UNSAFE_TEXT.test(value);
}

function isName(name: string): boolean {
  cost += 8 + 3 * name.length;
  return !RESERVED.has(name) && (PLAIN.test(name) || !UNSAFE_TEXT.test(name));
}

/** JSON of no particular shape, without null. */
function isAny(value: unknown, depth: number): boolean {
  cost += 8;
  if (depth > MAX_DEPTH || cost > MAX_COST) return false;
  if (typeof value === "string") return isText(value, MAX_COST);
  if (typeof value === "boolean") return true;
  if (typeof value === "number") {
    cost += 16;
    return Number.isFinite(value);
  }
  if (Array.isArray(value)) return value.every((item) => isAny(item, depth + 1));
  return isObject(value) && Object.entries(value).every(([name, item]) => isName(name) && isAny(item, depth + 1));
}

/** An object whose members are as its table says; members that the table does not have may be anything. */
function isShaped(
  value: unknown,
  fields: ReadonlyMap<string, Accepts>,
  required: readonly string[],
  depth: number,
): value is Json {
  if (!isObject(value)) return false;
  for (const name of Object.keys(value)) {
    const accepts = fields.get(name);
    if (accepts === undefined ? !(isName(name) && isAny(value[name], depth + 1)) : !accepts(value[name])) return false;
    cost += 8 + name.length;
  }
  for (const name of required) if (!Object.hasOwn(value, name)) return false;
  return cost <= MAX_COST;
}

const table = (fields: Readonly<Record<string, Accepts>>): ReadonlyMap<string, Accepts> =>
  new Map(Object.entries(fields));
const text =
  (max: number, pattern?: RegExp): Accepts =>
  (value) =>
    isText(value, max) && (pattern === undefined || pattern.test(value));
const oneOf = (...values: readonly string[]): Accepts => {
  const known: ReadonlySet<unknown> = new Set(values);
  return (value) => known.has(value);
};
const isFlag: Accepts = (value) => typeof value === "boolean";

function isDecimal(value: unknown): value is string {
  cost += 64;
  return typeof value === "string" && value.length <= MAX_DECIMAL_LENGTH && DECIMAL.test(value);
}
const isZero = (text: string): boolean => !/[1-9]/.test(text);
const notBelowZero: Accepts = (value) => isDecimal(value) && (!value.startsWith("-") || isZero(value));
const notAboveZero: Accepts = (value) => isDecimal(value) && (value.startsWith("-") || isZero(value));
const aboveZero: Accepts = (value) => isDecimal(value) && !value.startsWith("-") && !isZero(value);
const within =
  (low: number, high: number): Accepts =>
  (value) =>
    isDecimal(value) && Number(value) >= low && Number(value) <= high;

const isInstant: Accepts = (value) =>
  isText(value, 40) && INSTANT_PATTERN.test(value) && parseInstant(value) !== undefined;

/** Items without duplicates: texts, which differ as values where they differ as texts. */
const listOf =
  (item: Accepts): Accepts =>
  (value) =>
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= MAX_LIST &&
    value.every((each) => typeof each === "string" && item(each)) &&
    (value.length === 1 || new Set(value).size === value.length);

const isNonEmptyName: Accepts = (value) => value !== "" && isText(value, MAX_NAME);
const isProse = text(MAX_PROSE);
const isUuid = text(36, UUID_PATTERN);
const isUrn: Accepts = (value) => isText(value, MAX_URN) && URN_PATTERN.test(value) && NAMESPACED_URN.test(value);
const isUri = text(MAX_URI, URI_PATTERN);

const DQI = table({
  technologicalDQR: within(1, 5),
  geographicalDQR: within(1, 5),
  temporalDQR: within(1, 5),
});
const SOURCE = table({ name: isNonEmptyName, version: isNonEmptyName });

/** What is accepted of each property of a PCF. A property that is in the schema and not here makes a footprint that is not plain. */
const PCF = table({
  ...Object.fromEntries(NON_NEGATIVE.map((property) => [property, notBelowZero])),
  ...Object.fromEntries(NON_POSITIVE.map((property) => [property, notAboveZero])),
  declaredUnitOfMeasurement: oneOf(...DECLARED_UNITS),
  declaredUnitAmount: aboveZero,
  referencePeriodStart: isInstant,
  referencePeriodEnd: isInstant,
  geographyRegionOrSubregion: oneOf(...REGIONS),
  geographyCountry: text(2, /^[A-Z]{2}$/),
  geographyCountrySubdivision: text(6, /^[A-Z]{2}-[A-Z0-9]{1,3}$/),
  boundaryProcessesDescription: isProse,
  pcfExcludingBiogenicUptake: isDecimal,
  pcfIncludingBiogenicUptake: isDecimal,
  packagingEmissionsIncluded: isFlag,
  ccsTechnologicalCO2CaptureIncluded: isFlag,
  ipccCharacterizationFactors: listOf(text(5, /^AR\d{1,3}$/)),
  crossSectoralStandards: listOf(text(MAX_NAME)),
  exemptedEmissionsPercent: within(0, 100),
  exemptedEmissionsDescription: isProse,
  allocationRulesDescription: isProse,
  technologicalCO2CaptureOrigin: isProse,
  secondaryEmissionFactorSources: (value) =>
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= MAX_LIST &&
    value.every((source) => isShaped(source, SOURCE, ["name", "version"], 3)),
  primaryDataShare: within(0, 100),
  dqi: (value) => isShaped(value, DQI, [...DQI.keys()], 2),
  ccuCalculationApproach: () => false,
  ccuCreditCertification: () => false,
  productOrSectorSpecificRules: () => false,
  verification: () => false,
});
const PCF_REQUIRED: readonly string[] = [
  "declaredUnitOfMeasurement",
  "declaredUnitAmount",
  "productMassPerDeclaredUnit",
  "referencePeriodStart",
  "referencePeriodEnd",
  "pcfExcludingBiogenicUptake",
  "pcfIncludingBiogenicUptake",
  "fossilCarbonContent",
  "fossilGhgEmissions",
  "ipccCharacterizationFactors",
  "crossSectoralStandards",
  "exemptedEmissionsPercent",
];
const GEOGRAPHIES = ["geographyRegionOrSubregion", "geographyCountry", "geographyCountrySubdivision"] as const;

const EXTENSION = table({
  specVersion: text(40),
  dataSchema: isUri,
  documentation: isUri,
  data: (value) => isObject(value) && isAny(value, 3),
});

const FOOTPRINT = table({
  id: isUuid,
  specVersion: text(40, /^\d+\.\d+\.\d+(-\d{8})?$/),
  precedingPfIds: () => false,
  created: isInstant,
  status: oneOf("Active", "Deprecated"),
  validityPeriodStart: isInstant,
  validityPeriodEnd: isInstant,
  companyName: isNonEmptyName,
  companyIds: listOf(isUrn),
  productDescription: isProse,
  productIds: listOf(isUrn),
  productClassifications: listOf(isUrn),
  productNameCompany: isNonEmptyName,
  comment: isProse,
  pcf: (value) => isShaped(value, PCF, PCF_REQUIRED, 1),
  extensions: (value) =>
    Array.isArray(value) &&
    value.length <= MAX_LIST &&
    value.every((extension) => isShaped(extension, EXTENSION, ["specVersion", "dataSchema", "data"], 2)),
});
const FOOTPRINT_REQUIRED: readonly string[] = [
  "id",
  "specVersion",
  "created",
  "status",
  "companyName",
  "companyIds",
  "productDescription",
  "productIds",
  "productNameCompany",
  "pcf",
];

/**
 * True for a footprint that `checkFootprint` accepts and leaves as it is: no null, nothing rare, every rule of level error kept. False
 * says nothing.
 */
export function isPlainFootprint(value: unknown): value is ProductFootprint {
  cost = 0;
  return isShaped(value, FOOTPRINT, FOOTPRINT_REQUIRED, 0) && keepsRules(value as unknown as ProductFootprint);
}

/** The rules that are about more than one property. */
function keepsRules(footprint: ProductFootprint): boolean {
  const { pcf } = footprint;
  if (GEOGRAPHIES.filter((property) => pcf[property] !== undefined).length > 1) return false;
  if (pcf.packagingGhgEmissions !== undefined && pcf.packagingEmissionsIncluded !== true) return false;
  const periodEnd = Date.parse(pcf.referencePeriodEnd);
  if (periodEnd <= Date.parse(pcf.referencePeriodStart)) return false;
  const { validityPeriodStart, validityPeriodEnd } = footprint;
  const start = validityPeriodStart === undefined ? periodEnd : Date.parse(validityPeriodStart);
  const latest = addYears(periodEnd, MAX_VALIDITY_YEARS);
  const end = validityPeriodEnd === undefined ? latest : Date.parse(validityPeriodEnd);
  if (!(start >= periodEnd && end > start && end <= latest)) return false;
  return footprint.extensions === undefined || isUncertaintyValid(footprint);
}

function isUncertaintyValid(footprint: ProductFootprint): boolean {
  try {
    parseUncertainty(footprint);
    return true;
  } catch {
    // Whatever it is, `checkFootprint` says it.
    return false;
  }
}
