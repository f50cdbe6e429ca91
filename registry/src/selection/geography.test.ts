import { iso31661 } from "iso-3166";
import { describe, expect, it } from "vitest";
import { containersOf, EGRID_SUBREGIONS, parsePlace, placeName } from "./geography.ts";

describe("geography", () => {
  it.each([
    ["DE", ["un-m49:155", "un-m49:150", "global:GLO"]],
    ["US-CA", ["iso-3166-1:US", "un-m49:021", "un-m49:019", "global:GLO"]],
    ["AZ-BAB", ["iso-3166-2:AZ-NX", "iso-3166-1:AZ", "un-m49:145", "un-m49:142", "global:GLO"]],
    ["TW", ["global:GLO"]],
    ["un-m49:001", []],
  ])("%s lies in %s", (text, expected) => {
    expect(containersOf(parsePlace(text)).map(({ geography: { scheme, code } }) => `${scheme}:${code}`)).toEqual(
      expected,
    );
  });

  it.each(["ZZ", "XX-1", "XK", "row:RoW", "egrid:NOPE", "un-m49:999", "moon:1", "", "global:X"])(
    "%s is refused",
    (text) => {
      expect(() => parsePlace(text)).toThrow(expect.objectContaining({ code: "GEOGRAPHY_UNKNOWN" }));
    },
  );

  it("has 27 eGRID subregions in the United States, and none that follows from a state", () => {
    expect(new Set(EGRID_SUBREGIONS).size).toBe(27);
    for (const code of EGRID_SUBREGIONS) {
      expect(containersOf({ scheme: "egrid", code })[0]).toEqual({
        geography: { scheme: "iso-3166-1", code: "US" },
        step: "geography:country",
      });
    }
    expect(containersOf(parsePlace("US-CA")).some(({ geography }) => geography.scheme === "egrid")).toBe(false);
  });

  it("has one name for a country and the world, in whichever scheme they are", () => {
    expect(placeName({ scheme: "un-m49", code: "276" })).toBe("iso-3166-1:DE");
    expect(placeName({ scheme: "un-m49", code: "001" })).toBe("global:GLO");
    expect(placeName({ scheme: "un-m49", code: "155" })).toBe("un-m49:155");
  });

  it("leads from every country of ISO 3166-1 to the world, through its regions where UN M49 has it", () => {
    const without = iso31661.flatMap(({ alpha2 }) => {
      const steps = containersOf({ scheme: "iso-3166-1", code: alpha2 }).map(({ step }) => step);
      expect(steps.at(-1)).toBe("geography:world");
      return steps.length === 1 ? [alpha2] : [];
    });
    // Antarctica is of no region; UN M49 has no code for Taiwan.
    expect(without).toEqual(["AQ", "TW"]);
  });
});
