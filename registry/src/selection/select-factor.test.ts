import type { FactorRow, FactorSet } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CatalogueSet, FactorCatalogue } from "./catalogue.ts";
import { containersOf, parsePlace } from "./geography.ts";
import { selectFactor } from "./select-factor.ts";
import { FALLBACK_STEPS, type FactorQuery, type Selection, type SelectionPolicy } from "./selection.ts";
import { FactorSelector } from "./selector.ts";

const place = (text: string) => {
  const [scheme = "", code = ""] = text.split(":");
  return { scheme, code };
};

function row(key: string, geography: string, changes: Partial<FactorRow> = {}): FactorRow {
  return {
    kind: "value",
    key,
    activity: "electricity",
    label: key,
    value: "0.5",
    denominator: "kWh",
    boundary: "generation",
    geography: place(geography),
    source: "a table",
    ...changes,
  } as FactorRow;
}

function set(id: string, version: string, rows: readonly FactorRow[], changes: Partial<FactorSet> = {}): CatalogueSet {
  const about: FactorSet = {
    id,
    version,
    title: id,
    publisher: "a publisher",
    source: "a source",
    licence: "CC0",
    redistribution: true,
    gwpSet: "AR5",
    publishedOn: "2024-01-01",
    validFrom: "2024-01-01",
    rowCount: rows.length,
    rowsRoot: "",
    ...changes,
  };
  return { set: about, rows: rows.map((one, index) => ({ index, row: one })) };
}

const QUERY: FactorQuery = { activity: "electricity", date: "2024-06-01", per: { kind: "unit", measures: "energy" } };
const STRICT: SelectionPolicy = { sets: [{ id: "grid" }, { id: "world" }], fallbacks: [] };
const LENIENT: SelectionPolicy = { ...STRICT, fallbacks: FALLBACK_STEPS };
const at = (text: string): FactorQuery => ({ ...QUERY, geography: parsePlace(text) });

const GRID = set("grid", "2024.1", [
  row("electricity:DE", "iso-3166-1:DE"),
  row("electricity:US", "iso-3166-1:US"),
  row("electricity:CAMX", "egrid:CAMX"),
  row("electricity:western-europe", "un-m49:155"),
  row("electricity:europe", "un-m49:150"),
  row("electricity:rest", "row:RoW"),
]);
const GLOBAL = set("world", "2024.1", [row("electricity:world", "global:GLO")]);
const CATALOGUE = new FactorCatalogue([GRID, GLOBAL]);

/** "electricity:DE EXACT", or the rule of the refusal. */
function answer(selection: Selection): string {
  if (selection.kind === "refused") return selection.rule;
  return `${selection.factor.row.key} ${selection.steps.join("+") || "EXACT"}`;
}
const ruleOf = (selection: Selection, key: string): string | undefined =>
  selection.rejected.find(({ factor }) => factor.row.key === key)?.rule;

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

  it("refuses a query for 2010 where data begin in 2021 [SEL-6]", () => {
    const recent = new FactorCatalogue([
      set("grid", "2021.1", [row("electricity:DE", "iso-3166-1:DE")], {
        validFrom: "2021-01-01",
        validTo: "2021-12-31",
      }),
    ]);
    const query = { ...at("DE"), date: "2010-05-01" };
    const refused = selectFactor(query, STRICT, recent);
    expect([answer(refused), refused.rejected[0]?.detail]).toEqual(["all-rejected", "time:later"]);
    expect(answer(selectFactor(query, LENIENT, recent))).toBe("electricity:DE time:later");
  });

  it("takes older data only where policy says so, and no older than it says [SEL-6]", () => {
    const old = new FactorCatalogue([
      set("grid", "2019.1", [row("electricity:DE", "iso-3166-1:DE")], {
        validFrom: "2019-01-01",
        validTo: "2019-12-31",
      }),
    ]);
    expect(answer(selectFactor(at("DE"), STRICT, old))).toBe("all-rejected");
    expect(answer(selectFactor(at("DE"), { ...LENIENT, maxAgeYears: 5 }, old))).toBe("electricity:DE time:older");
    expect(selectFactor(at("DE"), { ...LENIENT, maxAgeYears: 3 }, old).rejected[0]?.rule).toBe("too-old");
  });

  it("never takes data from after the reporting period, though the set is valid [SEL-6]", () => {
    const dataPeriod = { start: "2025-01-01", end: "2025-12-31" };
    const late = new FactorCatalogue([set("grid", "2024.1", [row("electricity:DE", "iso-3166-1:DE", { dataPeriod })])]);
    const query = { ...at("DE"), periodEnd: "2024-12-31" };
    expect(selectFactor(query, STRICT, late).rejected[0]).toMatchObject({
      rule: "step-not-allowed",
      detail: "time:later",
    });
  });

  it("lets validity choose among the versions of a set: one activity, four answers", () => {
    const versions = [2021, 2022, 2023, 2024].map((year, at) =>
      set("grid", `${year}.1`, [row("electricity:GB", "iso-3166-1:GB", { value: `0.${year}` })], {
        validFrom: `${year}-01-01`,
        validTo: `${year}-12-31`,
        ...(at === 0 ? {} : { supersedes: `${year - 1}.1` }),
      }),
    );
    const catalogue = new FactorCatalogue(versions);
    for (const year of [2021, 2022, 2023, 2024]) {
      const selection = selectFactor({ ...at("GB"), date: `${year}-03-01` }, STRICT, catalogue);
      expect(selection.kind === "selected" && selection.factor.set.version).toBe(`${year}.1`);
    }
  });

  it("takes a version in the place of the one it replaces, and refuses two of which neither replaces the other [SEL-7]", () => {
    const rows = [row("electricity:DE", "iso-3166-1:DE")];
    const [first, second] = [set("grid", "1.0", rows), set("grid", "1.1", rows)];
    const replaced = selectFactor(
      at("DE"),
      STRICT,
      new FactorCatalogue([first, { ...second, set: { ...second.set, supersedes: "1.0" } }]),
    );
    expect(replaced.kind === "selected" && replaced.factor.set.version).toBe("1.1");
    expect(replaced.rejected[0]?.rule).toBe("superseded");
    const rivals = selectFactor(at("DE"), STRICT, new FactorCatalogue([first, second]));
    expect([answer(rivals), rivals.rejected.map(({ rule }) => rule)]).toEqual([
      "ambiguous",
      ["ambiguous", "ambiguous"],
    ]);
    const named = {
      ...STRICT,
      sets: [
        { id: "grid", version: "1.0" },
        { id: "grid", version: "1.1" },
      ],
    };
    const chosen = selectFactor(
      at("DE"),
      named,
      new FactorCatalogue([first, { ...second, set: { ...second.set, supersedes: "1.0" } }]),
    );
    expect(chosen.kind === "selected" && chosen.factor.set.version).toBe("1.0");
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
    const rated = (scores: Record<string, number | null>) =>
      new FactorCatalogue([
        set("grid", "1.0", [row("e", "iso-3166-1:DE", { quality: { scheme: "pedigree", scores } })]),
      ]);
    expect(answer(selectFactor(at("DE"), limited, rated({ temporal: 3, technological: 1 })))).toBe("e EXACT");
    expect(selectFactor(at("DE"), limited, rated({ temporal: 4 })).rejected[0]?.rule).toBe("quality-too-low");
    expect(selectFactor(at("DE"), limited, rated({ temporal: null })).rejected[0]?.rule).toBe("quality-too-low");
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
});

describe("a selection", () => {
  const PLACES = [
    "iso-3166-1:DE",
    "iso-3166-1:US",
    "iso-3166-2:US-CA",
    "egrid:CAMX",
    "un-m49:150",
    "un-m49:155",
    "global:GLO",
    "row:RoW",
  ];
  const rows = fc.uniqueArray(
    fc.record({
      place: fc.constantFrom(...PLACES),
      setId: fc.constantFrom("grid", "world", "elsewhere"),
      year: fc.constantFrom(2022, 2023, 2024),
    }),
    { selector: ({ place: where, setId, year }) => `${where} ${setId} ${year}`, maxLength: 12 },
  );
  const queries = fc
    .record({
      where: fc.constantFrom("DE", "US-CA", "egrid:CAMX", "FR", "IN", undefined),
      year: fc.constantFrom(2021, 2023, 2024),
    })
    .map(
      ({ where, year }): FactorQuery => ({
        ...QUERY,
        date: `${year}-06-01`,
        ...(where === undefined ? {} : { geography: parsePlace(where) }),
      }),
    );
  const policies = fc.subarray([...FALLBACK_STEPS]).map((fallbacks): SelectionPolicy => ({ ...STRICT, fallbacks }));
  const toSets = (drawn: readonly { place: string; setId: string; year: number }[]): CatalogueSet[] =>
    drawn.map(({ place: where, setId, year }) =>
      set(setId, `${year}.${PLACES.indexOf(where)}`, [row(`k:${where}:${year}`, where)], {
        validFrom: `${year}-01-01`,
        validTo: `${year}-12-31`,
      }),
    );

  it("does not depend on the order in which factors came [SEL-9]", () => {
    fc.assert(
      fc.property(rows, queries, policies, (drawn, query, policy) => {
        const forth = selectFactor(query, policy, new FactorCatalogue(toSets(drawn)));
        const back = selectFactor(query, policy, new FactorCatalogue(toSets(drawn).reverse()));
        expect(answer(back)).toBe(answer(forth));
        expect(back.rejected.map(({ factor, rule }) => [factor.row.key, rule])).toEqual(
          forth.rejected.map(({ factor, rule }) => [factor.row.key, rule]),
        );
      }),
    );
  });

  it("that is EXACT stays as it is, whatever is allowed beside it and whatever is added for other places and times [SEL-9]", () => {
    fc.assert(
      fc.property(rows, rows, queries, policies, (drawn, more, query, policy) => {
        const before = selectFactor(query, { ...policy, fallbacks: [] }, new FactorCatalogue(toSets(drawn)));
        fc.pre(before.kind === "selected");
        const names = new Set(drawn.map(({ place: where, setId, year }) => `${where} ${setId} ${year}`));
        const added = more.filter(({ place: where, setId, year }) => !names.has(`${where} ${setId} ${year}`));
        const after = selectFactor(query, policy, new FactorCatalogue(toSets([...drawn, ...added])));
        // Another factor that is EXACT too may stand above it in the policy, or make the choice ambiguous; no fallback ever does.
        if (answer(after) !== answer(before)) {
          const exact = selectFactor(
            query,
            { ...policy, fallbacks: [] },
            new FactorCatalogue(toSets([...drawn, ...added])),
          );
          expect(answer(after)).toBe(answer(exact));
        }
      }),
    );
  });

  it("does not change when a candidate that was not chosen is taken away [SEL-9]", () => {
    fc.assert(
      fc.property(rows, queries, policies, fc.nat(), (drawn, query, policy, at) => {
        const before = selectFactor(query, policy, new FactorCatalogue(toSets(drawn)));
        fc.pre(before.kind === "selected" && drawn.length > 1);
        const chosen = before.kind === "selected" ? before.factor.row.key : "";
        const losers = drawn.filter(({ place: where, year }) => `k:${where}:${year}` !== chosen);
        const gone = losers[at % Math.max(1, losers.length)];
        // A row of a place is what its set's RoW is the rest of: without it, RoW is more.
        fc.pre(gone !== undefined && !drawn.some(({ place: where }) => where === "row:RoW"));
        const after = selectFactor(query, policy, new FactorCatalogue(toSets(drawn.filter((one) => one !== gone))));
        expect(answer(after)).toBe(answer(before));
      }),
    );
  });

  it("is remembered, and is the same", () => {
    const selector = new FactorSelector(LENIENT, CATALOGUE);
    expect(selector.select(at("FR"))).toEqual(selectFactor(at("FR"), LENIENT, CATALOGUE));
    expect(selector.select(at("FR"))).toBe(selector.select(at("FR")));
    expect(selector.select(at("DE"))).not.toBe(selector.select(at("FR")));
  });
});

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

  it.each(["ZZ", "XX-1", "egrid:NOPE", "un-m49:999", "moon:1", "", "global:X"])("%s is refused", (text) => {
    expect(() => parsePlace(text)).toThrow(expect.objectContaining({ code: "GEOGRAPHY_UNKNOWN" }));
  });
});
