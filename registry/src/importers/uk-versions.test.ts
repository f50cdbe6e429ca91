import { createReadStream } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { confirmedRenames } from "../factors/confirmed-renames.ts";
import { diffSets, summarizeDiff } from "../factors/diff-sets.ts";
import { applyRenames, type RenameMap } from "../factors/rename-map.ts";
import { suggestRenames } from "../factors/suggest-renames.ts";
import { FactorCatalogue } from "../selection/catalogue.ts";
import { selectFactor } from "../selection/select-factor.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import type { ImportFile, ImportOptions } from "./import-file.ts";
import type { ImportReport } from "./import-report.ts";
import { hasPublishedData, publishedFactors } from "./published-factors.fixture.ts";
import { importUkFlatFile } from "./uk-flat-file.ts";
import { UK_SET_ID } from "./uk-releases.ts";
import { importUkWorkbook } from "./uk-workbook.ts";

const published = (name: string): ImportFile => ({ name, open: () => createReadStream(publishedFactors(name)) });

describe.skipIf(!hasPublishedData)("four versions of the UK factors", () => {
  let maps: RenameMap[];
  /** As published, by year. */
  let labelled: Readonly<Record<number, FactorSetWithRows>>;
  /** With the keys under which each factor was first published. */
  let sets: Readonly<Record<number, FactorSetWithRows>>;
  beforeAll(async () => {
    maps = await confirmedRenames(UK_SET_ID);
    const importAll = async (renames: readonly RenameMap[]): Promise<Record<number, FactorSetWithRows>> => {
      const flat = (year: number, options: ImportOptions = {}): Promise<ImportReport> =>
        importUkFlatFile([published(`defra_flat_${year}.csv`)], { renames, ...options });
      const workbook = published("defra_2024_full_set_v1_1.xlsx");
      const reports = {
        2021: await flat(2021),
        2022: await flat(2022, { supersedes: "2021.1.0" }),
        2023: await flat(2023, { supersedes: "2022.1.0" }),
        2024: await importUkWorkbook([workbook], { supersedes: "2023.1.0", renames }),
      };
      return Object.fromEntries(Object.entries(reports).map(([year, { imported }]) => [year, imported]));
    };
    labelled = await importAll([]);
    sets = await importAll(maps);
  });
  const setOfYear = (year: number): FactorSetWithRows => sets[year] as FactorSetWithRows;
  const summary = (before: number, after: number, of = sets) =>
    summarizeDiff(diffSets(of[before] as FactorSetWithRows, of[after] as FactorSetWithRows));

  it("differ by far fewer factors under their first keys than under their labels", () => {
    expect(summary(2021, 2022, labelled)).toMatchObject({ added: 522, removed: 370 });
    expect(summary(2021, 2022)).toMatchObject({ added: 318, removed: 166, changed: 1299, unchanged: 637 });
    expect(summary(2022, 2023)).toMatchObject({ added: 28, removed: 19, changed: 2405, unchanged: 209 });
    expect(summary(2023, 2024)).toMatchObject({ removed: 0, changed: 1945, unchanged: 698 });
  });

  it("lose only what the publisher withdrew", () => {
    const { removed } = diffSets(setOfYear(2021), setOfYear(2022));
    const bySubject = Map.groupBy(removed, ({ before }) => before.key.split("/")[0]);
    expect(Object.fromEntries([...bySubject].map(([subject, rows]) => [subject, rows.length]))).toEqual({
      bioenergy: 2,
      "hotel-stay": 15,
      "material-use": 16,
      "outside-of-scopes": 2,
      "waste-disposal": 7,
      "wtt-bioenergy": 2,
      "wtt-uk-overseas-elec": 122,
    });
  });

  it("have confirmed renames that the figures and names of both versions bear out", () => {
    const renames = maps.flatMap((map) => map.renames);
    expect(renames).toHaveLength(206);
    for (const [before, after] of [
      [2021, 2022],
      [2022, 2023],
    ] as const) {
      const map = maps.find(({ version }) => version === labelled[after]?.set.version);
      const suggested = suggestRenames(
        setOfYear(before),
        applyRenames(
          labelled[after] as FactorSetWithRows,
          maps.filter((one) => one !== map),
        ),
      );
      const pairs = new Map(suggested.map((one) => [one.from, one]));
      const apart = (map?.renames ?? []).filter(({ from, to }) => pairs.get(from)?.to !== to);
      expect(apart.map(({ from }) => from)).toEqual([]);
    }
  });

  it.each([
    [
      "uk-electricity/electricity-generated/electricity-uk",
      "energy",
      ["0.21233", "0.19338", "0.207074288590604", "0.20705"],
    ],
    [
      "waste-disposal/refuse/organic-food-and-drink-waste/landfill",
      "mass",
      ["626.874866154177", "626.856145223945", "700.209881753428", "700.20961"],
    ],
    [
      "wtt-uk-overseas-elec/wtt-uk-electricity-generation/electricity-uk",
      "energy",
      ["0.05529", "0.04625", "0.0459", "0.0459"],
    ],
    ["refrigerant-other/kyoto-protocol-standard/hfc-134a", "mass", ["1430", "1430", "1300", "1300"]],
  ])("give %s for the day of the activity, by one name", (activity, measures, expected) => {
    const catalogue = new FactorCatalogue(
      Object.values(sets).map(({ set, rows }) => ({ set, rows: rows.map((row, index) => ({ index, row })) })),
    );
    const policy = { sets: [{ id: UK_SET_ID }], fallbacks: ["geography:world" as const] };
    const found = [2021, 2022, 2023, 2024].map((year) => {
      const geography = { scheme: "iso-3166-1", code: "GB" };
      const per = { kind: "unit", measures } as const;
      const selection = selectFactor({ activity, geography, date: `${year}-07-01`, per }, policy, catalogue);
      if (selection.kind === "refused") return selection.rule;
      expect(selection.factor.set.validFrom).toBe(`${year}-01-01`);
      return selection.factor.row.kind === "value" ? selection.factor.row.value : selection.factor.row.kind;
    });
    expect(found).toEqual(expected);
  });
});
