import type { FactorRow } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { FactorCatalogue } from "./catalogue.ts";
import { selectFactor } from "./select-factor.ts";
import { answer, at, CATALOGUE, GLOBAL, GRID, LENIENT, QUERY, row, ruleOf, STRICT, set } from "./selection.fixture.ts";
import type { FactorQuery, SelectionPolicy } from "./selection.ts";

describe("selectFactor", () => {
  it.each([
    ["DE", "electricity:DE EXACT"],
    ["egrid:CAMX", "electricity:CAMX EXACT"],
    ["US-CA", "electricity:US geography:country"],
    ["egrid:ERCT", "electricity:US geography:country"],
    ["FR", "electricity:western-europe geography:region"],
    ["PL", "electricity:europe geography:region"],
    ["IN", "electricity:rest geography:rest-of-world"],
    ["TW", "electricity:rest geography:rest-of-world"],
  ])("for %s takes %s, if every step is allowed [SEL-4]", (text, expected) => {
    expect(answer(selectFactor(at(text), LENIENT, CATALOGUE))).toBe(expected);
  });

  it("refuses every step that policy does not allow, and names it [SEL-3]", () => {
    const refused = selectFactor(at("FR"), STRICT, CATALOGUE);
    expect(answer(refused)).toBe("all-rejected");
    expect(ruleOf(refused, "electricity:western-europe")).toBe("step-not-allowed");
    expect(ruleOf(refused, "electricity:DE")).toBe("geography-elsewhere");
  });

  it("does not take the rest of the world for a place that has a row of its own [SEL-5]", () => {
    const onlyRest = { ...LENIENT, fallbacks: ["geography:rest-of-world"] as const };
    expect(ruleOf(selectFactor(at("PL"), onlyRest, CATALOGUE), "electricity:rest")).toBe("not-rest-of-world");
    expect(answer(selectFactor(at("IN"), onlyRest, CATALOGUE))).toBe("electricity:rest geography:rest-of-world");
  });

  it("without a place takes only the world's factor, or one that is named by its key [SEL-4]", () => {
    expect(answer(selectFactor(QUERY, STRICT, CATALOGUE))).toBe("electricity:world EXACT");
    expect(answer(selectFactor({ ...QUERY, activity: "electricity:DE" }, STRICT, CATALOGUE))).toBe(
      "electricity:DE EXACT",
    );
  });

  it.each([
    ["a bound", { kind: "bound", comparator: "<" }, "factor-is-bound"],
    ["a blank", { kind: "not-available", value: undefined }, "factor-is-not-available"],
    ["a withdrawn row", { kind: "withdrawn", change: { reason: "withdrawn" } }, "factor-is-withdrawn"],
    ["another dimension", { denominator: "t-km" }, "unit-incompatible"],
    ["money", { denominator: "USD" }, "factor-of-other-method"],
  ])("rejects %s [SEL-2]", (_name, changes, rule) => {
    const one = row("electricity:DE", "iso-3166-1:DE", changes as Partial<FactorRow>);
    expect(selectFactor(at("DE"), LENIENT, new FactorCatalogue([set("grid", "1.0", [one])])).rejected[0]?.rule).toBe(
      rule,
    );
  });

  it("rejects sets that policy does not name, and versions that were withdrawn [SEL-1]", () => {
    const other = new FactorCatalogue([set("elsewhere", "1.0", [row("electricity:DE", "iso-3166-1:DE")])]);
    expect(selectFactor(at("DE"), LENIENT, other).rejected[0]?.rule).toBe("set-not-in-policy");
    const withdrawn = new FactorCatalogue([{ ...GRID, withdrawn: true }]);
    expect(ruleOf(selectFactor(at("DE"), LENIENT, withdrawn), "electricity:DE")).toBe("set-withdrawn");
  });

  it("holds data quality to the policy's limit: a score that is missing is the worst [SEL-8]", () => {
    const limited = { ...STRICT, worstQuality: { pedigree: 3 } };
    const good = { reliability: 1, completeness: 1, temporal: 3, geographical: 1, technological: 1 };
    const judged = (scores: Record<string, number | null>) => {
      const rated = row("e", "iso-3166-1:DE", { quality: { scheme: "pedigree", scores } });
      const selection = selectFactor(at("DE"), limited, new FactorCatalogue([set("grid", "1.0", [rated])]));
      const [first] = selection.rejected;
      return first === undefined ? answer(selection) : `${first.rule} ${first.detail}`;
    };
    expect(judged(good)).toBe("e EXACT");
    expect(judged({ ...good, temporal: 4 })).toBe("quality-too-low temporal: 4");
    expect(judged({ ...good, temporal: null })).toBe("quality-too-low temporal: missing");
    expect(judged({ ...good, temporal: 0 })).toBe("quality-too-low temporal: missing");
    const { temporal: _, ...without } = good;
    expect(judged(without)).toBe("quality-too-low temporal: missing");
    expect(judged({})).toBe("quality-too-low reliability: missing");
    expect(ruleOf(selectFactor(at("DE"), limited, CATALOGUE), "electricity:DE")).toBe("quality-unknown");
  });

  it("asks for a boundary and a technology only where the query names one", () => {
    const two = new FactorCatalogue([
      set("grid", "1.0", [row("e", "iso-3166-1:DE"), row("e/wtt", "iso-3166-1:DE", { boundary: "well-to-tank" })]),
    ]);
    expect(answer(selectFactor(at("DE"), STRICT, two))).toBe("ambiguous");
    expect(answer(selectFactor({ ...at("DE"), boundary: "well-to-tank" }, STRICT, two))).toBe("e/wtt EXACT");
    expect(answer(selectFactor({ ...at("DE"), activity: "e" }, STRICT, two))).toBe("e EXACT");
  });

  it.each([
    ["US", "un-m49:021 lies around a row", "iso-3166-1:US"],
    ["un-m49:150", "a region with a row in it", "iso-3166-1:DE"],
    ["US-CA", "a subdivision of a country with a row", "iso-3166-1:US"],
  ])("does not take the rest of the world for %s: %s [SEL-5]", (where, _why, covered) => {
    const one = set("grid", "1.0", [row("electricity:there", covered), row("electricity:rest", "row:RoW")]);
    const onlyRest = { ...STRICT, fallbacks: ["geography:rest-of-world"] as const };
    expect(ruleOf(selectFactor(at(where), onlyRest, new FactorCatalogue([one])), "electricity:rest")).toBe(
      "not-rest-of-world",
    );
  });

  it("does not take the rest of the world for a country that a row is of in part, or may be [SEL-5]", () => {
    const onlyRest = { ...STRICT, fallbacks: ["geography:rest-of-world"] as const };
    const rest = row("electricity:rest", "row:RoW");
    for (const part of ["iso-3166-2:US-CA", "egrid:CAMX", "publisher-regions:north-atlantic"]) {
      const selection = selectFactor(
        at("US"),
        onlyRest,
        new FactorCatalogue([set("grid", "1.0", [row("electricity:part", part), rest])]),
      );
      expect([part, ruleOf(selection, "electricity:rest")]).toEqual([part, "not-rest-of-world"]);
    }
  });

  it("knows the rest of the world by activity, also where it is asked for by key [SEL-5]", () => {
    const byKey = { ...at("DE"), activity: "electricity:rest" };
    expect(ruleOf(selectFactor(byKey, LENIENT, CATALOGUE), "electricity:rest")).toBe("not-rest-of-world");
    const other = row("heat:DE", "iso-3166-1:DE", { activity: "heat" });
    const sets = [set("grid", "1.0", [other, row("electricity:rest", "row:RoW")])];
    expect(answer(selectFactor(at("DE"), LENIENT, new FactorCatalogue(sets)))).toBe(
      "electricity:rest geography:rest-of-world",
    );
  });

  it("does not count among an activity's places that of a row which has the activity's name for its key [SEL-5]", () => {
    const namesake = row("electricity", "iso-3166-1:DE", {
      kind: "not-available",
      activity: "heat",
    } as Partial<FactorRow>);
    const sets = [set("grid", "1.0", [namesake, row("electricity:rest", "row:RoW")])];
    expect(answer(selectFactor(at("DE"), LENIENT, new FactorCatalogue(sets)))).toBe(
      "electricity:rest geography:rest-of-world",
    );
  });

  it("knows a country by its code in UN M49 too", () => {
    const german = new FactorCatalogue([set("grid", "1.0", [row("electricity:276", "un-m49:276")])]);
    expect(answer(selectFactor(at("DE"), STRICT, german))).toBe("electricity:276 EXACT");
    expect(answer(selectFactor(at("un-m49:276"), STRICT, CATALOGUE))).toBe("electricity:DE EXACT");
  });

  it("orders by steps, the policy's order of them, place, key, time and the policy's order of sets, and says which decided [SEL-10] [SEL-11]", () => {
    const year = (y: number) => ({ validFrom: `${y}-01-01`, validTo: `${y}-12-31` });
    const catalogue = new FactorCatalogue([
      GRID,
      GLOBAL,
      set("grid", "2022.1", [row("electricity:DE", "iso-3166-1:DE")], year(2022)),
      set("grid", "2023.1", [row("electricity:DE", "iso-3166-1:DE")], year(2023)),
      set("world", "2023.1", [row("electricity:DE", "iso-3166-1:DE")], year(2023)),
    ]);
    const rules = (query: FactorQuery, policy: SelectionPolicy) => {
      const selection = selectFactor(query, policy, catalogue);
      const names = selection.rejected.map(({ factor: { set: of, row: one }, rule }) => [
        `${of.id}@${of.version}#${one.key}`,
        rule,
      ]);
      return { chosen: answer(selection), ...Object.fromEntries(names) };
    };
    expect(rules(at("DE"), LENIENT)).toMatchObject({
      chosen: "electricity:DE EXACT",
      "grid@2024.1#electricity:europe": "more-steps",
      "grid@2023.1#electricity:DE": "more-steps",
    });
    expect(rules(at("FR"), LENIENT)).toMatchObject({
      chosen: "electricity:western-europe geography:region",
      "grid@2024.1#electricity:europe": "farther-place",
      "world@2024.1#electricity:world": "later-step",
    });
    const timeOnly: SelectionPolicy = {
      sets: [
        { id: "grid", version: "2022.1" },
        { id: "world", version: "2023.1" },
        { id: "grid", version: "2023.1" },
      ],
      fallbacks: ["time:older"],
    };
    expect(rules(at("DE"), timeOnly)).toMatchObject({
      chosen: "electricity:DE time:older",
      "grid@2022.1#electricity:DE": "farther-time",
      "grid@2023.1#electricity:DE": "lower-priority",
    });
  });

  it("prefers the row of the asked key only to one that is as near [SEL-10]", () => {
    const named = set("world", "1.0", [row("electricity", "global:GLO")]);
    const catalogue = new FactorCatalogue([GRID, named]);
    // A factor that happens to be called as an activity is does not draw its queries away from the factor for the place.
    expect(answer(selectFactor(at("DE"), LENIENT, catalogue))).toBe("electricity:DE EXACT");
    const twins = set("grid", "1.0", [row("electricity", "iso-3166-1:DE"), row("electricity/wtt", "iso-3166-1:DE")]);
    const selection = selectFactor(at("DE"), STRICT, new FactorCatalogue([twins]));
    expect([answer(selection), ruleOf(selection, "electricity/wtt")]).toEqual(["electricity EXACT", "other-key"]);
  });

  it("names the equal ones of an ambiguous choice, and what put the others behind them [SEL-10]", () => {
    const twice = (id: string) => set(id, "1.0", [row("a", "iso-3166-1:DE"), row("b", "iso-3166-1:DE")]);
    const refused = selectFactor(at("DE"), LENIENT, new FactorCatalogue([twice("grid"), GLOBAL]));
    expect(refused.kind === "refused" && refused.rule).toBe("ambiguous");
    expect(refused.rejected.map(({ factor, rule, detail }) => [factor.row.key, rule, detail])).toEqual([
      ["a", "ambiguous", "grid@1.0#a, grid@1.0#b"],
      ["b", "ambiguous", "grid@1.0#a, grid@1.0#b"],
      ["electricity:world", "more-steps", "geography:world"],
    ]);
  });

  it("refuses a place that is not known, and the rest of the world as a place [SEL-4]", () => {
    for (const geography of [
      { scheme: "iso-3166-1", code: "XK" },
      { scheme: "row", code: "RoW" },
    ]) {
      expect(() => selectFactor({ ...QUERY, geography }, LENIENT, CATALOGUE)).toThrow(
        expect.objectContaining({ code: "GEOGRAPHY_UNKNOWN" }),
      );
    }
  });
});
