import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowOf, setOf } from "./factors.fixture.ts";
import { applyRenames } from "./rename-map.ts";
import { suggestRenames } from "./suggest-renames.ts";

const earlierOf = (...rows: readonly object[]) => setOf(rows.map(rowOf), { id: "set", version: "1.0.0" });
const laterOf = (...rows: readonly object[]) => setOf(rows.map(rowOf), { id: "set", version: "2.0.0" });

describe("suggested renames", () => {
  it("pair what has the same figure and most words of its key, with the evidence", () => {
    const suggestions = suggestRenames(
      earlierOf({ key: "wtt/wtt-gas/butane", value: "0.5", activity: "butane" }, { key: "kept" }),
      laterOf({ key: "wtt/gas/butane", value: "0.5" }, { key: "wtt/gas/propane", value: "0.7" }, { key: "kept" }),
    );
    expect(suggestions).toEqual([
      {
        from: "wtt/wtt-gas/butane",
        to: "wtt/gas/butane",
        activity: "butane",
        reason: "100 % of the words, figures equal",
        confirmed: false,
        similarity: 1,
        figure: "equal",
        rivals: [],
      },
    ]);
  });

  it("name the rivals where another would do as well", () => {
    const [suggestion, ...others] = suggestRenames(
      earlierOf({ key: "fuel/biomethane" }),
      laterOf({ key: "fuel/biomethane-compressed" }, { key: "fuel/biomethane-liquified" }),
    );
    expect(suggestion).toMatchObject({ to: "fuel/biomethane-compressed", rivals: ["fuel/biomethane-liquified"] });
    expect(others).toEqual([]);
  });

  it.each<[string, object, object]>([
    ["another unit", { key: "a/b/c", denominator: "kg" }, { key: "a/b/c/d", denominator: "t" }],
    ["another place", { key: "a/b/c" }, { key: "a/b/c/d", geography: { scheme: "iso-3166-1", code: "GB" } }],
    ["another boundary", { key: "a/b/c" }, { key: "a/b/c/d", boundary: "combustion" }],
    ["other words", { key: "a/b/c" }, { key: "a/x/y" }],
  ])("do not pair factors with %s", (_, from, to) => {
    expect(suggestRenames(earlierOf(from), laterOf(to))).toEqual([]);
  });

  it("prefer the nearer figure, and tell equal, near and apart", () => {
    const figures = (value: string) =>
      suggestRenames(earlierOf({ key: "a/b/c/d", value: "1" }), laterOf({ key: "a/b/c/d/e", value }))[0]?.figure;
    expect([figures("1.00"), figures("1.1"), figures("1.11"), figures("0.9")]).toEqual([
      "equal",
      "near",
      "apart",
      "near",
    ]);
    const [suggestion] = suggestRenames(
      earlierOf({ key: "a/b/c/d", value: "1" }),
      laterOf({ key: "a/b/c/d/x", value: "2" }, { key: "a/b/c/d/y", value: "1" }),
    );
    expect(suggestion).toMatchObject({ to: "a/b/c/d/y", figure: "equal" });
  });

  it("are applied only when confirmed", () => {
    const proposed = laterOf({ key: "wtt/gas/butane" });
    const renames = suggestRenames(earlierOf({ key: "wtt/wtt-gas/butane" }), proposed);
    expect(renames).toHaveLength(1);
    expect(applyRenames(proposed, [{ v: 1, set: "set", version: "2.0.0", supersedes: "1.0.0", renames }])).toBe(
      proposed,
    );
  });

  it("use each key once, whatever the order of the rows", () => {
    const words = fc.constantFrom("a", "b", "c", "d", "e");
    const row = fc.record({
      key: fc.array(words, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/")),
      value: fc.constantFrom("1", "1.05", "2"),
    });
    const rows = fc.uniqueArray(row, { selector: ({ key }) => key, minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rows, rows, (earlier, later) => {
        const suggestions = suggestRenames(earlierOf(...earlier), laterOf(...later));
        for (const side of ["from", "to"] as const) {
          expect(new Set(suggestions.map((one) => one[side])).size).toBe(suggestions.length);
        }
        expect(suggestRenames(earlierOf(...earlier.toReversed()), laterOf(...later.toReversed()))).toEqual(suggestions);
      }),
    );
  });
});
