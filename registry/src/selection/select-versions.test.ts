import type { FactorRow } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { FactorCatalogue } from "./catalogue.ts";
import { selectFactor } from "./select-factor.ts";
import { answer, at, LENIENT, row, ruleOf, STRICT, set } from "./selection.fixture.ts";

describe("selectFactor, by time and version", () => {
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

  it("takes a version in the place of the one it replaces, and refuses two of which neither replaces the other [SEL-7] [SEL-10]", () => {
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

  it("does not take a factor that the version in force no longer has from the one it replaces [SEL-7]", () => {
    const first = set("grid", "1.0", [row("electricity:DE", "iso-3166-1:DE")]);
    const second = set("grid", "1.1", [row("electricity:FR", "iso-3166-1:FR")], { supersedes: "1.0" });
    const both = selectFactor(at("DE"), LENIENT, new FactorCatalogue([first, second]));
    expect([answer(both), ruleOf(both, "electricity:DE")]).toEqual(["all-rejected", "superseded"]);
    const again = new FactorCatalogue([first, { ...second, withdrawn: true }]);
    expect(answer(selectFactor(at("DE"), STRICT, again))).toBe("electricity:DE EXACT");
  });

  it("sees past a version that was withdrawn to the one before it [SEL-7]", () => {
    const rows = [row("electricity:DE", "iso-3166-1:DE")];
    const chain = [
      set("grid", "1.0", rows),
      { ...set("grid", "1.1", rows, { supersedes: "1.0" }), withdrawn: true },
      set("grid", "1.2", rows, { supersedes: "1.1" }),
    ];
    const selection = selectFactor(at("DE"), STRICT, new FactorCatalogue(chain));
    expect(selection.kind === "selected" && selection.factor.set.version).toBe("1.2");
    expect(selection.rejected.map(({ factor, rule }) => [factor.set.version, rule])).toEqual([
      ["1.0", "superseded"],
      ["1.1", "set-withdrawn"],
    ]);
  });

  it("takes an older version's factor by time:older, unless one that has come since withdraws it [SEL-7]", () => {
    const years = { validFrom: "2023-01-01", validTo: "2023-12-31" };
    const old = set("grid", "2023.1", [row("electricity:DE", "iso-3166-1:DE")], years);
    const dropped = set("grid", "2024.1", [row("electricity:FR", "iso-3166-1:FR")], { supersedes: "2023.1" });
    expect(answer(selectFactor(at("DE"), LENIENT, new FactorCatalogue([old, dropped])))).toBe(
      "electricity:DE time:older",
    );
    const change = { reason: "error" } as const;
    const gone = row("electricity:DE", "iso-3166-1:DE", { kind: "withdrawn", change } as Partial<FactorRow>);
    const withdrawing = set("grid", "2024.1", [gone], { supersedes: "2023.1" });
    const catalogue = new FactorCatalogue([old, withdrawing]);
    expect(selectFactor(at("DE"), LENIENT, catalogue).rejected.map(({ rule }) => rule)).toEqual([
      "withdrawn-later",
      "factor-is-withdrawn",
    ]);
    // In its own year it is what was known then: no version that was in force says otherwise.
    expect(answer(selectFactor({ ...at("DE"), date: "2023-05-01" }, STRICT, catalogue))).toBe("electricity:DE EXACT");
  });

  it("takes the replacing one of two versions that ended, or begin, on one day [SEL-7]", () => {
    for (const [years, date] of [
      [{ validFrom: "2022-01-01", validTo: "2022-12-31" }, "2024-05-01"],
      [{ validFrom: "2026-01-01" }, "2024-05-01"],
    ] as const) {
      const rows = [row("electricity:DE", "iso-3166-1:DE")];
      const sets = [set("grid", "1.0", rows, years), set("grid", "1.1", rows, { ...years, supersedes: "1.0" })];
      const selection = selectFactor({ ...at("DE"), date }, LENIENT, new FactorCatalogue(sets));
      expect(selection.kind === "selected" && selection.factor.set.version).toBe("1.1");
    }
  });

  it("counts the age of data in whole years from their end to the date [SEL-6]", () => {
    const dataPeriod = { start: "2018-01-01", end: "2018-12-31" };
    const old = new FactorCatalogue([
      set("grid", "2019.1", [row("electricity:DE", "iso-3166-1:DE", { dataPeriod })], {
        validFrom: "2019-01-01",
        validTo: "2019-12-31",
      }),
    ]);
    const on = (date: string) => answer(selectFactor({ ...at("DE"), date }, { ...LENIENT, maxAgeYears: 5 }, old));
    expect([on("2023-12-31"), on("2024-01-01")]).toEqual(["electricity:DE time:older", "all-rejected"]);
  });

  it("names the same one of several versions that replace another, in whichever order they came [SEL-9]", () => {
    const rows = [row("electricity:DE", "iso-3166-1:DE")];
    const chain = [
      set("grid", "1.0", rows),
      set("grid", "1.1", rows, { supersedes: "1.0" }),
      set("grid", "1.2", rows, { supersedes: "1.1" }),
    ];
    for (const sets of [chain, chain.toReversed()]) {
      const { rejected } = selectFactor(at("DE"), STRICT, new FactorCatalogue(sets));
      expect(rejected.map(({ factor, detail }) => [factor.set.version, detail])).toEqual([
        ["1.0", "grid@1.1"],
        ["1.1", "grid@1.2"],
      ]);
    }
  });

  it("takes the nearest of later data: those that begin first, in the set that is valid first [SEL-10]", () => {
    const data = (year: number) => ({ dataPeriod: { start: `${year}-01-01`, end: `${year}-12-31` } });
    const later = (id: string, valid: number, of: number) =>
      set(id, "1.0", [row(`electricity:${id}`, "iso-3166-1:DE", data(of))], { validFrom: `${valid}-01-01` });
    const policy = { sets: [{ id: "a" }, { id: "b" }], fallbacks: ["time:later"] as const };
    const nearest = (...sets: ReturnType<typeof later>[]) =>
      answer(selectFactor({ ...at("DE"), date: "2020-05-01" }, policy, new FactorCatalogue(sets)));
    expect(nearest(later("a", 2023, 2022), later("b", 2022, 2022))).toBe("electricity:b time:later");
    expect(nearest(later("a", 2019, 2024), later("b", 2019, 2023))).toBe("electricity:b time:later");
  });
});
