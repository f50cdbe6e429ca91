import { createReadStream } from "node:fs";
import { type FactorSet, parseDecimal } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { importEpaSupplyChain } from "../importers/epa-supply-chain.ts";
import { hasPublishedData, publishedFactors } from "../importers/published-factors.fixture.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { RATES, rowOf, setOf } from "./factors.fixture.ts";
import { heldRows } from "./outlier-gate.ts";

const NEXT: Partial<FactorSet> = { version: "2.0.0", supersedes: "1.0.0" };
const held = (before: object, after: object, set: Partial<FactorSet> = {}) =>
  heldRows(setOf([rowOf(before)]), setOf([rowOf(after)], { ...NEXT, ...set }), RATES);

describe("heldRows", () => {
  it.each([
    ["passenger car, kg CO2 per mile, 2023 to 2024", "mi", "0.313", "0.175", "-44 %"],
    ["light-duty truck, kg CO2 per mile, 2023 to 2024", "mi", "0.467", "0.955", "+104 %"],
    ["waste to landfill, kg CO2e per tonne, 2019 to 2020", "t", "99.76", "458.18", "+359 %"],
  ])("holds %s", (_what, denominator, before, after, percent) => {
    const rows = held({ denominator, value: before }, { denominator, value: after });
    expect(rows).toMatchObject([{ key: "soy", label: "Soybean farming" }]);
    expect(rows[0]?.reason).toBe(`${percent} beyond price year and GWP set: by more than a factor of 1.5`);
    expect(rows[0]?.evidence).toContain(`${before} -> ${after} kg CO2e`);
  });

  it.each([
    ["1.5", 0],
    ["1.501", 1],
    ["0.667", 0],
    ["0.666", 1],
    ["0", 1],
    ["-1", 1],
    ["1", 0],
  ])("of 1 to %s holds %d", (value, count) => {
    expect(held({}, { value })).toHaveLength(count);
  });

  it("allows for the price year and the GWP set", () => {
    const USD_2022 = { priceBasis: { currency: "USD", year: 2022, price: "purchaser" } } as const;
    expect(held({}, { value: "0.6" })).toHaveLength(1);
    expect(held({}, { value: "0.6" }, USD_2022)).toEqual([]);
    const gases = [{ gas: "co2", basis: "gas", value: "1" }];
    const methane = [{ gas: "ch4", basis: "gas", value: "0.04" }];
    expect(held({ gases }, { value: "1.6" }, { gwpSet: "AR5" })).toHaveLength(1);
    expect(held({ gases: methane }, { value: "1.6" }, { gwpSet: "AR5" })).toEqual([]);
  });

  it("holds what cannot be compared", () => {
    expect(held({}, { denominator: "kg" })[0]?.reason).toContain("cannot be compared (denominator): UNIT_");
  });

  it("looks at a new factor that may be one which is gone, unless its row says which one it is", () => {
    const before = setOf([rowOf({ key: "waste/landfill" }), rowOf({ key: "waste/other" })]);
    const later = (value: string, changed: object = {}) =>
      setOf([rowOf({ key: "waste/to/landfill", value, ...changed }), rowOf({ key: "waste/other" })], NEXT);
    const [found] = heldRows(before, later("4"));
    expect(found).toMatchObject({ key: "waste/to/landfill" });
    expect(found?.reason).toBe(
      "may be waste/landfill: +300 % beyond price year and GWP set: by more than a factor of 1.5",
    );
    expect(heldRows(before, later("1.1"))).toEqual([]);
    const renamed = heldRows(before, later("4", { change: { reason: "rename", from: "waste/landfill" } }));
    expect(renamed.map(({ reason }) => reason)).toEqual([
      "+300 % beyond price year and GWP set: by more than a factor of 1.5",
    ]);
    const other = setOf(
      [...later("4").rows, rowOf({ key: "other", change: { reason: "rename", from: "waste/landfill" } })],
      NEXT,
    );
    expect(heldRows(before, other)).toEqual([]);
  });

  it("names the worst first", () => {
    const keys = ["a", "b", "c", "d", "e"];
    const values = ["1.6", "9", "0.1", "0", "1.2"];
    const rows = heldRows(
      setOf(keys.map((key) => rowOf({ key }))),
      setOf(
        keys.map((key, i) => rowOf({ key, value: values[i] })),
        NEXT,
      ),
    );
    expect(rows.map(({ key }) => key)).toEqual(["d", "c", "b", "a"]);
  });

  it("says what it could not allow for", () => {
    const reason = held({}, { value: "1.6" }, { gwpSet: "AR5" })[0]?.reason;
    expect(reason).toContain("(not allowed for: GWP set: AR4 to AR5: the earlier version's gases do not say)");
  });

  it("takes a stated ratio", () => {
    const sets = [setOf([rowOf()]), setOf([rowOf({ value: "1.2" })], NEXT)] as const;
    expect(heldRows(...sets, RATES, parseDecimal("1.1"))).toHaveLength(1);
    expect(heldRows(...sets, RATES, parseDecimal("1.2"))).toEqual([]);
  });
});

describe.skipIf(!hasPublishedData)("EPA's v1.3 over v1.2", () => {
  it("is held in 130 of 1,016 codes, the extremes among them", async () => {
    const epa = async (...names: readonly string[]) =>
      (
        await importEpaSupplyChain(
          names.map((name) => ({ name, open: () => createReadStream(publishedFactors(name)) })),
        )
      ).imported;
    const rows = heldRows(
      await epa("epa_supplychain_v1.2_naics_co2e_usd2021.csv", "epa_supplychain_v1.2_naics_byghg_usd2021.csv"),
      await epa("epa_supplychain_v1.3.0_naics_co2e_usd2022.csv", "epa_supplychain_v1.3.0_naics_byghg_usd2022.csv"),
      (await loadStarter()).rates,
    );
    const codes = rows.map(({ key }) => key).filter((key) => !key.includes("/"));
    expect(codes).toContain("562212");
    expect(codes).toContain("562920");
    expect(codes).toHaveLength(130);
  });
});
