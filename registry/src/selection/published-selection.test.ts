import { createReadStream } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { importEmber } from "../importers/ember.ts";
import { importEpaHub } from "../importers/epa-hub.ts";
import { importEpaSupplyChain } from "../importers/epa-supply-chain.ts";
import type { ImportFile } from "../importers/import-file.ts";
import { hasPublishedData, publishedFactors } from "../importers/published-factors.fixture.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { FactorCatalogue } from "./catalogue.ts";
import { EGRID_SUBREGIONS, parsePlace } from "./geography.ts";
import { selectFactor } from "./select-factor.ts";
import { answer } from "./selection.fixture.ts";
import type { FallbackStep, SelectionPolicy } from "./selection.ts";

const published = (...path: readonly string[]): ImportFile => ({
  name: path.at(-1) ?? "",
  open: () => createReadStream(publishedFactors(...path)),
});

describe.skipIf(!hasPublishedData)("selection among published factors", () => {
  let hub: FactorSetWithRows;
  let ember: FactorSetWithRows;
  let epa: FactorSetWithRows;
  let catalogue: FactorCatalogue;
  beforeAll(async () => {
    const epaFile = (kind: string) => published(`epa_supplychain_v1.3.0_naics_${kind}_usd2022.csv`);
    const reports = await Promise.all([
      importEpaHub([published("epa_hub", "epa_hub_2023.xlsx")]),
      importEmber([published("ember_average_intensities_co2js_0.19.json")]),
      importEpaSupplyChain([epaFile("co2e"), epaFile("byghg")]),
    ]);
    [hub, ember, epa] = reports.map(({ imported }) => imported) as [
      FactorSetWithRows,
      FactorSetWithRows,
      FactorSetWithRows,
    ];
    catalogue = new FactorCatalogue(
      [hub, ember, epa].map(({ set, rows }) => ({ set, rows: rows.map((row, index) => ({ row, index })) })),
    );
  });
  const policy = (of: FactorSetWithRows, ...fallbacks: FallbackStep[]): SelectionPolicy => ({
    sets: [{ id: of.set.id }],
    fallbacks,
  });
  const energy = { kind: "unit", measures: "energy" } as const;

  it("has every eGRID subregion that EPA publishes, and gives each its own factor", () => {
    const regions = hub.rows.filter(({ geography }) => geography.scheme === "egrid");
    expect([...new Set(regions.map(({ geography }) => geography.code))].sort()).toEqual([...EGRID_SUBREGIONS].sort());
    const date = hub.set.validFrom;
    for (const { geography, key } of regions) {
      const named = selectFactor({ activity: key, geography, date, per: energy }, policy(hub), catalogue);
      expect(answer(named)).toBe(`${key} EXACT`);
    }
  });

  it("goes from a state to its country, never to a subregion, and only by leave", () => {
    const [rate] = hub.rows.filter(({ geography, activity }) => geography.code === "CAMX" && activity !== undefined);
    const query = {
      activity: rate?.activity ?? "",
      boundary: rate?.boundary ?? "",
      date: hub.set.validFrom,
      per: energy,
      geography: parsePlace("US-CA"),
    };
    expect(answer(selectFactor(query, policy(hub), catalogue))).toBe("all-rejected");
    const allowed = selectFactor(query, policy(hub, "geography:country"), catalogue);
    expect(allowed.kind === "selected" && allowed.factor.row.geography.code).toBe("US");
    const camx = selectFactor({ ...query, geography: parsePlace("egrid:CAMX") }, policy(hub), catalogue);
    expect(camx.kind === "selected" && camx.factor.row.geography.code).toBe("CAMX");
  });

  it("refuses a query for 2010, of which none of these is [SEL-6]", () => {
    const naics = epa.rows.find(({ key }) => key === "111110");
    const queries = [
      { activity: "electricity/generation-mix", geography: parsePlace("DE"), per: energy },
      { activity: naics?.key ?? "", per: { kind: "money" } as const },
    ];
    for (const query of queries) {
      for (const of of [ember, epa]) {
        const selection = selectFactor({ ...query, date: "2010-06-30" }, policy(of), catalogue);
        expect(selection.kind).toBe("refused");
      }
    }
    const later = selectFactor(
      { activity: "electricity/generation-mix", geography: parsePlace("DE"), date: "2010-06-30", per: energy },
      policy(ember, "time:later"),
      catalogue,
    );
    expect(answer(later)).toBe("electricity/generation-mix/DE time:later");
  });

  it("lists every row that was not taken, with the rule that rejected it [SEL-11]", () => {
    const selection = selectFactor(
      { activity: "electricity/generation-mix", geography: parsePlace("SM"), date: "2024-05-01", per: energy },
      policy(ember, "geography:world"),
      catalogue,
    );
    expect(answer(selection)).toBe("electricity/generation-mix/GLO geography:world");
    expect(selection.rejected).toHaveLength(ember.rows.length - 1);
    expect(new Set(selection.rejected.map(({ rule }) => rule))).toEqual(new Set(["geography-elsewhere"]));
  });
});
