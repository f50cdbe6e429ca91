import { checkFootprint, PRODUCT_FOOTPRINT_JSON_SCHEMA } from "@tallystick/contracts";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, it } from "vitest";
import { describePublished, publishedJson } from "../published-data.ts";

type Json = Record<string, unknown>;

const PCF: Json = {
  declaredUnitOfMeasurement: "kilogram",
  declaredUnitAmount: "1",
  productMassPerDeclaredUnit: "1",
  referencePeriodStart: "2023-01-01T00:00:00Z",
  referencePeriodEnd: "2024-01-01T00:00:00Z",
  pcfExcludingBiogenicUptake: "6.7",
  pcfIncludingBiogenicUptake: "6.7",
  fossilCarbonContent: "0",
  fossilGhgEmissions: "6.7",
  ipccCharacterizationFactors: ["AR6"],
  crossSectoralStandards: ["PACT-3.0"],
  exemptedEmissionsPercent: "0",
};
const FOOTPRINT: Json = {
  id: "3893bb5d-da16-4dc1-9185-11d97476c254",
  specVersion: "3.0.4",
  created: "2024-02-01T00:00:00Z",
  status: "Active",
  companyName: "Smelter",
  companyIds: ["urn:pact:smelter.example:company-id:1"],
  productDescription: "",
  productIds: ["urn:gtin:4712345060507"],
  productNameCompany: "Ingot",
};
/** The value, then each value with one property replaced; undefined removes it. */
const top = (changes: Json): Json => strip({ ...FOOTPRINT, pcf: PCF, ...changes });
const pcf = (changes: Json): Json => top({ pcf: strip({ ...PCF, ...changes }) });
const strip = (value: Json): Json => Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
const rule = { operator: "PEF", ruleNames: ["PEF 1.0"] };
const extension = { specVersion: "2.0.0", dataSchema: "https://a.example/s.json", data: { a: [1, null] } };
const dqi = { technologicalDQR: "1", geographicalDQR: "2", temporalDQR: "3" };

/** Structural cases, on which both schemas must agree. What the numbers mean is not the schema's business. */
const ACCEPTED: readonly Json[] = [
  top({}),
  top({ unknown: { a: 1 }, comment: "x", extensions: [extension] }),
  top({ extensions: [] }),
  top({ status: "Deprecated", precedingPfIds: ["f4b1225a-bd44-4c8e-861d-079e4e1dfd69"] }),
  top({ companyIds: ["URN:lei:1"], productClassifications: ["urn:cpc:41431"] }),
  top({ created: "2024-10-31T00:00:00+02:00", validityPeriodStart: "2024-10-31T00:00:00.123Z" }),
  pcf({ geographyCountry: "DE" }),
  pcf({ geographyRegionOrSubregion: "Western Europe" }),
  pcf({ geographyCountrySubdivision: "DE-BY" }),
  pcf({ declaredUnitOfMeasurement: "megabit second", unknown: 1 }),
  pcf({ productOrSectorSpecificRules: [rule, { ...rule, operator: "Other", otherOperatorName: "x" }] }),
  pcf({ secondaryEmissionFactorSources: [{ name: "x", version: "1" }], dqi, verification: {} }),
  pcf({
    ccuCalculationApproach: "Cut-off",
    ccuCreditCertification: "https://a.example/c",
    packagingEmissionsIncluded: true,
  }),
  pcf({ verification: { coverage: "product level", completedAt: "2024-10-31T00:00:00Z" } }),
];
const REFUSED: readonly Json[] = [
  ...Object.keys({ ...FOOTPRINT, pcf: 1 }).map((name) => top({ [name]: undefined })),
  ...Object.keys(PCF).map((name) => pcf({ [name]: undefined })),
  ...Object.keys(PCF).map((name) => pcf({ [name]: 1 })),
  ...Object.keys(FOOTPRINT).map((name) => top({ [name]: 1 })),
  top({ id: "urn:uuid:1" }),
  top({ specVersion: "3.0" }),
  top({ status: "Bogus" }),
  top({ created: "yesterday" }),
  top({ created: "2024-10-31" }),
  top({ companyName: "" }),
  top({ productNameCompany: "" }),
  top({ companyIds: [] }),
  top({ companyIds: ["https://a.example"] }),
  top({ productIds: ["urn:a:1", "urn:a:1"] }),
  top({ productClassifications: [] }),
  top({ precedingPfIds: [] }),
  top({ precedingPfIds: ["x"] }),
  top({ extensions: [{ ...extension, dataSchema: "no uri" }] }),
  top({ extensions: [{ ...extension, data: "x" }] }),
  top({ extensions: [{ dataSchema: extension.dataSchema, data: {} }] }),
  pcf({ geographyCountry: "DEU" }),
  pcf({ geographyCountry: "DE", geographyRegionOrSubregion: "Europe" }),
  pcf({ geographyCountry: "DE", geographyCountrySubdivision: "DE-BY" }),
  pcf({ geographyRegionOrSubregion: "Mordor" }),
  pcf({ geographyCountrySubdivision: "DE-BAVARIA" }),
  pcf({ declaredUnitOfMeasurement: "ton" }),
  pcf({ ipccCharacterizationFactors: [] }),
  pcf({ ipccCharacterizationFactors: ["AR6", "AR6"] }),
  pcf({ ipccCharacterizationFactors: ["SAR"] }),
  pcf({ crossSectoralStandards: [] }),
  pcf({ productOrSectorSpecificRules: [] }),
  pcf({ productOrSectorSpecificRules: [rule, rule] }),
  pcf({ productOrSectorSpecificRules: [{ operator: "PCR", ruleNames: ["a"] }] }),
  pcf({ productOrSectorSpecificRules: [{ operator: "PEF", ruleNames: [] }] }),
  pcf({ secondaryEmissionFactorSources: [] }),
  pcf({ secondaryEmissionFactorSources: [{ name: "x" }] }),
  pcf({ dqi: { technologicalDQR: "1" } }),
  pcf({ dqi: { ...dqi, temporalDQR: 3 } }),
  pcf({ verification: { coverage: "all" } }),
  pcf({ ccuCalculationApproach: "Guess" }),
  pcf({ ccuCreditCertification: "not a uri" }),
  pcf({ packagingEmissionsIncluded: "true" }),
  pcf({ primaryDataShare: 80 }),
];

describePublished("the JSON Schema of a ProductFootprint, beside PACT's 3.0.4", () => {
  const theirs = new Ajv({ strict: false });
  const ours = new Ajv2020({ strict: false });
  for (const ajv of [theirs, ours]) formats.default(ajv);
  const validators: readonly [string, ValidateFunction][] = [
    ["theirs", theirs.compile(publishedJson<Json>("pact", "ProductFootprint-3.0.4.schema.json"))],
    ["ours", ours.compile(PRODUCT_FOOTPRINT_JSON_SCHEMA)],
  ];

  it("accepts what theirs accepts, and so does the check [CON-1]", () => {
    for (const value of ACCEPTED) {
      for (const [whose, validate] of validators)
        expect(validate(value), `${whose}: ${JSON.stringify(validate.errors)}`).toBe(true);
      expect(checkFootprint(value).footprint).toEqual(value);
    }
  });

  it("refuses what theirs refuses, and so does the check [CON-1]", () => {
    for (const value of REFUSED) {
      for (const [whose, validate] of validators)
        expect(validate(value), `${whose}: ${JSON.stringify(value)}`).toBe(false);
      expect(() => checkFootprint(value), JSON.stringify(value)).toThrow("FOOTPRINT_INVALID");
    }
  });

  it("refuses what theirs lets pass: a decimal that is none", () => {
    const banana = pcf({ pcfExcludingBiogenicUptake: "banana" });
    expect(validators.map(([, validate]) => validate(banana))).toEqual([true, false]);
  });
});
