import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Finding } from "../errors.ts";
import { checkFootprint } from "./check-footprint.ts";
import { FOOTPRINT, footprintWith } from "./footprint.fixture.ts";
import { FOOTPRINT_RULES } from "./footprint-rules.ts";
import { validityOf } from "./validity.ts";

const errorsOf = (value: unknown): readonly Finding[] => {
  try {
    checkFootprint(value);
  } catch (error) {
    if (isTallyError(error, "FOOTPRINT_INVALID")) return (error.details as { issues: Finding[] }).issues;
    throw error;
  }
  return [];
};
const at = (findings: readonly Finding[]): string[] => findings.map(({ rule, path }) => `${rule} ${path}`);
const warningsOf = (value: unknown): string[] => at(checkFootprint(value).warnings);

describe("checkFootprint", () => {
  it("takes a footprint as it is", () => {
    expect(checkFootprint(FOOTPRINT)).toEqual({ footprint: FOOTPRINT, warnings: [] });
  });

  it("keeps unknown properties and takes null for absent", () => {
    const value = footprintWith(
      {
        comment: null,
        "x-house-number": 7,
        extensions: [{ specVersion: "2.0.0", dataSchema: "https://a.example/s.json", data: { a: null } }],
      },
      { dqi: { ...FOOTPRINT.pcf.dqi, note: "x" }, biogenicCarbonContent: null },
    );
    const { footprint } = checkFootprint(value);
    expect(footprint).not.toHaveProperty("comment");
    expect(footprint.pcf).not.toHaveProperty("biogenicCarbonContent");
    expect(footprint).toHaveProperty("x-house-number", 7);
    expect(footprint).toHaveProperty("pcf.dqi.note", "x");
    expect(footprint).toHaveProperty("extensions.0.data", { a: null });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["decimal pcf.pcfExcludingBiogenicUptake", {}, { pcfExcludingBiogenicUptake: "banana" }],
    ["decimal pcf.fossilGhgEmissions", {}, { fossilGhgEmissions: "5abc" }],
    ["decimal pcf.fossilGhgEmissions", {}, { fossilGhgEmissions: "8,42769" }],
    ["decimal pcf.fossilGhgEmissions", {}, { fossilGhgEmissions: "1".repeat(41) }],
    ["decimal pcf.fossilGhgEmissions", {}, { fossilGhgEmissions: "1e31" }],
    ["schema pcf.fossilGhgEmissions", {}, { fossilGhgEmissions: 6.7 }],
    ["schema pcf.fossilGhgEmissions", {}, { fossilGhgEmissions: null }],
    ["sign pcf.fossilGhgEmissions", {}, { fossilGhgEmissions: "-6.7" }],
    ["sign pcf.biogenicCO2Uptake", {}, { biogenicCO2Uptake: "10" }],
    ["sign pcf.productMassPerDeclaredUnit", {}, { productMassPerDeclaredUnit: "-1" }],
    ["declared-unit-amount pcf.declaredUnitAmount", {}, { declaredUnitAmount: "0" }],
    ["declared-unit-amount pcf.declaredUnitAmount", {}, { declaredUnitAmount: "-1" }],
    ["data-quality-range pcf.dqi.temporalDQR", {}, { dqi: { ...FOOTPRINT.pcf.dqi, temporalDQR: "77" } }],
    ["data-quality-range pcf.dqi.temporalDQR", {}, { dqi: { ...FOOTPRINT.pcf.dqi, temporalDQR: "0.99" } }],
    ["percentage-range pcf.primaryDataShare", {}, { primaryDataShare: "250" }],
    ["percentage-range pcf.exemptedEmissionsPercent", {}, { exemptedEmissionsPercent: "-1" }],
    ["geography pcf", {}, { geographyRegionOrSubregion: "Europe" }],
    ["geography pcf", {}, { geographyCountrySubdivision: "NO-03" }],
    ["packaging pcf.packagingGhgEmissions", {}, { packagingEmissionsIncluded: false }],
    ["validity-period validityPeriodStart", { validityPeriodStart: "2023-12-31T23:59:59Z" }, {}],
    ["validity-period validityPeriodEnd", { validityPeriodEnd: "2222-01-01T00:00:00Z" }, {}],
    ["validity-period validityPeriodEnd", { validityPeriodEnd: "2027-01-01T00:00:01Z" }, {}],
    [
      "validity-period validityPeriodEnd",
      { validityPeriodStart: "2025-01-01T00:00:00Z", validityPeriodEnd: "2024-06-01T00:00:00Z" },
      {},
    ],
    ["date-time created", { created: "2024-02-30T00:00:00Z" }, {}],
    ["date-time created", { created: "yesterday" }, {}],
    ["urn companyIds.0", { companyIds: ["urn:"] }, {}],
    ["schema companyIds.0", { companyIds: ["https://smelter.example"] }, {}],
    ["schema companyIds", { companyIds: ["urn:a:1", "urn:a:1"] }, {}],
    ["schema productIds", { productIds: [] }, {}],
    ["schema id", { id: "urn:uuid:1" }, {}],
    ["schema status", { status: "Bogus" }, {}],
    ["preceding precedingPfIds", { precedingPfIds: [FOOTPRINT.id] }, {}],
    ["schema pcf.declaredUnitOfMeasurement", {}, { declaredUnitOfMeasurement: "ton" }],
    ["schema pcf.ipccCharacterizationFactors.0", {}, { ipccCharacterizationFactors: ["SAR"] }],
    ["schema pcf.ccuCalculationApproach", {}, { ccuCalculationApproach: "Guess" }],
    ["text companyName", { companyName: "\u001b[2JSmelter" }, {}],
    ["text companyName", { companyName: "Smelter\u202egnp.exe" }, {}],
    ["text companyName", { companyName: "\ud800" }, {}],
    ["reserved-name ...", { "...": "x" }, {}],
    ["schema comment", { comment: "x".repeat(5_001) }, {}],
    ["size ", { comment: "x".repeat(70_000) }, {}],
    ["size ", { note: Array.from({ length: 20 }, () => "ä".repeat(2_000)) }, {}],
    ["size ", { note: Array.from({ length: 10_001 }, () => 0) }, {}],
    ["schema productIds", { productIds: Array.from({ length: 101 }, (_, n) => `urn:a:${n}`) }, {}],
  ])("refuses %s [CON-1 CON-2 ATT-7]", (expected, changes, pcfChanges) => {
    const found = at(errorsOf(footprintWith(changes, pcfChanges)));
    expect(found).toHaveLength(1);
    expect(found[0]?.replace(/ comment$/, " ").trimEnd()).toBe(expected.replace(/ comment$/, " ").trimEnd());
  });

  it("refuses a reversed reference period [CON-2]", () => {
    const reversed = { referencePeriodStart: "2024-01-01T00:00:00Z", referencePeriodEnd: "2023-01-01T00:00:00Z" };
    expect(at(errorsOf(footprintWith({}, reversed)))).toContain("reference-period pcf.referencePeriodEnd");
    const empty = { referencePeriodStart: "2024-01-01T01:00:00+01:00" };
    expect(at(errorsOf(footprintWith({}, empty)))).toEqual(["reference-period pcf.referencePeriodEnd"]);
  });

  it.each(["declaredUnitAmount", "pcfExcludingBiogenicUptake", "fossilGhgEmissions", "exemptedEmissionsPercent"])(
    "refuses %s as a JSON number: a quantity is text [ENC-3]",
    (property) => {
      expect(at(errorsOf(footprintWith({}, { [property]: 1 })))).toEqual([`schema pcf.${property}`]);
    },
  );

  it("refuses depth and cycles before it looks at meaning", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 40; level += 1) deep = { a: deep };
    expect(errorsOf(footprintWith({ deep }))[0]?.rule).toBe("depth");
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(errorsOf(cyclic)[0]?.rule).toBe("depth");
    for (const value of [undefined, null, 1, "x", [], {}, Number.NaN, () => 1, { a: undefined }]) {
      expect(errorsOf(value).length).toBeGreaterThan(0);
    }
  });

  it("refuses the absence of each required property", () => {
    const top = [
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
    for (const name of top) expect(at(errorsOf(footprintWith({ [name]: undefined })))).toEqual([`schema ${name}`]);
    const inner = [
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
    for (const name of inner)
      expect(at(errorsOf(footprintWith({}, { [name]: undefined })))).toEqual([`schema pcf.${name}`]);
  });

  it("reports every error of a level at once", () => {
    const found = at(
      errorsOf(footprintWith({}, { declaredUnitAmount: "0", fossilGhgEmissions: "-1", primaryDataShare: "101" })),
    );
    expect(found).toEqual([
      "declared-unit-amount pcf.declaredUnitAmount",
      "sign pcf.fossilGhgEmissions",
      "percentage-range pcf.primaryDataShare",
    ]);
  });

  it.each<[string[], Record<string, unknown>]>([
    [
      ["sum-formula pcf.pcfExcludingBiogenicUptake", "sum-formula pcf.pcfIncludingBiogenicUptake"],
      { pcfExcludingBiogenicUptake: "7.2" },
    ],
    [["sum-formula pcf.pcfIncludingBiogenicUptake"], { pcfIncludingBiogenicUptake: "6.9" }],
    [["shall pcf.primaryDataShare"], { primaryDataShare: undefined }],
    [["shall pcf.ccsTechnologicalCO2CaptureIncluded"], { ccsTechnologicalCO2CaptureIncluded: undefined }],
    [
      ["shall pcf.packagingEmissionsIncluded"],
      { packagingEmissionsIncluded: undefined, packagingGhgEmissions: undefined },
    ],
    [["shall-2027 pcf.dqi"], { dqi: undefined }],
    [["product-mass pcf.productMassPerDeclaredUnit"], { productMassPerDeclaredUnit: "0" }],
    [["product-mass pcf.productMassPerDeclaredUnit"], { productMassPerDeclaredUnit: "2" }],
    [["unknown-standard pcf.crossSectoralStandards.0"], { crossSectoralStandards: ["whatever"] }],
    [
      ["other-operator pcf.productOrSectorSpecificRules.0"],
      { productOrSectorSpecificRules: [{ operator: "Other", ruleNames: ["a"] }] },
    ],
    [["carbon-capture pcf.ccsTechnologicalCO2Capture"], { ccsTechnologicalCO2Capture: "-0.001" }],
  ])("warns of %j and accepts [CON-3]", (expected, pcfChanges) => {
    expect(warningsOf(footprintWith({}, pcfChanges))).toEqual(expected);
  });

  it("does not count landManagementFossil twice, and allows rounding in the sum", () => {
    expect(warningsOf(footprintWith({}, { landManagementFossilGhgEmissions: "3" }))).toEqual([]);
    expect(
      warningsOf(footprintWith({}, { pcfExcludingBiogenicUptake: "6.72", pcfIncludingBiogenicUptake: "6.71" })),
    ).toEqual([]);
  });

  it("takes exponents, offsets and a global footprint", () => {
    expect(
      warningsOf(
        footprintWith(
          { created: "2024-02-01T01:30:00.123+05:30" },
          { geographyCountry: undefined, primaryDataShare: "8.25e+1" },
        ),
      ),
    ).toEqual([]);
  });

  it("throws only FOOTPRINT_INVALID, whatever the value", () => {
    fc.assert(fc.property(fc.anything(), (value) => void errorsOf(value)));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(FOOTPRINT.pcf)), fc.anything(), (name, value) => {
        errorsOf(footprintWith({}, { [name]: value }));
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(FOOTPRINT)), fc.anything(), (name, value) => {
        errorsOf(footprintWith({ [name]: value }));
      }),
    );
  });

  it("has each rule's id once", () => {
    expect(new Set(FOOTPRINT_RULES.map((rule) => rule.id)).size).toBe(FOOTPRINT_RULES.length);
  });
});

describe("validityOf", () => {
  it("lasts three years from the end of the reference period, unless stated", () => {
    expect(validityOf(FOOTPRINT)).toEqual({ start: "2024-01-01T00:00:00Z", end: "2027-01-01T00:00:00Z" });
    const stated = { validityPeriodStart: "2024-02-01T00:00:00Z", validityPeriodEnd: "2025-01-01T00:00:00Z" };
    expect(validityOf({ ...FOOTPRINT, ...stated })).toEqual({
      start: stated.validityPeriodStart,
      end: stated.validityPeriodEnd,
    });
    const leap = { ...FOOTPRINT, pcf: { ...FOOTPRINT.pcf, referencePeriodEnd: "2024-02-29T00:00:00Z" } };
    expect(validityOf(leap).end).toBe("2027-03-01T00:00:00Z");
  });
});
