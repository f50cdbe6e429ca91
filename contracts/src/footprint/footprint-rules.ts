import { isTallyError } from "@tallystick/proto";
import type { ContractErrors, Finding } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import {
  abs,
  add,
  compare,
  isZero,
  mul,
  parsePactDecimal,
  type Rational,
  rational,
  sub,
  ZERO,
} from "../exact/rational.ts";
import { finding } from "../schema/findings.ts";
import { addYears } from "../schema/instant.ts";
import { parseUncertainty } from "../uncertainty/uncertainty-extension.ts";
import type { CarbonFootprint, ProductFootprint } from "./product-footprint.ts";
import { instantOf, MAX_VALIDITY_YEARS, validityOf } from "./validity.ts";

/** A rule that a footprint is checked by beyond its schema. Its id is public: contracts and findings name it. */
export interface FootprintRule {
  readonly id: string;
  /** An error refuses the footprint; a warning travels with it. */
  readonly level: "error" | "warning";
  readonly text: string;
  readonly check: (footprint: ProductFootprint) => Iterable<Finding>;
}

type DecimalProperty = {
  [P in keyof CarbonFootprint]-?: NonNullable<CarbonFootprint[P]> extends string ? P : never;
}[keyof CarbonFootprint];

/** Properties that are never below 0. */
export const NON_NEGATIVE: readonly DecimalProperty[] = [
  "productMassPerDeclaredUnit",
  "fossilCarbonContent",
  "biogenicCarbonContent",
  "recycledCarbonContent",
  "fossilGhgEmissions",
  "landUseChangeGhgEmissions",
  "landCarbonLeakage",
  "landManagementFossilGhgEmissions",
  "landManagementBiogenicCO2Emissions",
  "biogenicNonCO2Emissions",
  "landAreaOccupation",
  "aircraftGhgEmissions",
  "packagingGhgEmissions",
  "packagingBiogenicCarbonContent",
  "outboundLogisticsGhgEmissions",
  "ccuCarbonContent",
];

/** Properties that are never above 0: what is taken up or removed. */
export const NON_POSITIVE: readonly DecimalProperty[] = [
  "landManagementBiogenicCO2Removals",
  "biogenicCO2Uptake",
  "ccsTechnologicalCO2Capture",
  "technologicalCO2Removals",
];

/** Addends of pcfExcludingBiogenicUptake. landManagementFossil is not one: it is inside fossil already. */
export const EXCLUDING_ADDENDS: readonly DecimalProperty[] = [
  "fossilGhgEmissions",
  "landUseChangeGhgEmissions",
  "landManagementBiogenicCO2Emissions",
  "landManagementBiogenicCO2Removals",
  "technologicalCO2Removals",
  "ccsTechnologicalCO2Capture",
  "biogenicNonCO2Emissions",
];

const KNOWN_STANDARDS: readonly string[] = [
  "ISO14067",
  "ISO14083",
  "ISO14040-44",
  "GHGP-Product",
  "PEF",
  "PACT-1.0",
  "PACT-2.0",
  "PACT-3.0",
  "PAS2050",
];

const DQR = ["technologicalDQR", "geographicalDQR", "temporalDQR"] as const;
const GOODS_UNITS: readonly string[] = ["liter", "kilogram", "cubic meter", "square meter"];
export const NAMESPACED_URN: RegExp = /^[uU][rR][nN]:[A-Za-z0-9][A-Za-z0-9-]{0,31}:\S+$/;
/** Relative gap that the sum formula may have, since addends are published rounded: 1 %. */
const SUM_TOLERANCE: Rational = rational(1n, 100n);

const amountOf = (pcf: CarbonFootprint, property: DecimalProperty): Rational => {
  const text = pcf[property];
  return text === undefined ? ZERO : parsePactDecimal(text);
};

function isWithin(text: string, low: bigint, high: bigint): boolean {
  const value = parsePactDecimal(text);
  return compare(value, rational(low)) >= 0 && compare(value, rational(high)) <= 0;
}

function* checkSum(path: string, stated: Rational, summed: Rational): Generator<Finding> {
  if (compare(abs(sub(stated, summed)), mul(abs(stated), SUM_TOLERANCE)) > 0) {
    const message = `${formatExact(stated)} stated, ${formatExact(summed)} by the sum of its parts`;
    yield finding(path, "sum-formula", message);
  }
}

/** The rules, errors first, in the order in which their findings are reported. */
export const FOOTPRINT_RULES: readonly FootprintRule[] = [
  {
    id: "declared-unit-amount",
    level: "error",
    text: "declaredUnitAmount is above 0.",
    *check({ pcf }) {
      if (parsePactDecimal(pcf.declaredUnitAmount).n <= 0n) {
        yield finding("pcf.declaredUnitAmount", "declared-unit-amount", `${pcf.declaredUnitAmount} is not above 0`);
      }
    },
  },
  {
    id: "sign",
    level: "error",
    text: "Emissions, contents, masses and areas are not below 0; removals, captures and uptakes are not above 0.",
    *check({ pcf }) {
      for (const property of NON_NEGATIVE) {
        if (amountOf(pcf, property).n < 0n) yield finding(`pcf.${property}`, "sign", `${pcf[property]} is below 0`);
      }
      for (const property of NON_POSITIVE) {
        if (amountOf(pcf, property).n > 0n) yield finding(`pcf.${property}`, "sign", `${pcf[property]} is above 0`);
      }
    },
  },
  {
    id: "reference-period",
    level: "error",
    text: "The reference period ends after it starts.",
    *check({ pcf }) {
      if (instantOf(pcf.referencePeriodEnd) <= instantOf(pcf.referencePeriodStart)) {
        yield finding("pcf.referencePeriodEnd", "reference-period", "does not end after it starts");
      }
    },
  },
  {
    id: "validity-period",
    level: "error",
    text: "The validity period starts no earlier than the reference period ends, ends after it starts, and ends within three years of the reference period's end.",
    *check(footprint) {
      const { start, end } = validityOf(footprint);
      const [startMs, endMs, periodEnd] = [start, end, footprint.pcf.referencePeriodEnd].map(instantOf) as [
        number,
        number,
        number,
      ];
      if (startMs < periodEnd) {
        yield finding("validityPeriodStart", "validity-period", "starts before the reference period ends");
      }
      if (endMs <= startMs) yield finding("validityPeriodEnd", "validity-period", "does not end after it starts");
      if (endMs > addYears(periodEnd, MAX_VALIDITY_YEARS)) {
        yield finding("validityPeriodEnd", "validity-period", "ends over three years after the reference period");
      }
    },
  },
  {
    id: "data-quality-range",
    level: "error",
    text: "Data quality ratings are between 1 and 5.",
    *check({ pcf: { dqi } }) {
      for (const property of dqi === undefined ? [] : DQR) {
        const rating = dqi?.[property] ?? "";
        if (!isWithin(rating, 1n, 5n)) {
          yield finding(`pcf.dqi.${property}`, "data-quality-range", `${rating} is not within 1 and 5`);
        }
      }
    },
  },
  {
    id: "percentage-range",
    level: "error",
    text: "primaryDataShare and exemptedEmissionsPercent are between 0 and 100.",
    *check({ pcf }) {
      for (const property of ["primaryDataShare", "exemptedEmissionsPercent"] as const) {
        const share = pcf[property];
        if (share !== undefined && !isWithin(share, 0n, 100n)) {
          yield finding(`pcf.${property}`, "percentage-range", `${share} is not within 0 and 100`);
        }
      }
    },
  },
  {
    id: "packaging",
    level: "error",
    text: "packagingGhgEmissions is stated only where packagingEmissionsIncluded is true.",
    *check({ pcf }) {
      if (pcf.packagingGhgEmissions !== undefined && pcf.packagingEmissionsIncluded !== true) {
        yield finding("pcf.packagingGhgEmissions", "packaging", "stated though packaging is not included");
      }
    },
  },
  {
    id: "urn",
    level: "error",
    text: "Identifiers of companies and products are URNs with a namespace and a specific part.",
    *check(footprint) {
      for (const property of ["companyIds", "productIds", "productClassifications"] as const) {
        for (const [at, urn] of (footprint[property] ?? []).entries()) {
          if (!NAMESPACED_URN.test(urn)) yield finding(`${property}.${at}`, "urn", "a URN without its parts");
        }
      }
    },
  },
  {
    id: "preceding",
    level: "error",
    text: "A footprint does not precede itself.",
    *check(footprint) {
      if (footprint.precedingPfIds?.includes(footprint.id) === true) {
        yield finding("precedingPfIds", "preceding", "names the footprint itself");
      }
    },
  },
  {
    id: "uncertainty-extension",
    level: "error",
    text: "Uncertainty is stated at most once, under the schema of its extension, and its parts come to the GSD2 stated.",
    *check(footprint) {
      try {
        parseUncertainty(footprint);
      } catch (error) {
        if (!isTallyError(error, "UNCERTAINTY_EXTENSION_INVALID")) throw error;
        for (const { path, message } of (error.details as ContractErrors["UNCERTAINTY_EXTENSION_INVALID"]).issues) {
          yield finding(`extensions.${path}`, "uncertainty-extension", message);
        }
      }
    },
  },
  {
    id: "sum-formula",
    level: "warning",
    text: "pcfExcludingBiogenicUptake is the sum of its parts within 1 %, and pcfIncludingBiogenicUptake adds biogenicCO2Uptake to it. Published examples break this.",
    *check({ pcf }) {
      const excluding = amountOf(pcf, "pcfExcludingBiogenicUptake");
      const addends = EXCLUDING_ADDENDS.map((property) => amountOf(pcf, property));
      yield* checkSum("pcf.pcfExcludingBiogenicUptake", excluding, addends.reduce(add, ZERO));
      const including = amountOf(pcf, "pcfIncludingBiogenicUptake");
      yield* checkSum("pcf.pcfIncludingBiogenicUptake", including, add(excluding, amountOf(pcf, "biogenicCO2Uptake")));
    },
  },
  {
    id: "shall",
    level: "warning",
    text: "primaryDataShare, packagingEmissionsIncluded and ccsTechnologicalCO2CaptureIncluded are stated.",
    *check({ pcf }) {
      for (const property of [
        "primaryDataShare",
        "packagingEmissionsIncluded",
        "ccsTechnologicalCO2CaptureIncluded",
      ] as const) {
        if (pcf[property] === undefined) yield finding(`pcf.${property}`, "shall", "the methodology requires it");
      }
    },
  },
  {
    id: "shall-2027",
    level: "warning",
    text: "dqi is stated: the methodology requires it from 2027.",
    *check({ pcf }) {
      if (pcf.dqi === undefined) yield finding("pcf.dqi", "shall-2027", "the methodology requires it from 2027");
    },
  },
  {
    id: "product-mass",
    level: "warning",
    text: "A product sold by mass, volume or area states its mass; by mass, it is declaredUnitAmount.",
    *check({ pcf }) {
      const mass = amountOf(pcf, "productMassPerDeclaredUnit");
      if (isZero(mass) && GOODS_UNITS.includes(pcf.declaredUnitOfMeasurement)) {
        yield finding("pcf.productMassPerDeclaredUnit", "product-mass", "a product with no mass");
      } else if (
        pcf.declaredUnitOfMeasurement === "kilogram" &&
        compare(mass, amountOf(pcf, "declaredUnitAmount")) !== 0
      ) {
        yield finding("pcf.productMassPerDeclaredUnit", "product-mass", "differs from the declared kilograms");
      }
    },
  },
  {
    id: "carbon-capture",
    level: "warning",
    text: "Capture and removal figures are stated only where ccsTechnologicalCO2CaptureIncluded is true.",
    *check({ pcf }) {
      if (pcf.ccsTechnologicalCO2CaptureIncluded === true) return;
      for (const property of ["ccsTechnologicalCO2Capture", "technologicalCO2Removals"] as const) {
        if (!isZero(amountOf(pcf, property))) {
          yield finding(`pcf.${property}`, "carbon-capture", "stated though capture is not included");
        }
      }
    },
  },
  {
    id: "other-operator",
    level: "warning",
    text: "A sector rule of operator Other names the operator.",
    *check({ pcf }) {
      for (const [at, rule] of (pcf.productOrSectorSpecificRules ?? []).entries()) {
        if (rule.operator === "Other" && rule.otherOperatorName === undefined) {
          yield finding(`pcf.productOrSectorSpecificRules.${at}`, "other-operator", "the operator is not named");
        }
      }
    },
  },
  {
    id: "unknown-standard",
    level: "warning",
    text: "crossSectoralStandards are among those that PACT 3.0 lists; the list is open.",
    *check({ pcf }) {
      for (const [at, standard] of pcf.crossSectoralStandards.entries()) {
        if (!KNOWN_STANDARDS.includes(standard)) {
          yield finding(`pcf.crossSectoralStandards.${at}`, "unknown-standard", "not among the standards PACT lists");
        }
      }
    },
  },
];
