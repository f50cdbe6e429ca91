import {
  combine,
  type DataModelExtension,
  type FactorRow,
  type FootprintUncertainty,
  footprintGsd2,
  formatUncertainty,
  lnGsd2E9,
  MAX_DRIVERS,
  type ProductFootprint,
  parseUncertainty,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { footprint } from "../inventory/inventory.fixture.ts";
import { type DerivedUncertainty, deriveUncertainty, type HeldInput } from "./derive-uncertainty.ts";
import type { PublicationItem } from "./parse-publication.ts";
import type { PublicationLine } from "./publication-line.ts";

const GRID = "factor:grid@2024.1.0#DE";
const INGOT = "urn:pact:smelter.example:product-id:ingot";
const SMELTER = "attestation:smelter.example/feed#7";
const ln = Math.log;
/** Of quantities; and of the worst pedigree on goods, which a footprint without ratings has. */
const [QUANTITIES, WORST] = [ln(1.05), Math.hypot(...[1.05, 1.5, 1.2, 1.5, 1.1, 2].map(ln))] as const;
const RATINGS = { technologicalDQR: "1", geographicalDQR: "1", temporalDQR: "1" };

const E9 = (of: number): bigint => BigInt(Math.round(of * 1e9));
const near = (found: bigint | undefined, expected: number): void =>
  expect(Number(found) / 1e9).toBeCloseTo(expected, 7);

const stating = (drivers: Readonly<Record<string, number>>, rest: number): { extensions: DataModelExtension[] } => ({
  extensions: [
    formatUncertainty({
      drivers: Object.entries(drivers).map(([source, of]) => ({ source, lnGsd2E9: E9(of) })),
      restLnGsd2E9: E9(rest),
      assumedShareE4: 0n,
    }),
  ],
});
const PER_KG = { declaredUnitOfMeasurement: "kilogram", productMassPerDeclaredUnit: "1" } as const;
/** 6 kg CO2e a kilogram, of which the grid gives 0.5. */
const ingot = (
  qty: string,
  unit = "kilogram",
  of: Partial<ProductFootprint> = stating({ [GRID]: 0.5 }, 0.2),
): HeldInput => ({
  productId: INGOT,
  qty,
  unit,
  ref: { origin: "smelter.example/feed", index: 7, leaf: "" },
  footprint: footprint("6", { productIds: [INGOT], ...of }, PER_KG),
});

const row = (key: string, more: object = {}): FactorRow =>
  ({
    key,
    label: key,
    kind: "value",
    value: "0.4",
    denominator: "kWh",
    boundary: "b",
    geography: { scheme: "global", code: "GLO" },
    source: "s",
    ...more,
  }) as FactorRow;
const factorOf = (name: string): FactorRow => row(name.split("#")[1] ?? "", { gsd2: "1.5" });

const line = (kgCo2e: string, restsOn: Partial<PublicationLine> = {}): PublicationLine => ({
  label: "a part",
  kgCo2e,
  ...restsOn,
});
const INGOTS = { input: INGOT };
const POWER = { factor: "grid@2024.1.0#DE" };

function derive(
  kgCo2e: string,
  lines: readonly PublicationLine[],
  inputs: readonly HeldInput[] = [],
  more: Partial<PublicationItem> = {},
): DerivedUncertainty {
  return deriveUncertainty({ footprint: footprint(kgCo2e), lines, ...more }, inputs, factorOf);
}
function stated({ extension }: DerivedUncertainty): FootprintUncertainty {
  const found = extension && parseUncertainty({ extensions: [extension] });
  if (found === undefined) throw new Error("nothing was derived");
  return found;
}
const driver = (of: FootprintUncertainty, key: string): bigint | undefined =>
  of.drivers.find(({ source }) => source === key)?.lnGsd2E9;
const lnOf = (of: FootprintUncertainty): number => ln(Number(footprintGsd2(of)));

describe("the uncertainty of a footprint", () => {
  it("comes from its inputs' sources, its lines' factors and what is left, each by its share", () => {
    const derived = derive(
      "100",
      [line("60", INGOTS), line("30", { factor: "grid@2024.1.0#FR" }), line("10")],
      [ingot("1")],
    );
    const found = stated(derived);
    expect(found.drivers.map(({ source }) => source)).toEqual([SMELTER, GRID, "factor:grid@2024.1.0#FR"].sort());
    near(driver(found, GRID), 0.6 * 0.5);
    near(driver(found, SMELTER), 0.6 * 0.2);
    near(driver(found, "factor:grid@2024.1.0#FR"), 0.3 * ln(1.5));
    near(found.restLnGsd2E9, Math.hypot(QUANTITIES, 0.1 * WORST));
    expect(derived.warnings).toEqual([]);
  });

  it("adds up what reaches it on several ways before it is squared", () => {
    const found = stated(derive("100", [line("60", INGOTS), line("40", POWER)], [ingot("1")]));
    near(driver(found, GRID), 0.6 * 0.5 + 0.4 * ln(1.5));
  });

  it("takes an input that no line names by its quantity, out of the lines that name nothing", () => {
    const found = stated(derive("100", [line("30", POWER), line("70", { source: "a book" })], [ingot("10")]));
    near(driver(found, SMELTER), 0.6 * 0.2);
    near(found.restLnGsd2E9, Math.hypot(QUANTITIES, 0.1 * WORST));
    const alone = stated(derive("100", [], [ingot("10")]));
    near(alone.restLnGsd2E9, Math.hypot(QUANTITIES, 0.4 * WORST));
  });

  it("converts an input's quantity: pounds of what is sold by the kilogram", () => {
    const pounds = stated(derive("100", [], [ingot("10", "lb")]));
    near(driver(pounds, SMELTER), 0.6 * 0.45359237 * 0.2);
  });

  it("keys an input without the extension by its attestation, as wide as its buyer would take it", () => {
    const found = stated(derive("60", [], [ingot("10", "kilogram", {})]));
    expect(found.drivers).toHaveLength(1);
    near(driver(found, SMELTER), WORST);
  });

  it("takes what is left by the footprint's own ratings where it has any", () => {
    const rated = footprint("100", {}, { dqi: RATINGS });
    const found = stated(deriveUncertainty({ footprint: rated, lines: [] }, [ingot("10")], factorOf));
    // Reliability and completeness are not rated by PACT: at their worst.
    const ratings = Math.hypot(ln(1.05), ln(1.5), ln(1.2));
    near(found.restLnGsd2E9, Math.hypot(QUANTITIES, 0.4 * ratings));
    expect(found.assumedShareE4).toBe(0n);
  });

  it("says how much of it was assumed, also by its suppliers", () => {
    const known = stated(derive("100", [line("60", INGOTS), line("30", POWER), line("10")], [ingot("1")]));
    expect(known.assumedShareE4).toBe(1_000n);
    const upstream = stated(derive("100", [line("60", INGOTS), line("40", POWER)], [ingot("1", "kilogram", {})]));
    expect(upstream.assumedShareE4).toBe(6_000n);
  });

  it("is left as the file has it", () => {
    const own = stating({ [GRID]: 0.1 }, 0.1);
    const item = { footprint: footprint("100", own), lines: [line("100", POWER)] };
    expect(deriveUncertainty(item, [], factorOf)).toEqual({ warnings: [] });
  });

  it("is not stated where nothing is known beyond the footprint's own ratings", () => {
    expect(derive("100", [line("100", { source: "a book" })])).toEqual({ warnings: [] });
    expect(derive("100", [])).toEqual({ warnings: [] });
  });
});

describe("what is not known", () => {
  it("is no surer for being split, or for credits beside it", () => {
    const rest = (...kg: readonly string[]): bigint =>
      stated(derive("100", [line("90", POWER), ...kg.map((each) => line(each))])).restLnGsd2E9;
    expect(rest("2.5", "7.5")).toBe(rest("10"));
    near(rest("59", "-49"), Math.hypot((0.9 + 1.08) * QUANTITIES, 1.08 * WORST));
  });

  it("is as wide as an input of which the quantity tells nothing, and that is said", () => {
    const wide = ingot("1", "liter", stating({ [GRID]: 1 }, 1.5));
    const { warnings, ...derived } = derive("100", [line("100")], [wide]);
    expect(warnings).toMatchObject([{ path: "inputs.0.unit", rule: "uncertainty" }]);
    expect(stated({ ...derived, warnings }).restLnGsd2E9).toBeGreaterThanOrEqual(E9(Math.hypot(1, 1.5)));
  });

  it("is wide where inputs come to more than the footprint, and that is said", () => {
    const derived = derive("50", [], [ingot("10")]);
    expect(derived.warnings).toMatchObject([{ path: "inputs", rule: "uncertainty" }]);
    near(driver(stated(derived), SMELTER), 1.2 * 0.2);
    near(stated(derived).restLnGsd2E9, Math.hypot((1.2 + 0.2) * QUANTITIES, 0.2 * WORST));
  });

  it("is said of a footprint of nothing, to which nothing is relative", () => {
    expect(derive("0", [line("60", INGOTS), line("-60", POWER)], [ingot("10")])).toEqual({
      warnings: [expect.objectContaining({ path: "pcf.pcfExcludingBiogenicUptake" })],
    });
  });

  it("is refused where parts cancel so far that no ratio holds", () => {
    const lines = [line("1000", POWER), line("-999", { factor: "grid@2024.1.0#FR" })];
    expect(() => derive("1", lines)).toThrow(expect.objectContaining({ code: "UNCERTAINTY_INVALID" }));
  });
});

describe("suppliers who are not to be named", () => {
  it("go into the rest; factors are named, and the spread is the same", () => {
    const lines = [line("60", INGOTS), line("40", POWER)];
    const named = stated(derive("100", lines, [ingot("1")]));
    const unnamed = stated(derive("100", lines, [ingot("1")], { nameSuppliers: false }));
    expect(unnamed.drivers.map(({ source }) => source)).toEqual([GRID]);
    expect(driver(unnamed, GRID)).toBe(driver(named, GRID));
    expect(lnOf(unnamed)).toBeCloseTo(lnOf(named), 6);
  });

  it("are not named for their own suppliers either", () => {
    const deep = ingot("1", "kilogram", stating({ "attestation:mine.example/feed#1": 0.3, [GRID]: 0.5 }, 0.2));
    const found = stated(derive("60", [], [{ ...deep, qty: "10" }], { nameSuppliers: false }));
    expect(found.drivers.map(({ source }) => source)).toEqual([GRID]);
  });
});

describe("any footprint", () => {
  const names = fc.constantFrom("a", "b", "c", "d");
  const parts = fc.array(fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.option(names)), {
    minLength: 1,
    maxLength: 8,
  });
  const linesOf = (of: readonly (readonly [number, string | null])[]): PublicationLine[] =>
    of.map(([kg, name]) => line(String(kg), name === null ? {} : { factor: `set@1.0.0#${name}` }));
  const total = (of: readonly (readonly [number, unknown])[]): string => String(of.reduce((sum, [kg]) => sum + kg, 0));

  it("states the same in whatever order its parts are listed", () => {
    fc.assert(
      fc.property(parts, fc.nat(), (of, turn) => {
        const lines = [...linesOf(of), line("6", INGOTS)];
        const [kg, at] = [String(Number(total(of)) + 6), turn % lines.length];
        const turned = [...lines.slice(at), ...lines.slice(0, at)];
        expect(derive(kg, turned, [ingot("1")])).toEqual(derive(kg, lines, [ingot("1")]));
      }),
    );
  });

  it("states the same for a millionth of a millionth of itself", () => {
    const pico = (kg: number): string => `0.${String(kg).padStart(12, "0")}`;
    fc.assert(
      fc.property(parts, (of) => {
        const small = linesOf(of).map((each) => ({ ...each, kgCo2e: pico(Number(each.kgCo2e)) }));
        const [whole, least] = [derive(total(of), linesOf(of)), derive(pico(Number(total(of))), small)];
        expect(least).toEqual(whole);
      }),
    );
  });

  it("is never surer for a part that no longer names the factor it rests on", () => {
    const apart = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(apart, fc.nat(), (kg, pick) => {
        const lines = kg.map((each, n) => line(String(each), { factor: `set@1.0.0#k${n}` }));
        const at = pick % kg.length;
        const silent = lines.with(at, line(String(kg[at])));
        const whole = total(kg.map((each) => [each, null]));
        expect(lnOf(stated(derive(whole, silent)))).toBeGreaterThanOrEqual(lnOf(stated(derive(whole, lines))) - 1e-6);
      }),
    );
  });

  it("names 64 sources at most, and is no surer for it", () => {
    const lines = Array.from({ length: 90 }, (_, n) => line(String(n + 1), { factor: `set@1.0.0#k${n}` }));
    const kg = String((90 * 91) / 2);
    const found = stated(derive(kg, lines));
    expect(found.drivers).toHaveLength(MAX_DRIVERS);
    expect(driver(found, "factor:set@1.0.0#k89")).toBeDefined();
    expect(driver(found, "factor:set@1.0.0#k0")).toBeUndefined();
    const whole = combine(
      lines.map(({ kgCo2e, factor = "" }) => ({
        nanoKg: BigInt(kgCo2e) * 10n ** 9n,
        sources: [
          { key: `factor:${factor}`, lnGsd2E9: lnGsd2E9(1.5) },
          { key: "activity:quantities", lnGsd2E9: lnGsd2E9(1.05) },
        ],
      })),
    ).spread();
    if (whole?.kind !== "relative") throw new Error("expected a relative spread");
    expect(Number(footprintGsd2(found))).toBeGreaterThanOrEqual(Number(whole.gsd2) - 1e-6);
    expect(Number(footprintGsd2(found))).toBeCloseTo(Number(whole.gsd2), 5);
  });

  it("throws only UNCERTAINTY_INVALID, whatever its parts", () => {
    const signed = fc.tuple(fc.integer({ min: -1_000, max: 1_000 }), fc.option(names));
    fc.assert(
      fc.property(fc.array(signed, { maxLength: 8 }), fc.integer({ min: 1, max: 1_000 }), (of, qty) => {
        try {
          const { extension } = derive(total(of).replace("-", ""), linesOf(of), [ingot(String(qty))]);
          if (extension !== undefined) expect(footprint("1", { extensions: [extension] })).toBeDefined();
        } catch (error) {
          if (!isTallyError(error, "UNCERTAINTY_INVALID")) throw error;
        }
      }),
    );
  });
});
