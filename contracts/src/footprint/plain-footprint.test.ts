import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkFootprint } from "./check-footprint.ts";
import { FOOTPRINT, footprintWith } from "./footprint.fixture.ts";
import { FOOTPRINT_PROPERTIES, PCF_PROPERTIES } from "./footprint-schema.ts";
import { isPlainFootprint } from "./plain-footprint.ts";

/** Values near and far from what a property may be. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      "0",
      "-0",
      "-0.00",
      "1",
      "-1",
      "+1",
      "1e3",
      "100",
      "100.0000000000001",
      "5",
      "5.1",
      "0.99",
      "9".repeat(41),
      ".5",
    ],
    ...[
      "2023-01-01T00:00:00Z",
      "2024-01-01T00:00:00Z",
      "2024-02-30T00:00:00Z",
      "2027-01-02T00:00:00+01:00",
      "2026-05-05",
    ],
    ...["urn:x", "urn:pact:a.example:b", "kilogram", "piece", "DE", "DE-BY", "Europe", "AR6", "", "Müller", "a\u202eb"],
    ...[null, true, false, 0, 1.5, 1e300, [], {}, ["AR6", "AR6"], ["AR5", "AR6"], [null], { "...": "x" }, { _sd: [] }],
    [{ name: "n", version: "1" }],
    [{ specVersion: "1.0.0", dataSchema: "https://a.example/b", data: { a: null } }],
    "x".repeat(5_001),
  ),
  fc.string({ unit: "binary" }),
  fc.jsonValue(),
);
const change = (names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ unit: "binary", maxLength: 8 })), junk, { maxKeys: 2 });

/** As it would come out of a token: what JSON cannot say is gone. */
const footprints = fc
  .tuple(change(FOOTPRINT_PROPERTIES), change(PCF_PROPERTIES))
  .map(([changes, pcf]) => JSON.parse(JSON.stringify(footprintWith(changes, pcf))) as unknown);

describe("a plain footprint", () => {
  it("is one that the whole check accepts as it is, whatever stands in it [ATT-7] [CON-2]", () => {
    let plain = 0;
    fc.assert(
      fc.property(footprints, (value) => {
        if (!isPlainFootprint(value)) return;
        plain += 1;
        expect(checkFootprint(value).footprint).toEqual(value);
      }),
      { numRuns: 3_000 },
    );
    expect(plain).toBeGreaterThan(100);
  });

  it.each([
    ["the fixture", {}, {}],
    ["a name that is not ASCII", { companyName: "Gießerei Müller" }, {}],
    ["members of its own", { "x-site": { line: [1, 2.5, true, "ü"] } }, { "x-note": "n" }],
    ["a validity", { validityPeriodStart: "2024-01-01T00:00:00Z", validityPeriodEnd: "2027-01-01T00:00:00Z" }, {}],
  ])("is %s", (_what, changes, pcf) => {
    expect(isPlainFootprint(footprintWith(changes, pcf))).toBe(true);
  });

  it("is none that is as large as the limits allow, or larger: the whole check counts", () => {
    expect(isPlainFootprint(footprintWith({ "x-much": "x".repeat(60_000) }))).toBe(false);
    expect(isPlainFootprint(footprintWith({ "x-many": Array.from({ length: 9_000 }, () => 0) }))).toBe(false);
  });

  it("knows every property that the schema knows, or would take a new one for anything", () => {
    // Each property at once replaced by what no schema accepts: an object.
    for (const property of FOOTPRINT_PROPERTIES) expect(isPlainFootprint({ ...FOOTPRINT, [property]: {} })).toBe(false);
    for (const property of PCF_PROPERTIES) {
      expect(isPlainFootprint({ ...FOOTPRINT, pcf: { ...FOOTPRINT.pcf, [property]: {} } })).toBe(false);
    }
  });
});
