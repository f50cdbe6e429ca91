import { expandDrivers, formatUncertainty, lnGsd2E9, type Spread, type UncertainAmount } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { footprint, item, table } from "./inventory.fixture.ts";
import type { EvidenceItem } from "./inventory.ts";
import { type CountedAmount, lineSources, type SingleUse, UncertaintyTotals } from "./uncertainty.ts";

const rowBase = { boundary: "cradle-to-gate", geography: { scheme: "global", code: "GLO" }, source: "a table" };
const FACTORS = table("factors", [
  { ...rowBase, key: "steel", label: "x", kind: "value", value: "2", denominator: "kg", gsd2: "1.3" },
  { ...rowBase, key: "road", label: "x", kind: "value", value: "0.1", denominator: "t-km" },
  {
    ...rowBase,
    key: "spend",
    label: "x",
    kind: "value",
    value: "0.5",
    denominator: "USD",
    quality: { scheme: "epa-useeio", scores: { reliability: 3, temporal: 2 } },
  },
  {
    ...rowBase,
    key: "unusable",
    label: "x",
    kind: "value",
    value: "0.5",
    denominator: "kg",
    quality: { scheme: "pcaf", scores: { score: 1 } },
  },
]);

function factor(key: string): SingleUse {
  const placed = FACTORS.rows.get(key);
  if (placed === undefined) throw new Error(key);
  return {
    method: placed.row.denominator === "USD" ? "spend-based" : "average-data",
    table: FACTORS,
    placed,
    steps: [],
  };
}
const supplied = (of: EvidenceItem): SingleUse => ({ method: "supplier-specific", item: of });
const counted = (kg: number, evidence: SingleUse, supplier = "a", category = 1): CountedAmount => ({
  category,
  supplier,
  nanoKgCo2e: BigInt(Math.round(kg * 1e9)),
  evidence,
});
const GRID = "factor:grid@2024.1.0#DE";
const uncertain = (kg: number, key: string, gsd2: number): UncertainAmount => ({
  nanoKg: BigInt(kg) * 10n ** 9n,
  sources: [{ key, lnGsd2E9: lnGsd2E9(gsd2) }],
});
/** A footprint, most of which is from the grid factor. */
const onGrid = (primaryDataShare: string) =>
  footprint(
    "10",
    { extensions: [formatUncertainty(expandDrivers([uncertain(8, GRID, 1.5), uncertain(2, "activity:m", 1.2)]))] },
    { primaryDataShare },
  );

function totalsOf(amounts: readonly CountedAmount[]): UncertaintyTotals {
  const totals = new UncertaintyTotals();
  for (const amount of amounts) totals.add(amount);
  return totals;
}
function relative(spread: Spread | undefined): Extract<Spread, { kind: "relative" }> {
  if (spread?.kind !== "relative") throw new Error("expected a relative spread");
  return spread;
}

describe("sources of a line", () => {
  it("are its factor's and that of the quantities it is multiplied with", () => {
    expect(lineSources(factor("steel"))).toMatchObject({
      basis: "stated",
      sources: [
        { key: "factor:factors@2024.1.0#steel", lnGsd2E9: lnGsd2E9(1.3) },
        { key: "activity:quantities", lnGsd2E9: lnGsd2E9(1.05) },
      ],
    });
    expect(lineSources(factor("spend")).sources.map(({ key }) => key)).toEqual([
      "factor:factors@2024.1.0#spend",
      "activity:spend",
    ]);
  });

  it("are its attestation's drivers and its rest", () => {
    const { basis, sources } = lineSources(supplied(item(4, onGrid("80"))));
    expect(basis).toBe("stated");
    expect(sources.map(({ key }) => key)).toEqual([GRID, "attestation:casting.example/feed#4", "activity:quantities"]);
  });

  it("are the worst where nothing is stated, or in a scheme without numbers", () => {
    expect(lineSources(factor("road")).basis).toBe("assumed");
    expect(lineSources(factor("spend")).basis).toBe("rated");
    const unusable = lineSources(factor("unusable"));
    expect(unusable.basis).toBe("assumed");
    expect(Math.exp(Number(unusable.sources[0]?.lnGsd2E9) / 1e9)).toBeCloseTo(2.519602, 6);
    expect(lineSources(supplied(item(1, footprint("10"))))).toMatchObject({
      basis: "assumed",
      assumedShareE4: 10_000n,
    });
  });
});

describe("the uncertainty of an inventory", () => {
  it("of two lines with one factor is that of one line with their sum, and a thousand change nothing", () => {
    const whole = totalsOf([counted(1000, factor("steel"))]).snapshot();
    expect(totalsOf([counted(400, factor("steel")), counted(600, factor("steel"))]).snapshot()).toEqual(whole);
    expect(totalsOf(Array.from({ length: 1000 }, () => counted(1, factor("steel")))).snapshot()).toEqual(whole);
    expect(Number(relative(whole.total.spread).gsd2)).toBeCloseTo(
      Math.exp(Math.hypot(Math.log(1.3), Math.log(1.05))),
      6,
    );
  });

  it("keeps suppliers on one grid factor correlated", () => {
    const other = item(9, onGrid("80"), { ref: { origin: "b.example/feed", index: 9, leaf: "x" } });
    const both = totalsOf([counted(100, supplied(item(4, onGrid("80"))), "a"), counted(100, supplied(other), "b")]);
    const { total, bySupplier } = both.snapshot();
    const [one] = [...bySupplier.values()];
    // Only the two rests are independent, and they are small.
    const [apart, together] = [Number(relative(one?.spread).gsd2), Number(relative(total.spread).gsd2)];
    expect(together).toBeLessThan(apart);
    expect(Math.log(together) / Math.log(apart)).toBeGreaterThan(0.99);
    expect(total.dominant[0]).toMatchObject({ key: GRID });
  });

  it("counts what a supplier assumed of its footprint as assumed", () => {
    const partly = footprint("10", {
      extensions: [formatUncertainty(expandDrivers([uncertain(10, GRID, 1.5)], 2_500n))],
    });
    const { total } = totalsOf([counted(300, supplied(item(1, partly))), counted(100, factor("road"))]).snapshot();
    // 300 × 0.25 + 100, of 400.
    expect(total.assumedShare).toBe("0.4375");
  });

  it("is stated for each category and supplier", () => {
    const { total, byCategory, bySupplier } = totalsOf([
      counted(200, factor("road"), "b", 4),
      counted(100, factor("steel"), "a", 1),
      counted(50, factor("steel"), "b", 1),
    ]).snapshot();
    expect([...byCategory.keys()]).toEqual([1, 4]);
    expect([...bySupplier.keys()]).toEqual(["a", "b"]);
    expect(byCategory.get(1)?.spread).toMatchObject({ gsd2: relative(bySupplier.get("a")?.spread).gsd2 });
    expect(byCategory.get(4)?.assumedShare).toBe("1.0000");
    expect(total.assumedShare).toBe("0.5714");
    expect(total.dominant.map(({ key }) => key)).toEqual([
      "factor:factors@2024.1.0#road",
      "factor:factors@2024.1.0#steel",
      "activity:quantities",
    ]);
  });

  it("says how much of the emissions rests on primary data", () => {
    const { total } = totalsOf([
      counted(100, supplied(item(4, onGrid("80")))),
      counted(50, supplied(item(5, footprint("10")))),
      counted(50, factor("steel")),
    ]).snapshot();
    expect(total.primaryDataShare).toBe("40.00");
    expect(totalsOf([counted(2, supplied(item(4, onGrid("100")))), counted(1, factor("steel"))]).total()).toMatchObject(
      {
        primaryDataShare: "66.66",
      },
    );
  });

  it("nets a return with its purchase, and shares stay shares", () => {
    const bought = supplied(item(4, onGrid("80")));
    const netted = totalsOf([counted(100, bought), counted(-40, bought), counted(60, factor("steel"))]).total();
    expect(netted.primaryDataShare).toBe("40.00");
    const returned = totalsOf([counted(100, factor("steel")), counted(-50, bought)]).total();
    expect(returned.primaryDataShare).toBe("26.66");
  });

  it("of nothing is nothing, and of what was all returned is not zero", () => {
    expect(new UncertaintyTotals().snapshot()).toEqual({
      total: { dominant: [], assumedShare: "0.0000" },
      byCategory: new Map(),
      bySupplier: new Map(),
    });
    const balanced = totalsOf([counted(10, factor("steel")), counted(-10, factor("road"))]).total();
    expect(balanced.spread).toMatchObject({ kind: "absolute" });
    expect(balanced.spread?.high).not.toBe("0");
  });

  it("after any additions and retractions equals recomputation, in every figure", () => {
    const evidence = fc.constantFrom(
      ...["steel", "road", "spend", "unusable"].map(factor),
      supplied(item(4, onGrid("80"))),
      supplied(item(5, footprint("10"))),
    );
    const amount: fc.Arbitrary<CountedAmount> = fc.record({
      category: fc.integer({ min: 1, max: 3 }),
      supplier: fc.constantFrom("a", "b"),
      nanoKgCo2e: fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
      evidence,
    });
    fc.assert(
      fc.property(fc.array(amount), fc.array(amount), (kept, gone) => {
        const totals = totalsOf([...gone, ...kept]);
        for (const each of gone.toReversed()) totals.takeBack(each);
        expect(totals.snapshot()).toEqual(totalsOf(kept.toReversed()).snapshot());
      }),
    );
  });
});
