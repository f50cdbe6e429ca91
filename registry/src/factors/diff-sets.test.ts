import { createReadStream } from "node:fs";
import { type FactorSet, formatExact } from "@tallystick/contracts";
import { beforeAll, describe, expect, it } from "vitest";
import { importEpaSupplyChain } from "../importers/epa-supply-chain.ts";
import { hasPublishedData, publishedFactors } from "../importers/published-factors.fixture.ts";
import { loadStarter } from "../starter/load-starter.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { diffSets, type SetDiff, summarizeDiff } from "./diff-sets.ts";
import { RATES, rowOf, setOf } from "./factors.fixture.ts";
import { formatPercent, formatSplit } from "./format-split.ts";
import { stateReasons } from "./state-reasons.ts";

const NEXT: Partial<FactorSet> = { version: "2.0.0", supersedes: "1.0.0" };
const keys = (rows: readonly { readonly key: string }[]): string[] => rows.map(({ key }) => key);
const afterKeys = (rows: readonly { readonly after: { readonly key: string } }[]): string[] =>
  keys(rows.map(({ after }) => after));

const blank = (key: string) => {
  const { value: _value, ...rest } = rowOf({ key }) as { value?: string };
  return { ...rest, kind: "not-available" } as ReturnType<typeof rowOf>;
};

describe("diffSets", () => {
  it("tells apart what is added, removed, renamed, changed and unchanged", () => {
    const before = setOf(["gone", "kept", "label", "moved", "value", "withdrawn"].map((key) => rowOf({ key })));
    const { value: _value, ...rest } = rowOf({ key: "withdrawn" }) as { value?: string };
    const after = setOf(
      [
        rowOf({ key: "added" }),
        rowOf({ key: "elsewhere", value: "2", change: { reason: "rename", from: "moved" } }),
        rowOf({ key: "kept", source: "a newer report" }),
        rowOf({ key: "label", label: "Growing of soybeans" }),
        rowOf({ key: "value", value: "3", change: { reason: "error" } }),
        { ...rest, kind: "withdrawn", change: { reason: "withdrawn" } } as ReturnType<typeof rowOf>,
      ],
      NEXT,
    );
    const diff = diffSets(before, after);
    expect(keys(diff.added)).toEqual(["added"]);
    expect(diff.removed.map((one) => [one.before.key, one.after?.change?.reason])).toEqual([
      ["gone", undefined],
      ["withdrawn", "withdrawn"],
    ]);
    expect(diff.renamed.map((one) => [one.before.key, one.after.key])).toEqual(
      [
        ["label", "label"],
        ["moved", "elsewhere"],
      ].sort((a, b) => ((a[1] as string) < (b[1] as string) ? -1 : 1)),
    );
    expect(afterKeys(diff.changed)).toEqual(["elsewhere", "value"]);
    expect(keys(diff.unchanged)).toEqual(["kept"]);
    expect(summarizeDiff(diff)).toMatchObject({ added: 1, removed: 2, renamed: 2, changed: 2, unchanged: 1 });
  });

  it("does not take rows of the same label for the same factor", () => {
    const diff = diffSets(setOf([rowOf({ key: "old" })]), setOf([rowOf({ key: "new" })], NEXT));
    expect([keys(diff.added), diff.removed.length, diff.renamed]).toEqual([["new"], 1, []]);
  });

  it.each([
    [{ value: "0.5" }, ["figure"]],
    [{ boundary: "gate-to-gate" }, ["boundary"]],
    [{ geography: { scheme: "iso-3166-1", code: "CA" } }, ["geography"]],
    [{ technology: "organic" }, ["technology"]],
  ])("says which fields: %j", (changed, fields) => {
    const diff = diffSets(setOf([rowOf()]), setOf([rowOf(changed)], NEXT));
    expect(diff.changed.map((row) => row.fields)).toEqual([fields]);
  });

  it("says what cannot be compared, and does not compare it", () => {
    const diff = diffSets(
      setOf([rowOf({ key: "a" }), blank("b"), rowOf({ key: "c" })]),
      setOf([rowOf({ key: "a", denominator: "kg" }), blank("b"), blank("c")], NEXT),
    );
    expect(diff.changed).toMatchObject([
      { after: { key: "a" }, fields: ["denominator"], incomparable: expect.stringContaining("UNIT_") },
      { after: { key: "c" }, fields: ["figure", "kind"], incomparable: "value to not-available" },
    ]);
    expect(diff.changed.map(({ split }) => split)).toEqual([undefined, undefined]);
    expect(keys(diff.unchanged)).toEqual(["b"]);
  });

  it("is empty between a set and itself", () => {
    const set = setOf([rowOf({ key: "a" }), blank("b")]);
    expect(summarizeDiff(diffSets(set, set, RATES))).toEqual({
      added: 0,
      removed: 0,
      renamed: 0,
      changed: 0,
      unchanged: 2,
    });
  });
});

describe.skipIf(!hasPublishedData)("EPA's v1.2 and v1.3", () => {
  const epa = async (names: readonly string[], supersedes?: string): Promise<FactorSetWithRows> => {
    const files = names.map((name) => ({ name, open: () => createReadStream(publishedFactors(name)) }));
    return (await importEpaSupplyChain(files, supersedes === undefined ? {} : { supersedes })).imported;
  };
  let diff: SetDiff;
  /** The rows with margins, which are published under the code itself. */
  let codes: SetDiff;

  beforeAll(async () => {
    const v12 = await epa([
      "epa_supplychain_v1.2_naics_co2e_usd2021.csv",
      "epa_supplychain_v1.2_naics_byghg_usd2021.csv",
    ]);
    const v13 = await epa(
      ["epa_supplychain_v1.3.0_naics_co2e_usd2022.csv", "epa_supplychain_v1.3.0_naics_byghg_usd2022.csv"],
      "1.2.0",
    );
    const { rates } = await loadStarter();
    diff = diffSets(v12, stateReasons(v12, v13, { reason: "methodology" }), rates);
    const isCode = (row: { readonly key: string }): boolean => !row.key.includes("/");
    codes = {
      ...diff,
      changed: diff.changed.filter(({ after }) => isCode(after)),
      unchanged: diff.unchanged.filter(isCode),
    };
  });

  it("differ in 1,015 of 1,016 codes, by a median of -18 %, from -91 % to +525 %", () => {
    const { ratios, ...counts } = summarizeDiff(codes);
    expect(counts).toMatchObject({ added: 0, removed: 0, changed: 1_015, unchanged: 1 });
    const change = (ratio?: { n: bigint; d: bigint }) => ratio && formatPercent({ n: 1n, d: 1n }, ratio);
    expect(change(ratios?.median)).toBe("-18 %");
    expect([ratios?.least.key, change(ratios?.least.ratio)]).toEqual(["562212", "-91 %"]);
    expect([ratios?.greatest.key, change(ratios?.greatest.ratio)]).toEqual(["562920", "+525 %"]);
  });

  it("differ for soybean farming by price year, GWP set and method", () => {
    const soy = diff.changed.find(({ after }) => after.key === "111110");
    expect([soy?.split?.before, soy?.split?.after].map((value) => value && formatExact(value))).toEqual([
      "1.326",
      "0.532",
    ]);
    expect(soy?.split?.parts.map(({ cause }) => cause)).toEqual(["price-year", "gwp-set", "methodology"]);
    expect(soy?.split && formatSplit(soy.split)).toBe(
      [
        "1.326 -> 0.532 kg CO2e: -0.794 (-60 %)",
        "  price year -0.098253 (USD 2021 to USD 2022, starter-rates@2026.1.0)",
        "  GWP set -0.076504 (AR4 to AR5)",
        "  methodology -0.619243 (as its row states)",
      ].join("\n"),
    );
  });

  it("leave nothing unattributed once the method is stated", () => {
    const causes = new Set(diff.changed.flatMap(({ split }) => split?.parts.map(({ cause }) => cause) ?? []));
    expect([...causes].sort()).toEqual(["gwp-set", "methodology", "price-year"]);
    expect(diff.changed.every(({ split }) => split !== undefined)).toBe(true);
  });
});
