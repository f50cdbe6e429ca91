import type { FactorRow, LedgerLine } from "@tallystick/contracts";
import { FALLBACK_STEPS, FactorCatalogue, parsePlace, type Selection, selectFactor } from "@tallystick/registry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FactorTable, PlacedRow } from "../inventory/factor-library.ts";
import { line, table } from "../inventory/inventory.fixture.ts";
import { rowsToShow } from "./rows-to-show.ts";

const PLACES = ["iso-3166-1:DE", "iso-3166-1:FR", "un-m49:150", "global:GLO", "row:RoW"];
const KINDS = ["value", "not-available", "withdrawn"] as const;

function row(key: string, place: string, kind: (typeof KINDS)[number] = "value", activity = "electricity"): FactorRow {
  const [scheme = "", code = ""] = place.split(":");
  const change = kind === "withdrawn" ? { change: { reason: "withdrawn" } } : {};
  const base = { key, activity, label: key, denominator: "kWh", boundary: "generation", source: "a table" };
  return { ...base, kind, value: "1", geography: { scheme, code }, ...change } as FactorRow;
}

const restricted = { redistribution: false };
const asking = (activity: string): LedgerLine => line("L1", { activity, naics: undefined });
const keysOf = (rows: readonly PlacedRow[] = []): string[] => rows.map(({ row: { key } }) => key);

describe("rowsToShow", () => {
  it("shows a small set whole, but of one that may not be passed on only what lines ask for", () => {
    const rows = [row("a", PLACES[0] as string), row("b", PLACES[1] as string, "value", "heat")];
    const [open, closed] = rowsToShow(
      [table("open", rows), table("closed", rows, restricted)],
      [asking("electricity")],
    );
    expect([keysOf(open?.rows), keysOf(closed?.rows)]).toEqual([["a", "b"], ["a"]]);
  });

  it("shows what a large set has of what lines ask for, by activity, key and component", () => {
    const many = Array.from({ length: 600 }, (_, at) => row(`k${at}`, "global:GLO", "value", `a${at}`));
    const components = [
      { id: "part", activity: "a7" },
      { id: "spend", naics: "k9" },
    ];
    const [shown] = rowsToShow([table("large", many)], [{ ...asking("k3"), components }]);
    expect(keysOf(shown?.rows).sort()).toEqual(["k3", "k7", "k9"]);
  });

  it("shows what the rest of the world is the rest of, also where it is asked for by its key", () => {
    const rows = [row("rest", "row:RoW"), row("german", "iso-3166-1:DE"), row("heat", "global:GLO", "value", "heat")];
    const [shown] = rowsToShow([table("grid", rows, restricted)], [asking("rest")]);
    expect(keysOf(shown?.rows).sort()).toEqual(["german", "rest"]);
  });

  it("lets a verifier select what the preparer selected, for any factors", () => {
    const versions = fc.array(
      fc.uniqueArray(
        fc.record({
          key: fc.constantFrom("k1", "k2", "k3", "k4", "electricity"),
          place: fc.constantFrom(...PLACES),
          kind: fc.constantFrom(...KINDS, "value" as const),
          activity: fc.constantFrom("electricity", "heat"),
        }),
        { selector: ({ key }) => key, minLength: 1, maxLength: 5 },
      ),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(
        versions,
        fc.constantFrom("electricity", "heat", "k1", "k4"),
        fc.constantFrom("DE", "ES", "US", undefined),
        fc.constantFrom(2022, 2023, 2024),
        (drawn, activity, place, year) => {
          const tables = drawn.map((rows, at) =>
            table(
              "grid",
              rows.map((one) => row(one.key, one.place, one.kind, one.activity)),
              {
                ...restricted,
                version: `${at}.0.0`,
                validFrom: `${2022 + at}-01-01`,
                validTo: `${2022 + at}-12-31`,
                ...(at === 0 ? {} : { supersedes: `${at - 1}.0.0` }),
              },
            ),
          );
          const select = (sets: readonly { table: FactorTable; rows: Iterable<PlacedRow> }[]): Selection =>
            selectFactor(
              {
                activity,
                date: `${year}-05-01`,
                per: { kind: "unit", measures: "energy" },
                ...(place === undefined ? {} : { geography: parsePlace(place) }),
              },
              { sets: [{ id: "grid" }], fallbacks: FALLBACK_STEPS },
              new FactorCatalogue(sets.map(({ table: { set }, rows }) => ({ set, rows }))),
            );
          const answer = (selection: Selection): unknown =>
            selection.kind === "refused" ? selection.rule : [selection.factor, selection.steps];
          const whole = select(tables.map((one) => ({ table: one, rows: one.rows.values() })));
          expect(answer(select(rowsToShow(tables, [asking(activity)])))).toEqual(answer(whole));
        },
      ),
      { numRuns: 500 },
    );
  });
});
