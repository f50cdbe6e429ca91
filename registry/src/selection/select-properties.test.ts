import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CatalogueSet, FactorCatalogue } from "./catalogue.ts";
import { parsePlace } from "./geography.ts";
import { selectFactor } from "./select-factor.ts";
import { answer, at, CATALOGUE, LENIENT, QUERY, row, STRICT, set } from "./selection.fixture.ts";
import { FALLBACK_STEPS, type FactorQuery, type SelectionPolicy } from "./selection.ts";
import { FactorSelector } from "./selector.ts";

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

  it("that is EXACT stays as it is, whatever fallbacks are allowed [SEL-9]", () => {
    fc.assert(
      fc.property(rows, queries, policies, (drawn, query, policy) => {
        const catalogue = new FactorCatalogue(toSets(drawn));
        const strict = selectFactor(query, { ...policy, fallbacks: [] }, catalogue);
        fc.pre(strict.kind === "selected");
        expect(answer(selectFactor(query, policy, catalogue))).toBe(answer(strict));
      }),
    );
  });

  it("that is EXACT stays as it is when a factor for another place or time is added [SEL-9]", () => {
    fc.assert(
      fc.property(rows, rows, queries, policies, (drawn, more, query, policy) => {
        const before = selectFactor(query, policy, new FactorCatalogue(toSets(drawn)));
        fc.pre(before.kind === "selected" && before.steps.length === 0);
        const here = before.kind === "selected" ? before.factor.row.geography : undefined;
        const elsewhere = more.filter(
          ({ place, year }) => place !== `${here?.scheme}:${here?.code}` || year !== Number(query.date.slice(0, 4)),
        );
        const added = toSets(elsewhere).map((one) => ({
          ...one,
          set: { ...one.set, version: `${one.set.version}-added` },
        }));
        expect(answer(selectFactor(query, policy, new FactorCatalogue([...toSets(drawn), ...added])))).toBe(
          answer(before),
        );
      }),
    );
  });

  it("is the same among few rows and among many: what it does not look at would be rejected [SEL-9]", () => {
    const OTHERS = [
      "AR",
      "BO",
      "CL",
      "CO",
      "EC",
      "GF",
      "GY",
      "PE",
      "PY",
      "SR",
      "UY",
      "VE",
      "AU",
      "NZ",
      "JP",
      "KR",
      "MX",
    ];
    const many = OTHERS.map((code) => row(`k:${code}`, `iso-3166-1:${code}`));
    fc.assert(
      fc.property(rows, queries, policies, (drawn, query, policy) => {
        const of = (extra: typeof many): CatalogueSet[] => [
          set(
            "grid",
            "one",
            drawn
              .map(({ place }, at) => row(`k:${at}`, place, at % 3 === 0 ? { boundary: "other" } : {}))
              .concat(extra),
          ),
        ];
        const few = selectFactor({ ...query, boundary: "generation" }, policy, new FactorCatalogue(of([])));
        const among = selectFactor({ ...query, boundary: "generation" }, policy, new FactorCatalogue(of(many)));
        expect(answer(among)).toBe(few.kind === "refused" && drawn.length === 0 ? "all-rejected" : answer(few));
        const about = drawn.length + many.length - (among.kind === "selected" ? 1 : 0);
        expect(among.rejected).toHaveLength(about);
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
